//! The service about itself: its counters, its OpenAPI document, and the way to its documentation.

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header::{CONTENT_TYPE, LOCATION},
};

use super::{Routes, kept::Kept};
use crate::state::State;

/// Registers the family.
pub(super) fn register(routes: &mut impl Routes) {
    routes.service(get_counters).service(get_openapi).service(get_docs);
}

/// Counters for Prometheus
#[utoipa::path(
    tag = "service",
    responses((status = 200, description = "Every counter, in Prometheus's text format.", body = String, content_type = "text/plain; version=0.0.4; charset=utf-8")),
    description = "Requests by route, method and status, and how long they took; what the cache has counted (`cache_…`), and the change feed (`change_feed_…`); how many event streams are open (`event_streams_open`). Costs no command and no statement.",
)]
#[get("/metrics")]
async fn get_counters(state: State) -> HttpResponse {
    let cache = state.cache_stats(state.metrics.counts());
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"))
        .body(state.telemetry.render(&cache, &state.metrics.times(), state.events.counts()))
}

/// This document
#[utoipa::path(
    tag = "service",
    responses(
        (status = 200, description = "The OpenAPI 3.1 document of this service.", body = serde_json::Value, content_type = "application/json", headers(
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
    description = "The document that `/docs` shows.",
)]
#[get("/openapi.json")]
async fn get_openapi(state: State, request: HttpRequest) -> HttpResponse {
    Kept::of(&state.document, &request).answer("application/json", "no-cache", "Accept-Encoding")
}

/// The documentation
#[utoipa::path(
    tag = "service",
    responses((status = 302, description = "The documentation is elsewhere.", headers(("Location" = String, description = "`/docs/`")))),
    description = "Leads to the documentation, where every operation can be tried out; it works offline.",
)]
#[get("/docs")]
async fn get_docs() -> HttpResponse {
    HttpResponse::Found().insert_header((LOCATION, "/docs/")).finish()
}
