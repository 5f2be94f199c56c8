//! `/leads`.

mod bulk_status;
mod create;
mod delete;
mod export;
mod get;
mod list;
mod update;

use chrono::{DateTime, Utc};
use domain::entities::lead::{LeadSource, LeadStatus, Model};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Routes;
use crate::csv::CsvRow;

/// Registers the family.
pub(super) fn register(routes: &mut impl Routes) {
    routes
        .service(list::list_leads)
        .service(export::export_leads)
        .service(create::create_lead)
        .service(bulk_status::move_leads)
        .service(get::get_lead)
        .service(update::update_lead)
        .service(delete::delete_lead);
}

/// A lead.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Lead)]
pub struct LeadView {
    /// The lead's id, a UUIDv7.
    pub id: Uuid,
    /// The proposal that brought it; never changes.
    pub proposal_id: Uuid,
    /// Who it is.
    #[schema(example = "Jean Valjean")]
    pub name: String,
    /// In lower case; several leads may share one.
    #[schema(format = "email", example = "jean@example.org")]
    pub email: String,
    /// Where it came from.
    pub source: LeadSource,
    /// Where it stands.
    pub status: LeadStatus,
    /// When it converted; null until then.
    #[schema(required)]
    pub converted_at: Option<DateTime<Utc>>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

impl From<Model> for LeadView {
    fn from(lead: Model) -> Self {
        Self {
            id: lead.id,
            proposal_id: lead.proposal_id,
            name: lead.name,
            email: lead.email,
            source: lead.source,
            status: lead.status,
            converted_at: lead.converted_at,
            created_at: lead.created_at,
            updated_at: lead.updated_at,
        }
    }
}

impl CsvRow for LeadView {
    const COLUMNS: &'static [&'static str] =
        &["id", "proposalId", "name", "email", "source", "status", "convertedAt", "createdAt", "updatedAt"];

    fn texts(&mut self) -> Vec<&mut String> {
        vec![&mut self.name, &mut self.email]
    }
}
