//! Creating a user.

use actix_web::{HttpResponse, post};
use domain::entities::user::NewUser;

use super::UserView;
use crate::{
    error::ApiError,
    extractors::{By, JsonBody, NoQuery},
    openapi::{CreateProblems, UserConflict},
    routes::respond,
    state::State,
};

/// Create a user
#[utoipa::path(
    tag = "users",
    request_body(content = NewUser, description = "The new user; at most 64 KiB."),
    responses(
        (status = 201, description = "The user as it was made.", body = UserView, headers(
            ("Location" = String, description = "Where the user is now: `/api/v1/users/{id}`."),
            ("ETag" = String, description = "The user's `updatedAt` in double quotes, for `If-Match`."),
            ("Cache-Control" = String, description = "`no-store`"),
            ("X-Data-Version" = String, description = "The versions of the data after the write, e.g. `users=17,proposals=18,leads=17`; a tag is left out while its invalidation is pending, the header where nothing is known."),
        )),
        CreateProblems,
        UserConflict,
    ),
    description = "A user starts as `invited` unless said otherwise.",
)]
#[post("/users")]
pub(super) async fn create_user(
    state: State,
    by: By,
    _: NoQuery,
    body: JsonBody<NewUser>,
) -> Result<HttpResponse, ApiError> {
    let users = state.users.by(by.0);
    let user = state.writes.run(async move { users.create(body.0).await }).await?;
    Ok(respond::created(&state, ("users", user.id, user.updated_at), &UserView::from(user)))
}
