//! Leads in the database.

use std::sync::Arc;

use domain::{
    audit::{Action, Author},
    entities::{
        lead::{self, LeadPatch, LeadSource, LeadStatus, NewLead},
        moves::{BulkMove, BulkMoved},
        proposal,
    },
    ports::Clock,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, ModelTrait, QueryFilter,
    QuerySelect, QueryTrait, TransactionSession,
};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::{
    Cursor, Entries, Expected, Listing, Page, PageRequest, TimeRange, audit,
    list::{export_page, holds_text, page},
    moves::{lock_statuses, move_found},
    parent_missing, save,
};
use crate::{
    database::{TrackedConnection, read_again_if_dead},
    error::RepositoryError,
};

/// Reads and writes leads.
#[derive(Clone)]
pub struct LeadRepository {
    db: TrackedConnection,
    clock: Arc<dyn Clock>,
    author: Author,
}

/// Which leads are listed; everything given has to hold.
#[derive(Clone, Debug, Default, Serialize)]
pub struct LeadFilter {
    /// Any of these; all if empty.
    pub status: Vec<LeadStatus>,
    /// Those from this source.
    pub source: Option<LeadSource>,
    /// Those of this proposal.
    pub proposal_id: Option<Uuid>,
    /// Those of this user's proposals.
    pub user_id: Option<Uuid>,
    /// Those created in it.
    pub created: TimeRange,
    /// Those converted in it.
    pub converted: TimeRange,
    /// Those whose name or e-mail address holds it, whatever its case.
    pub q: Option<String>,
}

impl LeadRepository {
    /// Leads behind `db`; `clock` says when they are created and changed.
    pub fn new(db: TrackedConnection, clock: Arc<dyn Clock>) -> Self {
        Self { db, clock, author: Author::operator() }
    }

    /// The same, with writes that the audit log says `author` made instead of the operator.
    #[must_use]
    pub fn by(&self, author: Author) -> Self {
        Self { author, ..self.clone() }
    }

    /// A page of the leads that match.
    ///
    /// # Errors
    /// [`RepositoryError::Database`].
    pub async fn list(
        &self,
        filter: &LeadFilter,
        request: PageRequest,
    ) -> Result<Page<lead::Model>, RepositoryError> {
        let condition = filter.condition(self.db.get_database_backend());
        let read = || page::<lead::Entity, _>(&self.db, condition.clone(), request);
        Ok(read_again_if_dead(read).await?)
    }

    /// The leads that match, from a cursor on, as many as an export reads at once.
    ///
    /// # Errors
    /// [`RepositoryError::Database`].
    pub async fn export(
        &self,
        filter: &LeadFilter,
        after: Option<Cursor>,
    ) -> Result<Page<lead::Model>, RepositoryError> {
        let condition = filter.condition(self.db.get_database_backend());
        let read = || export_page::<lead::Entity, _>(&self.db, condition.clone(), after);
        Ok(read_again_if_dead(read).await?)
    }

    /// The lead with that id.
    ///
    /// # Errors
    /// [`RepositoryError::NotFound`], [`RepositoryError::Database`].
    pub async fn get(&self, id: Uuid) -> Result<lead::Model, RepositoryError> {
        let found = read_again_if_dead(|| lead::Entity::find_by_id(id).one(&self.db)).await?;
        found.ok_or_else(|| not_found(id))
    }

    /// Creates a lead, as new.
    ///
    /// # Errors
    /// [`RepositoryError::Domain`], [`RepositoryError::UnknownParent`], [`RepositoryError::Database`].
    pub async fn create(&self, new: NewLead) -> Result<lead::Model, RepositoryError> {
        let parent = new.proposal_id;
        let row = new.into_active_model(self.clock.now())?;
        let txn = self.db.begin_write().await?;
        let lead = row
            .insert(&txn)
            .await
            .map_err(|error| parent_missing(error, "proposalId", "proposal", parent))?;
        let details = audit::created::<lead::Entity>(&lead);
        self.entries().about::<lead::Entity>(&txn, Action::LeadCreated, lead.id, details).await?;
        txn.commit().await?;
        Ok(lead)
    }

    /// Changes a lead. Where nothing changes, nothing is written.
    ///
    /// # Errors
    /// [`RepositoryError::NotFound`], [`RepositoryError::LostUpdate`], [`RepositoryError::Domain`],
    /// [`RepositoryError::Database`].
    pub async fn update(
        &self,
        id: Uuid,
        patch: LeadPatch,
        expected: Expected,
    ) -> Result<lead::Model, RepositoryError> {
        let txn = self.db.begin_write().await?;
        let lead = lead::Entity::find_by_id(id).lock_exclusive().one(&txn).await?;
        let lead = lead.ok_or_else(|| not_found(id))?;
        expected.check("lead", id, lead.updated_at)?;
        let change = patch.apply(lead.clone(), self.clock.now())?;
        let changes = audit::changes::<lead::Entity>(&lead, &change);
        let lead = save(change, &txn).await?;
        if let Some(changes) = changes {
            self.entries().about::<lead::Entity>(&txn, Action::LeadUpdated, id, changes).await?;
        }
        txn.commit().await?;
        Ok(lead)
    }

    /// Moves leads to one status: all that exist, or none if one may not move there.
    ///
    /// # Errors
    /// [`RepositoryError::Domain`], [`RepositoryError::Database`].
    pub async fn move_many(
        &self,
        request: BulkMove<LeadStatus>,
    ) -> Result<BulkMoved<LeadStatus>, RepositoryError> {
        request.check()?;
        let txn = self.db.begin_write().await?;
        let found = lock_statuses::<lead::Entity>(&txn, &request.ids).await?;
        let moved = move_found::<lead::Entity>(&txn, &request, found, self.entries()).await?;
        txn.commit().await?;
        Ok(moved)
    }

    /// Deletes a lead.
    ///
    /// # Errors
    /// [`RepositoryError::NotFound`], [`RepositoryError::LostUpdate`], [`RepositoryError::Database`].
    pub async fn delete(&self, id: Uuid, expected: Expected) -> Result<(), RepositoryError> {
        let txn = self.db.begin_write().await?;
        let lead = lead::Entity::find_by_id(id).lock_exclusive().one(&txn).await?;
        let lead = lead.ok_or_else(|| not_found(id))?;
        expected.check("lead", id, lead.updated_at)?;
        lead.delete(&txn).await?;
        self.entries().about::<lead::Entity>(&txn, Action::LeadDeleted, id, json!({})).await?;
        Ok(txn.commit().await?)
    }

    fn entries(&self) -> Entries<'_> {
        Entries::by(&self.author, self.clock.now())
    }
}

impl LeadFilter {
    fn condition(&self, backend: sea_orm::DbBackend) -> Condition {
        use lead::Column;
        let of_user = |id: Uuid| {
            let theirs = proposal::Entity::find()
                .select_only()
                .column(proposal::Column::Id)
                .filter(proposal::Column::UserId.eq(id))
                .into_query();
            Column::ProposalId.in_subquery(theirs)
        };
        Condition::all()
            .add_option((!self.status.is_empty()).then(|| Column::Status.is_in(self.status.iter().copied())))
            .add_option(self.source.map(|source| Column::Source.eq(source)))
            .add_option(self.proposal_id.map(|id| Column::ProposalId.eq(id)))
            .add_option(self.user_id.map(of_user))
            .add(self.created.on(Column::CreatedAt))
            .add(self.converted.on(Column::ConvertedAt))
            .add_option(self.q.as_ref().map(|text| holds_text(backend, &[Column::Name, Column::Email], text)))
    }
}

impl Listing for lead::Entity {
    const CREATED_AT: lead::Column = lead::Column::CreatedAt;
    const ID: lead::Column = lead::Column::Id;

    fn position(row: &lead::Model) -> Cursor {
        Cursor { created_at: row.created_at, id: row.id }
    }
}

fn not_found(id: Uuid) -> RepositoryError {
    RepositoryError::NotFound { entity: "lead", id }
}
