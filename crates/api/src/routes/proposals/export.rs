//! The list of proposals as a file.

use actix_web::{HttpRequest, HttpResponse, get};
use domain::audit::{Action, SubjectKind};
use infra::repositories::ProposalFilter;

use super::{ProposalView, list::ProposalFilterParams};
use crate::{
    error::ApiError,
    extractors::{By, Query},
    openapi::QueryProblems,
    routes::export::{Exported, export},
    state::State,
};

/// Export proposals
#[utoipa::path(
    tag = "proposals",
    params(ProposalFilterParams),
    responses(
        (status = 200, description = "A line for each proposal, newest first, under a header with the names of the JSON's fields.", body = String, content_type = "text/csv", headers(
            ("Content-Disposition" = String, description = "The name of the file: `attachment; filename=\"proposals-2026-11-23.csv\"`, with the date in UTC."),
            ("Cache-Control" = String, description = "`no-store`"),
        )),
        QueryProblems,
    ),
    description = "All proposals that match every filter given, as comma-separated values in UTF-8 (`text/csv; charset=utf-8; header=present`), however many there are; `cargo xtask import` reads them again. A text that a spreadsheet would take for a formula has an apostrophe before it. An answer that breaks off, without the end of its last chunk, is incomplete. Every export is in the audit log.",
)]
#[get("/proposals.csv")]
pub(super) async fn export_proposals(
    state: State,
    request: HttpRequest,
    By(author): By,
    query: Query<ProposalFilter>,
) -> Result<HttpResponse, ApiError> {
    let (proposals, filter) = (state.proposals.clone(), query.0);
    let exported =
        Exported { family: "proposals", action: Action::ProposalsExported, kind: SubjectKind::Proposal };
    export(&state, &request, &author, exported, move |after| {
        let (proposals, filter) = (proposals.clone(), filter.clone());
        async move { Ok(proposals.export(&filter, after).await?.map(ProposalView::from)) }
    })
    .await
}
