//! Changing a user.

use actix_web::{HttpResponse, patch};
use domain::entities::user::UserPatch;

use super::UserView;
use crate::{
    error::ApiError,
    extractors::{By, IfMatch, IfMatchParam, JsonBody, NoQuery, RowId},
    openapi::{UpdateProblems, UserChangeConflict},
    routes::respond,
    state::State,
};

/// Change a user
#[utoipa::path(
    tag = "users",
    params(("id" = Uuid, Path, description = "The user's id."), IfMatchParam),
    request_body(content = UserPatch, description = "The fields to change; at most 64 KiB."),
    responses(
        (status = 200, description = "The user as it is now.", body = UserView, headers(
            ("ETag" = String, description = "The user's `updatedAt` in double quotes, for `If-Match`."),
            ("Cache-Control" = String, description = "`no-store`"),
            ("X-Data-Version" = String, description = "The versions of the data after the write, e.g. `users=17,proposals=18,leads=17`; a tag is left out while its invalidation is pending, the header where nothing is known."),
        )),
        UpdateProblems,
        UserChangeConflict,
    ),
    description = "Changes the fields that are given and leaves the others as they are.",
)]
#[patch("/users/{id}")]
pub(super) async fn update_user(
    state: State,
    by: By,
    id: RowId,
    _: NoQuery,
    expected: IfMatch,
    body: JsonBody<UserPatch>,
) -> Result<HttpResponse, ApiError> {
    let users = state.users.by(by.0);
    let user = state.writes.run(async move { users.update(id.0, body.0, expected.0).await }).await?;
    Ok(respond::updated(&state, user.updated_at, &UserView::from(user)))
}
