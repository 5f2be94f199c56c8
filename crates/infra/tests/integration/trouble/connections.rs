//! Connections that end: Redis killed, or only one of the two connections of a node, by an operator or an idle limit.

use domain::invalidation::{CacheTag, InvalidationOutcome};
use infra::cache::{BusState, L2Health, TroubleKind};
use test_support::{RedisServer, TestDatabase};

use super::{admin, bus_is, command, is_well_again, node};
use crate::{
    log::Log,
    node::{Node, eventually},
};

async fn two_nodes(redis: &RedisServer) -> (TestDatabase, Node, Node) {
    let database = TestDatabase::postgres().await;
    let (a, b) = (node(&database, &redis.url(), &[]).await, node(&database, &redis.url(), &[]).await);
    (database, a, b)
}

/// Redis gone: reads and writes go on, a write is queued, and once Redis is back the other node sees it.
#[tokio::test]
async fn without_redis_reads_and_writes_go_on_and_it_heals_by_itself() {
    let log = Log::start();
    let mut redis = RedisServer::start().unwrap();
    let (_database, a, b) = two_nodes(&redis).await;
    let id = a.add_user().await;
    b.bus_is_up().await;
    a.bus_is_up().await;
    redis.stop();
    assert_eq!(a.cache.invalidate_users().await, InvalidationOutcome::Queued);
    a.write(id, 1).await;
    assert_eq!(a.number(id).await, 1, "read your writes, with or without Redis");
    assert_eq!(a.cache.data_version().get(CacheTag::Users), None, "a pending tag has no version to tell");
    assert_eq!(a.cache.l2_health(), L2Health::Down);
    assert_eq!(a.cache.trouble(), Some(TroubleKind::Unreachable));
    assert!(!log.of("unreachable").is_empty());
    redis.restart_empty().unwrap();
    a.has_told_all().await;
    b.bus_is_up().await;
    assert_eq!(b.number(id).await, 1);
    a.write(id, 2).await;
    b.hears_of(&a, CacheTag::Users).await;
    assert_eq!(b.number(id).await, 2);
    is_well_again(&a).await;
    assert!(!log.saying("Redis does again").is_empty(), "{}", log.text());
}

/// `CLIENT KILL` of what commands are sent on: the next call finds out, the one after it has a connection again.
#[tokio::test]
async fn a_killed_command_connection_is_replaced() {
    let redis = RedisServer::start().unwrap();
    let (_database, a, b) = two_nodes(&redis).await;
    let id = a.add_user().await;
    a.bus_is_up().await;
    b.bus_is_up().await;
    let mut admin = admin(&redis.url()).await;
    for number in 1..6 {
        command(&mut admin, &["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]).await;
        a.write(id, number).await;
        assert_eq!(a.number(id).await, number);
        a.has_told_all().await;
        b.hears_of(&a, CacheTag::Users).await;
        assert_eq!(b.number(id).await, number);
        // A message that comes long after what it tells of is a gap.
        let gaps = b.cache.counts().instance.l2.unwrap().bus.gaps;
        assert!(gaps > 0 || b.cache.bus_state() == BusState::Healthy, "the bus has a connection of its own");
    }
}

/// The bus and the commands fail each for itself, and come back each for itself.
#[tokio::test]
async fn a_lost_bus_does_not_open_the_breaker_of_commands() {
    let (log, database) = (Log::start(), TestDatabase::sqlite().await);
    let redis = RedisServer::start().unwrap();
    let mut admin = admin(&redis.url()).await;
    command(&mut admin, &["ACL", "SETUSER", "mute", "on", ">pw", "~*", "&*", "+@all", "-subscribe"]).await;
    let node = node(&database, &redis.url().replace("redis://", "redis://mute:pw@"), &[]).await;
    let id = node.add_user().await;
    bus_is(&node, BusState::BackingOff).await;
    let reads = node.commands("read");
    for number in 1..10 {
        node.write(id, number).await;
        assert_eq!(node.number(id).await, number);
    }
    assert!(node.commands("read") > reads, "versions are asked of Redis");
    assert_eq!(node.cache.counts().instance.l2.unwrap().breaker, "closed");
    assert_eq!((node.cache.trouble(), node.cache.bus_trouble()), (None, Some(TroubleKind::NoPermission)));
    assert!(!log.of("no_permission").is_empty(), "{}", log.text());
    command(&mut admin, &["ACL", "SETUSER", "mute", "+subscribe"]).await;
    eventually("the bus is up", || async {
        node.recent_users().await;
        node.cache.bus_state() == BusState::Healthy
    })
    .await;
    assert!(!log.saying("the bus is up again").is_empty(), "{}", log.text());
}
