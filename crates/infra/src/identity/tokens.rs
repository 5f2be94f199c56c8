//! Bearer tokens: the machines' way in. A token is looked up by the id in it; then the hashes of the secrets are compared, in
//! a time that says nothing about how much of it is right.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{audit::Actor, entities::api_token};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, sea_query::Expr,
};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use super::{
    Identity,
    token_text::{self, NoToken, Presented},
};

/// The last use is written down at most this often, by all instances together.
const WRITTEN_EVERY: TimeDelta = TimeDelta::minutes(1);

/// What the database knows of a token.
pub(super) enum Found {
    /// It may be used, and was last used then.
    Works(Identity, Option<DateTime<Utc>>),
    /// It was issued, and may be used no more.
    Over,
    /// It was never issued.
    Unknown,
}

/// Whether `text` may be a token at all: the database is asked about nothing else.
///
/// # Errors
/// Why not.
pub fn check_text(text: &str) -> Result<(), NoToken> {
    token_text::read(text).map(drop)
}

/// What is known of `presented` at `now`.
pub(super) async fn find<C: ConnectionTrait>(
    db: &C,
    presented: Presented,
    now: DateTime<Utc>,
) -> Result<Found, DbErr> {
    let Some(row) = api_token::Entity::find_by_id(presented.id).one(db).await? else {
        return Ok(Found::Unknown);
    };
    if !bool::from(row.secret_hash.as_slice().ct_eq(&presented.hash)) {
        return Ok(Found::Unknown);
    }
    if !row.works_at(now) {
        return Ok(Found::Over);
    }
    let identity = Identity {
        actor: Actor::Token { id: row.id, name: row.name },
        role: row.role.into(),
        session: None,
        expires_at: row.expires_at,
    };
    Ok(Found::Works(identity, row.last_used_at))
}

/// Notes that the token with that id was used at `at`, unless that was noted less than a minute before. Announces nothing:
/// nobody would learn anything new.
#[expect(clippy::disallowed_methods, reason = "makes nothing old, and so fires no hook")]
pub(super) async fn touch<C: ConnectionTrait>(db: &C, id: Uuid, at: DateTime<Utc>) -> Result<(), DbErr> {
    use api_token::Column;
    let due =
        Condition::any().add(Column::LastUsedAt.is_null()).add(Column::LastUsedAt.lte(at - WRITTEN_EVERY));
    api_token::Entity::update_many()
        .col_expr(Column::LastUsedAt, Expr::value(at))
        .filter(Column::Id.eq(id))
        .filter(due)
        .exec(db)
        .await
        .map(drop)
}
