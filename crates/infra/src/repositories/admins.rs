//! Somebody has to be left who can administrate: the last active admin is neither removed, nor suspended, nor given another
//! role. Two admins who remove each other at once wait for each other here, and the second is refused.

use domain::{
    audit::Actor,
    entities::user::{self, Role, UserStatus},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::{database::TrackedTransaction, error::RepositoryError};

/// The active admins, locked until the transaction's end; or nobody, where nobody was asked for.
pub(super) struct Admins(Vec<Uuid>);

impl Admins {
    /// The active admins, if the user `id` is one of them. To be asked for before any user is locked, since they are locked
    /// in the order of their ids.
    pub(super) async fn around(txn: &TrackedTransaction, id: Uuid) -> Result<Self, RepositoryError> {
        let user = user::Entity::find_by_id(id).one(txn).await?;
        if !user.is_some_and(|user| is_active_admin(&user)) {
            return Ok(Self::unasked());
        }
        let admins = user::Entity::find()
            .select_only()
            .column(user::Column::Id)
            .filter(user::Column::Role.eq(Role::Admin))
            .filter(user::Column::Status.eq(UserStatus::Active))
            .order_by_asc(user::Column::Id)
            .lock_exclusive()
            .into_tuple()
            .all(txn)
            .await?;
        Ok(Self(admins))
    }

    /// Nobody.
    pub(super) const fn unasked() -> Self {
        Self(Vec::new())
    }

    /// That one is left without `user`. Where the user became an admin only after these were asked for, nobody is known to
    /// be, and it is refused.
    pub(super) fn check_without(&self, user: &user::Model) -> Result<(), RepositoryError> {
        if self.0.iter().any(|id| *id != user.id) {
            Ok(())
        } else {
            Err(RepositoryError::LastAdmin { email: user.email.clone() })
        }
    }
}

/// That `actor`, where it is a person, still is an active admin; locked until the transaction's end. For what would outlast an
/// admin who is barred between the beginning of a request and its end.
///
/// # Errors
/// [`RepositoryError::NoLongerAdmin`], [`RepositoryError::Database`].
pub(crate) async fn still_admin(txn: &TrackedTransaction, actor: &Actor) -> Result<(), RepositoryError> {
    let Actor::User { id, .. } = actor else { return Ok(()) };
    let user = user::Entity::find_by_id(*id).lock_exclusive().one(txn).await?;
    if user.is_some_and(|user| is_active_admin(&user)) { Ok(()) } else { Err(RepositoryError::NoLongerAdmin) }
}

/// Whether `user` can administrate.
pub(super) fn is_active_admin(user: &user::Model) -> bool {
    user.role == Role::Admin && user.status == UserStatus::Active
}
