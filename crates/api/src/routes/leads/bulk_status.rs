//! Moving many leads at once.

use actix_web::{HttpResponse, post};
use domain::entities::{
    lead::LeadStatus,
    moves::{BulkMove, MoveCounts, MovedRow},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    error::ApiError,
    extractors::{By, JsonBody, NoQuery},
    openapi::{CreateProblems, MoveConflict},
    routes::respond,
    state::State,
};

/// Leads that are to have one status.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"ids": ["01920000-0000-7000-8000-000000000001", "01920000-0000-7000-8000-000000000002"], "status": "contacted"}))]
pub(super) struct LeadsMove {
    /// The ids of 1 to 500 leads, each once.
    #[schema(value_type = BTreeSet<Uuid>, min_items = 1, max_items = 500)]
    ids: Vec<Uuid>,
    /// Where they move to.
    status: LeadStatus,
}

/// What became of leads that were to have one status.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct LeadsMoved {
    /// Where they moved to.
    status: LeadStatus,
    /// How many of them came to what.
    counts: MoveCounts,
    /// Each lead, in the order of the request.
    items: Vec<MovedRow>,
}

/// Move leads
#[utoipa::path(
    tag = "leads",
    request_body(content = LeadsMove, description = "The leads and their new status; at most 64 KiB."),
    responses(
        (status = 200, description = "What became of each lead.", body = LeadsMoved, headers(
            ("Cache-Control" = String, description = "`no-store`"),
            ("X-Data-Version" = String, description = "The versions of the data after the write, e.g. `users=17,proposals=18,leads=17`; a tag is left out while its invalidation is pending, the header where nothing is known."),
        )),
        CreateProblems,
        MoveConflict,
    ),
    description = "Moves up to 500 leads to one status, in one transaction. Where one of them may not move there, none is moved, and the problem's `errors` name each that may not, as `ids[7]`. One that has the status already stays as it is, and one that does not exist is reported; neither holds up the others. The time that goes with a move is set as by a change of one lead, all to one instant.",
)]
#[post("/leads/bulk-status")]
pub(super) async fn move_leads(
    state: State,
    by: By,
    _: NoQuery,
    body: JsonBody<LeadsMove>,
) -> Result<HttpResponse, ApiError> {
    let leads = state.leads.by(by.0);
    let request = BulkMove { ids: body.0.ids, status: body.0.status };
    let moved = state.writes.run(async move { leads.move_many(request).await }).await?;
    let moved = LeadsMoved { status: moved.status, counts: moved.counts, items: moved.items };
    Ok(respond::changed(&state, &moved))
}
