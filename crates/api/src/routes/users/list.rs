//! The list of users.

#![expect(unused_qualifications, reason = "written by the macro of utoipa")]

use actix_web::{HttpResponse, get};
use chrono::{DateTime, Utc};
use domain::entities::user::{Role, UserStatus};
use infra::repositories::UserFilter;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::UserView;
use crate::{
    error::ApiError,
    extractors::{FromQuery, Paging, PagingParams, Query, QueryReader, values},
    openapi::QueryProblems,
    routes::{PageInfo, respond},
    state::State,
};

/// The filters, as they are documented. Everything given has to hold.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
#[expect(dead_code, reason = "read by name; this is their documentation")]
pub(super) struct UserFilterParams {
    /// Only users with this status; may be given several times.
    #[param(style = Form, explode, required = false)]
    status: Vec<UserStatus>,
    /// Only users with this role.
    role: Option<Role>,
    /// Only users created at this instant or later.
    created_from: Option<DateTime<Utc>>,
    /// Only users created before this instant.
    created_to: Option<DateTime<Utc>>,
    /// Only users whose first proposal was sent before this instant.
    activated_before: Option<DateTime<Utc>>,
    /// Only users whose name or e-mail address holds this text, in any case.
    #[param(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$",
        example = "ada"
    )]
    q: Option<String>,
}

/// Which page of which users.
pub(super) struct ListUsers {
    filter: UserFilter,
    paging: Paging,
}

impl FromQuery for UserFilter {
    fn from_query(reader: &mut QueryReader<'_>) -> Self {
        Self {
            status: reader.many("status", values::variant),
            role: reader.one("role", values::variant),
            created: reader.time_range("createdFrom", "createdTo"),
            activated_before: reader.one("activatedBefore", values::instant),
            q: reader.one("q", values::search),
        }
    }
}

impl FromQuery for ListUsers {
    fn from_query(reader: &mut QueryReader<'_>) -> Self {
        let filter = UserFilter::from_query(reader);
        let paging = Paging::read(reader, "users", &filter);
        Self { filter, paging }
    }
}

/// A page of users, newest first.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct UserList {
    /// Newest first, by (createdAt, id).
    items: Vec<UserView>,
    /// Where the page stands.
    page: PageInfo,
}

/// List users
#[utoipa::path(
    tag = "users",
    params(UserFilterParams, PagingParams),
    responses(
        (status = 200, description = "A page of users, newest first.", body = UserList, headers(("Cache-Control" = String, description = "`no-store`"))),
        QueryProblems,
    ),
    description = "The users that match every filter given, newest first by (createdAt, id). Follow `page.nextCursor` until it is null: rows that are created meanwhile neither repeat nor hide others.",
)]
#[get("/users")]
pub(super) async fn list_users(state: State, query: Query<ListUsers>) -> Result<HttpResponse, ApiError> {
    let ListUsers { filter, paging } = query.0;
    let page = state.users.list(&filter, paging.request).await?;
    let info = PageInfo::of(&page, &paging);
    let items = page.items.into_iter().map(UserView::from).collect();
    Ok(respond::read(&UserList { items, page: info }))
}
