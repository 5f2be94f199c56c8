//! A Redis that takes connections and answers nothing: every call is given up at its limit, and soon none is made.

use infra::cache::{BusState, TroubleKind};
use test_support::{RedisServer, TestAuthority, TestDatabase};

use super::{admin, bus_is, command, is_well_again, met, node};
use crate::{
    log::Log,
    node::{Options, PATIENCE, eventually},
    proxy::Proxy,
};

const SHORT: [(&str, &str); 2] = [("CACHE_L2_TIMEOUT_MS", "500"), ("REDIS_CONNECT_TIMEOUT_MS", "2000")];

#[tokio::test]
async fn a_frozen_redis_makes_nothing_fail_and_is_soon_left_alone() {
    let (log, database) = (Log::start(), TestDatabase::sqlite().await);
    let redis = RedisServer::start().unwrap();
    let node = node(&database, &redis.url(), &[("CACHE_L2_TIMEOUT_MS", "250")]).await;
    let id = node.add_user().await;
    node.bus_is_up().await;
    redis.pause().unwrap();
    for number in 1..10 {
        node.write(id, number).await;
        assert_eq!(node.number(id).await, number);
    }
    // Open, or half-open by the time we look.
    assert_ne!(node.cache.counts().instance.l2.unwrap().breaker, "closed");
    assert_eq!(node.cache.trouble(), Some(TroubleKind::TimedOut));
    log.says("timed_out", "no answer", "frozen");
    assert!(!log.saying("invalidations wait").is_empty(), "{}", log.text());
    redis.resume().unwrap();
    node.has_told_all().await;
    is_well_again(&node).await;
    assert!(!log.saying("that waited are with Redis, all in one call").is_empty(), "{}", log.text());
    assert!(!log.saying("Redis does again").is_empty(), "{}", log.text());
}

/// Nobody answers what a new connection begins with: TLS, the password, the subscription.
#[tokio::test]
async fn opening_a_connection_is_given_up_whatever_step_hangs() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let authority = TestAuthority::new();
    let ca_file = authority.ca_file();
    for (redis, ca_file) in [
        (RedisServer::start().unwrap(), None),
        (RedisServer::options().password("s3cret").start().unwrap(), None),
        (authority.redis().start().unwrap(), ca_file.to_str()),
    ] {
        let (log, database) = (Log::start(), TestDatabase::sqlite().await);
        redis.pause().unwrap();
        let url = redis.url();
        let options =
            Options { redis: Some((&url, "metrics")), ca_file, settings: &SHORT, ..Options::default() };
        let node = crate::node::Node::start(database.url(), options).await;
        let id = node.add_user().await;
        assert_eq!(node.number(id).await, 0);
        bus_is(&node, BusState::BackingOff).await;
        assert_eq!(node.cache.bus_trouble(), Some(TroubleKind::TimedOut));
        let lines = log.of("timed_out");
        assert!(lines.iter().any(|line| line["redis.call"] == "subscribe"), "{}", log.text());
        redis.resume().unwrap();
        is_well_again(&node).await;
        node.write(id, 1).await;
        assert_eq!(node.number(id).await, 1);
    }
}

/// The other side is gone without a word, as where a NAT forgets a connection.
#[tokio::test]
async fn a_connection_that_died_unnoticed_is_replaced() {
    let database = TestDatabase::sqlite().await;
    let redis = RedisServer::start().unwrap();
    let proxy = Proxy::to(redis.port()).await;
    let node = node(&database, &proxy.url(), &[("CACHE_L2_TIMEOUT_MS", "300")]).await;
    let id = node.add_user().await;
    node.bus_is_up().await;
    proxy.silence(true);
    node.write(id, 1).await;
    assert_eq!(node.number(id).await, 1);
    assert!(met(&node, TroubleKind::TimedOut) > 0);
    // What the dead connections still hold is lost; new ones live.
    proxy.cut();
    proxy.silence(false);
    proxy.mend();
    node.has_told_all().await;
    is_well_again(&node).await;
    assert_eq!(node.number(id).await, 1);
}

/// Too slow for the limit: calls are given up, and what they asked for happens all the same; that does no harm.
#[tokio::test]
async fn a_redis_that_is_too_slow_makes_nothing_fail() {
    let database = TestDatabase::sqlite().await;
    let redis = RedisServer::start().unwrap();
    let proxy = Proxy::to(redis.port()).await;
    let slow = node(&database, &proxy.url(), &[("CACHE_L2_TIMEOUT_MS", "250")]).await;
    let other = node(&database, &redis.url(), &[]).await;
    let id = slow.add_user().await;
    slow.bus_is_up().await;
    other.bus_is_up().await;
    proxy.delay(std::time::Duration::from_millis(500));
    for number in 1..4 {
        slow.write(id, number).await;
        assert_eq!(slow.number(id).await, number);
        // The call reached Redis although nobody waited for its answer.
        eventually("the other node sees it", || async { other.number(id).await == number }).await;
    }
    assert!(met(&slow, TroubleKind::TimedOut) > 0);
    proxy.delay(std::time::Duration::ZERO);
    slow.has_told_all().await;
    is_well_again(&slow).await;
}

/// A script of somebody else's that does not end: Redis answers `BUSY` to all.
#[tokio::test]
async fn a_redis_busy_with_a_script_is_named() {
    let (log, database) = (Log::start(), TestDatabase::sqlite().await);
    let redis = RedisServer::options().setting("busy-reply-threshold", "10").start().unwrap();
    let node = node(&database, &redis.url(), &[]).await;
    let id = node.add_user().await;
    node.bus_is_up().await;
    let (mut looping, mut admin) = (admin(&redis.url()).await, admin(&redis.url()).await);
    let endless = tokio::spawn(async move {
        redis::cmd("EVAL").arg("while true do end").arg(0).exec_async(&mut looping).await
    });
    eventually("Redis is busy", || async {
        node.cache.invalidate_users().await;
        met(&node, TroubleKind::Busy) > 0
    })
    .await;
    assert_eq!(node.number(id).await, 0);
    log.says("busy", "does not end", "SCRIPT KILL");
    command(&mut admin, &["SCRIPT", "KILL"]).await;
    let _ = tokio::time::timeout(PATIENCE, endless).await.unwrap();
    is_well_again(&node).await;
}
