//! Proposals in the database.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::{
    audit::{Action, Author},
    entities::{
        cascade,
        moves::{BulkMove, BulkMoved},
        proposal::{self, NewProposal, ProposalPatch, ProposalStatus},
        user,
    },
    invalidation::{CacheTag, announce},
    ports::Clock,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait, TransactionSession, sea_query::SelectStatement,
};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::{
    Cursor, Entries, Expected, Listing, Page, PageRequest, TimeRange, audit,
    list::{export_page, holds_text, page},
    moves::{lock_statuses, move_found, set_later},
    parent_missing, save,
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
    author: Author,
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
        Self { db, clock, author: Author::operator() }
    }

    /// The same, with writes that the audit log says `author` made instead of the operator.
    #[must_use]
    pub fn by(&self, author: Author) -> Self {
        Self { author, ..self.clone() }
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

    /// The proposals that match, from a cursor on, as many as an export reads at once.
    ///
    /// # Errors
    /// [`RepositoryError::Database`].
    pub async fn export(
        &self,
        filter: &ProposalFilter,
        after: Option<Cursor>,
    ) -> Result<Page<proposal::Model>, RepositoryError> {
        let condition = filter.condition(self.db.get_database_backend());
        let read = || export_page::<proposal::Entity, _>(&self.db, condition.clone(), after);
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
        let details = audit::created::<proposal::Entity>(&proposal);
        self.entries().about::<proposal::Entity>(&txn, Action::ProposalCreated, proposal.id, details).await?;
        txn.commit().await?;
        Ok(proposal)
    }

    /// Changes a proposal. Sending it sets its owner's `firstSentAt`, unless an earlier one stands there. Where nothing
    /// changes, nothing is written.
    ///
    /// # Errors
    /// [`RepositoryError::NotFound`], [`RepositoryError::LostUpdate`], [`RepositoryError::Domain`],
    /// [`RepositoryError::Database`].
    pub async fn update(
        &self,
        id: Uuid,
        patch: ProposalPatch,
        expected: Expected,
    ) -> Result<proposal::Model, RepositoryError> {
        let txn = self.db.begin_write().await?;
        let mut owners = Vec::new();
        if patch.status == Some(ProposalStatus::Sent) {
            owners = lock_owners(&txn, [id]).await?;
        }
        let proposal = proposal::Entity::find_by_id(id).lock_exclusive().one(&txn).await?;
        let proposal = proposal.ok_or_else(|| not_found(id))?;
        expected.check("proposal", id, proposal.updated_at)?;
        let now = self.clock.now();
        let change = patch.apply(proposal.clone(), now)?;
        let changes = audit::changes::<proposal::Entity>(&proposal, &change);
        let sends = change.status == Set(ProposalStatus::Sent);
        let proposal = save(change, &txn).await?;
        if sends {
            set_first_sent(&txn, owners, [id], now).await?;
        }
        if let Some(changes) = changes {
            self.entries().about::<proposal::Entity>(&txn, Action::ProposalUpdated, id, changes).await?;
        }
        txn.commit().await?;
        Ok(proposal)
    }

    /// Moves proposals to one status: all that exist, or none if one may not move there. Sending them sets `firstSentAt`
    /// of their owners, unless an earlier one stands there.
    ///
    /// # Errors
    /// [`RepositoryError::Domain`], [`RepositoryError::Database`].
    pub async fn move_many(
        &self,
        request: BulkMove<ProposalStatus>,
    ) -> Result<BulkMoved<ProposalStatus>, RepositoryError> {
        request.check()?;
        let txn = self.db.begin_write().await?;
        let sends = request.status == ProposalStatus::Sent;
        let mut owners = Vec::new();
        if sends {
            owners = lock_owners(&txn, request.ids.iter().copied()).await?;
        }
        let found = lock_statuses::<proposal::Entity>(&txn, &request.ids).await?;
        let entries = self.entries();
        let moved = move_found::<proposal::Entity>(&txn, &request, found, entries).await?;
        if sends && moved.counts.moved > 0 {
            set_first_sent(&txn, owners, moved.moved_ids(), entries.at()).await?;
        }
        txn.commit().await?;
        Ok(moved)
    }

    /// Deletes a proposal and its leads.
    ///
    /// # Errors
    /// [`RepositoryError::NotFound`], [`RepositoryError::LostUpdate`], [`RepositoryError::Database`].
    pub async fn delete(&self, id: Uuid, expected: Expected) -> Result<(), RepositoryError> {
        let txn = self.db.begin_write().await?;
        if !expected.is_anything() {
            let row = proposal::Entity::find_by_id(id).lock_exclusive().one(&txn).await?;
            expected.check("proposal", id, row.ok_or_else(|| not_found(id))?.updated_at)?;
        }
        if !cascade::delete_proposal(&txn, id).await? {
            return Err(not_found(id));
        }
        self.entries().about::<proposal::Entity>(&txn, Action::ProposalDeleted, id, json!({})).await?;
        Ok(txn.commit().await?)
    }

    fn entries(&self) -> Entries<'_> {
        Entries::by(&self.author, self.clock.now())
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

/// Locks the owners of the proposals, in the order of their ids, and says when each last changed. Before the proposals: a deletion locks top-down too, and
/// two transactions that lock in the same order cannot wait for each other. (A proposal never changes its owner.)
async fn lock_owners(
    txn: &TrackedTransaction,
    proposals: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<(Uuid, DateTime<Utc>)>, DbErr> {
    user::Entity::find()
        .select_only()
        .columns([user::Column::Id, user::Column::UpdatedAt])
        .filter(user::Column::Id.in_subquery(owners_of(proposals)))
        .order_by_asc(user::Column::Id)
        .lock_exclusive()
        .into_tuple()
        .all(txn)
        .await
}

/// Sets when the first proposal of the owners of `sent`, who are locked, was sent, all at `sent_at`, unless an earlier
/// instant stands there. What is computed from the users is old either way.
#[expect(clippy::disallowed_methods, reason = "announces what the hooks would, once for all rows")]
async fn set_first_sent(
    txn: &TrackedTransaction,
    owners: Vec<(Uuid, DateTime<Utc>)>,
    sent: impl IntoIterator<Item = Uuid>,
    sent_at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let first = user::Column::FirstSentAt;
    let change = user::ActiveModel {
        first_sent_at: Set(Some(sent_at)),
        updated_at: Set(sent_at),
        ..ActiveModelTrait::default()
    };
    user::Entity::update_many()
        .set(change)
        .filter(user::Column::Id.in_subquery(owners_of(sent)))
        .filter(Condition::any().add(first.is_null()).add(first.gt(sent_at)))
        .exec(txn)
        .await?;
    set_later::<user::Entity>(txn, (user::Column::Id, user::Column::UpdatedAt), owners, sent_at).await?;
    announce(txn, CacheTag::Users.into()).await
}

/// The ids of the users who own the proposals.
fn owners_of(proposals: impl IntoIterator<Item = Uuid>) -> SelectStatement {
    proposal::Entity::find()
        .select_only()
        .column(proposal::Column::UserId)
        .filter(proposal::Column::Id.is_in(proposals))
        .into_query()
}

fn not_found(id: Uuid) -> RepositoryError {
    RepositoryError::NotFound { entity: "proposal", id }
}
