//! Whether the node can do its work.

use actix_web::{HttpResponse, get, http::StatusCode};
use infra::{cache::L2Health, database::DatabaseState};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{routes::respond, state::State};

/// Whether the node can do its work, and how its dependencies are.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Readiness {
    /// All in all.
    status: Overall,
    /// Each dependency.
    dependencies: Dependencies,
}

/// All in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Overall {
    /// Everything works.
    Ok,
    /// Something is missing; requests are answered all the same.
    Degraded,
    /// Requests cannot be answered.
    Down,
}

/// Each dependency, from what the last operation on it came to.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Dependencies {
    /// The database.
    database: DependencyState,
    /// Redis, the cache that the instances share; the service goes on without it.
    redis: DependencyState,
}

/// How a dependency is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum DependencyState {
    /// None is configured.
    Absent,
    /// Nothing has been asked of it yet.
    Unknown,
    /// It answered last time.
    Up,
    /// It did not.
    Down,
}

/// Whether the node can do its work
#[utoipa::path(
    tag = "service",
    responses(
        (status = 200, description = "It can (`ok`), or something is missing that it can do without (`degraded`).", body = Readiness, headers(("Cache-Control" = String, description = "`no-store`"))),
        (status = 503, description = "The database is down and there is nothing to serve.", body = Readiness, headers(("Cache-Control" = String, description = "`no-store`"))),
    ),
    description = "Known from what the last operations came to: asking costs no statement and no command. A dependency whose last one failed is probed, at most every 30 seconds.",
)]
#[get("/health/ready")]
pub(super) async fn get_readiness(state: State) -> HttpResponse {
    let database = match state.health.database().await {
        DatabaseState::Unknown => DependencyState::Unknown,
        DatabaseState::Up => DependencyState::Up,
        DatabaseState::Down => DependencyState::Down,
    };
    let redis = match state.health.redis(&state.metrics).await {
        L2Health::Absent => DependencyState::Absent,
        L2Health::Up => DependencyState::Up,
        L2Health::Down => DependencyState::Down,
    };
    let status = match (database, redis) {
        (DependencyState::Down, _) if state.metrics.counts().instance.l1.items == 0 => Overall::Down,
        (DependencyState::Down, _) | (_, DependencyState::Down) => Overall::Degraded,
        _ => Overall::Ok,
    };
    let code = if status == Overall::Down { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    respond::status(code, &Readiness { status, dependencies: Dependencies { database, redis } })
}
