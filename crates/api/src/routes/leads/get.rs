//! One lead.

use actix_web::{HttpResponse, get};

use super::LeadView;
use crate::{
    error::ApiError,
    extractors::{IfNoneMatch, IfNoneMatchParam, NoQuery, RowId},
    openapi::RowProblems,
    routes::respond,
    state::State,
};

/// One lead
#[utoipa::path(
    tag = "leads",
    params(("id" = Uuid, Path, description = "The lead's id."), IfNoneMatchParam),
    responses(
        (status = 200, description = "The lead.", body = LeadView, headers(
            ("ETag" = String, description = "The lead's `updatedAt` in double quotes, for `If-Match`."),
            ("Cache-Control" = String, description = "`no-store`"),
        )),
        (status = 304, description = "The lead is as `If-None-Match` has it.", headers(
            ("ETag" = String, description = "The lead's `updatedAt` in double quotes, for `If-Match`."),
            ("Cache-Control" = String, description = "`no-store`"),
        )),
        RowProblems,
    ),
    description = "The lead with that id.",
)]
#[get("/leads/{id}")]
pub(super) async fn get_lead(
    state: State,
    id: RowId,
    _: NoQuery,
    has: IfNoneMatch,
) -> Result<HttpResponse, ApiError> {
    let lead = state.leads.get(id.0).await?;
    Ok(respond::row(&has, lead.updated_at, &LeadView::from(lead)))
}
