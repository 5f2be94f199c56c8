//! Deleting a proposal.

use actix_web::{HttpResponse, delete};

use crate::{
    error::ApiError,
    extractors::{By, IfMatch, IfMatchParam, NoQuery, RowId},
    openapi::DeleteProblems,
    routes::respond,
    state::State,
};

/// Delete a proposal
#[utoipa::path(
    tag = "proposals",
    params(("id" = Uuid, Path, description = "The proposal's id."), IfMatchParam),
    responses(
        (status = 204, description = "It is gone.", headers(
            ("Cache-Control" = String, description = "`no-store`"),
            ("X-Data-Version" = String, description = "The versions of the data after the write, e.g. `users=17,proposals=18,leads=17`; a tag is left out while its invalidation is pending, the header where nothing is known."),
        )),
        DeleteProblems,
    ),
    description = "Deletes the proposal and its leads, in one transaction. This cannot be undone.",
)]
#[delete("/proposals/{id}")]
pub(super) async fn delete_proposal(
    state: State,
    by: By,
    id: RowId,
    _: NoQuery,
    expected: IfMatch,
) -> Result<HttpResponse, ApiError> {
    let proposals = state.proposals.by(by.0);
    state.writes.run(async move { proposals.delete(id.0, expected.0).await }).await?;
    Ok(respond::deleted(&state))
}
