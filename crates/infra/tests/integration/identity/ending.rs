//! What ends a session, here and on the other instances.

use chrono::TimeDelta;
use domain::{
    audit::Author,
    entities::user::{Role, UserPatch, UserStatus},
};
use infra::{identity::Activity, repositories::Expected};
use secrecy::SecretString;
use test_support::{TestDatabase, TestRedis, each_backend};

use super::{Desk, HandClock, PASSWORD, nowhere};
use crate::node::{Node, Options, eventually};

/// What can happen to somebody who is signed in.
const REASONS: [&str; 7] =
    ["sign-out", "everywhere", "suspended", "demoted", "promoted", "deleted", "password"];

async fn end(desk: &Desk, reason: &str, id: sea_orm::prelude::Uuid, secret: &SecretString) {
    let facts = desk.check(secret, Activity::Person).await.unwrap().unwrap().session.clone().unwrap();
    let change = |role, status| async move {
        let patch = UserPatch { role, status, ..UserPatch::default() };
        desk.users.update(id, patch, Expected::Anything).await.unwrap();
    };
    match reason {
        "sign-out" => desk.accounts.sign_out(&facts, &Author::operator()).await.unwrap(),
        "everywhere" => desk.accounts.sign_out_everywhere(&facts, &Author::operator()).await.unwrap(),
        "password" => {
            let new = "another horse battery".into();
            let changed =
                desk.accounts.change_password(&facts, PASSWORD.into(), new, &nowhere()).await.unwrap();
            assert!(desk.knows(&changed.secret).await, "who changed it goes on under a new id");
            assert_ne!(changed.session.id, facts.id);
        }
        "deleted" => desk.users.delete(id, Expected::Anything).await.unwrap(),
        "suspended" => change(None, Some(UserStatus::Suspended)).await,
        "demoted" => change(Some(Role::User), None).await,
        "promoted" => change(Some(Role::Admin), None).await,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn each_reason_ends_a_session_at_once() {
    each_backend(async |database| {
        let desk = Desk::on(database).await;
        for reason in REASONS {
            let user = desk.user_with_password(reason, Role::Viewer).await;
            let bystander = desk.user(&format!("not-{reason}"), Role::Viewer, UserStatus::Active).await;
            let theirs = desk.session_of(bystander.id).await.secret;
            let secret = desk.session_of(user.id).await.secret;
            let second = desk.session_of(user.id).await.secret;
            assert!(desk.knows(&secret).await && desk.knows(&second).await && desk.knows(&theirs).await);
            end(&desk, reason, user.id, &secret).await;
            assert!(!desk.knows(&secret).await, "{reason}");
            assert_eq!(desk.knows(&second).await, reason == "sign-out", "{reason}");
            assert!(desk.knows(&theirs).await, "{reason}");
        }
    })
    .await;
}

#[tokio::test]
async fn another_name_ends_nothing_and_shows_at_once() {
    let database = TestDatabase::sqlite().await;
    let desk = Desk::on(&database).await;
    let user = desk.user("ada", Role::Viewer, UserStatus::Active).await;
    let secret = desk.session_of(user.id).await.secret;
    assert!(desk.knows(&secret).await);
    let patch = UserPatch { display_name: Some("Ada King".into()), ..UserPatch::default() };
    desk.users.update(user.id, patch, Expected::Anything).await.unwrap();
    let known = desk.check(&secret, Activity::Person).await.unwrap().unwrap();
    assert_eq!(known.session.as_ref().unwrap().display_name, "Ada King");
}

#[tokio::test]
async fn a_session_that_is_ended_on_one_instance_is_ended_on_the_other_with_the_bus_message() {
    let (database, redis) = (TestDatabase::postgres().await, TestRedis::new().await);
    let clock = HandClock::new();
    let a = Desk::with_redis(&database, &redis, &clock).await;
    let b = Desk::with_redis(&database, &redis, &clock).await;
    b.node.bus_is_up().await;
    for reason in REASONS {
        let user = a.user_with_password(reason, Role::Viewer).await;
        let secret = a.session_of(user.id).await.secret;
        assert!(b.knows(&secret).await);
        end(&a, reason, user.id, &secret).await;
        // The clock stands still: nothing runs out.
        eventually(reason, async || !b.knows(&secret).await).await;
    }
}

#[tokio::test]
async fn without_a_bus_a_session_outlives_its_end_by_seconds_only() {
    let database = TestDatabase::postgres().await;
    let clock = HandClock::new();
    let start = async |redis: Option<(&str, &str)>| {
        let options = Options { redis, settings: &[("CACHE_L2_TIMEOUT_MS", "200")], ..Options::default() };
        Desk::beside(Node::start(database.url(), options).await, std::sync::Arc::clone(&clock))
    };
    // Nobody listens there.
    let port = test_support::servers::free_port().unwrap();
    let nowhere = format!("redis://127.0.0.1:{port}");
    for (redis, seconds) in [(None, 30), (Some((nowhere.as_str(), "metrics")), 5)] {
        let (a, b) = (start(redis).await, start(redis).await);
        let user = a.user(&format!("ada{seconds}"), Role::Viewer, UserStatus::Active).await;
        let secret = a.session_of(user.id).await.secret;
        assert!(b.knows(&secret).await);
        end(&a, "everywhere", user.id, &secret).await;
        assert!(!a.knows(&secret).await, "where it was ended, at once");
        clock.forward(TimeDelta::seconds(seconds));
        assert!(b.knows(&secret).await);
        clock.forward(TimeDelta::milliseconds(1));
        assert!(!b.knows(&secret).await);
    }
}
