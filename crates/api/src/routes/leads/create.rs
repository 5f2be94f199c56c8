//! Creating a lead.

use actix_web::{HttpResponse, post};
use domain::entities::lead::NewLead;

use super::LeadView;
use crate::{
    error::ApiError,
    extractors::{By, JsonBody, NoQuery},
    openapi::CreateBelowProblems,
    routes::respond,
    state::State,
};

/// Create a lead
#[utoipa::path(
    tag = "leads",
    request_body(content = NewLead, description = "The new lead; at most 64 KiB."),
    responses(
        (status = 201, description = "The lead as it was made.", body = LeadView, headers(
            ("Location" = String, description = "Where the lead is now: `/api/v1/leads/{id}`."),
            ("ETag" = String, description = "The lead's `updatedAt` in double quotes, for `If-Match`."),
            ("Cache-Control" = String, description = "`no-store`"),
            ("X-Data-Version" = String, description = "The versions of the data after the write, e.g. `users=17,proposals=18,leads=17`; a tag is left out while its invalidation is pending, the header where nothing is known."),
        )),
        CreateBelowProblems,
    ),
    description = "A lead starts as new.",
)]
#[post("/leads")]
pub(super) async fn create_lead(
    state: State,
    by: By,
    _: NoQuery,
    body: JsonBody<NewLead>,
) -> Result<HttpResponse, ApiError> {
    let leads = state.leads.by(by.0);
    let lead = state.writes.run(async move { leads.create(body.0).await }).await?;
    Ok(respond::created(&state, ("leads", lead.id, lead.updated_at), &LeadView::from(lead)))
}
