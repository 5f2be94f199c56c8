//! Creating a proposal.

use actix_web::{HttpResponse, post};
use domain::entities::proposal::NewProposal;

use super::ProposalView;
use crate::{
    error::ApiError,
    extractors::{By, JsonBody, NoQuery},
    openapi::CreateBelowProblems,
    routes::respond,
    state::State,
};

/// Create a proposal
#[utoipa::path(
    tag = "proposals",
    request_body(content = NewProposal, description = "The new proposal; at most 64 KiB."),
    responses(
        (status = 201, description = "The proposal as it was made.", body = ProposalView, headers(
            ("Location" = String, description = "Where the proposal is now: `/api/v1/proposals/{id}`."),
            ("ETag" = String, description = "The proposal's `updatedAt` in double quotes, for `If-Match`."),
            ("Cache-Control" = String, description = "`no-store`"),
            ("X-Data-Version" = String, description = "The versions of the data after the write, e.g. `users=17,proposals=18,leads=17`; a tag is left out while its invalidation is pending, the header where nothing is known."),
        )),
        CreateBelowProblems,
    ),
    description = "A proposal starts as a draft.",
)]
#[post("/proposals")]
pub(super) async fn create_proposal(
    state: State,
    by: By,
    _: NoQuery,
    body: JsonBody<NewProposal>,
) -> Result<HttpResponse, ApiError> {
    let proposals = state.proposals.by(by.0);
    let proposal = state.writes.run(async move { proposals.create(body.0).await }).await?;
    Ok(respond::created(
        &state,
        ("proposals", proposal.id, proposal.updated_at),
        &ProposalView::from(proposal),
    ))
}
