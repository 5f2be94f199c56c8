//! Somebody is always left who can administrate.

use domain::entities::user::{Role, UserPatch, UserStatus};
use infra::{error::RepositoryError, repositories::Expected};
use test_support::{TestDatabase, each_backend};

use super::Desk;

fn patches() -> [UserPatch; 4] {
    [
        UserPatch { role: Some(Role::Viewer), ..UserPatch::default() },
        UserPatch { role: Some(Role::User), ..UserPatch::default() },
        UserPatch { status: Some(UserStatus::Suspended), ..UserPatch::default() },
        UserPatch { status: Some(UserStatus::Invited), ..UserPatch::default() },
    ]
}

#[tokio::test]
async fn the_last_active_admin_stays() {
    each_backend(async |database| {
        let desk = Desk::on(database).await;
        let last = desk.user("ada", Role::Admin, UserStatus::Active).await;
        // None of these can administrate.
        desk.user("bob", Role::Admin, UserStatus::Suspended).await;
        desk.user("cyd", Role::Admin, UserStatus::Invited).await;
        desk.user("dan", Role::Viewer, UserStatus::Active).await;
        let secret = desk.session_of(last.id).await.secret;
        for patch in patches() {
            let refused = desk.users.update(last.id, patch.clone(), Expected::Anything).await;
            assert!(matches!(refused, Err(RepositoryError::LastAdmin { .. })), "{patch:?}: {refused:?}");
        }
        let refused = desk.users.delete(last.id, Expected::Anything).await;
        assert!(matches!(refused, Err(RepositoryError::LastAdmin { .. })), "{refused:?}");
        assert!(desk.knows(&secret).await, "nothing has changed");
        let named = UserPatch {
            display_name: Some("Ada King".into()),
            role: Some(Role::Admin),
            ..UserPatch::default()
        };
        desk.users.update(last.id, named, Expected::Anything).await.unwrap();

        let other = desk.user("eve", Role::Admin, UserStatus::Active).await;
        desk.users.delete(last.id, Expected::Anything).await.unwrap();
        assert!(desk.users.delete(other.id, Expected::Anything).await.is_err());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_admins_who_remove_each_other_at_once_one_stays() {
    for _ in 0..5 {
        let database = TestDatabase::postgres().await;
        let desk = Desk::on(&database).await;
        let ada = desk.user("ada", Role::Admin, UserStatus::Active).await;
        let bob = desk.user("bob", Role::Admin, UserStatus::Active).await;
        let (one, other) = (desk.users.clone(), desk.users.clone());
        let demoted = UserPatch { role: Some(Role::Viewer), ..UserPatch::default() };
        let demoting =
            tokio::spawn(async move { one.update(ada.id, demoted, Expected::Anything).await.map(drop) });
        let deleting = tokio::spawn(async move { other.delete(bob.id, Expected::Anything).await });
        let outcomes = [demoting.await.unwrap(), deleting.await.unwrap()];
        let refused = outcomes.iter().filter(|one| matches!(one, Err(RepositoryError::LastAdmin { .. })));
        assert_eq!(refused.count(), 1, "{outcomes:?}");
        assert_eq!(outcomes.iter().filter(|one| one.is_ok()).count(), 1, "{outcomes:?}");
    }
}
