//! Signing in: who is let in, and that who is not learns nothing.

use chrono::TimeDelta;
use domain::{
    audit::{Actor, Author},
    entities::{
        credential::{self, PasswordHash},
        user::{Role, UserStatus},
    },
};
use futures_util::future::join_all;
use infra::identity::{Activity, IdentityError, Origin};
use sea_orm::{ActiveModelTrait as _, ActiveValue::Set, EntityTrait as _};
use secrecy::ExposeSecret as _;
use test_support::{TestDatabase, each_backend};

use super::{Desk, PASSWORD, nowhere};

#[tokio::test]
async fn the_right_password_lets_in_and_ends_what_was_presented() {
    each_backend(async |database| {
        let desk = Desk::on(database).await;
        desk.user_with_password("ada", Role::Viewer).await;
        let first =
            desk.accounts.sign_in(" Ada@Example.ORG ", PASSWORD.into(), &nowhere(), None).await.unwrap();
        assert_eq!((first.session.email.as_str(), first.role), ("ada@example.org", Role::Viewer));
        assert!(desk.knows(&first.secret).await);
        let second = desk
            .accounts
            .sign_in("ada@example.org", PASSWORD.into(), &nowhere(), Some(&first.secret))
            .await
            .unwrap();
        assert!(desk.knows(&second.secret).await && !desk.knows(&first.secret).await);
        let third = desk.sign_in("ada", PASSWORD).await.unwrap();
        assert!(desk.knows(&second.secret).await && desk.knows(&third.secret).await, "another browser");

        let kept = &desk.sessions().await[0];
        assert_eq!((kept.token_hash.len(), kept.user_agent.as_deref()), (32, Some("a browser")));
        let everything = format!("{:?}{:?}{third:?}", desk.sessions().await, desk.log().await);
        for secret in [second.secret.expose_secret(), third.secret.expose_secret(), PASSWORD] {
            assert!(!everything.contains(secret), "{everything}");
        }
    })
    .await;
}

#[tokio::test]
async fn whoever_is_refused_costs_the_same_and_learns_nothing() {
    each_backend(async |database| {
        let desk = Desk::on(database).await;
        desk.user_with_password("ada", Role::Viewer).await;
        desk.user("nopass", Role::Viewer, UserStatus::Active).await;
        desk.user("invited", Role::Viewer, UserStatus::Invited).await;
        let suspended = desk.user_with_password("suspended", Role::Viewer).await;
        let change =
            domain::entities::user::UserPatch { status: Some(UserStatus::Suspended), ..Default::default() };
        desk.users.update(suspended.id, change, infra::repositories::Expected::Anything).await.unwrap();
        let entries = desk.log().await.len();
        let cases = [
            ("ada", "wrong horse battery"),
            ("nobody", PASSWORD),
            ("nopass", PASSWORD),
            ("invited", PASSWORD),
            ("suspended", PASSWORD),
            ("suspended", "wrong horse battery"),
            ("not an address", ""),
        ];
        for (done, (name, password)) in cases.into_iter().enumerate() {
            let before = desk.accounts.passwords().hashes();
            let refused = desk.sign_in(name, password).await;
            assert!(matches!(refused, Err(IdentityError::Refused)), "{name}: {refused:?}");
            assert_eq!(desk.accounts.passwords().hashes(), before + 1, "{name}: one hash, whatever is wrong");
            assert_eq!(desk.log().await.len(), entries + done + 1, "{name}: one entry, whatever is wrong");
        }
        let log = format!("{:?}", &desk.log().await[entries..]);
        assert!(
            !log.contains("nobody") && !log.contains("not an address") && !log.contains("horse"),
            "{log}"
        );
        assert!(desk.sessions().await.is_empty());

        desk.user_with_password("customer", Role::User).await;
        assert!(matches!(desk.sign_in("customer", PASSWORD).await, Err(IdentityError::RoleTooLow)));
        assert!(matches!(desk.sign_in("customer", "wrong horse battery").await, Err(IdentityError::Refused)));
    })
    .await;
}

#[tokio::test]
async fn an_account_under_attack_is_left_alone_and_its_owner_gets_in_by_a_link() {
    let database = TestDatabase::sqlite().await;
    let desk = Desk::on(&database).await;
    let ada = desk.user_with_password("ada", Role::Viewer).await;
    for _ in 0..10 {
        assert!(matches!(desk.sign_in("ada", "a guess").await, Err(IdentityError::Refused)));
    }
    let hashes = desk.accounts.passwords().hashes();
    let limited = desk.sign_in("ada", PASSWORD).await;
    assert!(
        matches!(&limited, Err(IdentityError::Limited(limited)) if limited.retry_after.as_secs() <= 90),
        "{limited:?}"
    );
    // An address that does not exist is told no other thing.
    for _ in 0..10 {
        assert!(matches!(desk.sign_in("nobody", "a guess").await, Err(IdentityError::Refused)));
    }
    assert!(matches!(desk.sign_in("nobody", "a guess").await, Err(IdentityError::Limited(_))));
    assert_eq!(desk.accounts.passwords().hashes(), hashes + 10, "what is limited is not hashed");

    let link = desk.accounts.create_link(ada.id, &Author::operator()).await.unwrap();
    let session =
        desk.accounts.redeem(&link.secret, "another horse battery".into(), &nowhere()).await.unwrap();
    assert!(desk.knows(&session.secret).await);
    desk.clock.forward(TimeDelta::seconds(90));
    desk.sign_in("ada", "another horse battery").await.unwrap();
}

#[tokio::test]
async fn an_address_that_tries_many_accounts_is_left_alone() {
    let database = TestDatabase::sqlite().await;
    let desk = Desk::on(&database).await;
    let origin = Origin {
        author: Author {
            actor: Actor::Anonymous,
            address: Some("192.0.2.1".parse().unwrap()),
            request_id: None,
        },
        user_agent: None,
    };
    let tries = |number: u32| {
        let (accounts, origin) = (&desk.accounts, &origin);
        async move { accounts.sign_in(&format!("u{number}@example.org"), "a guess".into(), origin, None).await }
    };
    for number in 0..30 {
        assert!(matches!(tries(number).await, Err(IdentityError::Refused)), "{number}");
    }
    assert!(matches!(tries(30).await, Err(IdentityError::Limited(_))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attempts_at_once_are_limited_as_those_one_after_another_and_two_hash_at_once() {
    let database = TestDatabase::postgres().await;
    let desk = Desk::on(&database).await;
    desk.user_with_password("ada", Role::Viewer).await;
    let before = desk.accounts.passwords().hashes();
    let outcomes = join_all((0..40).map(|_| desk.sign_in("ada", "a guess"))).await;
    let limited = outcomes.iter().filter(|one| matches!(one, Err(IdentityError::Limited(_)))).count();
    assert_eq!(limited, 30, "{outcomes:?}");
    assert_eq!(desk.accounts.passwords().hashes(), before + 10);
    assert!(desk.accounts.passwords().most_at_once() <= 2);
}

#[tokio::test]
async fn an_obsolete_hash_is_renewed_when_its_owner_signs_in() {
    use argon2::{
        Algorithm, Argon2, Params, Version,
        password_hash::{PasswordHasher as _, SaltString},
    };
    let database = TestDatabase::sqlite().await;
    let desk = Desk::on(&database).await;
    let ada = desk.user_with_password("ada", Role::Viewer).await;
    let weak = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(8, 1, 1, None).unwrap());
    let salt = SaltString::from_b64("AAAAAAAAAAAAAAAAAAAAAA").unwrap();
    let old = weak.hash_password(PASSWORD.as_bytes(), &salt).unwrap().to_string();
    let hash = async || {
        credential::Entity::find_by_id(ada.id).one(&desk.node.db).await.unwrap().unwrap().password_hash
    };
    let row = credential::ActiveModel {
        user_id: Set(ada.id),
        password_hash: Set(PasswordHash(old.clone())),
        ..Default::default()
    };
    row.update(&desk.node.db).await.unwrap();
    assert!(desk.sign_in("ada", "wrong horse battery").await.is_err());
    assert_eq!(hash().await.0, old, "a wrong password renews nothing");
    desk.sign_in("ada", PASSWORD).await.unwrap();
    assert!(hash().await.0.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    desk.sign_in("ada", PASSWORD).await.unwrap();
}

#[tokio::test]
async fn whoever_signs_in_takes_out_what_is_over() {
    each_backend(async |database| {
        let desk = Desk::on(database).await;
        let ada = desk.user_with_password("ada", Role::Viewer).await;
        let idle = desk.session_of(ada.id).await;
        desk.clock.forward(TimeDelta::minutes(30));
        let alive = desk.session_of(ada.id).await;
        desk.clock.forward(TimeDelta::minutes(30));
        let new = desk.sign_in("ada", PASSWORD).await.unwrap();
        let ids: Vec<_> = desk.sessions().await.into_iter().map(|row| row.id).collect();
        assert_eq!(ids, [alive.session.id, new.session.id]);
        assert!(!desk.knows(&idle.secret).await && desk.knows(&alive.secret).await);
    })
    .await;
}

#[tokio::test]
async fn the_current_password_is_asked_for_and_the_new_one_looked_at() {
    let database = TestDatabase::sqlite().await;
    let desk = Desk::on(&database).await;
    desk.user_with_password("ada", Role::Viewer).await;
    let session = desk.sign_in("ada", PASSWORD).await.unwrap();
    let change = |current: &str, new: &str| {
        let (current, new) = (current.into(), new.into());
        async { desk.accounts.change_password(&session.session, current, new, &nowhere()).await }
    };
    assert!(matches!(
        change("wrong horse battery", "another horse battery").await,
        Err(IdentityError::Refused)
    ));
    assert!(matches!(change(PASSWORD, "short").await, Err(IdentityError::Repository(_))));
    assert!(matches!(change(PASSWORD, "ada@example.org").await, Err(IdentityError::Repository(_))));
    assert!(desk.check(&session.secret, Activity::Person).await.unwrap().is_some(), "nothing has changed");
    change(PASSWORD, "another horse battery").await.unwrap();
    assert!(desk.sign_in("ada", PASSWORD).await.is_err());
    desk.sign_in("ada", "another horse battery").await.unwrap();
}
