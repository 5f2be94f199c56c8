//! Reading the audit log: what it holds, newest first.

use domain::{
    audit::{Action, ActorKind, SubjectKind},
    entities::audit_entry,
};
use sea_orm::{ColumnTrait as _, Condition};
use serde::Serialize;
use uuid::Uuid;

use super::{AuditLog, Cursor, Listing, Page, PageRequest, TimeRange, list::page};
use crate::{database::read_again_if_dead, error::RepositoryError};

/// Which entries are listed; everything given has to hold.
#[derive(Clone, Debug, Default, Serialize)]
pub struct AuditFilter {
    /// Those of the actor with this id.
    pub actor_id: Option<Uuid>,
    /// Those of actors of this kind.
    pub actor_kind: Option<ActorKind>,
    /// Any of these; all if empty.
    pub action: Vec<Action>,
    /// Those about subjects of this kind.
    pub subject_kind: Option<SubjectKind>,
    /// Those about the subject with this id.
    pub subject_id: Option<Uuid>,
    /// Those of the request with this id.
    pub request_id: Option<String>,
    /// Those of things that happened in it.
    pub created: TimeRange,
}

impl AuditLog {
    /// A page of the entries that match.
    ///
    /// # Errors
    /// [`RepositoryError::Database`].
    pub async fn list(
        &self,
        filter: &AuditFilter,
        request: PageRequest,
    ) -> Result<Page<audit_entry::Model>, RepositoryError> {
        let condition = filter.condition();
        let read = || page::<audit_entry::Entity, _>(self.connection(), condition.clone(), request);
        Ok(read_again_if_dead(read).await?)
    }
}

impl AuditFilter {
    fn condition(&self) -> Condition {
        use audit_entry::Column;
        let actions = self.action.iter().map(|action| action.as_str());
        Condition::all()
            .add_option(self.actor_id.map(|id| Column::ActorId.eq(id)))
            .add_option(self.actor_kind.map(|kind| Column::ActorKind.eq(kind.as_str())))
            .add_option((!self.action.is_empty()).then(|| Column::Action.is_in(actions)))
            .add_option(self.subject_kind.map(|kind| Column::SubjectKind.eq(kind.as_str())))
            .add_option(self.subject_id.map(|id| Column::SubjectId.eq(id)))
            .add_option(self.request_id.as_ref().map(|id| Column::RequestId.eq(id)))
            .add(self.created.on(Column::CreatedAt))
    }
}

impl Listing for audit_entry::Entity {
    const CREATED_AT: audit_entry::Column = audit_entry::Column::CreatedAt;
    const ID: audit_entry::Column = audit_entry::Column::Id;

    fn position(row: &audit_entry::Model) -> Cursor {
        Cursor { created_at: row.created_at, id: row.id }
    }
}
