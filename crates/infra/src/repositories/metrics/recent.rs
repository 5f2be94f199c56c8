//! The newest rows, newest first by (created_at, id): read off the end of an index, and what belongs to each is counted
//! for those rows only.

use chrono::{DateTime, Utc};
use domain::{
    entities::{
        proposal::ProposalStatus,
        user::{Role, UserStatus},
    },
    metrics::{
        period::RecentLimit,
        recent::{Owner, RecentProposal, RecentUser},
    },
};
use sea_orm::FromQueryResult;
use uuid::Uuid;

use super::statement::StatementBuilder;

#[derive(FromQueryResult)]
pub(super) struct UserRow {
    id: Uuid,
    display_name: String,
    email: String,
    role: Role,
    status: UserStatus,
    created_at: DateTime<Utc>,
    proposals_count: i64,
}

#[derive(FromQueryResult)]
pub(super) struct ProposalRow {
    id: Uuid,
    title: String,
    status: ProposalStatus,
    amount_minor: i64,
    currency: String,
    owner_id: Uuid,
    owner_name: String,
    client_name: String,
    leads_count: i64,
    created_at: DateTime<Utc>,
}

pub(super) fn users(limit: RecentLimit) -> StatementBuilder {
    let mut built = StatementBuilder::default();
    let limit = built.value(i64::from(limit.get()).into());
    built.select(format!(
        "SELECT u.id, u.display_name, u.email, u.role, u.status, u.created_at, \
         (SELECT count(*) FROM proposals p WHERE p.user_id = u.id) AS proposals_count \
         FROM users u ORDER BY u.created_at DESC, u.id DESC LIMIT {limit}"
    ));
    built
}

pub(super) fn proposals(limit: RecentLimit) -> StatementBuilder {
    let mut built = StatementBuilder::default();
    let limit = built.value(i64::from(limit.get()).into());
    // Limited before the join, so that it is at most 50 owners that are looked up.
    built.select(format!(
        "SELECT p.id, p.title, p.status, p.amount_minor, p.currency, p.client_name, p.created_at, \
         u.id AS owner_id, u.display_name AS owner_name, \
         (SELECT count(*) FROM leads l WHERE l.proposal_id = p.id) AS leads_count \
         FROM (SELECT * FROM proposals ORDER BY created_at DESC, id DESC LIMIT {limit}) p \
         JOIN users u ON u.id = p.user_id ORDER BY p.created_at DESC, p.id DESC"
    ));
    built
}

impl From<UserRow> for RecentUser {
    fn from(row: UserRow) -> Self {
        Self {
            id: row.id,
            display_name: row.display_name,
            email: row.email,
            role: row.role,
            status: row.status,
            created_at: row.created_at,
            proposals_count: row.proposals_count,
        }
    }
}

impl From<ProposalRow> for RecentProposal {
    fn from(row: ProposalRow) -> Self {
        Self {
            id: row.id,
            title: row.title,
            status: row.status,
            amount_minor: row.amount_minor,
            currency: row.currency,
            owner: Owner { id: row.owner_id, display_name: row.owner_name },
            client_name: row.client_name,
            leads_count: row.leads_count,
            created_at: row.created_at,
        }
    }
}
