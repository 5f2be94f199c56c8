//! Who is signed in.

use actix_web::{HttpResponse, get};

use super::SessionView;
use crate::{
    error::ApiError,
    extractors::{MySession, NoQuery},
    openapi::QueryProblems,
    routes::respond,
    state::State,
};

/// Who am I
#[utoipa::path(
    tag = "session",
    responses(
        (status = 200, description = "The caller's session.", body = SessionView, headers(("Cache-Control" = String, description = "`no-store`"))),
        QueryProblems,
    ),
    description = "Who is signed in with the cookie that the request brings, and until when.",
)]
#[get("/session")]
pub(super) async fn get_session(state: State, mine: MySession, _: NoQuery) -> Result<HttpResponse, ApiError> {
    Ok(respond::read(&SessionView::of(mine.facts()?, mine.0.role, &state)))
}
