//! One proposal.

use actix_web::{HttpResponse, get};

use super::ProposalView;
use crate::{
    error::ApiError,
    extractors::{IfNoneMatch, IfNoneMatchParam, NoQuery, RowId},
    openapi::RowProblems,
    routes::respond,
    state::State,
};

/// One proposal
#[utoipa::path(
    tag = "proposals",
    params(("id" = Uuid, Path, description = "The proposal's id."), IfNoneMatchParam),
    responses(
        (status = 200, description = "The proposal.", body = ProposalView, headers(
            ("ETag" = String, description = "The proposal's `updatedAt` in double quotes, for `If-Match`."),
            ("Cache-Control" = String, description = "`no-store`"),
        )),
        (status = 304, description = "The proposal is as `If-None-Match` has it.", headers(
            ("ETag" = String, description = "The proposal's `updatedAt` in double quotes, for `If-Match`."),
            ("Cache-Control" = String, description = "`no-store`"),
        )),
        RowProblems,
    ),
    description = "The proposal with that id.",
)]
#[get("/proposals/{id}")]
pub(super) async fn get_proposal(
    state: State,
    id: RowId,
    _: NoQuery,
    has: IfNoneMatch,
) -> Result<HttpResponse, ApiError> {
    let proposal = state.proposals.get(id.0).await?;
    Ok(respond::row(&has, proposal.updated_at, &ProposalView::from(proposal)))
}
