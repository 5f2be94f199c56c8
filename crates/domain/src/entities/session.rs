//! Sessions: who is signed in, since when and from where. The cookie holds a random token, the row only its hash.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::user;
use crate::invalidation::{CacheTag, announce};

/// A row of `sessions`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    /// UUIDv7; names the session, and lets nobody in.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// SHA-256 of the token in the cookie.
    pub token_hash: Vec<u8>,
    /// Who is signed in.
    pub user_id: Uuid,
    /// When the user signed in.
    pub created_at: DateTime<Utc>,
    /// When the user last did something, to the minute.
    pub last_seen_at: DateTime<Utc>,
    /// When it ends, whatever the user does.
    pub expires_at: DateTime<Utc>,
    /// The network address that the user signed in from.
    pub address: Option<String>,
    /// What the browser called itself.
    pub user_agent: Option<String>,
}

/// What a session belongs to.
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

/// A new session makes nothing old: nobody can have asked for it. One that changes or ends does.
#[async_trait]
impl ActiveModelBehavior for ActiveModel {
    async fn after_save<C: ConnectionTrait>(model: Model, db: &C, insert: bool) -> Result<Model, DbErr> {
        if !insert {
            announce(db, CacheTag::Sessions.into()).await?;
        }
        Ok(model)
    }

    async fn after_delete<C: ConnectionTrait>(self, db: &C) -> Result<Self, DbErr> {
        announce(db, CacheTag::Sessions.into()).await?;
        Ok(self)
    }
}
