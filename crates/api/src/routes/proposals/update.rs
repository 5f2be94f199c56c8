//! Changing a proposal.

use actix_web::{HttpResponse, patch};
use domain::entities::proposal::ProposalPatch;

use super::ProposalView;
use crate::{
    error::ApiError,
    extractors::{By, IfMatch, IfMatchParam, JsonBody, NoQuery, RowId},
    openapi::{MoveConflict, UpdateProblems},
    routes::respond,
    state::State,
};

/// Change a proposal
#[utoipa::path(
    tag = "proposals",
    params(("id" = Uuid, Path, description = "The proposal's id."), IfMatchParam),
    request_body(content = ProposalPatch, description = "The fields to change; at most 64 KiB."),
    responses(
        (status = 200, description = "The proposal as it is now.", body = ProposalView, headers(
            ("ETag" = String, description = "The proposal's `updatedAt` in double quotes, for `If-Match`."),
            ("Cache-Control" = String, description = "`no-store`"),
            ("X-Data-Version" = String, description = "The versions of the data after the write, e.g. `users=17,proposals=18,leads=17`; a tag is left out while its invalidation is pending, the header where nothing is known."),
        )),
        UpdateProblems,
        MoveConflict,
    ),
    description = "Changes the fields that are given and leaves the others as they are. A status moves draft → sent → viewed → accepted, declined or expired; sent may also be decided at once. The move to sent sets `sentAt`, and the owner's `firstSentAt` if it was the first; a decision sets `decidedAt`.",
)]
#[patch("/proposals/{id}")]
pub(super) async fn update_proposal(
    state: State,
    by: By,
    id: RowId,
    _: NoQuery,
    expected: IfMatch,
    body: JsonBody<ProposalPatch>,
) -> Result<HttpResponse, ApiError> {
    let proposals = state.proposals.by(by.0);
    let proposal = state.writes.run(async move { proposals.update(id.0, body.0, expected.0).await }).await?;
    Ok(respond::updated(&state, proposal.updated_at, &ProposalView::from(proposal)))
}
