//! Users in the database.

use std::sync::Arc;

use domain::{
    audit::{Action, Author},
    entities::{
        cascade,
        user::{self, NewUser, Role, UserPatch, UserStatus},
    },
    ports::Clock,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QuerySelect,
    TransactionSession,
};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::{
    Cursor, Entries, Expected, Listing, Page, PageRequest, TimeRange,
    admins::{Admins, is_active_admin},
    audit, email_taken,
    list::{export_page, holds_text, page},
    save,
};
use crate::{
    database::{TrackedConnection, read_again_if_dead},
    error::RepositoryError,
    identity::{links::close_those_around, sessions::end_all_of},
};

/// Reads and writes users.
#[derive(Clone)]
pub struct UserRepository {
    db: TrackedConnection,
    clock: Arc<dyn Clock>,
    author: Author,
}

/// Which users are listed; everything given has to hold.
#[derive(Clone, Debug, Default, Serialize)]
pub struct UserFilter {
    /// Any of these; all if empty.
    pub status: Vec<UserStatus>,
    /// Those with this role.
    pub role: Option<Role>,
    /// Those created in it.
    pub created: TimeRange,
    /// Those whose first proposal was sent before it.
    pub activated_before: Option<chrono::DateTime<chrono::Utc>>,
    /// Those whose name or e-mail address holds it, whatever its case.
    pub q: Option<String>,
}

impl UserRepository {
    /// Users behind `db`; `clock` says when they are created and changed.
    pub fn new(db: TrackedConnection, clock: Arc<dyn Clock>) -> Self {
        Self { db, clock, author: Author::operator() }
    }

    /// The same, with writes that the audit log says `author` made instead of the operator.
    #[must_use]
    pub fn by(&self, author: Author) -> Self {
        Self { author, ..self.clone() }
    }

    /// A page of the users that match.
    ///
    /// # Errors
    /// [`RepositoryError::Database`].
    pub async fn list(
        &self,
        filter: &UserFilter,
        request: PageRequest,
    ) -> Result<Page<user::Model>, RepositoryError> {
        let condition = filter.condition(self.db.get_database_backend());
        let read = || page::<user::Entity, _>(&self.db, condition.clone(), request);
        Ok(read_again_if_dead(read).await?)
    }

    /// The users that match, from a cursor on, as many as an export reads at once.
    ///
    /// # Errors
    /// [`RepositoryError::Database`].
    pub async fn export(
        &self,
        filter: &UserFilter,
        after: Option<Cursor>,
    ) -> Result<Page<user::Model>, RepositoryError> {
        let condition = filter.condition(self.db.get_database_backend());
        let read = || export_page::<user::Entity, _>(&self.db, condition.clone(), after);
        Ok(read_again_if_dead(read).await?)
    }

    /// The user with that id.
    ///
    /// # Errors
    /// [`RepositoryError::NotFound`], [`RepositoryError::Database`].
    pub async fn get(&self, id: Uuid) -> Result<user::Model, RepositoryError> {
        let found = read_again_if_dead(|| user::Entity::find_by_id(id).one(&self.db)).await?;
        found.ok_or_else(|| not_found(id))
    }

    /// Creates a user.
    ///
    /// # Errors
    /// [`RepositoryError::Domain`], [`RepositoryError::DuplicateEmail`], [`RepositoryError::Database`].
    pub async fn create(&self, new: NewUser) -> Result<user::Model, RepositoryError> {
        let row = new.into_active_model(self.clock.now())?;
        let email = address(&row);
        let txn = self.db.begin_write().await?;
        let user = row.insert(&txn).await.map_err(|error| email_taken(error, &email))?;
        let details = audit::created::<user::Entity>(&user);
        self.entries().about::<user::Entity>(&txn, Action::UserCreated, user.id, details).await?;
        txn.commit().await?;
        Ok(user)
    }

    /// Changes a user. Where nothing changes, nothing is written. Another role, or a status that bars the user, ends every
    /// session of theirs.
    ///
    /// # Errors
    /// [`RepositoryError::NotFound`], [`RepositoryError::LostUpdate`], [`RepositoryError::LastAdmin`] and those of [`Self::create`].
    pub async fn update(
        &self,
        id: Uuid,
        patch: UserPatch,
        expected: Expected,
    ) -> Result<user::Model, RepositoryError> {
        let txn = self.db.begin_write().await?;
        let may_remove = patch.role.is_some_and(|role| role != Role::Admin)
            || patch.status.is_some_and(|status| status != UserStatus::Active);
        let admins = if may_remove { Admins::around(&txn, id).await? } else { Admins::unasked() };
        let user = user::Entity::find_by_id(id).lock_exclusive().one(&txn).await?;
        let before = user.ok_or_else(|| not_found(id))?;
        expected.check("user", id, before.updated_at)?;
        let change = patch.apply(before.clone(), self.clock.now())?;
        let (email, changes) = (address(&change), audit::changes::<user::Entity>(&before, &change));
        let user = save(change, &txn).await.map_err(|error| email_taken(error, &email))?;
        if is_active_admin(&before) && !is_active_admin(&user) {
            admins.check_without(&before)?;
        }
        if user.role != before.role || (user.status != before.status && user.status != UserStatus::Active) {
            end_all_of(&txn, id).await?;
            close_those_around(&txn, id, self.clock.now()).await?;
        }
        if let Some(changes) = changes {
            self.entries().about::<user::Entity>(&txn, Action::UserUpdated, id, changes).await?;
        }
        txn.commit().await?;
        Ok(user)
    }

    /// Deletes a user, their proposals and those proposals' leads; every session of theirs ends.
    ///
    /// # Errors
    /// [`RepositoryError::NotFound`], [`RepositoryError::LostUpdate`], [`RepositoryError::LastAdmin`], [`RepositoryError::Database`].
    pub async fn delete(&self, id: Uuid, expected: Expected) -> Result<(), RepositoryError> {
        let txn = self.db.begin_write().await?;
        let admins = Admins::around(&txn, id).await?;
        let row = user::Entity::find_by_id(id).lock_exclusive().one(&txn).await?;
        let user = row.ok_or_else(|| not_found(id))?;
        expected.check("user", id, user.updated_at)?;
        if is_active_admin(&user) {
            admins.check_without(&user)?;
        }
        close_those_around(&txn, id, self.clock.now()).await?;
        if !cascade::delete_user(&txn, id).await? {
            return Err(not_found(id));
        }
        self.entries().about::<user::Entity>(&txn, Action::UserDeleted, id, json!({})).await?;
        Ok(txn.commit().await?)
    }

    fn entries(&self) -> Entries<'_> {
        Entries::by(&self.author, self.clock.now())
    }
}

impl UserFilter {
    fn condition(&self, backend: sea_orm::DbBackend) -> Condition {
        use user::Column;
        Condition::all()
            .add_option((!self.status.is_empty()).then(|| Column::Status.is_in(self.status.iter().copied())))
            .add_option(self.role.map(|role| Column::Role.eq(role)))
            .add(self.created.on(Column::CreatedAt))
            .add_option(self.activated_before.map(|before| Column::FirstSentAt.lt(before)))
            .add_option(
                self.q.as_ref().map(|text| holds_text(backend, &[Column::DisplayName, Column::Email], text)),
            )
    }
}

impl Listing for user::Entity {
    const CREATED_AT: user::Column = user::Column::CreatedAt;
    const ID: user::Column = user::Column::Id;

    fn position(row: &user::Model) -> Cursor {
        Cursor { created_at: row.created_at, id: row.id }
    }
}

/// The e-mail address that `row` is going to have.
fn address(row: &user::ActiveModel) -> String {
    match &row.email {
        ActiveValue::Set(email) | ActiveValue::Unchanged(email) => email.clone(),
        ActiveValue::NotSet => String::new(),
    }
}

fn not_found(id: Uuid) -> RepositoryError {
    RepositoryError::NotFound { entity: "user", id }
}
