//! Deleting a user.

use actix_web::{HttpResponse, delete};

use crate::{
    error::ApiError,
    extractors::{By, IfMatch, IfMatchParam, NoQuery, RowId},
    openapi::{DeleteProblems, LastAdminConflict},
    routes::respond,
    state::State,
};

/// Delete a user
#[utoipa::path(
    tag = "users",
    params(("id" = Uuid, Path, description = "The user's id."), IfMatchParam),
    responses(
        (status = 204, description = "It is gone.", headers(
            ("Cache-Control" = String, description = "`no-store`"),
            ("X-Data-Version" = String, description = "The versions of the data after the write, e.g. `users=17,proposals=18,leads=17`; a tag is left out while its invalidation is pending, the header where nothing is known."),
        )),
        DeleteProblems,
        LastAdminConflict,
    ),
    description = "Deletes the user, the user's proposals and those proposals' leads, in one transaction. This cannot be undone.",
)]
#[delete("/users/{id}")]
pub(super) async fn delete_user(
    state: State,
    by: By,
    id: RowId,
    _: NoQuery,
    expected: IfMatch,
) -> Result<HttpResponse, ApiError> {
    let users = state.users.by(by.0);
    state.writes.run(async move { users.delete(id.0, expected.0).await }).await?;
    Ok(respond::deleted(&state))
}
