//! Credentials: the password that a user has set, as a hash. A user without one cannot sign in.

use std::fmt;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::user;
use crate::invalidation::{CacheTag, announce};

/// A row of `credentials`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "credentials")]
pub struct Model {
    /// Whose password.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    /// The password's hash in the PHC form, `$argon2id$…`.
    pub password_hash: PasswordHash,
    /// When the password was set.
    pub changed_at: DateTime<Utc>,
}

/// A password's hash: enough to guess at the password, so it shows nowhere.
#[derive(Clone, PartialEq, Eq, DeriveValueType)]
pub struct PasswordHash(pub String);

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(..)")
    }
}

/// What a credential belongs to.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The user.
    #[sea_orm(belongs_to = "super::user::Entity", from = "Column::UserId", to = "super::user::Column::Id")]
    User,
}

impl Related<user::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::User.def()
    }
}

impl Related<Entity> for user::Entity {
    fn to() -> RelationDef {
        Relation::User.def().rev()
    }
}

#[async_trait]
impl ActiveModelBehavior for ActiveModel {
    async fn after_save<C: ConnectionTrait>(model: Model, db: &C, _insert: bool) -> Result<Model, DbErr> {
        announce(db, CacheTag::Sessions.into()).await?;
        Ok(model)
    }

    async fn after_delete<C: ConnectionTrait>(self, db: &C) -> Result<Self, DbErr> {
        announce(db, CacheTag::Sessions.into()).await?;
        Ok(self)
    }
}
