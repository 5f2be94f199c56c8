//! One user.

use actix_web::{HttpResponse, get};

use super::UserView;
use crate::{
    error::ApiError,
    extractors::{IfNoneMatch, IfNoneMatchParam, NoQuery, RowId},
    openapi::RowProblems,
    routes::respond,
    state::State,
};

/// One user
#[utoipa::path(
    tag = "users",
    params(("id" = Uuid, Path, description = "The user's id."), IfNoneMatchParam),
    responses(
        (status = 200, description = "The user.", body = UserView, headers(
            ("ETag" = String, description = "The user's `updatedAt` in double quotes, for `If-Match`."),
            ("Cache-Control" = String, description = "`no-store`"),
        )),
        (status = 304, description = "The user is as `If-None-Match` has it.", headers(
            ("ETag" = String, description = "The user's `updatedAt` in double quotes, for `If-Match`."),
            ("Cache-Control" = String, description = "`no-store`"),
        )),
        RowProblems,
    ),
    description = "The user with that id.",
)]
#[get("/users/{id}")]
pub(super) async fn get_user(
    state: State,
    id: RowId,
    _: NoQuery,
    has: IfNoneMatch,
) -> Result<HttpResponse, ApiError> {
    let user = state.users.get(id.0).await?;
    Ok(respond::row(&has, user.updated_at, &UserView::from(user)))
}
