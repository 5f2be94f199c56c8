//! Bearer tokens in the database. Nothing here finds out whose a token is; see [`crate::identity::tokens`].

use std::sync::Arc;

use domain::{
    audit::{Action, Author, Subject, SubjectKind},
    entities::api_token::{self, NewApiToken},
    ports::Clock,
};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, Condition, EntityTrait as _, IntoActiveModel as _,
    QuerySelect as _, TransactionSession as _,
};
use secrecy::SecretString;
use serde_json::json;
use uuid::Uuid;

use super::{Cursor, Entries, Listing, Page, PageRequest, list::page, still_admin};
use crate::{
    database::{TrackedConnection, read_again_if_dead},
    error::RepositoryError,
    identity::token_text,
};

/// Reads, makes and revokes tokens.
#[derive(Clone)]
pub struct ApiTokenRepository {
    db: TrackedConnection,
    clock: Arc<dyn Clock>,
    author: Author,
}

/// A token that was made just now.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// Its row.
    pub row: api_token::Model,
    /// What the machine is to show; it is kept nowhere.
    pub text: SecretString,
}

impl ApiTokenRepository {
    /// Tokens behind `db`; `clock` says when they are made and revoked.
    pub fn new(db: TrackedConnection, clock: Arc<dyn Clock>) -> Self {
        Self { db, clock, author: Author::operator() }
    }

    /// The same, with writes that the audit log says `author` made instead of the operator.
    #[must_use]
    pub fn by(&self, author: Author) -> Self {
        Self { author, ..self.clone() }
    }

    /// A page of all tokens, those that work no more included.
    ///
    /// # Errors
    /// [`RepositoryError::Database`].
    pub async fn list(&self, request: PageRequest) -> Result<Page<api_token::Model>, RepositoryError> {
        let read = || page::<api_token::Entity, _>(&self.db, Condition::all(), request);
        Ok(read_again_if_dead(read).await?)
    }

    /// Makes a token.
    ///
    /// # Errors
    /// [`RepositoryError::Domain`], [`RepositoryError::NoLongerAdmin`], [`RepositoryError::Database`].
    pub async fn create(&self, new: NewApiToken) -> Result<NewToken, RepositoryError> {
        let (id, now) = (Uuid::now_v7(), self.clock.now());
        let (text, hash) = token_text::issue(id);
        let row = new.into_active_model(id, hash.to_vec(), &self.author.actor, now)?;
        let txn = self.db.begin_write().await?;
        still_admin(&txn, &self.author.actor).await?;
        let row = row.insert(&txn).await?;
        let details = json!({"name": row.name, "role": row.role, "expiresAt": row.expires_at});
        let subject = Subject::row(SubjectKind::ApiToken, id);
        Entries::by(&self.author, now).record(&txn, Action::ApiTokenCreated, subject, details).await?;
        txn.commit().await?;
        Ok(NewToken { row, text })
    }

    /// Revokes the token with that id, on every instance. One that is revoked already stays as it is.
    ///
    /// # Errors
    /// [`RepositoryError::NotFound`], [`RepositoryError::Database`].
    pub async fn revoke(&self, id: Uuid) -> Result<(), RepositoryError> {
        let now = self.clock.now();
        let txn = self.db.begin_write().await?;
        let row = api_token::Entity::find_by_id(id).lock_exclusive().one(&txn).await?;
        let row = row.ok_or(RepositoryError::NotFound { entity: "token", id })?;
        if row.revoked_at.is_some() {
            return Ok(());
        }
        let details = json!({"name": row.name});
        let mut change = row.into_active_model();
        change.revoked_at = Set(Some(now));
        change.update(&txn).await?;
        let subject = Subject::row(SubjectKind::ApiToken, id);
        Entries::by(&self.author, now).record(&txn, Action::ApiTokenRevoked, subject, details).await?;
        Ok(txn.commit().await?)
    }
}

impl Listing for api_token::Entity {
    const CREATED_AT: api_token::Column = api_token::Column::CreatedAt;
    const ID: api_token::Column = api_token::Column::Id;

    fn position(row: &api_token::Model) -> Cursor {
        Cursor { created_at: row.created_at, id: row.id }
    }
}
