//! The rows of `sessions`.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    entities::{session, user},
    invalidation::{CacheTag, announce},
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait,
    QueryFilter, sea_query::Expr,
};
use secrecy::SecretString;
use uuid::Uuid;

use super::{
    Origin,
    secret::{Digest, SessionKey, kept},
};
use crate::config::SessionConfig;

/// The most characters of a browser's name that are kept.
const USER_AGENT_CHARS: usize = 200;

/// Signs and times sessions.
#[derive(Clone, Debug)]
pub struct SessionRules {
    /// What their secrets are signed with.
    pub key: SessionKey,
    /// How long one lasts after the last thing that its user did.
    pub idle: TimeDelta,
    /// How long one lasts at most.
    pub max: TimeDelta,
}

impl SessionRules {
    /// For an operator, who signs nobody in: no session that is started by these is known to any server.
    pub fn of_nobody() -> Self {
        Self { key: SessionKey::of_chance(), idle: TimeDelta::zero(), max: TimeDelta::zero() }
    }

    /// The rules of `config`.
    ///
    /// # Errors
    /// Where the secret can neither be read nor made.
    pub fn new(config: &SessionConfig) -> Result<Self, crate::config::ConfigError> {
        let delta = |duration| TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX);
        Ok(Self { key: SessionKey::new(&config.secret()?), idle: delta(config.idle), max: delta(config.max) })
    }
}

/// Inserts a session of `user_id` that begins at `now`. Returns its secret, which is not kept, and the row.
pub(super) async fn insert<C: ConnectionTrait>(
    txn: &C,
    rules: &SessionRules,
    user_id: Uuid,
    origin: &Origin,
    now: DateTime<Utc>,
) -> Result<(SecretString, session::Model), DbErr> {
    let secret = rules.key.issue();
    let row = session::ActiveModel {
        id: Set(Uuid::now_v7()),
        token_hash: Set(kept(&secret)),
        user_id: Set(user_id),
        created_at: Set(now),
        last_seen_at: Set(now),
        expires_at: Set(now + rules.max),
        address: Set(origin.author.address.map(|address| address.to_string())),
        user_agent: Set(origin
            .user_agent
            .as_ref()
            .map(|name| name.chars().filter(|c| !c.is_control()).take(USER_AGENT_CHARS).collect())),
    };
    Ok((secret, row.insert(txn).await?))
}

/// The session of that secret, with its user.
pub(super) async fn find<C: ConnectionTrait>(
    db: &C,
    secret: &Digest,
) -> Result<Option<(session::Model, user::Model)>, DbErr> {
    let found = session::Entity::find()
        .filter(session::Column::TokenHash.eq(secret.to_vec()))
        .find_also_related(user::Entity)
        .one(db)
        .await?;
    Ok(found.and_then(|(session, user)| Some((session, user?))))
}

/// Ends the session of that secret, if there is one. Returns whether there was, and whose.
#[expect(clippy::disallowed_methods, reason = "announces what the hooks would")]
pub(super) async fn end_of_secret<C: ConnectionTrait>(txn: &C, secret: &Digest) -> Result<bool, DbErr> {
    let which = session::Column::TokenHash.eq(secret.to_vec());
    let ended = session::Entity::delete_many().filter(which).exec(txn).await?.rows_affected > 0;
    if ended {
        announce(txn, CacheTag::Sessions.into()).await?;
    }
    Ok(ended)
}

/// Ends the session with that id. Returns whether there was one.
#[expect(clippy::disallowed_methods, reason = "announces what the hooks would")]
pub(super) async fn end<C: ConnectionTrait>(txn: &C, id: Uuid) -> Result<bool, DbErr> {
    let ended = session::Entity::delete_by_id(id).exec(txn).await?.rows_affected > 0;
    // Also where the row was gone: what is remembered of it is not to stay.
    announce(txn, CacheTag::Sessions.into()).await?;
    Ok(ended)
}

/// Ends every session of `user_id`. Run it in the transaction that gives the reason. Returns how many there were.
///
/// # Errors
/// What the database says.
#[expect(clippy::disallowed_methods, reason = "announces what the hooks would")]
pub async fn end_all_of<C: ConnectionTrait>(txn: &C, user_id: Uuid) -> Result<u64, DbErr> {
    let which = session::Column::UserId.eq(user_id);
    let ended = session::Entity::delete_many().filter(which).exec(txn).await?.rows_affected;
    announce(txn, CacheTag::Sessions.into()).await?;
    Ok(ended)
}

/// Removes the rows of sessions that are over. Nobody needs to be told: they end by their time.
#[expect(clippy::disallowed_methods, reason = "removes what is no session any more")]
pub(super) async fn remove_expired<C: ConnectionTrait>(
    db: &C,
    rules: &SessionRules,
    now: DateTime<Utc>,
) -> Result<u64, DbErr> {
    let over = Condition::any()
        .add(session::Column::ExpiresAt.lte(now))
        .add(session::Column::LastSeenAt.lte(now - rules.idle));
    Ok(session::Entity::delete_many().filter(over).exec(db).await?.rows_affected)
}

/// Notes that the session's user did something at `at`. Announces nothing: nobody would learn anything new.
#[expect(clippy::disallowed_methods, reason = "makes nothing old, and so fires no hook")]
pub(super) async fn touch<C: ConnectionTrait>(db: &C, id: Uuid, at: DateTime<Utc>) -> Result<(), DbErr> {
    session::Entity::update_many()
        .col_expr(session::Column::LastSeenAt, Expr::value(at))
        .filter(session::Column::Id.eq(id))
        .filter(session::Column::LastSeenAt.lt(at))
        .exec(db)
        .await
        .map(drop)
}
