//! The service about itself: its counters, its OpenAPI document, and the way to its documentation.

use actix_web::{
    HttpResponse, get,
    http::header::{CONTENT_TYPE, LOCATION},
};

use super::Routes;
use crate::state::State;

/// Registers the family.
pub(super) fn register(routes: &mut impl Routes) {
    routes.service(get_counters).service(get_openapi).service(get_root).service(get_docs);
}

/// Counters for Prometheus
#[utoipa::path(
    tag = "service",
    responses((status = 200, description = "Every counter, in Prometheus's text format.", body = String, content_type = "text/plain; version=0.0.4; charset=utf-8")),
    description = "Requests by route, method and status, and how long they took; what the cache has counted (`cache_…`). Costs no command and no statement.",
)]
#[get("/metrics")]
async fn get_counters(state: State) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"))
        .body(state.telemetry.render(&state.metrics.counts()))
}

/// This document
#[utoipa::path(
    tag = "service",
    responses((status = 200, description = "The OpenAPI 3.1 document of this service.", body = serde_json::Value, content_type = "application/json")),
    description = "The document that `/docs` shows.",
)]
#[get("/openapi.json")]
async fn get_openapi(state: State) -> HttpResponse {
    HttpResponse::Ok().insert_header((CONTENT_TYPE, "application/json")).body(state.document.clone())
}

/// To the documentation
#[utoipa::path(
    tag = "service",
    responses((status = 302, description = "The documentation is elsewhere.", headers(("Location" = String, description = "`/docs/`")))),
    description = "Leads to the documentation.",
)]
#[get("/")]
async fn get_root() -> HttpResponse {
    to_docs()
}

/// The documentation
#[utoipa::path(
    tag = "service",
    responses((status = 302, description = "The documentation is elsewhere.", headers(("Location" = String, description = "`/docs/`")))),
    description = "Leads to the documentation, where every operation can be tried out; it works offline.",
)]
#[get("/docs")]
async fn get_docs() -> HttpResponse {
    to_docs()
}

fn to_docs() -> HttpResponse {
    HttpResponse::Found().insert_header((LOCATION, "/docs/")).finish()
}
