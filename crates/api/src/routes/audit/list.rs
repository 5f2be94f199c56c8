//! The list of what happened.

#![expect(unused_qualifications, reason = "written by the macro of utoipa")]

use actix_web::{HttpResponse, get};
use chrono::{DateTime, Utc};
use infra::repositories::AuditFilter;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    names::{self, ActionName, ActorKindName, SubjectKindName},
    view::AuditEntry,
};
use crate::{
    error::ApiError,
    extractors::{FromQuery, Paging, PagingParams, Query, QueryReader, values},
    middleware::RequestId,
    openapi::QueryProblems,
    routes::{PageInfo, respond},
    state::State,
};

/// The filters, as they are documented. Everything given has to hold.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
#[expect(dead_code, reason = "read by name; this is their documentation")]
struct AuditFilterParams {
    /// Only what the user or the token with this id did.
    actor_id: Option<Uuid>,
    /// Only what actors of this kind did.
    #[param(value_type = Option<ActorKindName>)]
    actor_kind: Option<ActorKindName>,
    /// Only this action; may be given several times.
    #[param(style = Form, explode, value_type = Option<Vec<ActionName>>)]
    action: Option<Vec<ActionName>>,
    /// Only what was done to subjects of this kind.
    #[param(value_type = Option<SubjectKindName>)]
    subject_kind: Option<SubjectKindName>,
    /// Only what was done to the row with this id.
    subject_id: Option<Uuid>,
    /// Only what the request with this id did.
    #[param(pattern = "^[A-Za-z0-9._-]{1,64}$", example = "01920000-0000-7000-8000-000000000001")]
    request_id: Option<String>,
    /// Only what happened at this instant or later.
    created_from: Option<DateTime<Utc>>,
    /// Only what happened before this instant.
    created_to: Option<DateTime<Utc>>,
}

/// Which page of which entries.
pub(super) struct ListAuditEntries {
    filter: AuditFilter,
    paging: Paging,
}

impl FromQuery for ListAuditEntries {
    fn from_query(reader: &mut QueryReader<'_>) -> Self {
        let filter = AuditFilter {
            actor_id: reader.one("actorId", values::uuid),
            actor_kind: reader.one("actorKind", names::actor_kind),
            action: reader.many("action", names::action),
            subject_kind: reader.one("subjectKind", names::subject_kind),
            subject_id: reader.one("subjectId", values::uuid),
            request_id: reader.one("requestId", request_id),
            created: reader.time_range("createdFrom", "createdTo"),
        };
        let paging = Paging::read(reader, "audit", &filter);
        Self { filter, paging }
    }
}

/// A page of the audit log, newest first.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AuditEntryList {
    /// Newest first, by (createdAt, id).
    items: Vec<AuditEntry>,
    /// Where the page stands.
    page: PageInfo,
}

/// Who did what
#[utoipa::path(
    tag = "audit",
    params(AuditFilterParams, PagingParams),
    responses(
        (status = 200, description = "A page of entries, newest first.", body = AuditEntryList, headers(("Cache-Control" = String, description = "`no-store`"))),
        QueryProblems,
    ),
    description = "The entries that match every filter given, newest first by (createdAt, id): changes to rows, exports, sign-ins and refused ones, tokens, invalidations and refreshes. Entries are written in the transaction of what they tell and never change; they outlive the rows they speak of.",
)]
#[get("/audit")]
pub(super) async fn list_audit_entries(
    state: State,
    query: Query<ListAuditEntries>,
) -> Result<HttpResponse, ApiError> {
    let ListAuditEntries { filter, paging } = query.0;
    let page = state.audit.list(&filter, paging.request).await?;
    let info = PageInfo::of(&page, &paging);
    let items = page.items.into_iter().map(AuditEntry::from).collect();
    Ok(respond::read(&AuditEntryList { items, page: info }))
}

/// The id of a request.
fn request_id(text: &str) -> Result<String, String> {
    let expected = "expected 1 to 64 letters, digits, dots, underscores or dashes";
    if RequestId::accepts(text.as_bytes()) {
        Ok(text.to_owned())
    } else {
        Err(format!("{expected}, got {}", values::quoted(text)))
    }
}
