//! The list of users as a file.

use actix_web::{HttpRequest, HttpResponse, get};
use domain::audit::{Action, SubjectKind};
use infra::repositories::UserFilter;

use super::{UserView, list::UserFilterParams};
use crate::{
    error::ApiError,
    extractors::{By, Query},
    openapi::QueryProblems,
    routes::export::{Exported, export},
    state::State,
};

/// Export users
#[utoipa::path(
    tag = "users",
    params(UserFilterParams),
    responses(
        (status = 200, description = "A line for each user, newest first, under a header with the names of the JSON's fields.", body = String, content_type = "text/csv", headers(
            ("Content-Disposition" = String, description = "The name of the file: `attachment; filename=\"users-2026-11-23.csv\"`, with the date in UTC."),
            ("Cache-Control" = String, description = "`no-store`"),
        )),
        QueryProblems,
    ),
    description = "All users that match every filter given, as comma-separated values in UTF-8 (`text/csv; charset=utf-8; header=present`), however many there are; `cargo xtask import` reads them again. A text that a spreadsheet would take for a formula has an apostrophe before it. An answer that breaks off, without the end of its last chunk, is incomplete. Every export is in the audit log.",
)]
#[get("/users.csv")]
pub(super) async fn export_users(
    state: State,
    request: HttpRequest,
    By(author): By,
    query: Query<UserFilter>,
) -> Result<HttpResponse, ApiError> {
    let (users, filter) = (state.users.clone(), query.0);
    let exported = Exported { family: "users", action: Action::UsersExported, kind: SubjectKind::User };
    export(&state, &request, &author, exported, move |after| {
        let (users, filter) = (users.clone(), filter.clone());
        async move { Ok(users.export(&filter, after).await?.map(UserView::from)) }
    })
    .await
}
