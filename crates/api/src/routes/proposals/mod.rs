//! `/proposals`.

mod bulk_status;
mod create;
mod delete;
mod export;
mod get;
mod list;
mod update;

use chrono::{DateTime, Utc};
use domain::entities::proposal::{Model, ProposalStatus};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Routes;
use crate::csv::CsvRow;

/// Registers the family.
pub(super) fn register(routes: &mut impl Routes) {
    routes
        .service(list::list_proposals)
        .service(export::export_proposals)
        .service(create::create_proposal)
        .service(bulk_status::move_proposals)
        .service(get::get_proposal)
        .service(update::update_proposal)
        .service(delete::delete_proposal);
}

/// A proposal.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Proposal)]
pub struct ProposalView {
    /// The proposal's id, a UUIDv7.
    pub id: Uuid,
    /// The user who owns it; never changes.
    pub user_id: Uuid,
    /// What it is about.
    #[schema(example = "New roof")]
    pub title: String,
    /// For whom it is.
    #[schema(example = "Mairie de Lyon")]
    pub client_name: String,
    /// Minor units of `currency` (cents for EUR), 0 to 10¹¹: exact in JavaScript too.
    #[schema(minimum = 0, maximum = 100_000_000_000_i64, example = 1_250_000)]
    pub amount_minor: i64,
    /// ISO 4217.
    #[schema(value_type = domain::schema::CurrencyCode)]
    pub currency: String,
    /// Where it stands.
    pub status: ProposalStatus,
    /// When it was sent; null for a draft.
    #[schema(required)]
    pub sent_at: Option<DateTime<Utc>>,
    /// When it was accepted, declined or expired; null until then.
    #[schema(required)]
    pub decided_at: Option<DateTime<Utc>>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

impl From<Model> for ProposalView {
    fn from(proposal: Model) -> Self {
        Self {
            id: proposal.id,
            user_id: proposal.user_id,
            title: proposal.title,
            client_name: proposal.client_name,
            amount_minor: proposal.amount_minor,
            currency: proposal.currency,
            status: proposal.status,
            sent_at: proposal.sent_at,
            decided_at: proposal.decided_at,
            created_at: proposal.created_at,
            updated_at: proposal.updated_at,
        }
    }
}

impl CsvRow for ProposalView {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "userId",
        "title",
        "clientName",
        "amountMinor",
        "currency",
        "status",
        "sentAt",
        "decidedAt",
        "createdAt",
        "updatedAt",
    ];

    fn texts(&mut self) -> Vec<&mut String> {
        vec![&mut self.title, &mut self.client_name]
    }
}
