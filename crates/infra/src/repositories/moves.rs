//! Many rows that move to one status in one transaction: one statement finds and locks them, one moves them, one tells
//! the audit log, however many rows there are.

use chrono::{DateTime, Utc};
use domain::{
    entities::{
        Named as _, changed_at,
        moves::{BulkMove, BulkMoved, Movable},
    },
    invalidation::announce,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, TryGetable,
    sea_query::Expr,
};
use uuid::Uuid;

use super::{
    Entries,
    audit::{self, Audited},
};
use crate::{database::TrackedTransaction, error::RepositoryError};

/// Id, status and time of the last change of a row that is locked.
pub(super) type Locked<S> = (Uuid, S, DateTime<Utc>);

/// Those rows that exist, which are locked from here on. In the order of their ids: whoever locks several
/// rows of a table does so in that order, so that no two wait for each other.
pub(super) async fn lock_statuses<E>(
    txn: &TrackedTransaction,
    ids: &[Uuid],
) -> Result<Vec<Locked<E::Status>>, DbErr>
where
    E: Movable,
    E::Status: TryGetable,
{
    E::find()
        .select_only()
        .columns([E::ID, E::STATUS, E::UPDATED_AT])
        .filter(E::ID.is_in(ids.iter().copied()))
        .order_by_asc(E::ID)
        .lock_exclusive()
        .into_tuple()
        .all(txn)
        .await
}

/// Moves those of the rows `found` that have another status, and says what became of every row asked for. Writes nothing,
/// and makes nothing old, where none moves or one may not.
#[expect(clippy::disallowed_methods, reason = "announces what the hooks would, once for all rows")]
pub(super) async fn move_found<E: Movable + Audited>(
    txn: &TrackedTransaction,
    request: &BulkMove<E::Status>,
    found: Vec<Locked<E::Status>>,
    entries: Entries<'_>,
) -> Result<BulkMoved<E::Status>, RepositoryError> {
    let moved = request.outcomes(found.iter().map(|(id, status, _)| (*id, *status)))?;
    if moved.counts.moved > 0 {
        let now = entries.at();
        let mut change = <E::ActiveModel as ActiveModelTrait>::default();
        E::set_moved(&mut change, moved.status, now);
        E::update_many().set(change).filter(E::ID.is_in(moved.moved_ids())).exec(txn).await?;
        // Of those found, whatever has the status now had it before.
        let told = found.iter().filter(|(_, from, _)| *from != moved.status);
        let told = told.map(|(id, from, _)| (*id, audit::moved(from.name(), moved.status.name())));
        entries.record_each(txn, E::UPDATED, E::KIND, told).await?;
        let before = found.into_iter().map(|(id, _, updated_at)| (id, updated_at));
        set_later::<E>(txn, (E::ID, E::UPDATED_AT), before, now).await?;
        announce(txn, E::TAG.into()).await?;
    }
    Ok(moved)
}

/// Puts right the `updatedAt` of rows that changed at `now` together, where one had changed at that instant or later
/// `before`: it changes later than it did. They were locked, so that nobody has changed them since.
#[expect(clippy::disallowed_methods, reason = "a part of a change that its caller announces")]
pub(super) async fn set_later<E: EntityTrait>(
    txn: &TrackedTransaction,
    (id, updated_at): (E::Column, E::Column),
    before: impl IntoIterator<Item = (Uuid, DateTime<Utc>)>,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let (ahead, instants): (Vec<_>, Vec<_>) = before.into_iter().filter(|(_, before)| *before >= now).unzip();
    let Some(latest) = instants.into_iter().max() else { return Ok(()) };
    E::update_many()
        .col_expr(updated_at, Expr::val(changed_at(latest, now)))
        .filter(id.is_in(ahead))
        // Those that changed; the others keep theirs.
        .filter(updated_at.eq(now))
        .exec(txn)
        .await
        .map(drop)
}
