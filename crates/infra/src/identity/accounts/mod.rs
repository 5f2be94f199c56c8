//! Signing in and out, and setting passwords: whatever changes who may come in. Each is one transaction, its row in the audit
//! log included.

mod links;
mod password;
mod sign_in;
mod sign_out;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::{
    audit::{Action, Actor, Author, Subject},
    entities::{
        credential::{self, PasswordHash},
        session,
        user::{self, Role, UserStatus},
    },
    ports::Clock,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use secrecy::SecretString;
use uuid::Uuid;

use super::{
    IdentityError, Origin, SessionFacts, limits::AttemptLimits, passwords::Passwords, sessions::SessionRules,
};
use crate::{
    database::{TrackedConnection, TrackedTransaction},
    error::RepositoryError,
    repositories::Entries,
};

pub use links::NewLink;

/// Who may come in, and how that changes.
#[derive(Clone)]
pub struct Accounts {
    db: TrackedConnection,
    clock: Arc<dyn Clock>,
    rules: SessionRules,
    passwords: Passwords,
    limits: AttemptLimits,
}

/// A session that was started just now.
#[derive(Clone, Debug)]
pub struct Started {
    /// What the cookie is to hold; it is kept nowhere.
    pub secret: SecretString,
    /// The session.
    pub session: SessionFacts,
    /// What its user may do.
    pub role: Role,
}

impl Accounts {
    /// Accounts behind `db`; `clock` says when sessions begin and end.
    pub fn new(db: TrackedConnection, clock: Arc<dyn Clock>, rules: SessionRules) -> Self {
        Self {
            limits: AttemptLimits::new(Arc::clone(&clock)),
            db,
            clock,
            rules,
            passwords: Passwords::default(),
        }
    }

    /// What hashes the passwords.
    pub fn passwords(&self) -> &Passwords {
        &self.passwords
    }

    /// Writes an entry into the audit log, in the transaction of what it is about.
    async fn note(
        &self,
        txn: &TrackedTransaction,
        author: &Author,
        action: Action,
        subject: Subject,
        details: serde_json::Value,
    ) -> Result<(), DbErr> {
        Entries::by(author, self.clock.now()).record(txn, action, subject, details).await
    }

    /// How long sessions last.
    pub fn rules(&self) -> &SessionRules {
        &self.rules
    }
}

/// Whether a user in that state may sign in, the right password given.
const fn may_sign_in(user: &user::Model) -> bool {
    matches!(user.status, UserStatus::Active)
}

/// The user with that id, locked until the transaction's end.
async fn locked<C: ConnectionTrait>(txn: &C, id: Uuid) -> Result<Option<user::Model>, DbErr> {
    user::Entity::find_by_id(id).lock_exclusive().one(txn).await
}

/// Locks those users, in the order of their ids, as whoever locks several of them does.
async fn lock_in_order<C: ConnectionTrait>(
    txn: &C,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<(), DbErr> {
    user::Entity::find()
        .select_only()
        .column(user::Column::Id)
        .filter(user::Column::Id.is_in(ids))
        .order_by_asc(user::Column::Id)
        .lock_exclusive()
        .into_tuple::<Uuid>()
        .all(txn)
        .await
        .map(drop)
}

/// Sets the password of `user_id`.
async fn set_password<C: ConnectionTrait>(
    txn: &C,
    user_id: Uuid,
    hash: PasswordHash,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let row =
        credential::ActiveModel { user_id: Set(user_id), password_hash: Set(hash), changed_at: Set(now) };
    // The caller holds the lock on the user's row, so nobody comes in between.
    match credential::Entity::find_by_id(user_id).one(txn).await? {
        Some(_) => row.update(txn).await.map(drop),
        None => row.insert(txn).await.map(drop),
    }
}

/// What is known of `session` of `user`.
pub(super) fn facts(session: &session::Model, user: &user::Model) -> SessionFacts {
    SessionFacts {
        id: session.id,
        user_id: user.id,
        email: user.email.clone(),
        display_name: user.display_name.clone(),
        created_at: session.created_at,
        expires_at: session.expires_at,
    }
}

/// `origin`, now that it is known to be `user`.
fn known(origin: &Origin, user: &user::Model) -> Author {
    Author { actor: Actor::User { id: user.id, email: user.email.clone() }, ..origin.author.clone() }
}

fn no_such_user(id: Uuid) -> IdentityError {
    RepositoryError::NotFound { entity: "user", id }.into()
}
