//! One user.

use actix_web::{HttpResponse, get};

use super::UserView;
use crate::{
    error::ApiError,
    extractors::{NoQuery, RowId},
    openapi::RowProblems,
    routes::respond,
    state::State,
};

/// One user
#[utoipa::path(
    tag = "users",
    params(("id" = Uuid, Path, description = "The user's id.")),
    responses(
        (status = 200, description = "The user.", body = UserView, headers(("Cache-Control" = String, description = "`no-store`"))),
        RowProblems,
    ),
    description = "The user with that id.",
)]
#[get("/users/{id}")]
pub(super) async fn get_user(state: State, id: RowId, _: NoQuery) -> Result<HttpResponse, ApiError> {
    let user = state.users.get(id.0).await?;
    Ok(respond::read(&UserView::from(user)))
}
