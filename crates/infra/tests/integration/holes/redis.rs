//! Redis and the bus, failing at the wrong moment.

use domain::invalidation::{CacheTag, InvalidationOutcome};
use infra::cache::BusState;
use test_support::{RedisServer, TestDatabase};

use super::{Nodes, node_on};
use crate::{
    faulty::Faults,
    node::{Node, Options, entries_are_stored, eventually},
    proxy::Proxy,
};

/// Elsewhere: the marker that could not be read once is remembered as "never invalidated", also after Redis is back.
#[tokio::test]
async fn hole_04_a_version_that_could_not_be_read_is_not_taken_for_never_invalidated() {
    let (database, faults) = (TestDatabase::postgres().await, Faults::none());
    let redis = RedisServer::start().unwrap();
    let url = redis.url();
    let a = node_on(&database, &redis).await;
    let options =
        Options { redis: Some((&url, "metrics")), faults: Some(faults.clone()), ..Options::default() };
    let b = Node::start(database.url(), options).await;
    let id = a.add_user().await;
    a.bus_is_up().await;
    b.bus_is_up().await;
    let mut admin = super::connection(&url).await;
    for number in 1..4 {
        assert_eq!(b.number(id).await, number - 1);
        // It hears nothing, and its next questions about the versions are not answered.
        faults.fail("subscribe", u64::MAX);
        ::redis::cmd("CLIENT").arg(&["KILL", "TYPE", "pubsub"]).exec_async(&mut admin).await.unwrap();
        eventually("the bus is lost", || async { b.cache.bus_state() != BusState::Healthy }).await;
        a.write(id, number).await;
        faults.fail("read", 1);
        let meanwhile = b.number(id).await;
        assert!(meanwhile == number - 1 || meanwhile == number, "{meanwhile}");
        assert_eq!(b.number(id).await, number, "the next question is answered, and counts");
        faults.fail("subscribe", 0);
        b.bus_is_up().await;
        a.bus_is_up().await;
        assert_eq!(b.number(id).await, number);
    }
}

/// Elsewhere: an invalidation that Redis could not take is reported as done and never published; the old value returns.
#[tokio::test]
async fn hole_07_an_invalidation_that_redis_did_not_take_is_queued_and_sent() {
    let database = TestDatabase::postgres().await;
    let redis = RedisServer::start().unwrap();
    let proxy = Proxy::to(redis.port()).await;
    let url = proxy.url();
    let options = Options { redis: Some((&url, "metrics")), ..Options::default() };
    let (a, b) = (Node::start(database.url(), options).await, node_on(&database, &redis).await);
    let id = a.add_user().await;
    a.bus_is_up().await;
    b.bus_is_up().await;
    // The old value lies in Redis, fresh by all its versions there.
    b.cache.invalidate_all().await;
    a.hears_of(&b, CacheTag::All).await;
    assert_eq!(b.number(id).await, 0);
    entries_are_stored(&redis.url(), "metrics", 1).await;

    proxy.cut();
    a.write(id, 1).await;
    assert_eq!(a.cache.invalidate_users().await, InvalidationOutcome::Queued, "not reported as done");
    assert_eq!(a.number(id).await, 1);
    proxy.mend();
    // Until it is acknowledged, and after, the old value does not come back.
    eventually("it is acknowledged", || async {
        assert_eq!(a.number(id).await, 1);
        a.cache.counts().instance.pending_tags.is_empty()
    })
    .await;
    assert_eq!(a.number(id).await, 1);
    b.hears_of(&a, CacheTag::Users).await;
    assert_eq!(b.number(id).await, 1);
}

/// Elsewhere: what was published while the subscriber was away is never heard of.
#[tokio::test]
async fn hole_08_a_killed_bus_connection_hides_no_write() {
    let database = TestDatabase::postgres().await;
    let redis = RedisServer::start().unwrap();
    let (a, b) = (node_on(&database, &redis).await, node_on(&database, &redis).await);
    let id = a.add_user().await;
    b.bus_is_up().await;
    let mut admin = super::connection(&redis.url()).await;
    for number in 1..5 {
        assert_eq!(b.number(id).await, number - 1);
        ::redis::cmd("CLIENT").arg(&["KILL", "TYPE", "pubsub"]).exec_async(&mut admin).await.unwrap();
        eventually("the node notices", || async { b.cache.bus_state() != BusState::Healthy }).await;
        a.write(id, number).await;
        assert_eq!(b.number(id).await, number, "the bus is down: Redis is asked first");
        b.bus_is_up().await;
        assert_eq!(b.number(id).await, number);
    }
}

/// Elsewhere: a miss hangs for 25 seconds. Here Redis never answers in this test, and reads end all the same; after a few
/// they do not even ask.
#[tokio::test]
async fn hole_09_a_miss_does_not_wait_for_a_redis_that_does_not_answer() {
    let database = TestDatabase::postgres().await;
    let redis = RedisServer::start().unwrap();
    redis.pause().unwrap();
    let url = redis.url();
    let settings = &[("CACHE_L2_TIMEOUT_MS", "50")][..];
    let options = Options { redis: Some((&url, "metrics")), settings, ..Options::default() };
    let node = Node::start(database.url(), options).await;
    let id = node.add_user().await;
    for number in 1..30 {
        node.write(id, number).await;
        assert_eq!(node.number(id).await, number);
        assert_eq!(node.number_in_charts(id).await, number);
    }
    // Were each of them asked, it would be more than sixty.
    let asked = node.commands("read");
    assert!(asked < 30, "{asked} reads of a Redis that never answers");
}

/// Elsewhere: a tag's marker expires before the entries it guards, and they come back to life.
#[tokio::test]
async fn hole_13_tags_never_expire_and_one_that_is_gone_guards_its_entries_still() {
    let nodes = Nodes::new().await;
    let a = nodes.start().await;
    let id = a.add_user().await;
    a.bus_is_up().await;
    assert_eq!(a.number(id).await, 0);
    entries_are_stored(nodes.redis.url(), nodes.redis.namespace(), 1).await;
    let mut admin = nodes.admin().await;
    for tag in ["users", "proposals", "leads", "all"] {
        let ttl: i64 = ::redis::cmd("PTTL").arg(nodes.key(tag)).query_async(&mut admin).await.unwrap();
        assert_eq!(ttl, -1, "{tag} never expires");
    }
    // The old value is in Redis; its tag was raised, and then lost.
    let entry = nodes.key("v1:recentUsers:10");
    let old: Vec<u8> = ::redis::cmd("GET").arg(&entry).query_async(&mut admin).await.unwrap();
    a.write(id, 1).await;
    ::redis::cmd("DEL").arg(nodes.key("users")).exec_async(&mut admin).await.unwrap();
    ::redis::cmd("SET").arg(&entry).arg(old).exec_async(&mut admin).await.unwrap();
    // A node that knows of nothing must not take "no version" for "never invalidated".
    let new = nodes.start().await;
    assert_eq!(new.number(id).await, 1);
    assert_eq!(a.number(id).await, 1);
    assert!(new.tag_version(CacheTag::Users) > 0);
}
