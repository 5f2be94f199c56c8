//! Entries of the audit log. Rows are only ever inserted, and no figure depends on them, so there is nothing to announce.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// A row of `audit_log`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_log")]
pub struct Model {
    /// UUIDv7, so that ids sort by time of creation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// When it happened.
    pub created_at: DateTime<Utc>,
    /// Who: see [`Actor::kind`](crate::audit::Actor::kind).
    pub actor_kind: String,
    /// The actor's id, where it has one.
    pub actor_id: Option<Uuid>,
    /// The actor's name at that time, where it has one.
    pub actor_name: Option<String>,
    /// What: the text of an [`Action`](crate::audit::Action).
    pub action: String,
    /// To what: the name of a [`SubjectKind`](crate::audit::SubjectKind).
    pub subject_kind: String,
    /// To which row, where it was one.
    pub subject_id: Option<Uuid>,
    /// From which network address, where there was one.
    pub address: Option<String>,
    /// The id of the request, where there was one.
    pub request_id: Option<String>,
    /// What else there is to say: a JSON object.
    pub details: String,
}

impl ActiveModelBehavior for ActiveModel {}
