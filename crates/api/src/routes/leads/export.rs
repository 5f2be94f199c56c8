//! The list of leads as a file.

use actix_web::{HttpRequest, HttpResponse, get};
use domain::audit::{Action, SubjectKind};
use infra::repositories::LeadFilter;

use super::{LeadView, list::LeadFilterParams};
use crate::{
    error::ApiError,
    extractors::{By, Query},
    openapi::QueryProblems,
    routes::export::{Exported, export},
    state::State,
};

/// Export leads
#[utoipa::path(
    tag = "leads",
    params(LeadFilterParams),
    responses(
        (status = 200, description = "A line for each lead, newest first, under a header with the names of the JSON's fields.", body = String, content_type = "text/csv", headers(
            ("Content-Disposition" = String, description = "The name of the file: `attachment; filename=\"leads-2026-11-23.csv\"`, with the date in UTC."),
            ("Cache-Control" = String, description = "`no-store`"),
        )),
        QueryProblems,
    ),
    description = "All leads that match every filter given, as comma-separated values in UTF-8 (`text/csv; charset=utf-8; header=present`), however many there are; `cargo xtask import` reads them again. A text that a spreadsheet would take for a formula has an apostrophe before it. An answer that breaks off, without the end of its last chunk, is incomplete. Every export is in the audit log.",
)]
#[get("/leads.csv")]
pub(super) async fn export_leads(
    state: State,
    request: HttpRequest,
    By(author): By,
    query: Query<LeadFilter>,
) -> Result<HttpResponse, ApiError> {
    let (leads, filter) = (state.leads.clone(), query.0);
    let exported = Exported { family: "leads", action: Action::LeadsExported, kind: SubjectKind::Lead };
    export(&state, &request, &author, exported, move |after| {
        let (leads, filter) = (leads.clone(), filter.clone());
        async move { Ok(leads.export(&filter, after).await?.map(LeadView::from)) }
    })
    .await
}
