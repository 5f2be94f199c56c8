//! Changing a lead.

use actix_web::{HttpResponse, patch};
use domain::entities::lead::LeadPatch;

use super::LeadView;
use crate::{
    error::ApiError,
    extractors::{By, IfMatch, IfMatchParam, JsonBody, NoQuery, RowId},
    openapi::{MoveConflict, UpdateProblems},
    routes::respond,
    state::State,
};

/// Change a lead
#[utoipa::path(
    tag = "leads",
    params(("id" = Uuid, Path, description = "The lead's id."), IfMatchParam),
    request_body(content = LeadPatch, description = "The fields to change; at most 64 KiB."),
    responses(
        (status = 200, description = "The lead as it is now.", body = LeadView, headers(
            ("ETag" = String, description = "The lead's `updatedAt` in double quotes, for `If-Match`."),
            ("Cache-Control" = String, description = "`no-store`"),
            ("X-Data-Version" = String, description = "The versions of the data after the write, e.g. `users=17,proposals=18,leads=17`; a tag is left out while its invalidation is pending, the header where nothing is known."),
        )),
        UpdateProblems,
        MoveConflict,
    ),
    description = "Changes the fields that are given and leaves the others as they are. A status moves new → contacted → qualified → converted or lost; each may go straight to converted or lost. The move to converted sets `convertedAt`.",
)]
#[patch("/leads/{id}")]
pub(super) async fn update_lead(
    state: State,
    by: By,
    id: RowId,
    _: NoQuery,
    expected: IfMatch,
    body: JsonBody<LeadPatch>,
) -> Result<HttpResponse, ApiError> {
    let leads = state.leads.by(by.0);
    let lead = state.writes.run(async move { leads.update(id.0, body.0, expected.0).await }).await?;
    Ok(respond::updated(&state, lead.updated_at, &LeadView::from(lead)))
}
