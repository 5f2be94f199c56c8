//! The newest users and proposals, newest first by (createdAt, id).

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    entities::{
        proposal::ProposalStatus,
        user::{Role, UserStatus},
    },
    schema::CurrencyCode,
};

/// When a list was computed. A list of recent rows has no period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecentMeta {
    /// When the list was computed.
    pub generated_at: DateTime<Utc>,
}

/// The newest users.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecentUsers {
    /// When it was computed.
    pub meta: RecentMeta,
    /// Newest first.
    pub items: Vec<RecentUser>,
}

/// A user in the list of the newest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecentUser {
    /// The user's id.
    pub id: Uuid,
    /// The user's name.
    #[schema(example = "Ada Lovelace")]
    pub display_name: String,
    /// The user's e-mail address.
    #[schema(format = "email", example = "ada@example.org")]
    pub email: String,
    /// What the user may do.
    pub role: Role,
    /// Whether the user may do it.
    pub status: UserStatus,
    /// When the user was created.
    pub created_at: DateTime<Utc>,
    /// How many proposals the user has.
    pub proposals_count: i64,
}

/// The newest proposals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecentProposals {
    /// When it was computed.
    pub meta: RecentMeta,
    /// Newest first.
    pub items: Vec<RecentProposal>,
}

/// A proposal in the list of the newest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecentProposal {
    /// The proposal's id.
    pub id: Uuid,
    /// What it is about.
    #[schema(example = "New roof")]
    pub title: String,
    /// Where it stands.
    pub status: ProposalStatus,
    /// Minor units of `currency`.
    pub amount_minor: i64,
    /// ISO 4217.
    #[schema(value_type = CurrencyCode)]
    pub currency: String,
    /// Whose it is.
    pub owner: Owner,
    /// For whom it is.
    #[schema(example = "Mairie de Lyon")]
    pub client_name: String,
    /// How many leads it brought.
    pub leads_count: i64,
    /// When it was created.
    pub created_at: DateTime<Utc>,
}

/// A proposal's owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Owner {
    /// The user's id.
    pub id: Uuid,
    /// The user's name.
    #[schema(example = "Ada Lovelace")]
    pub display_name: String,
}
