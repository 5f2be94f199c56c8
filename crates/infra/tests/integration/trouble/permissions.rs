//! Who may not come in, and who may come in and not do what is needed.

use infra::cache::{BusState, L2Health, TroubleKind};
use test_support::{RedisServer, TestDatabase};

use super::{admin, bus_is, command, is_well_again, node};
use crate::{log::Log, node::eventually};

const SECRET: &str = "s3cret-of-ours";

#[tokio::test]
async fn a_wrong_password_is_named_and_never_shown() {
    let (log, database) = (Log::start(), TestDatabase::sqlite().await);
    let redis = RedisServer::options().user("dashboard", "another").start().unwrap();
    let url = redis.url().replace("another", SECRET);
    let node = node(&database, &url, &[]).await;
    let id = node.add_user().await;
    for number in 1..6 {
        node.write(id, number).await;
        assert_eq!(node.number(id).await, number);
    }
    assert_eq!(node.cache.trouble(), Some(TroubleKind::AuthenticationFailed));
    assert_eq!(node.cache.l2_health(), L2Health::Down);
    bus_is(&node, BusState::BackingOff).await;
    assert_eq!(node.cache.bus_trouble(), Some(TroubleKind::AuthenticationFailed));
    log.says("authentication_failed", "password is wrong", "REDIS_PASSWORD");
    let lines = log.of("authentication_failed");
    assert!(
        lines.iter().any(|line| line["redis.call"] == "subscribe"),
        "the bus says so too: {}",
        log.text()
    );
    assert!(!log.text().contains(SECRET), "{}", log.text());
    let mut admin = admin(&redis.url()).await;
    command(&mut admin, &["ACL", "SETUSER", "dashboard", &format!(">{SECRET}")]).await;
    node.has_told_all().await;
    is_well_again(&node).await;
}

#[tokio::test]
async fn a_password_that_is_missing_is_named() {
    let (log, database) = (Log::start(), TestDatabase::sqlite().await);
    let redis = RedisServer::options().password("another").start().unwrap();
    let url = format!("redis://127.0.0.1:{}", redis.port());
    let node = node(&database, &url, &[]).await;
    let id = node.add_user().await;
    assert_eq!(node.number(id).await, 0);
    eventually("it is named", || async {
        node.recent_users().await;
        node.cache.trouble() == Some(TroubleKind::AuthenticationFailed)
    })
    .await;
    log.says("authentication_failed", "asks for a password", "REDIS_PASSWORD");
}

/// Each right that is missing has its own effect; none of them fails a request.
#[tokio::test]
async fn a_user_without_the_rights_is_named_and_all_is_well_once_it_has_them() {
    for (missing, call) in [("-mget", "read"), ("-set", "invalidate"), ("-evalsha", "invalidate")] {
        let (log, database) = (Log::start(), TestDatabase::sqlite().await);
        let redis = RedisServer::start().unwrap();
        let mut admin = admin(&redis.url()).await;
        let rules =
            ["ACL", "SETUSER", "dashboard", "on", &format!(">{SECRET}"), "~*", "&*", "+@all", missing];
        command(&mut admin, &rules).await;
        let url = redis.url().replace("redis://", &format!("redis://dashboard:{SECRET}@"));
        let node = node(&database, &url, &[]).await;
        let id = node.add_user().await;
        for number in 1..4 {
            node.write(id, number).await;
            assert_eq!(node.number(id).await, number, "{missing}");
        }
        eventually("it is met", || async {
            node.recent_users().await;
            log.of("no_permission").iter().any(|line| line["redis.call"] == call)
        })
        .await;
        assert_eq!(node.cache.l2_health(), L2Health::Down, "{missing}");
        let lines = log.of("no_permission");
        let message = lines[0]["message"].as_str().unwrap();
        assert!(message.contains("may not do this") && message.contains("ACL SETUSER"), "{message}");
        assert!(!log.text().contains(SECRET), "{}", log.text());
        command(&mut admin, &["ACL", "SETUSER", "dashboard", "+@all"]).await;
        node.has_told_all().await;
        is_well_again(&node).await;
    }
}

/// What a user made for Redis 7 lacks if nobody thought of it: the right to the bus's channel.
#[tokio::test]
async fn a_user_without_the_channel_hears_nothing_and_still_reads_no_old_value() {
    let (log, database) = (Log::start(), TestDatabase::postgres().await);
    let redis = RedisServer::start().unwrap();
    let mut admin = admin(&redis.url()).await;
    command(&mut admin, &["ACL", "SETUSER", "deaf", "on", ">pw", "~*", "resetchannels", "+@all"]).await;
    let deaf = node(&database, &redis.url().replace("redis://", "redis://deaf:pw@"), &[]).await;
    let other = node(&database, &redis.url(), &[]).await;
    let id = other.add_user().await;
    for number in 1..4 {
        other.write(id, number).await;
        assert_eq!(deaf.number(id).await, number, "the bus is down: Redis is asked first");
    }
    bus_is(&deaf, BusState::BackingOff).await;
    assert_eq!(deaf.cache.bus_trouble(), Some(TroubleKind::NoPermission));
    let lines = log.of("no_permission");
    assert!(!lines.is_empty(), "{}", log.text());
    assert!(lines.iter().all(|line| line["redis.call"] == "subscribe"), "{}", log.text());
    command(&mut admin, &["ACL", "SETUSER", "deaf", "allchannels"]).await;
    is_well_again(&deaf).await;
}
