//! One lead.

use actix_web::{HttpResponse, get};

use super::LeadView;
use crate::{
    error::ApiError,
    extractors::{NoQuery, RowId},
    openapi::RowProblems,
    routes::respond,
    state::State,
};

/// One lead
#[utoipa::path(
    tag = "leads",
    params(("id" = Uuid, Path, description = "The lead's id.")),
    responses(
        (status = 200, description = "The lead.", body = LeadView, headers(("Cache-Control" = String, description = "`no-store`"))),
        RowProblems,
    ),
    description = "The lead with that id.",
)]
#[get("/leads/{id}")]
pub(super) async fn get_lead(state: State, id: RowId, _: NoQuery) -> Result<HttpResponse, ApiError> {
    let lead = state.leads.get(id.0).await?;
    Ok(respond::read(&LeadView::from(lead)))
}
