//! The handlers: each reads its parameters, asks the cache, and hands on what it gives.

use actix_web::{HttpRequest, HttpResponse, get, post};
use domain::{
    audit::{Action, Subject, SubjectKind},
    metrics::{
        Meta,
        charts::Charts,
        overview::Overview,
        period::{MetricsQuery, RecentLimit},
        recent::{RecentProposals, RecentUsers},
    },
};
use serde_json::json;
use utoipa::ToSchema;

use super::{
    query::{LimitParams, PeriodParams},
    served::{Holds, answer},
};
use crate::{
    error::ApiError,
    extractors::{By, MinDataVersion, Query},
    openapi::{MetricsProblems, QueryProblems},
    routes::record::record,
    state::State,
};

/// The whole dashboard in one answer.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "the cache assembles the bytes; this is their documentation")]
struct Dashboard {
    /// What the overview and the charts were computed for.
    meta: Meta,
    /// As `/metrics/overview` answers it.
    overview: Overview,
    /// As `/metrics/charts` answers it.
    charts: Charts,
    /// As `/metrics/recent-users` answers it.
    recent_users: RecentUsers,
    /// As `/metrics/recent-proposals` answers it.
    recent_proposals: RecentProposals,
}

/// The whole dashboard
#[utoipa::path(
    tag = "metrics",
    params(PeriodParams, ("X-Min-Data-Version" = Option<String>, Header, description = "The least data version the answer may be computed from: the `X-Data-Version` of an earlier answer.", example = "users=17,proposals=18"), ("If-None-Match" = Option<String>, Header, description = "The `ETag` of an answer the client has.")),
    responses(
        (status = 200, description = "The answer, from the cache or computed just now.", body = Dashboard, headers(
            ("ETag" = String, description = "Strong; lives as long as the value, one per encoding. Send it as `If-None-Match`."),
            ("Cache-Control" = String, description = "`no-store`"),
            ("Vary" = String, description = "`Accept-Encoding, Cookie, Authorization`"),
            ("Age" = u64, description = "How many seconds ago the value was computed (of the oldest part)."),
            ("Cache-Status" = String, description = "What each layer of the cache answered (RFC 9211), e.g. `l1; fwd=miss, l2; hit; ttl=41`; `detail=stale-if-error` marks a value past its time that stands in while the database fails."),
            ("Server-Timing" = String, description = "How long each step took, in milliseconds."),
            ("X-Data-Version" = String, description = "The versions of the data the answer was computed from, e.g. `users=17,proposals=18,leads=17`; a tag is left out while its invalidation is pending."),
            ("Content-Encoding" = String, description = "`br` or `gzip`, if the bytes are compressed."),
        )),
        (status = 304, description = "The client has it: its `If-None-Match` names the entity tag.", headers(
            ("ETag" = String, description = "Strong; lives as long as the value, one per encoding. Send it as `If-None-Match`."),
            ("Cache-Control" = String, description = "`no-store`"),
            ("Vary" = String, description = "`Accept-Encoding, Cookie, Authorization`"),
            ("Age" = u64, description = "How many seconds ago the value was computed (of the oldest part)."),
            ("Cache-Status" = String, description = "What each layer of the cache answered (RFC 9211), e.g. `l1; fwd=miss, l2; hit; ttl=41`; `detail=stale-if-error` marks a value past its time that stands in while the database fails."),
            ("Server-Timing" = String, description = "How long each step took, in milliseconds."),
            ("X-Data-Version" = String, description = "The versions of the data the answer was computed from, e.g. `users=17,proposals=18,leads=17`; a tag is left out while its invalidation is pending."),
        )),
        MetricsProblems,
    ),
    description = "The dashboard: figures, charts and the newest users and proposals, each part as its own route answers it (the lists with 10 rows), assembled in one answer.",
)]
#[get("/metrics/dashboard")]
pub(super) async fn get_dashboard(
    state: State,
    request: HttpRequest,
    query: Query<MetricsQuery>,
    min: MinDataVersion,
) -> Result<HttpResponse, ApiError> {
    let served = state.metrics.dashboard(query.0, min.0.as_ref()).await?;
    Ok(answer(&request, &served, Holds::People))
}

/// Key figures
#[utoipa::path(
    tag = "metrics",
    params(PeriodParams, ("X-Min-Data-Version" = Option<String>, Header, description = "The least data version the answer may be computed from: the `X-Data-Version` of an earlier answer.", example = "users=17,proposals=18"), ("If-None-Match" = Option<String>, Header, description = "The `ETag` of an answer the client has.")),
    responses(
        (status = 200, description = "The answer, from the cache or computed just now.", body = Overview, headers(
            ("ETag" = String, description = "Strong; lives as long as the value, one per encoding. Send it as `If-None-Match`."),
            ("Cache-Control" = String, description = "`private, no-cache`"),
            ("Vary" = String, description = "`Accept-Encoding, Cookie, Authorization`"),
            ("Age" = u64, description = "How many seconds ago the value was computed."),
            ("Cache-Status" = String, description = "What each layer of the cache answered (RFC 9211), e.g. `l1; fwd=miss, l2; hit; ttl=41`; `detail=stale-if-error` marks a value past its time that stands in while the database fails."),
            ("Server-Timing" = String, description = "How long each step took, in milliseconds."),
            ("X-Data-Version" = String, description = "The versions of the data the answer was computed from, e.g. `users=17,proposals=18,leads=17`; a tag is left out while its invalidation is pending."),
            ("Content-Encoding" = String, description = "`br` or `gzip`, if the bytes are compressed."),
        )),
        (status = 304, description = "The client has it: its `If-None-Match` names the entity tag.", headers(
            ("ETag" = String, description = "Strong; lives as long as the value, one per encoding. Send it as `If-None-Match`."),
            ("Cache-Control" = String, description = "`private, no-cache`"),
            ("Vary" = String, description = "`Accept-Encoding, Cookie, Authorization`"),
            ("Age" = u64, description = "How many seconds ago the value was computed."),
            ("Cache-Status" = String, description = "What each layer of the cache answered (RFC 9211), e.g. `l1; fwd=miss, l2; hit; ttl=41`; `detail=stale-if-error` marks a value past its time that stands in while the database fails."),
            ("Server-Timing" = String, description = "How long each step took, in milliseconds."),
            ("X-Data-Version" = String, description = "The versions of the data the answer was computed from, e.g. `users=17,proposals=18,leads=17`; a tag is left out while its invalidation is pending."),
        )),
        MetricsProblems,
    ),
    description = "The key figures of the period with those of the period before, the breakdowns by status and the funnel.",
)]
#[get("/metrics/overview")]
pub(super) async fn get_overview(
    state: State,
    request: HttpRequest,
    query: Query<MetricsQuery>,
    min: MinDataVersion,
) -> Result<HttpResponse, ApiError> {
    let served = state.metrics.overview(query.0, min.0.as_ref()).await?;
    Ok(answer(&request, &served, Holds::Figures))
}

/// Chart series
#[utoipa::path(
    tag = "metrics",
    params(PeriodParams, ("X-Min-Data-Version" = Option<String>, Header, description = "The least data version the answer may be computed from: the `X-Data-Version` of an earlier answer.", example = "users=17,proposals=18"), ("If-None-Match" = Option<String>, Header, description = "The `ETag` of an answer the client has.")),
    responses(
        (status = 200, description = "The answer, from the cache or computed just now.", body = Charts, headers(
            ("ETag" = String, description = "Strong; lives as long as the value, one per encoding. Send it as `If-None-Match`."),
            ("Cache-Control" = String, description = "`private, no-cache`"),
            ("Vary" = String, description = "`Accept-Encoding, Cookie, Authorization`"),
            ("Age" = u64, description = "How many seconds ago the value was computed."),
            ("Cache-Status" = String, description = "What each layer of the cache answered (RFC 9211), e.g. `l1; fwd=miss, l2; hit; ttl=41`; `detail=stale-if-error` marks a value past its time that stands in while the database fails."),
            ("Server-Timing" = String, description = "How long each step took, in milliseconds."),
            ("X-Data-Version" = String, description = "The versions of the data the answer was computed from, e.g. `users=17,proposals=18,leads=17`; a tag is left out while its invalidation is pending."),
            ("Content-Encoding" = String, description = "`br` or `gzip`, if the bytes are compressed."),
        )),
        (status = 304, description = "The client has it: its `If-None-Match` names the entity tag.", headers(
            ("ETag" = String, description = "Strong; lives as long as the value, one per encoding. Send it as `If-None-Match`."),
            ("Cache-Control" = String, description = "`private, no-cache`"),
            ("Vary" = String, description = "`Accept-Encoding, Cookie, Authorization`"),
            ("Age" = u64, description = "How many seconds ago the value was computed."),
            ("Cache-Status" = String, description = "What each layer of the cache answered (RFC 9211), e.g. `l1; fwd=miss, l2; hit; ttl=41`; `detail=stale-if-error` marks a value past its time that stands in while the database fails."),
            ("Server-Timing" = String, description = "How long each step took, in milliseconds."),
            ("X-Data-Version" = String, description = "The versions of the data the answer was computed from, e.g. `users=17,proposals=18,leads=17`; a tag is left out while its invalidation is pending."),
        )),
        MetricsProblems,
    ),
    description = "Five series over the period, by local day (by month for 365d), zeros included, each with the period before laid over it.",
)]
#[get("/metrics/charts")]
pub(super) async fn get_charts(
    state: State,
    request: HttpRequest,
    query: Query<MetricsQuery>,
    min: MinDataVersion,
) -> Result<HttpResponse, ApiError> {
    let served = state.metrics.charts(query.0, min.0.as_ref()).await?;
    Ok(answer(&request, &served, Holds::Figures))
}

/// The newest users
#[utoipa::path(
    tag = "metrics",
    params(LimitParams, ("X-Min-Data-Version" = Option<String>, Header, description = "The least data version the answer may be computed from: the `X-Data-Version` of an earlier answer.", example = "users=17,proposals=18"), ("If-None-Match" = Option<String>, Header, description = "The `ETag` of an answer the client has.")),
    responses(
        (status = 200, description = "The answer, from the cache or computed just now.", body = RecentUsers, headers(
            ("ETag" = String, description = "Strong; lives as long as the value, one per encoding. Send it as `If-None-Match`."),
            ("Cache-Control" = String, description = "`no-store`"),
            ("Vary" = String, description = "`Accept-Encoding, Cookie, Authorization`"),
            ("Age" = u64, description = "How many seconds ago the value was computed."),
            ("Cache-Status" = String, description = "What each layer of the cache answered (RFC 9211), e.g. `l1; fwd=miss, l2; hit; ttl=41`; `detail=stale-if-error` marks a value past its time that stands in while the database fails."),
            ("Server-Timing" = String, description = "How long each step took, in milliseconds."),
            ("X-Data-Version" = String, description = "The versions of the data the answer was computed from, e.g. `users=17,proposals=18,leads=17`; a tag is left out while its invalidation is pending."),
            ("Content-Encoding" = String, description = "`br` or `gzip`, if the bytes are compressed."),
        )),
        (status = 304, description = "The client has it: its `If-None-Match` names the entity tag.", headers(
            ("ETag" = String, description = "Strong; lives as long as the value, one per encoding. Send it as `If-None-Match`."),
            ("Cache-Control" = String, description = "`no-store`"),
            ("Vary" = String, description = "`Accept-Encoding, Cookie, Authorization`"),
            ("Age" = u64, description = "How many seconds ago the value was computed."),
            ("Cache-Status" = String, description = "What each layer of the cache answered (RFC 9211), e.g. `l1; fwd=miss, l2; hit; ttl=41`; `detail=stale-if-error` marks a value past its time that stands in while the database fails."),
            ("Server-Timing" = String, description = "How long each step took, in milliseconds."),
            ("X-Data-Version" = String, description = "The versions of the data the answer was computed from, e.g. `users=17,proposals=18,leads=17`; a tag is left out while its invalidation is pending."),
        )),
        MetricsProblems,
    ),
    description = "The newest users, newest first by (createdAt, id).",
)]
#[get("/metrics/recent-users")]
pub(super) async fn get_recent_users(
    state: State,
    request: HttpRequest,
    query: Query<RecentLimit>,
    min: MinDataVersion,
) -> Result<HttpResponse, ApiError> {
    let served = state.metrics.recent_users(query.0, min.0.as_ref()).await?;
    Ok(answer(&request, &served, Holds::People))
}

/// The newest proposals
#[utoipa::path(
    tag = "metrics",
    params(LimitParams, ("X-Min-Data-Version" = Option<String>, Header, description = "The least data version the answer may be computed from: the `X-Data-Version` of an earlier answer.", example = "users=17,proposals=18"), ("If-None-Match" = Option<String>, Header, description = "The `ETag` of an answer the client has.")),
    responses(
        (status = 200, description = "The answer, from the cache or computed just now.", body = RecentProposals, headers(
            ("ETag" = String, description = "Strong; lives as long as the value, one per encoding. Send it as `If-None-Match`."),
            ("Cache-Control" = String, description = "`no-store`"),
            ("Vary" = String, description = "`Accept-Encoding, Cookie, Authorization`"),
            ("Age" = u64, description = "How many seconds ago the value was computed."),
            ("Cache-Status" = String, description = "What each layer of the cache answered (RFC 9211), e.g. `l1; fwd=miss, l2; hit; ttl=41`; `detail=stale-if-error` marks a value past its time that stands in while the database fails."),
            ("Server-Timing" = String, description = "How long each step took, in milliseconds."),
            ("X-Data-Version" = String, description = "The versions of the data the answer was computed from, e.g. `users=17,proposals=18,leads=17`; a tag is left out while its invalidation is pending."),
            ("Content-Encoding" = String, description = "`br` or `gzip`, if the bytes are compressed."),
        )),
        (status = 304, description = "The client has it: its `If-None-Match` names the entity tag.", headers(
            ("ETag" = String, description = "Strong; lives as long as the value, one per encoding. Send it as `If-None-Match`."),
            ("Cache-Control" = String, description = "`no-store`"),
            ("Vary" = String, description = "`Accept-Encoding, Cookie, Authorization`"),
            ("Age" = u64, description = "How many seconds ago the value was computed."),
            ("Cache-Status" = String, description = "What each layer of the cache answered (RFC 9211), e.g. `l1; fwd=miss, l2; hit; ttl=41`; `detail=stale-if-error` marks a value past its time that stands in while the database fails."),
            ("Server-Timing" = String, description = "How long each step took, in milliseconds."),
            ("X-Data-Version" = String, description = "The versions of the data the answer was computed from, e.g. `users=17,proposals=18,leads=17`; a tag is left out while its invalidation is pending."),
        )),
        MetricsProblems,
    ),
    description = "The newest proposals, newest first by (createdAt, id).",
)]
#[get("/metrics/recent-proposals")]
pub(super) async fn get_recent_proposals(
    state: State,
    request: HttpRequest,
    query: Query<RecentLimit>,
    min: MinDataVersion,
) -> Result<HttpResponse, ApiError> {
    let served = state.metrics.recent_proposals(query.0, min.0.as_ref()).await?;
    Ok(answer(&request, &served, Holds::People))
}

/// Recompute the dashboard
#[utoipa::path(
    tag = "metrics",
    params(PeriodParams),
    responses(
        (status = 200, description = "The dashboard, computed just now.", body = Dashboard, headers(
            ("ETag" = String, description = "Strong; lives as long as the value, one per encoding. Send it as `If-None-Match`."),
            ("Cache-Control" = String, description = "`no-store`"),
            ("Vary" = String, description = "`Accept-Encoding, Cookie, Authorization`"),
            ("Age" = u64, description = "How many seconds ago the value was computed (of the oldest part)."),
            ("Cache-Status" = String, description = "What each layer of the cache answered (RFC 9211), e.g. `l1; fwd=miss, l2; hit; ttl=41`; `detail=stale-if-error` marks a value past its time that stands in while the database fails."),
            ("Server-Timing" = String, description = "How long each step took, in milliseconds."),
            ("X-Data-Version" = String, description = "The versions of the data the answer was computed from, e.g. `users=17,proposals=18,leads=17`; a tag is left out while its invalidation is pending."),
            ("Content-Encoding" = String, description = "`br` or `gzip`, if the bytes are compressed."),
        )),
        QueryProblems,
    ),
    description = "Makes every cached figure old, on every instance, then computes the dashboard from the database and stores it.",
)]
#[post("/metrics/refresh")]
pub(super) async fn refresh_metrics(
    state: State,
    by: By,
    request: HttpRequest,
    query: Query<MetricsQuery>,
) -> Result<HttpResponse, ApiError> {
    let details = json!({"period": query.0.period.as_str(), "tz": query.0.tz.name()});
    record(&state, &by.0, Action::MetricsRefreshed, Subject::whole(SubjectKind::Cache), details).await;
    let served = state.metrics.refresh(query.0).await?;
    Ok(answer(&request, &served, Holds::People))
}
