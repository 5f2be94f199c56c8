//! The dashboard's page and its files, open to anyone: signing in is a part of it. A path that names a file gives it; every
//! other one that a browser opens gives the page, which knows itself what belongs there.

use actix_web::{HttpRequest, HttpResponse, get};

use super::{Routes, kept::Kept};
use crate::{
    access::ASSETS,
    error::{ApiError, ProblemKind},
    middleware::{UNKNOWN_ROUTE, opens_page},
    state::State,
};

/// What the name of a file among the assets holds is made from its bytes: it is never another.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// Kept, but asked about each time.
const ASKED_ABOUT: &str = "no-cache";

/// Registers the family.
pub(super) fn register(routes: &mut impl Routes) {
    routes.service(get_page);
}

/// The dashboard
#[utoipa::path(
    tag = "service",
    responses(
        (status = 200, description = "The dashboard's page.", body = String, content_type = "text/html; charset=utf-8", headers(
            ("ETag" = String, description = "Strong; one per encoding. Send it as `If-None-Match`."),
            ("Cache-Control" = String, description = "`no-cache`"),
            ("Vary" = String, description = "`Accept-Encoding`"),
            ("Content-Encoding" = String, description = "`br` or `gzip`, if the bytes are compressed."),
        )),
        (status = 304, description = "The client has it: its `If-None-Match` names the entity tag.", headers(
            ("ETag" = String, description = "Strong; one per encoding. Send it as `If-None-Match`."),
            ("Cache-Control" = String, description = "`no-cache`"),
            ("Vary" = String, description = "`Accept-Encoding`"),
        )),
    ),
    params(("If-None-Match" = Option<String>, Header, description = "The `ETag` of an answer the client has.")),
    description = "The page that people look at. A `GET` of any other path that is nothing here gives it too, where the client accepts `text/html`; its files are below `/assets/`.",
)]
#[get("/")]
async fn get_page(state: State, request: HttpRequest) -> HttpResponse {
    page(&state, &request, "Accept-Encoding").await
}

/// A file; the page where the path names none and a browser opens it.
pub(super) async fn get_file(state: State, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let path = request.match_info().as_str();
    if let Some(file) = state.spa.file(path).await {
        let kept_for = if path.starts_with(ASSETS) { FOR_EVER } else { ASKED_ABOUT };
        return Ok(Kept::of(&*file, &request).answer(file.media, kept_for, "Accept-Encoding"));
    }
    if opens_page(path, request.headers()) {
        return Ok(page(&state, &request, "Accept, Accept-Encoding").await);
    }
    Err(ApiError::new(ProblemKind::UnknownRoute, UNKNOWN_ROUTE))
}

async fn page(state: &State, request: &HttpRequest, vary: &'static str) -> HttpResponse {
    let page = state.spa.page().await;
    Kept::of(&*page, request).answer(page.media, ASKED_ABOUT, vary)
}
