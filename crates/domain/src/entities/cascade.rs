//! Deletions that take what hangs below with them. The database's foreign keys restrict, so that nothing vanishes
//! without an announcement; these functions delete bottom-up inside the caller's transaction and announce every
//! table they touched.

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::SimpleExpr,
};
use uuid::Uuid;

use super::{lead, proposal, user};
use crate::invalidation::{CacheTag, CacheTags, announce};

/// Deletes the user, their proposals and those proposals' leads; their sessions and their password go with them. Run it inside a transaction. Returns whether there
/// was such a user.
///
/// # Errors
/// What the database says; the caller's transaction is then to be rolled back.
#[expect(clippy::disallowed_methods, reason = "announces what the hooks would")]
pub async fn delete_user<C: ConnectionTrait>(txn: &C, id: Uuid) -> Result<bool, DbErr> {
    // Locked top-down: an insert below would need a share of the same lock for its foreign key. And each table's rows in
    // the order of their ids, as whoever moves several of them locks them.
    if user::Entity::find_by_id(id).lock_exclusive().one(txn).await?.is_none() {
        return Ok(false);
    }
    proposal::Entity::find()
        .select_only()
        .column(proposal::Column::Id)
        .filter(proposal::Column::UserId.eq(id))
        .order_by_asc(proposal::Column::Id)
        .lock_exclusive()
        .into_tuple::<Uuid>()
        .all(txn)
        .await?;
    let owned = proposal::Entity::find()
        .select_only()
        .column(proposal::Column::Id)
        .filter(proposal::Column::UserId.eq(id))
        .into_query();
    delete_leads(txn, lead::Column::ProposalId.in_subquery(owned)).await?;
    proposal::Entity::delete_many().filter(proposal::Column::UserId.eq(id)).exec(txn).await?;
    user::Entity::delete_by_id(id).exec(txn).await?;
    let made_old = [CacheTag::Users, CacheTag::Proposals, CacheTag::Leads, CacheTag::Sessions];
    announce(txn, CacheTags::of(&made_old)).await?;
    Ok(true)
}

/// Deletes the proposal and its leads. Run it inside a transaction. Returns whether there was such a proposal.
///
/// # Errors
/// What the database says; the caller's transaction is then to be rolled back.
#[expect(clippy::disallowed_methods, reason = "announces what the hooks would")]
pub async fn delete_proposal<C: ConnectionTrait>(txn: &C, id: Uuid) -> Result<bool, DbErr> {
    if proposal::Entity::find_by_id(id).lock_exclusive().one(txn).await?.is_none() {
        return Ok(false);
    }
    delete_leads(txn, lead::Column::ProposalId.eq(id)).await?;
    proposal::Entity::delete_by_id(id).exec(txn).await?;
    announce(txn, CacheTags::of(&[CacheTag::Proposals, CacheTag::Leads])).await?;
    Ok(true)
}

/// Deletes the leads that match, after locking them in the order of their ids. The caller announces it.
#[expect(clippy::disallowed_methods, reason = "announces what the hooks would")]
async fn delete_leads<C: ConnectionTrait>(txn: &C, which: SimpleExpr) -> Result<(), DbErr> {
    let locked = lead::Entity::find()
        .select_only()
        .column(lead::Column::Id)
        .filter(which)
        .order_by_asc(lead::Column::Id)
        .lock_exclusive()
        .into_query();
    lead::Entity::delete_many().filter(lead::Column::Id.in_subquery(locked)).exec(txn).await.map(drop)
}
