//! What the cache is doing.

use actix_web::{HttpResponse, get};
use infra::cache::CacheStats;

use crate::{error::ApiError, extractors::NoQuery, openapi::QueryProblems, routes::respond, state::State};

/// What the cache is doing
#[utoipa::path(
    tag = "cache",
    responses(
        (status = 200, description = "The counts of this instance since its start, and what the instances share.", body = CacheStats, headers(
            ("Cache-Control" = String, description = "`no-store`"),
        )),
        QueryProblems,
    ),
    description = "Hits, misses and latency of each layer and part, sizes, commands sent to Redis, tag versions, and how old an answer can be at most. Redis is asked for its memory at most once a minute.",
)]
#[get("/cache/stats")]
pub(super) async fn get_cache_stats(state: State, _: NoQuery) -> Result<HttpResponse, ApiError> {
    Ok(respond::read(&state.cache_stats(state.metrics.stats().await)))
}
