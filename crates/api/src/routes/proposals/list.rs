//! The list of proposals.

#![expect(unused_qualifications, reason = "written by the macro of utoipa")]

use actix_web::{HttpResponse, get};
use chrono::{DateTime, Utc};
use domain::entities::proposal::ProposalStatus;
use infra::repositories::ProposalFilter;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::ProposalView;
use crate::{
    error::ApiError,
    extractors::{FromQuery, Paging, PagingParams, Query, QueryReader, values},
    openapi::QueryProblems,
    routes::{PageInfo, respond},
    state::State,
};

/// The filters, as they are documented. Everything given has to hold.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
#[expect(dead_code, reason = "read by name; this is their documentation")]
pub(super) struct ProposalFilterParams {
    /// Only proposals with this status; may be given several times.
    #[param(style = Form, explode, required = false)]
    status: Vec<ProposalStatus>,
    /// Only proposals of this user.
    user_id: Option<Uuid>,
    /// Only proposals created at this instant or later.
    created_from: Option<DateTime<Utc>>,
    /// Only proposals created before this instant.
    created_to: Option<DateTime<Utc>>,
    /// Only proposals sent at this instant or later.
    sent_from: Option<DateTime<Utc>>,
    /// Only proposals sent before this instant.
    sent_to: Option<DateTime<Utc>>,
    /// Only proposals accepted, declined or expired at this instant or later.
    decided_from: Option<DateTime<Utc>>,
    /// Only proposals accepted, declined or expired before this instant.
    decided_to: Option<DateTime<Utc>>,
    /// Only proposals whose title or client holds this text, in any case.
    #[param(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$",
        example = "roof"
    )]
    q: Option<String>,
}

/// Which page of which proposals.
pub(super) struct ListProposals {
    filter: ProposalFilter,
    paging: Paging,
}

impl FromQuery for ProposalFilter {
    fn from_query(reader: &mut QueryReader<'_>) -> Self {
        Self {
            status: reader.many("status", values::variant),
            user_id: reader.one("userId", values::uuid),
            created: reader.time_range("createdFrom", "createdTo"),
            sent: reader.time_range("sentFrom", "sentTo"),
            decided: reader.time_range("decidedFrom", "decidedTo"),
            q: reader.one("q", values::search),
        }
    }
}

impl FromQuery for ListProposals {
    fn from_query(reader: &mut QueryReader<'_>) -> Self {
        let filter = ProposalFilter::from_query(reader);
        let paging = Paging::read(reader, "proposals", &filter);
        Self { filter, paging }
    }
}

/// A page of proposals, newest first.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProposalList {
    /// Newest first, by (createdAt, id).
    items: Vec<ProposalView>,
    /// Where the page stands.
    page: PageInfo,
}

/// List proposals
#[utoipa::path(
    tag = "proposals",
    params(ProposalFilterParams, PagingParams),
    responses(
        (status = 200, description = "A page of proposals, newest first.", body = ProposalList, headers(("Cache-Control" = String, description = "`no-store`"))),
        QueryProblems,
    ),
    description = "The proposals that match every filter given, newest first by (createdAt, id). Follow `page.nextCursor` until it is null: rows that are created meanwhile neither repeat nor hide others.",
)]
#[get("/proposals")]
pub(super) async fn list_proposals(
    state: State,
    query: Query<ListProposals>,
) -> Result<HttpResponse, ApiError> {
    let ListProposals { filter, paging } = query.0;
    let page = state.proposals.list(&filter, paging.request).await?;
    let info = PageInfo::of(&page, &paging);
    let items = page.items.into_iter().map(ProposalView::from).collect();
    Ok(respond::read(&ProposalList { items, page: info }))
}
