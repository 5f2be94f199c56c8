//! Making a one-time sign-in link for somebody.

use chrono::{DateTime, Utc};
use domain::audit::{Action, Author, Subject, SubjectKind};
use sea_orm::TransactionSession;
use secrecy::SecretString;
use serde_json::json;
use uuid::Uuid;

use super::{Accounts, lock_in_order, locked, no_such_user, password::may_use_a_link};
use crate::{
    identity::{IdentityError, links},
    repositories::still_admin,
};

/// A one-time link, as it is shown this once.
#[derive(Clone, Debug)]
pub struct NewLink {
    /// The link's id.
    pub id: Uuid,
    /// What the user is to be given; it is kept nowhere.
    pub secret: SecretString,
    /// Until when it may be used.
    pub expires_at: DateTime<Utc>,
}

impl Accounts {
    /// Makes a link by which the user sets a password. Sessions, the password and other links stay as they are until one
    /// is used.
    ///
    /// # Errors
    /// [`IdentityError::NoUseOfLink`], [`IdentityError::Repository`].
    pub async fn create_link(&self, user_id: Uuid, author: &Author) -> Result<NewLink, IdentityError> {
        let txn = self.db.begin_write().await?;
        lock_in_order(&txn, author.actor.id().into_iter().chain([user_id])).await?;
        still_admin(&txn, &author.actor).await?;
        let user = locked(&txn, user_id).await?.ok_or_else(|| no_such_user(user_id))?;
        may_use_a_link(&user)?;
        let (secret, row) = links::insert(&txn, user_id, author.actor.id(), self.clock.now()).await?;
        let subject = Subject::row(SubjectKind::User, user_id);
        let details = json!({"link": row.id, "expiresAt": row.expires_at});
        self.note(&txn, author, Action::SignInLinkCreated, subject, details).await?;
        txn.commit().await?;
        Ok(NewLink { id: row.id, secret, expires_at: row.expires_at })
    }
}
