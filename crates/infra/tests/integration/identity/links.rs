//! One-time links: by whom they are used, how often, and until when.

use chrono::TimeDelta;
use domain::{
    audit::{Actor, Author},
    entities::{
        sign_in_link,
        user::{self, Role, UserPatch, UserStatus},
    },
};
use infra::{error::RepositoryError, identity::IdentityError, repositories::Expected};
use sea_orm::EntityTrait as _;
use secrecy::{ExposeSecret as _, SecretString};
use test_support::{TestDatabase, each_backend};

use super::{Desk, PASSWORD, nowhere};

async fn link(desk: &Desk, user: &user::Model) -> SecretString {
    desk.accounts.create_link(user.id, &Author::operator()).await.unwrap().secret
}

#[tokio::test]
async fn who_was_invited_sets_a_password_and_is_active() {
    each_backend(async |database| {
        let desk = Desk::on(database).await;
        let ada = desk.user("ada", Role::Viewer, UserStatus::Invited).await;
        let (first, second) = (link(&desk, &ada).await, link(&desk, &ada).await);
        let kept = format!("{:?}", sign_in_link::Entity::find().all(&desk.node.db).await.unwrap());
        assert!(
            !kept.contains(first.expose_secret()) && !format!("{first:?}").contains(first.expose_secret())
        );

        // What breaks the rules does not use it up.
        let refused = desk.accounts.redeem(&first, "short".into(), &nowhere()).await;
        assert!(matches!(refused, Err(IdentityError::Repository(_))), "{refused:?}");
        let session = desk.accounts.redeem(&first, PASSWORD.into(), &nowhere()).await.unwrap();
        assert!(desk.knows(&session.secret).await);
        assert_eq!(desk.users.get(ada.id).await.unwrap().status, UserStatus::Active);
        desk.sign_in("ada", PASSWORD).await.unwrap();
        for used in [&first, &second, &"nonsense".into()] {
            let again = desk.accounts.redeem(used, "another horse battery".into(), &nowhere()).await;
            assert!(matches!(again, Err(IdentityError::UnknownLink)), "{again:?}");
        }
        let actions: Vec<_> = desk.log().await.into_iter().map(|(action, _)| action).collect();
        assert_eq!(
            actions,
            [
                "user.created",
                "signInLink.created",
                "signInLink.created",
                "signInLink.redeemed",
                "session.started",
                "session.started"
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn a_link_ends_the_sessions_that_there_were() {
    let database = TestDatabase::sqlite().await;
    let desk = Desk::on(&database).await;
    let ada = desk.user_with_password("ada", Role::Admin).await;
    let before = desk.sign_in("ada", PASSWORD).await.unwrap();
    assert!(desk.knows(&before.secret).await);
    let link = link(&desk, &ada).await;
    assert!(desk.knows(&before.secret).await, "not yet");
    desk.accounts.redeem(&link, "another horse battery".into(), &nowhere()).await.unwrap();
    assert!(!desk.knows(&before.secret).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_who_use_one_link_at_once_one_gets_in() {
    each_backend(async |database| {
        let desk = Desk::on(database).await;
        let ada = desk.user("ada", Role::Viewer, UserStatus::Invited).await;
        let link = link(&desk, &ada).await;
        let redeem = || {
            let (accounts, link) = (desk.accounts.clone(), link.clone());
            tokio::spawn(async move { accounts.redeem(&link, PASSWORD.into(), &nowhere()).await })
        };
        let (one, other) = (redeem(), redeem());
        let outcomes = [one.await.unwrap(), other.await.unwrap()];
        let refused = outcomes.iter().filter(|one| matches!(one, Err(IdentityError::UnknownLink))).count();
        assert_eq!((refused, desk.sessions().await.len()), (1, 1), "{outcomes:?}");
    })
    .await;
}

#[tokio::test]
async fn a_link_lasts_a_day() {
    each_backend(async |database| {
        let desk = Desk::on(database).await;
        let ada = desk.user("ada", Role::Viewer, UserStatus::Active).await;
        let (one, other) = (link(&desk, &ada).await, link(&desk, &ada).await);
        desk.clock.forward(TimeDelta::hours(24) - TimeDelta::seconds(1));
        desk.accounts.redeem(&one, PASSWORD.into(), &nowhere()).await.unwrap();
        drop(other);
        let late = link(&desk, &ada).await;
        desk.clock.forward(TimeDelta::hours(24));
        let refused = desk.accounts.redeem(&late, PASSWORD.into(), &nowhere()).await;
        assert!(matches!(refused, Err(IdentityError::UnknownLink)), "{refused:?}");
    })
    .await;
}

#[tokio::test]
async fn nobody_gets_a_link_that_would_not_let_them_in() {
    let database = TestDatabase::sqlite().await;
    let desk = Desk::on(&database).await;
    let create = async |id| desk.accounts.create_link(id, &Author::operator()).await;
    let customer = desk.user("customer", Role::User, UserStatus::Active).await;
    assert!(matches!(create(customer.id).await, Err(IdentityError::NoUseOfLink(_))));
    let barred = desk.user("barred", Role::Admin, UserStatus::Suspended).await;
    assert!(matches!(create(barred.id).await, Err(IdentityError::NoUseOfLink(_))));
    assert!(matches!(create(sea_orm::prelude::Uuid::nil()).await, Err(IdentityError::Repository(_))));

    // Barred after the link was made.
    let ada = desk.user("ada", Role::Viewer, UserStatus::Active).await;
    let link = link(&desk, &ada).await;
    let change = UserPatch { status: Some(UserStatus::Suspended), ..Default::default() };
    desk.users.update(ada.id, change, Expected::Anything).await.unwrap();
    let refused = desk.accounts.redeem(&link, PASSWORD.into(), &nowhere()).await;
    assert!(matches!(refused, Err(IdentityError::UnknownLink)), "{refused:?}");
}

/// Another password, whoever set it, leaves no other way in; and who is barred does not come in as somebody else.
#[tokio::test]
async fn what_shuts_somebody_out_closes_their_links_and_those_they_made() {
    each_backend(async |database| {
        let desk = Desk::on(database).await;
        let (ada, eve) = (
            desk.user_with_password("ada", Role::Admin).await,
            desk.user_with_password("eve", Role::Admin).await,
        );
        let by_eve =
            Author { actor: Actor::User { id: eve.id, email: eve.email.clone() }, ..Author::operator() };
        let is_open = async |link: &SecretString| {
            let redeemed = desk.accounts.redeem(link, PASSWORD.into(), &nowhere()).await;
            !matches!(redeemed, Err(IdentityError::UnknownLink))
        };
        let before_reset = link(&desk, &ada).await;
        desk.accounts.reset_password(ada.id, PASSWORD.into(), &Author::operator()).await.unwrap();
        assert!(!is_open(&before_reset).await, "another password was set");

        let made = desk.accounts.create_link(ada.id, &by_eve).await.unwrap().secret;
        let patch = UserPatch { role: Some(Role::Viewer), ..UserPatch::default() };
        desk.users.update(eve.id, patch, Expected::Anything).await.unwrap();
        assert!(!is_open(&made).await, "its maker is no admin any more");
        let refused = desk.accounts.create_link(ada.id, &by_eve).await;
        assert!(
            matches!(refused, Err(IdentityError::Repository(RepositoryError::NoLongerAdmin))),
            "a request that was on its way: {refused:?}"
        );
    })
    .await;
}
