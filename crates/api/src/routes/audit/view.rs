//! An entry, as it is shown.

use chrono::{DateTime, Utc};
use domain::entities::audit_entry::Model;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use super::names::{ActionName, ActorKindName, SubjectKindName};

/// Who did what to what, when, and from where.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AuditEntry {
    /// The entry's id, a UUIDv7.
    id: Uuid,
    /// When it happened.
    created_at: DateTime<Utc>,
    /// Who did it.
    actor: AuditActor,
    /// What was done.
    #[schema(value_type = ActionName)]
    action: String,
    /// To what.
    subject: AuditSubject,
    /// The network address it came from; null where an operator did it.
    #[schema(required, example = "203.0.113.7")]
    address: Option<String>,
    /// The request's id; null where it was none.
    #[schema(required, example = "01920000-0000-7000-8000-000000000001")]
    request_id: Option<String>,
    /// What else there is to say, by the action. Of a change `changes` names each field; the values stand there only where
    /// they say nothing about a person.
    #[schema(value_type = Object, example = json!({"changes": {"status": {"from": "draft", "to": "sent"}, "title": {}}}))]
    details: Map<String, Value>,
}

/// Who did something.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AuditActor {
    /// What kind of actor.
    #[schema(value_type = ActorKindName)]
    kind: String,
    /// The user's or the token's id; it may be gone by now. Null of an operator, and of somebody who is not signed in.
    #[schema(required)]
    id: Option<Uuid>,
    /// The user's e-mail address or the token's name at that time.
    #[schema(required, example = "ada@example.org")]
    name: Option<String>,
}

/// What something was done to.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AuditSubject {
    /// What kind of thing.
    #[schema(value_type = SubjectKindName)]
    kind: String,
    /// Its id; it may be gone by now. Null where it was not one row.
    #[schema(required)]
    id: Option<Uuid>,
}

impl From<Model> for AuditEntry {
    fn from(entry: Model) -> Self {
        Self {
            id: entry.id,
            created_at: entry.created_at,
            actor: AuditActor { kind: entry.actor_kind, id: entry.actor_id, name: entry.actor_name },
            action: entry.action,
            subject: AuditSubject { kind: entry.subject_kind, id: entry.subject_id },
            address: entry.address,
            request_id: entry.request_id,
            details: serde_json::from_str(&entry.details).unwrap_or_default(),
        }
    }
}
