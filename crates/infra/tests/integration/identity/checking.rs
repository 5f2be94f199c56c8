//! What it costs to ask whose a session is, and what is remembered of the answer.

use std::time::Duration;

use chrono::TimeDelta;
use domain::entities::user::{Role, UserStatus};
use futures_util::future::join_all;
use infra::identity::{Activity, CheckError, Credential};
use secrecy::{ExposeSecret as _, SecretString};
use test_support::{FaultProxy, TestDatabase, TestRedis, Way, each_backend, servers};
use url::Url;

use super::{Desk, HandClock};
use crate::node::{Node, Options, eventually};

#[tokio::test]
async fn a_hit_costs_neither_a_statement_nor_a_command() {
    let (database, redis) = (TestDatabase::postgres().await, TestRedis::new().await);
    let clock = HandClock::new();
    let desk = Desk::with_redis(&database, &redis, &clock).await;
    desk.node.bus_is_up().await;
    let admin = desk.user("ada", Role::Admin, UserStatus::Active).await;
    let secret = desk.session_of(admin.id).await.secret;
    assert!(desk.knows(&secret).await);
    let commands = || format!("{:?}", desk.node.cache.counts().instance.l2.unwrap().commands.by_kind);
    let (before, reads) = (commands(), desk.identities.reads());
    // Nothing can be asked of a database that is closed.
    desk.node.db.close().await.unwrap();
    for second in 0..=30 {
        assert!(desk.knows(&secret).await, "after {second} s");
        clock.forward(TimeDelta::seconds(1));
    }
    assert_eq!((commands(), desk.identities.reads()), (before, reads));
    // It is not known any more who it is, which is not the same as that it is nobody.
    assert!(matches!(
        desk.check(&secret, Activity::Person).await,
        Err(CheckError::Unavailable(_) | CheckError::Failed(_))
    ));
}

#[tokio::test]
async fn misses_at_once_are_one_read() {
    each_backend(async |database| {
        let desk = Desk::on(database).await;
        let admin = desk.user("ada", Role::Admin, UserStatus::Active).await;
        let (one, other) = (desk.session_of(admin.id).await.secret, desk.session_of(admin.id).await.secret);
        let asking = (0..50).map(|number| desk.knows(if number % 2 == 0 { &one } else { &other }));
        assert!(join_all(asking).await.into_iter().all(|known| known));
        assert_eq!(desk.identities.reads(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_flood_of_cookies_costs_nothing_and_pushes_nobody_out() {
    let database = TestDatabase::sqlite().await;
    let desk = Desk::on(&database).await;
    let admin = desk.user("ada", Role::Admin, UserStatus::Active).await;
    let secret = desk.session_of(admin.id).await.secret;
    assert!(desk.knows(&secret).await);
    let forged = |number: u32| SecretString::from(format!("{number:A>64}"));
    for number in 0..20_000 {
        assert!(!desk.knows(&forged(number)).await);
    }
    assert_eq!(desk.identities.reads(), 1, "what was made up is not asked for");
    // Ours once, and of no session any more.
    for _ in 0..3_000 {
        assert!(!desk.knows(&desk.accounts.rules().key.issue()).await);
    }
    let (good, others) = desk.identities.sizes();
    assert!(good == 1 && others <= 1_100, "{good} {others}");
    let reads = desk.identities.reads();
    assert!(desk.knows(&secret).await);
    assert_eq!(desk.identities.reads(), reads);
}

#[tokio::test]
async fn an_ended_session_that_comes_again_and_again_is_asked_for_once() {
    let database = TestDatabase::sqlite().await;
    let desk = Desk::on(&database).await;
    let secret = desk.accounts.rules().key.issue();
    for _ in 0..100 {
        assert!(!desk.knows(&secret).await);
    }
    assert_eq!(desk.identities.reads(), 1);
}

#[tokio::test]
async fn what_looks_like_no_token_is_nobody() {
    let database = TestDatabase::sqlite().await;
    let desk = Desk::on(&database).await;
    for odd in ["", " ", "é", &"x".repeat(10_000)] {
        for credential in [Credential::Bearer(odd), Credential::Session(odd)] {
            assert!(
                desk.identities.check(credential, None, Activity::Person).await.unwrap().is_none(),
                "{odd}"
            );
        }
    }
    assert_eq!(desk.identities.reads(), 0);
}

#[tokio::test]
async fn a_session_idles_from_the_last_thing_that_a_person_did() {
    each_backend(async |database| {
        let desk = Desk::on(database).await;
        let admin = desk.user("ada", Role::Admin, UserStatus::Active).await;
        let secret = desk.session_of(admin.id).await.secret;
        for _ in 0..3 {
            desk.clock.forward(TimeDelta::minutes(50));
            assert!(desk.knows(&secret).await);
        }
        // A timer asks on and on, and changes nothing.
        for _ in 0..11 {
            desk.clock.forward(TimeDelta::minutes(5));
            assert!(desk.check(&secret, Activity::Background).await.unwrap().is_some());
        }
        desk.clock.forward(TimeDelta::minutes(5));
        assert!(desk.check(&secret, Activity::Background).await.unwrap().is_none());
        assert!(!desk.knows(&secret).await);
    })
    .await;
}

#[tokio::test]
async fn a_session_ends_after_a_day_whatever_its_user_does() {
    let database = TestDatabase::sqlite().await;
    let desk = Desk::on(&database).await;
    let admin = desk.user("ada", Role::Admin, UserStatus::Active).await;
    let secret = desk.session_of(admin.id).await.secret;
    for _ in 0..(24 * 2 - 1) {
        desk.clock.forward(TimeDelta::minutes(30));
        assert!(desk.knows(&secret).await);
    }
    desk.clock.forward(TimeDelta::minutes(30));
    assert!(!desk.knows(&secret).await);
}

#[tokio::test]
async fn activity_is_written_once_a_minute_and_another_instance_goes_by_it() {
    each_backend(async |database| {
        let desk = Desk::on(database).await;
        let admin = desk.user("ada", Role::Admin, UserStatus::Active).await;
        let secret = desk.session_of(admin.id).await.secret;
        let begun = desk.sessions().await[0].last_seen_at;
        let mut writes = Vec::new();
        for second in 1..=150 {
            desk.clock.forward(TimeDelta::seconds(1));
            assert!(desk.knows(&secret).await);
            if second % 60 == 0 {
                let at = begun + TimeDelta::seconds(second);
                eventually("it is written", async || desk.sessions().await[0].last_seen_at >= at).await;
                writes.push(desk.sessions().await[0].last_seen_at - begun);
            }
        }
        assert_eq!(writes, [TimeDelta::seconds(60), TimeDelta::seconds(120)]);
        // What was seen since is not written yet, and still remembered here after it is read again.
        assert_eq!(desk.sessions().await[0].last_seen_at, begun + TimeDelta::seconds(120));
        desk.clock.forward(TimeDelta::minutes(60) - TimeDelta::seconds(1));
        assert!(desk.check(&secret, Activity::Background).await.unwrap().is_some());
        let other = Desk::beside(
            Node::start(database.url(), Options::default()).await,
            std::sync::Arc::clone(&desk.clock),
        );
        assert!(!other.knows(&secret).await, "to the minute");
    })
    .await;
}

/// The network swallows what the database says, and Redis is not there either: who was let in is not held up, and whoever
/// comes later does not wait for what will never come.
#[tokio::test]
async fn a_database_that_says_nothing_holds_up_nobody_who_was_let_in() {
    let database = TestDatabase::postgres().await;
    let (desk, secret, proxy) = somebody_behind_a_proxy(&database).await;
    proxy.hold(Way::ToClient);
    // While others cannot be heard, the database is asked again after 5 s.
    desk.clock.forward(TimeDelta::seconds(6));
    assert!(desk.knows(&secret).await);
    desk.clock.forward(TimeDelta::seconds(30));
    assert!(matches!(desk.check(&secret, Activity::Person).await, Err(CheckError::Unavailable(_))));
    proxy.pass();
    assert!(desk.knows(&secret).await);
}

/// It is waited for a second, then gone by what is remembered. Where that is worth nothing any more, waiting goes on: the
/// database is only slow.
#[tokio::test]
async fn what_is_remembered_may_come_to_nothing_while_the_database_is_waited_for() {
    let database = TestDatabase::postgres().await;
    let (desk, secret, proxy) = somebody_behind_a_proxy(&database).await;
    proxy.hold(Way::ToClient);
    desk.clock.forward(TimeDelta::seconds(6));
    let changing = async {
        desk.clock.forward(TimeDelta::seconds(30));
        tokio::time::sleep(Duration::from_secs(2)).await;
        proxy.pass();
    };
    let (known, ()) = tokio::join!(desk.check(&secret, Activity::Person), changing);
    assert!(known.unwrap().is_some());
}

/// Somebody who was let in, at a node without Redis whose database is behind a proxy.
async fn somebody_behind_a_proxy(database: &TestDatabase) -> (Desk, SecretString, FaultProxy) {
    let mut url = Url::parse(database.url().expose_secret()).unwrap();
    let server = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap()).parse().unwrap();
    let proxy = FaultProxy::start(server).await.unwrap();
    url.set_port(Some(proxy.address().port())).unwrap();
    let nobody = format!("redis://127.0.0.1:{}", servers::free_port().unwrap());
    let options = Options { redis: Some((&nobody, "nobody")), ..Options::default() };
    let node = Node::start(&String::from(url).into(), options).await;
    let desk = Desk::beside(node, HandClock::new());
    let admin = desk.user("ada", Role::Admin, UserStatus::Active).await;
    let secret = desk.session_of(admin.id).await.secret;
    assert!(desk.knows(&secret).await);
    (desk, secret, proxy)
}
