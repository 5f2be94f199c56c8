//! Users: who can be proposed to, who signs in. An e-mail address belongs to one user, whatever its case.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, entity::prelude::*};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Named, changed_at};
use crate::{
    error::DomainError,
    invalidation::{CacheTag, CacheTags, announce},
    schema::line,
    validation::{Checks, present},
};

/// A row of `users`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    /// UUIDv7, so that ids sort by time of creation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Trimmed and in lower case; unique.
    pub email: String,
    /// 1 to 200 characters.
    pub display_name: String,
    /// What the user may do.
    pub role: Role,
    /// Whether the user may do it.
    pub status: UserStatus,
    /// When this user's first proposal was ever sent.
    pub first_sent_at: Option<DateTime<Utc>>,
    /// When the row was made; never changes.
    pub created_at: DateTime<Utc>,
    /// When the row last changed.
    pub updated_at: DateTime<Utc>,
    /// The user's proposals.
    #[sea_orm(has_many)]
    pub proposals: HasMany<super::proposal::Entity>,
}

/// What a user may do.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    EnumIter,
    DeriveActiveEnum,
    Serialize,
    Deserialize,
    ToSchema,
)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Cannot sign in to the dashboard.
    #[default]
    User,
    /// Reads everything but the audit log and the tokens.
    Viewer,
    /// Does everything.
    Admin,
}

/// Whether a user may use what the role allows.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    EnumIter,
    DeriveActiveEnum,
    Serialize,
    Deserialize,
    ToSchema,
)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum UserStatus {
    /// Was created and has not yet set a password.
    #[default]
    Invited,
    /// In use.
    Active,
    /// Barred.
    Suspended,
}

impl Named for UserStatus {
    fn name(&self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Active => "active",
            Self::Suspended => "suspended",
        }
    }
}

/// What is needed to create a user.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"email": "ada@example.org", "displayName": "Ada Lovelace", "role": "viewer"}))]
pub struct NewUser {
    /// Unique, whatever its case; kept in lower case.
    #[schema(max_length = 254, format = "email")]
    pub email: String,
    /// 1 to 200 characters.
    #[schema(schema_with = line)]
    pub display_name: String,
    /// `user` if left out.
    #[serde(default)]
    pub role: Role,
    /// `invited` if left out.
    #[serde(default)]
    pub status: UserStatus,
}

impl NewUser {
    /// The same in the form in which it is kept: texts trimmed, the address in lower case.
    ///
    /// # Errors
    /// [`DomainError::Invalid`] naming every wrong field.
    pub fn checked(self) -> Result<Self, DomainError> {
        let mut checks = Checks::new();
        let email = checks.email("email", &self.email);
        let display_name = checks.text("displayName", &self.display_name, 1..=200);
        checks.finish(Self { email, display_name, ..self })
    }

    /// The row to insert, made at `now`.
    ///
    /// # Errors
    /// As [`Self::checked`].
    pub fn into_active_model(self, now: DateTime<Utc>) -> Result<ActiveModel, DomainError> {
        let new = self.checked()?;
        Ok(ActiveModel {
            id: Set(Uuid::now_v7()),
            email: Set(new.email),
            display_name: Set(new.display_name),
            role: Set(new.role),
            status: Set(new.status),
            first_sent_at: Set(None),
            created_at: Set(now),
            updated_at: Set(now),
        })
    }
}

/// What may change about a user; a field left out stays as it is.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schema(example = json!({"displayName": "Ada King", "status": "active"}))]
pub struct UserPatch {
    /// Unique, whatever its case; kept in lower case.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>, nullable = false, max_length = 254, format = "email")]
    pub email: Option<String>,
    /// 1 to 200 characters.
    #[serde(deserialize_with = "present")]
    #[schema(schema_with = line)]
    pub display_name: Option<String>,
    /// What the user may do.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<Role>, nullable = false)]
    pub role: Option<Role>,
    /// Whether the user may do it.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<UserStatus>, nullable = false)]
    pub status: Option<UserStatus>,
}

impl UserPatch {
    /// The change to save on `user`, made at `now`; where it leaves every field as it is, nothing in it is set.
    ///
    /// # Errors
    /// [`DomainError::Invalid`] naming every wrong field.
    pub fn apply(self, user: Model, now: DateTime<Utc>) -> Result<ActiveModel, DomainError> {
        let mut checks = Checks::new();
        let before = user.updated_at;
        let mut change: ActiveModel = user.into();
        if let Some(email) = self.email {
            change.email.set_ne(checks.email("email", &email));
        }
        if let Some(name) = self.display_name {
            change.display_name.set_ne(checks.text("displayName", &name, 1..=200));
        }
        if let Some(role) = self.role {
            change.role.set_ne(role);
        }
        if let Some(status) = self.status {
            change.status.set_ne(status);
        }
        if change.is_changed() {
            change.updated_at = Set(changed_at(before, now));
        }
        checks.finish(change)
    }
}

/// What a change to a user who may be signed in makes old.
const WITH_SESSIONS: CacheTags = CacheTags::of(&[CacheTag::Users, CacheTag::Sessions]);

#[async_trait]
impl ActiveModelBehavior for ActiveModel {
    async fn after_save<C: ConnectionTrait>(model: Model, db: &C, insert: bool) -> Result<Model, DbErr> {
        // Nobody new is signed in; anybody else's role, status or name may be remembered with a session.
        announce(db, if insert { CacheTag::Users.into() } else { WITH_SESSIONS }).await?;
        Ok(model)
    }

    async fn after_delete<C: ConnectionTrait>(self, db: &C) -> Result<Self, DbErr> {
        announce(db, WITH_SESSIONS).await?;
        Ok(self)
    }
}
