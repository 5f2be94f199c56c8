//! Proposals in the database.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::{
    entities::{
        cascade,
        proposal::{self, NewProposal, ProposalPatch, ProposalStatus},
        user,
    },
    invalidation::{CacheTag, announce},
    ports::Clock,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QuerySelect,
    TransactionSession,
};
use serde::Serialize;
use uuid::Uuid;

use super::{
    Cursor, Listing, Page, PageRequest, TimeRange,
    list::{holds_text, page},
    parent_missing,
};
use crate::{
    database::{TrackedConnection, TrackedTransaction, read_again_if_dead},
    error::RepositoryError,
};

/// Reads and writes proposals.
#[derive(Clone)]
pub struct ProposalRepository {
    db: TrackedConnection,
    clock: Arc<dyn Clock>,
}

/// Which proposals are listed; everything given has to hold.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ProposalFilter {
    /// Any of these; all if empty.
    pub status: Vec<ProposalStatus>,
    /// Those of this user.
    pub user_id: Option<Uuid>,
    /// Those created in it.
    pub created: TimeRange,
    /// Those sent in it.
    pub sent: TimeRange,
    /// Those decided in it.
    pub decided: TimeRange,
    /// Those whose title or client holds it, whatever its case.
    pub q: Option<String>,
}

impl ProposalRepository {
    /// Proposals behind `db`; `clock` says when they are created and changed.
    pub fn new(db: TrackedConnection, clock: Arc<dyn Clock>) -> Self {
        Self { db, clock }
    }

    /// A page of the proposals that match.
    ///
    /// # Errors
    /// [`RepositoryError::Database`].
    pub async fn list(
        &self,
        filter: &ProposalFilter,
        request: PageRequest,
    ) -> Result<Page<proposal::Model>, RepositoryError> {
        let condition = filter.condition(self.db.get_database_backend());
        let read = || page::<proposal::Entity, _>(&self.db, condition.clone(), request);
        Ok(read_again_if_dead(read).await?)
    }

    /// The proposal with that id.
    ///
    /// # Errors
    /// [`RepositoryError::NotFound`], [`RepositoryError::Database`].
    pub async fn get(&self, id: Uuid) -> Result<proposal::Model, RepositoryError> {
        let found = read_again_if_dead(|| proposal::Entity::find_by_id(id).one(&self.db)).await?;
        found.ok_or_else(|| not_found(id))
    }

    /// Creates a proposal, as a draft.
    ///
    /// # Errors
    /// [`RepositoryError::Domain`], [`RepositoryError::UnknownParent`], [`RepositoryError::Database`].
    pub async fn create(&self, new: NewProposal) -> Result<proposal::Model, RepositoryError> {
        let owner = new.user_id;
        let row = new.into_active_model(self.clock.now())?;
        let txn = self.db.begin_write().await?;
        let proposal =
            row.insert(&txn).await.map_err(|error| parent_missing(error, "userId", "user", owner))?;
        txn.commit().await?;
        Ok(proposal)
    }

    /// Changes a proposal. Sending it sets its owner's `firstSentAt`, unless an earlier one stands there.
    ///
    /// # Errors
    /// [`RepositoryError::NotFound`], [`RepositoryError::Domain`], [`RepositoryError::Database`].
    pub async fn update(&self, id: Uuid, patch: ProposalPatch) -> Result<proposal::Model, RepositoryError> {
        let txn = self.db.begin_write().await?;
        let owner = match patch.status {
            Some(ProposalStatus::Sent) => lock_owner(&txn, id).await?,
            _ => None,
        };
        let proposal = proposal::Entity::find_by_id(id).lock_exclusive().one(&txn).await?;
        let change = patch.apply(proposal.ok_or_else(|| not_found(id))?, self.clock.now())?;
        let proposal = change.row.update(&txn).await?;
        if let (Some(sent_at), Some(owner)) = (change.sent_at, owner) {
            set_first_sent(&txn, owner, sent_at).await?;
        }
        txn.commit().await?;
        Ok(proposal)
    }

    /// Deletes a proposal and its leads.
    ///
    /// # Errors
    /// [`RepositoryError::NotFound`], [`RepositoryError::Database`].
    pub async fn delete(&self, id: Uuid) -> Result<(), RepositoryError> {
        let txn = self.db.begin_write().await?;
        if !cascade::delete_proposal(&txn, id).await? {
            return Err(not_found(id));
        }
        Ok(txn.commit().await?)
    }
}

impl ProposalFilter {
    fn condition(&self, backend: sea_orm::DbBackend) -> Condition {
        use proposal::Column;
        Condition::all()
            .add_option((!self.status.is_empty()).then(|| Column::Status.is_in(self.status.iter().copied())))
            .add_option(self.user_id.map(|id| Column::UserId.eq(id)))
            .add(self.created.on(Column::CreatedAt))
            .add(self.sent.on(Column::SentAt))
            .add(self.decided.on(Column::DecidedAt))
            .add_option(
                self.q.as_ref().map(|text| holds_text(backend, &[Column::Title, Column::ClientName], text)),
            )
    }
}

impl Listing for proposal::Entity {
    const CREATED_AT: proposal::Column = proposal::Column::CreatedAt;
    const ID: proposal::Column = proposal::Column::Id;

    fn position(row: &proposal::Model) -> Cursor {
        Cursor { created_at: row.created_at, id: row.id }
    }
}

/// Locks the owner of the proposal, if both exist. Before the proposal: a deletion locks top-down too, and two
/// transactions that lock in the same order cannot wait for each other. (A proposal never changes its owner.)
async fn lock_owner(txn: &TrackedTransaction, id: Uuid) -> Result<Option<user::Model>, RepositoryError> {
    let Some(proposal) = proposal::Entity::find_by_id(id).one(txn).await? else {
        return Ok(None);
    };
    Ok(user::Entity::find_by_id(proposal.user_id).lock_exclusive().one(txn).await?)
}

/// Sets when the first proposal of `owner` was sent, unless an earlier instant stands there. What is computed from the
/// users is old either way.
async fn set_first_sent(
    txn: &TrackedTransaction,
    owner: user::Model,
    sent_at: DateTime<Utc>,
) -> Result<(), RepositoryError> {
    if owner.first_sent_at.is_some_and(|first| first <= sent_at) {
        announce(txn, CacheTag::Users.into()).await?;
        return Ok(());
    }
    let mut change: user::ActiveModel = owner.into();
    change.first_sent_at = Set(Some(sent_at));
    change.updated_at = Set(sent_at);
    change.update(txn).await?;
    Ok(())
}

fn not_found(id: Uuid) -> RepositoryError {
    RepositoryError::NotFound { entity: "proposal", id }
}
