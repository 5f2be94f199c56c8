//! Signing in. Whatever is wrong, the same work is done before it is refused: one statement, one hash, one row in the audit
//! log.

use domain::{
    audit::{Action, Subject, SubjectKind},
    entities::{
        credential::{self, PasswordHash},
        user::{self, Role},
    },
    validation::normalise_email,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, TransactionSession};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use uuid::Uuid;

use super::{Accounts, Started, facts, known, locked, may_sign_in, set_password};
use crate::{
    database::{TrackedTransaction, read_again_if_dead},
    identity::{
        IdentityError, Origin,
        passwords::Compared,
        secret::digest,
        sessions::{self, end_of_secret},
    },
};

/// Why somebody is not let in, as the audit log has it.
#[derive(Clone, Copy)]
pub(super) enum Reason {
    Password,
    Status,
    Role,
}

impl Reason {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Status => "status",
            Self::Role => "role",
        }
    }

    /// What the client is told.
    const fn error(self) -> IdentityError {
        match self {
            Self::Password | Self::Status => IdentityError::Refused,
            Self::Role => IdentityError::RoleTooLow,
        }
    }
}

impl Accounts {
    /// Signs a person in. A session that is `presented` already ends: the new one has another secret.
    ///
    /// # Errors
    /// [`IdentityError::Limited`], [`IdentityError::Busy`], [`IdentityError::Refused`], [`IdentityError::RoleTooLow`],
    /// [`IdentityError::Repository`].
    pub async fn sign_in(
        &self,
        email: &str,
        password: SecretString,
        origin: &Origin,
        presented: Option<&SecretString>,
    ) -> Result<Started, IdentityError> {
        let email = normalise_email(email);
        let attempt =
            self.limits.begin(Some(&email), origin.author.address).map_err(IdentityError::Limited)?;
        let found = match self.user_with_hash(&email).await {
            Ok(found) => found,
            Err(error) => return attempt.was_none(error),
        };
        let (user, hash) = found.map_or((None, None), |(user, hash)| (Some(user), hash));
        let compared = match self.passwords.compare(password, hash.clone()).await {
            Ok(compared) => compared,
            Err(error) => return attempt.was_none(error),
        };
        let (Some(user), Compared::Right { renewed }) = (&user, compared) else {
            return self.refuse(user.map(|user| user.id), Reason::Password, origin).await;
        };
        let id = user.id;
        let now = self.clock.now();
        let txn = self.db.begin_write().await?;
        // Read again under a lock: who is suspended at this moment, or gets another password, does not come in.
        let user = locked(&txn, id).await?;
        let hash_now = credential::Entity::find_by_id(id).one(&txn).await?.map(|row| row.password_hash);
        let user = match user.filter(|_| hash_now == hash) {
            Some(user) if !may_sign_in(&user) => {
                return self.refuse_in(txn, Some(id), Reason::Status, origin).await;
            }
            Some(user) if user.role == Role::User => {
                return self.refuse_in(txn, Some(id), Reason::Role, origin).await;
            }
            Some(user) => user,
            None => return self.refuse_in(txn, Some(id), Reason::Password, origin).await,
        };
        attempt.succeeded();
        if let Some(presented) = presented {
            end_of_secret(&txn, &digest(presented.expose_secret())).await?;
        }
        if let Some(renewed) = renewed {
            set_password(&txn, id, renewed, now).await?;
        }
        let started = self.start(&txn, &user, origin).await?;
        txn.commit().await?;
        self.remove_expired_sessions().await;
        Ok(started)
    }

    /// Starts a session of `user_id` without asking for anything: for tests and tools that stand beside the database.
    ///
    /// # Errors
    /// [`IdentityError::Repository`]
    pub async fn start_for(&self, user_id: Uuid, origin: &Origin) -> Result<Started, IdentityError> {
        let txn = self.db.begin_write().await?;
        let user = locked(&txn, user_id).await?.ok_or_else(|| super::no_such_user(user_id))?;
        let started = self.start(&txn, &user, origin).await?;
        txn.commit().await?;
        Ok(started)
    }

    /// Starts a session of `user`, and notes it.
    pub(super) async fn start(
        &self,
        txn: &TrackedTransaction,
        user: &user::Model,
        origin: &Origin,
    ) -> Result<Started, IdentityError> {
        let now = self.clock.now();
        let (secret, row) = sessions::insert(txn, &self.rules, user.id, origin, now).await?;
        let subject = Subject::row(SubjectKind::Session, row.id);
        self.note(txn, &known(origin, user), Action::SessionStarted, subject, json!({})).await?;
        Ok(Started { secret, session: facts(&row, user), role: user.role })
    }

    /// The user of that address, and the hash of the password, if there is one: by one statement.
    async fn user_with_hash(
        &self,
        email: &str,
    ) -> Result<Option<(user::Model, Option<PasswordHash>)>, IdentityError> {
        let read = || {
            user::Entity::find()
                .filter(user::Column::Email.eq(email))
                .find_also_related(credential::Entity)
                .one(&self.db)
        };
        let found = read_again_if_dead(read).await?;
        Ok(found.map(|(user, credential)| (user, credential.map(|row| row.password_hash))))
    }

    /// Notes that somebody was refused, and says so.
    pub(super) async fn refuse<T>(
        &self,
        user: Option<Uuid>,
        reason: Reason,
        origin: &Origin,
    ) -> Result<T, IdentityError> {
        let txn = self.db.begin_write().await?;
        self.refuse_in(txn, user, reason, origin).await
    }

    /// Notes that somebody was refused, and why. Of an account that does not exist nothing is kept of what was typed: it
    /// may be a password in the wrong field.
    async fn refuse_in<T>(
        &self,
        txn: TrackedTransaction,
        user: Option<Uuid>,
        reason: Reason,
        origin: &Origin,
    ) -> Result<T, IdentityError> {
        let subject = Subject { kind: SubjectKind::User, id: user };
        let details = json!({"reason": reason.as_str()});
        self.note(&txn, &origin.author, Action::SessionRefused, subject, details).await?;
        txn.commit().await?;
        Err(reason.error())
    }

    /// Whoever signs in takes out what is over. That it fails is no reason to fail.
    async fn remove_expired_sessions(&self) {
        match sessions::remove_expired(&self.db, &self.rules, self.clock.now()).await {
            Ok(removed) => tracing::debug!(removed, "sessions that were over are removed"),
            Err(error) => tracing::debug!(%error, "sessions that are over stay until somebody else signs in"),
        }
    }
}
