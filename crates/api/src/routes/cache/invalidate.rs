//! Making the cache forget.

use actix_web::{HttpResponse, http::StatusCode, post};
use domain::{
    FieldError,
    audit::{Action, Subject, SubjectKind},
    invalidation::{CacheTag, InvalidationOutcome},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::{
    error::{ApiError, ProblemKind},
    extractors::{By, JsonBody, NoQuery},
    openapi::CreateProblems,
    routes::{record::record, respond},
    state::State,
};

/// What becomes old.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NewInvalidation {
    /// At least one; `all` means every cached answer.
    #[schema(min_items = 1, example = json!(["users", "proposals"]))]
    tags: Vec<CacheTag>,
}

/// What became of it.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Invalidation {
    /// `applied`: every instance knows as soon as the bus tells it. `queued`: this instance knows; the others as soon as
    /// Redis can be reached.
    outcome: InvalidationOutcome,
}

/// Make cached answers old
#[utoipa::path(
    tag = "cache",
    request_body(content = NewInvalidation, description = "The tags; at most 64 KiB."),
    responses(
        (status = 200, description = "Applied.", body = Invalidation, headers(
            ("Cache-Control" = String, description = "`no-store`"),
            ("X-Data-Version" = String, description = "The versions of the data now; a tag is left out while its invalidation is pending."),
        )),
        (status = 202, description = "Queued: Redis cannot be reached at present.", body = Invalidation, headers(
            ("Cache-Control" = String, description = "`no-store`"),
            ("X-Data-Version" = String, description = "The versions of the data now; a tag is left out while its invalidation is pending."),
        )),
        CreateProblems,
    ),
    description = "Makes every cached answer old that depends on one of the tags. Writes do this by themselves; this is for data that was changed past the service. It works while the database does not; then only the service's own log tells who did it.",
)]
#[post("/cache/invalidations")]
pub(super) async fn create_invalidation(
    state: State,
    by: By,
    _: NoQuery,
    body: JsonBody<NewInvalidation>,
) -> Result<HttpResponse, ApiError> {
    if body.0.tags.is_empty() {
        let errors =
            vec![FieldError::new("tags", "length", "expected at least one of users, proposals, leads, all")];
        return Err(ApiError::of_fields(ProblemKind::InvalidFields, "field", errors));
    }
    let tags = body.0.tags;
    let invalidating = {
        let state = state.clone();
        async move {
            let details = json!({"tags": tags});
            record(&state, &by.0, Action::CacheInvalidated, Subject::whole(SubjectKind::Cache), details)
                .await;
            Ok::<_, ApiError>(state.metrics.invalidate(tags.into_iter().collect()).await)
        }
    };
    let outcome = state.writes.run(invalidating).await?;
    let status = match outcome {
        InvalidationOutcome::Applied => StatusCode::OK,
        InvalidationOutcome::Queued => StatusCode::ACCEPTED,
    };
    Ok(respond::after_write(&state, status).json(Invalidation { outcome }))
}
