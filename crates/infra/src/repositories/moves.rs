//! Many rows that move to one status in one transaction: two statements, however many rows there are.

use chrono::{DateTime, Utc};
use domain::{
    entities::moves::{BulkMove, BulkMoved, Movable},
    invalidation::announce,
};
use sea_orm::{ActiveModelTrait, ColumnTrait, DbErr, QueryFilter, QueryOrder, QuerySelect, TryGetable};
use uuid::Uuid;

use crate::{database::TrackedTransaction, error::RepositoryError};

/// The statuses of those rows that exist, which are locked from here on. In the order of their ids: whoever locks several
/// rows of a table does so in that order, so that no two wait for each other.
pub(super) async fn lock_statuses<E>(
    txn: &TrackedTransaction,
    ids: &[Uuid],
) -> Result<Vec<(Uuid, E::Status)>, DbErr>
where
    E: Movable,
    E::Status: TryGetable,
{
    E::find()
        .select_only()
        .columns([E::ID, E::STATUS])
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
pub(super) async fn move_found<E: Movable>(
    txn: &TrackedTransaction,
    request: &BulkMove<E::Status>,
    found: Vec<(Uuid, E::Status)>,
    now: DateTime<Utc>,
) -> Result<BulkMoved<E::Status>, RepositoryError> {
    let moved = request.outcomes(found)?;
    if moved.counts.moved > 0 {
        let mut change = <E::ActiveModel as ActiveModelTrait>::default();
        E::set_moved(&mut change, moved.status, now);
        E::update_many().set(change).filter(E::ID.is_in(moved.moved_ids())).exec(txn).await?;
        announce(txn, E::TAG.into()).await?;
    }
    Ok(moved)
}
