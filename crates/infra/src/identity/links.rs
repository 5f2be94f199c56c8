//! The rows of `sign_in_links`.

use chrono::{DateTime, Utc};
use domain::entities::{
    sign_in_link::{self, LINK_LIFE},
    user,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait,
    QueryFilter, QuerySelect, sea_query::Expr,
};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use super::secret::{digest, kept, link_secret};

/// Inserts a link of `user_id`, made by `created_by` at `now`. Returns its secret, which is not kept, and the row.
pub(super) async fn insert<C: ConnectionTrait>(
    txn: &C,
    user_id: Uuid,
    created_by: Option<Uuid>,
    now: DateTime<Utc>,
) -> Result<(SecretString, sign_in_link::Model), DbErr> {
    let secret = link_secret();
    let row = sign_in_link::ActiveModel {
        id: Set(Uuid::now_v7()),
        token_hash: Set(kept(&secret)),
        user_id: Set(user_id),
        created_by: Set(created_by),
        created_at: Set(now),
        expires_at: Set(now + LINK_LIFE),
        redeemed_at: Set(None),
    };
    Ok((secret, row.insert(txn).await?))
}

/// The link of that secret, with its user, if it may be used at `now`.
pub(super) async fn find_open<C: ConnectionTrait>(
    db: &C,
    secret: &SecretString,
    now: DateTime<Utc>,
) -> Result<Option<(sign_in_link::Model, user::Model)>, DbErr> {
    let found = sign_in_link::Entity::find()
        .filter(sign_in_link::Column::TokenHash.eq(digest(secret.expose_secret()).to_vec()))
        .filter(sign_in_link::Column::RedeemedAt.is_null())
        .filter(sign_in_link::Column::ExpiresAt.gt(now))
        .find_also_related(user::Entity)
        .one(db)
        .await?;
    Ok(found.and_then(|(link, user)| Some((link, user?))))
}

/// Uses up the link with that id and every other open one of its user. Returns whether it was open: of several that use
/// one link at once, one has `true`. The caller holds the lock on the user's row.
pub(super) async fn use_up<C: ConnectionTrait>(
    txn: &C,
    link: &sign_in_link::Model,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let row = sign_in_link::Entity::find_by_id(link.id).lock_exclusive().one(txn).await?;
    if row.is_none_or(|row| row.redeemed_at.is_some()) {
        return Ok(false);
    }
    close_those_of(txn, link.user_id, now).await?;
    Ok(true)
}

/// Closes every open link of `user_id`.
pub(super) async fn close_those_of<C: ConnectionTrait>(
    txn: &C,
    user_id: Uuid,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    close(txn, Condition::all().add(sign_in_link::Column::UserId.eq(user_id)), now).await
}

/// Closes every open link of `user_id`, who is barred, and every one that this user made for others: who may not come in any more
/// does not come in as somebody else.
///
/// # Errors
/// What the database says.
pub(crate) async fn close_those_around<C: ConnectionTrait>(
    txn: &C,
    user_id: Uuid,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    use sign_in_link::Column;
    let theirs = Condition::any().add(Column::UserId.eq(user_id)).add(Column::CreatedBy.eq(user_id));
    close(txn, theirs, now).await
}

#[expect(clippy::disallowed_methods, reason = "makes nothing old, and so fires no hook")]
async fn close<C: ConnectionTrait>(txn: &C, which: Condition, now: DateTime<Utc>) -> Result<(), DbErr> {
    sign_in_link::Entity::update_many()
        .col_expr(sign_in_link::Column::RedeemedAt, Expr::value(now))
        .filter(which)
        .filter(sign_in_link::Column::RedeemedAt.is_null())
        .exec(txn)
        .await
        .map(drop)
}
