//! Whether the process runs.

use actix_web::{HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;

use crate::routes::respond;

/// The process runs.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(super) struct Liveness {
    /// Always `ok`.
    #[schema(example = "ok")]
    status: &'static str,
}

/// Whether the process runs
#[utoipa::path(
    tag = "service",
    responses((status = 200, description = "It does.", body = Liveness, headers(("Cache-Control" = String, description = "`no-store`")))),
    description = "Answers as long as the process runs; asks nothing of anyone.",
)]
#[get("/health/live")]
pub(super) async fn get_liveness() -> HttpResponse {
    respond::read(&Liveness { status: "ok" })
}
