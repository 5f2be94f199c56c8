//! One proposal.

use actix_web::{HttpResponse, get};

use super::ProposalView;
use crate::{
    error::ApiError,
    extractors::{NoQuery, RowId},
    openapi::RowProblems,
    routes::respond,
    state::State,
};

/// One proposal
#[utoipa::path(
    tag = "proposals",
    params(("id" = Uuid, Path, description = "The proposal's id.")),
    responses(
        (status = 200, description = "The proposal.", body = ProposalView, headers(("Cache-Control" = String, description = "`no-store`"))),
        RowProblems,
    ),
    description = "The proposal with that id.",
)]
#[get("/proposals/{id}")]
pub(super) async fn get_proposal(state: State, id: RowId, _: NoQuery) -> Result<HttpResponse, ApiError> {
    let proposal = state.proposals.get(id.0).await?;
    Ok(respond::read(&ProposalView::from(proposal)))
}
