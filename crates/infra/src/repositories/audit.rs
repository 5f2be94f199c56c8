//! The audit log. A change and its entry are written in one transaction, so that neither is there without the other.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::{
    audit::{Action, Author, Subject, SubjectKind},
    entities::{audit_entry, lead, proposal, user},
    ports::Clock,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ConnectionTrait, DbErr, EntityTrait, IdenStatic, Iterable,
    ModelTrait, TransactionSession, sea_query::sea_value_to_json_value,
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::{
    database::{TrackedConnection, TrackedTransaction},
    error::RepositoryError,
};

/// Entries about what changes no row of ours, or rows of a repository that writes its entries itself.
#[derive(Clone)]
pub struct AuditLog {
    db: TrackedConnection,
    clock: Arc<dyn Clock>,
}

impl AuditLog {
    /// The log behind `db`; `clock` says when something happened.
    pub fn new(db: TrackedConnection, clock: Arc<dyn Clock>) -> Self {
        Self { db, clock }
    }

    pub(super) fn connection(&self) -> &TrackedConnection {
        &self.db
    }

    /// Writes an entry about what happens outside any transaction, such as an export or an invalidation. `details` is a JSON
    /// object.
    ///
    /// # Errors
    /// [`RepositoryError::Database`]; what was to be done must then not be done.
    pub async fn record(
        &self,
        author: &Author,
        action: Action,
        subject: Subject,
        details: Value,
    ) -> Result<(), RepositoryError> {
        // A transaction, so that a dead connection is replaced before anything is written.
        let txn = self.db.begin_write().await?;
        Entries::by(author, self.clock.now()).record(&txn, action, subject, details).await?;
        Ok(txn.commit().await?)
    }
}

/// Entries of one author at one instant.
#[derive(Clone, Copy)]
pub struct Entries<'a> {
    author: &'a Author,
    at: DateTime<Utc>,
}

impl<'a> Entries<'a> {
    /// Entries about what `author` does at the instant `at`.
    pub const fn by(author: &'a Author, at: DateTime<Utc>) -> Self {
        Self { author, at }
    }

    /// When it happens.
    pub const fn at(self) -> DateTime<Utc> {
        self.at
    }

    /// Writes an entry in the transaction of the change it is about. `details` is a JSON object.
    ///
    /// # Errors
    /// What the database says; the transaction is then to be rolled back.
    pub async fn record<C: ConnectionTrait>(
        self,
        txn: &C,
        action: Action,
        subject: Subject,
        details: Value,
    ) -> Result<(), DbErr> {
        self.row(action, subject, &details).insert(txn).await.map(drop)
    }

    /// The same for many rows of one kind, in one statement.
    ///
    /// # Errors
    /// As [`Self::record`].
    #[expect(clippy::disallowed_methods, reason = "the log has no hooks: no figure depends on it")]
    pub async fn record_each<C: ConnectionTrait>(
        self,
        txn: &C,
        action: Action,
        kind: SubjectKind,
        rows: impl IntoIterator<Item = (Uuid, Value)>,
    ) -> Result<(), DbErr> {
        let rows = rows.into_iter().map(|(id, details)| self.row(action, Subject::row(kind, id), &details));
        audit_entry::Entity::insert_many(rows).exec_without_returning(txn).await.map(drop)
    }

    /// Writes an entry about a row of a repository.
    pub(super) async fn about<E: Audited>(
        self,
        txn: &TrackedTransaction,
        action: Action,
        id: Uuid,
        details: Value,
    ) -> Result<(), DbErr> {
        self.record(txn, action, Subject::row(E::KIND, id), details).await
    }

    fn row(self, action: Action, subject: Subject, details: &Value) -> audit_entry::ActiveModel {
        let actor = &self.author.actor;
        audit_entry::ActiveModel {
            id: Set(Uuid::now_v7()),
            created_at: Set(self.at),
            actor_kind: Set(actor.kind().to_owned()),
            actor_id: Set(actor.id()),
            actor_name: Set(actor.name().map(str::to_owned)),
            action: Set(action.as_str().to_owned()),
            subject_kind: Set(subject.kind.as_str().to_owned()),
            subject_id: Set(subject.id),
            address: Set(self.author.address.map(|address| address.to_string())),
            request_id: Set(self.author.request_id.clone()),
            details: Set(details.to_string()),
        }
    }
}

/// An entity whose changes the log tells.
pub(super) trait Audited: EntityTrait {
    /// What the log calls it.
    const KIND: SubjectKind;
    /// What the log calls a change to a row.
    const UPDATED: Action;
    /// The columns whose values the log keeps: those that say nothing about a person.
    const SHOWN: &[Self::Column];
}

impl Audited for user::Entity {
    const KIND: SubjectKind = SubjectKind::User;
    const UPDATED: Action = Action::UserUpdated;
    const SHOWN: &[user::Column] = &[user::Column::Role, user::Column::Status];
}

impl Audited for proposal::Entity {
    const KIND: SubjectKind = SubjectKind::Proposal;
    const UPDATED: Action = Action::ProposalUpdated;
    const SHOWN: &[proposal::Column] =
        &[proposal::Column::Status, proposal::Column::AmountMinor, proposal::Column::Currency];
}

impl Audited for lead::Entity {
    const KIND: SubjectKind = SubjectKind::Lead;
    const UPDATED: Action = Action::LeadUpdated;
    const SHOWN: &[lead::Column] = &[lead::Column::Status, lead::Column::Source];
}

/// The details of a new row: `{"values": {"status": "draft"}}`.
pub(super) fn created<E: Audited>(row: &E::Model) -> Value
where
    E::Model: ModelTrait<Entity = E>,
{
    let values = E::SHOWN.iter().map(|column| (name(column), shown(&row.get(*column))));
    json!({ "values": values.collect::<Map<_, _>>() })
}

/// The details of `change` to a row that was `before`: `{"changes": {"status": {"from": "draft", "to": "sent"}, "title":
/// {}}}`, or nothing where it changes nothing.
pub(super) fn changes<E>(before: &E::Model, change: &E::ActiveModel) -> Option<Value>
where
    E: Audited,
    E::Model: ModelTrait<Entity = E>,
    E::ActiveModel: ActiveModelTrait<Entity = E>,
{
    let mut changes = Map::new();
    for column in E::Column::iter().filter(|column| name(column) != "updatedAt") {
        if let Set(to) = change.get(column) {
            let is_shown = E::SHOWN.iter().any(|shown| name(shown) == name(&column));
            let values = if is_shown {
                json!({ "from": shown(&before.get(column)), "to": shown(&to) })
            } else {
                json!({})
            };
            changes.insert(name(&column), values);
        }
    }
    (!changes.is_empty()).then(|| json!({ "changes": changes }))
}

/// The details of a move of a status.
pub(super) fn moved(from: &str, to: &str) -> Value {
    json!({ "changes": { "status": { "from": from, "to": to } } })
}

fn shown(value: &sea_orm::Value) -> Value {
    sea_value_to_json_value(value)
}

/// A column's name as the API spells it: `amount_minor` is `amountMinor`.
fn name(column: &impl IdenStatic) -> String {
    let mut name = String::new();
    let mut upper = false;
    for letter in column.as_str().chars() {
        match letter {
            '_' => upper = true,
            _ if std::mem::take(&mut upper) => name.extend(letter.to_uppercase()),
            _ => name.push(letter),
        }
    }
    name
}
