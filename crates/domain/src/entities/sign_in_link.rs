//! One-time sign-in links: by one of them a new or locked-out user sets a password. The link holds a random token, the row
//! only its hash.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::entity::prelude::*;

use super::user;

/// How long a link may be used.
pub const LINK_LIFE: TimeDelta = TimeDelta::hours(24);

/// A row of `sign_in_links`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sign_in_links")]
pub struct Model {
    /// UUIDv7; names the link, and lets nobody in.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// SHA-256 of the token in the link.
    pub token_hash: Vec<u8>,
    /// Who may set a password with it.
    pub user_id: Uuid,
    /// The admin who made it; none where an operator did.
    pub created_by: Option<Uuid>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Until when it may be used.
    pub expires_at: DateTime<Utc>,
    /// When it was used, or used up by another one of the same user.
    pub redeemed_at: Option<DateTime<Utc>>,
}

/// What a link belongs to.
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

/// Nothing that is cached depends on a link.
impl ActiveModelBehavior for ActiveModel {}
