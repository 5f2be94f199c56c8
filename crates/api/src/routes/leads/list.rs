//! The list of leads.

#![expect(unused_qualifications, reason = "written by the macro of utoipa")]

use actix_web::{HttpResponse, get};
use chrono::{DateTime, Utc};
use domain::entities::lead::{LeadSource, LeadStatus};
use infra::repositories::LeadFilter;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::LeadView;
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
pub(super) struct LeadFilterParams {
    /// Only leads with this status; may be given several times.
    #[param(style = Form, explode, required = false)]
    status: Vec<LeadStatus>,
    /// Only leads from this source.
    source: Option<LeadSource>,
    /// Only leads of this proposal.
    proposal_id: Option<Uuid>,
    /// Only leads of this user's proposals.
    user_id: Option<Uuid>,
    /// Only leads created at this instant or later.
    created_from: Option<DateTime<Utc>>,
    /// Only leads created before this instant.
    created_to: Option<DateTime<Utc>>,
    /// Only leads converted at this instant or later.
    converted_from: Option<DateTime<Utc>>,
    /// Only leads converted before this instant.
    converted_to: Option<DateTime<Utc>>,
    /// Only leads whose name or e-mail address holds this text, in any case.
    #[param(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$",
        example = "valjean"
    )]
    q: Option<String>,
}

/// Which page of which leads.
pub(super) struct ListLeads {
    filter: LeadFilter,
    paging: Paging,
}

impl FromQuery for LeadFilter {
    fn from_query(reader: &mut QueryReader<'_>) -> Self {
        Self {
            status: reader.many("status", values::variant),
            source: reader.one("source", values::variant),
            proposal_id: reader.one("proposalId", values::uuid),
            user_id: reader.one("userId", values::uuid),
            created: reader.time_range("createdFrom", "createdTo"),
            converted: reader.time_range("convertedFrom", "convertedTo"),
            q: reader.one("q", values::search),
        }
    }
}

impl FromQuery for ListLeads {
    fn from_query(reader: &mut QueryReader<'_>) -> Self {
        let filter = LeadFilter::from_query(reader);
        let paging = Paging::read(reader, "leads", &filter);
        Self { filter, paging }
    }
}

/// A page of leads, newest first.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct LeadList {
    /// Newest first, by (createdAt, id).
    items: Vec<LeadView>,
    /// Where the page stands.
    page: PageInfo,
}

/// List leads
#[utoipa::path(
    tag = "leads",
    params(LeadFilterParams, PagingParams),
    responses(
        (status = 200, description = "A page of leads, newest first.", body = LeadList, headers(("Cache-Control" = String, description = "`no-store`"))),
        QueryProblems,
    ),
    description = "The leads that match every filter given, newest first by (createdAt, id). Follow `page.nextCursor` until it is null: rows that are created meanwhile neither repeat nor hide others.",
)]
#[get("/leads")]
pub(super) async fn list_leads(state: State, query: Query<ListLeads>) -> Result<HttpResponse, ApiError> {
    let ListLeads { filter, paging } = query.0;
    let page = state.leads.list(&filter, paging.request).await?;
    let info = PageInfo::of(&page, &paging);
    let items = page.items.into_iter().map(LeadView::from).collect();
    Ok(respond::read(&LeadList { items, page: info }))
}
