//! A panic in one of the engine's tasks: it is told, the task starts anew, and nothing is stuck.

use std::sync::Arc;

use infra::cache::BusState;
use test_support::{RedisServer, TestDatabase};

use super::bus_is;
use crate::{
    faulty::Faults,
    log::Log,
    node::{Node, Options, eventually},
};

async fn node(database: &TestDatabase, redis: &RedisServer, faults: &Arc<Faults>) -> Node {
    let url = redis.url();
    let faults = Some(Arc::clone(faults));
    Node::start(database.url(), Options { redis: Some((&url, "metrics")), faults, ..Options::default() })
        .await
}

#[tokio::test]
async fn a_panic_while_an_invalidation_is_sent_leaves_none_unsent() {
    let (log, database, faults) = (Log::start(), TestDatabase::postgres().await, Faults::none());
    let redis = RedisServer::start().unwrap();
    let (a, b) = (node(&database, &redis, &faults).await, node(&database, &redis, &Faults::none()).await);
    let id = a.add_user().await;
    b.bus_is_up().await;
    for number in 1..3 {
        faults.panic("bump");
        a.write(id, number).await;
        assert_eq!(a.number(id).await, number);
        a.has_told_all().await;
        b.hears_of(&a, domain::invalidation::CacheTag::Users).await;
        assert_eq!(b.number(id).await, number);
        assert_eq!(a.cache.counters().task_panics.get(), number);
    }
    let lines = log.saying("a task of the cache panicked");
    assert_eq!((lines.len(), lines[0]["cache.task"].as_str()), (2, Some("invalidator")));
}

#[tokio::test]
async fn a_panic_while_a_value_is_stored_leaves_the_queue_working() {
    let (database, faults) = (TestDatabase::sqlite().await, Faults::none());
    let redis = RedisServer::start().unwrap();
    let node = node(&database, &redis, &faults).await;
    node.add_user().await;
    node.bus_is_up().await;
    eventually("the first value is stored", || async { node.commands("store") > 0 }).await;
    faults.panic("store");
    let stores = node.commands("store");
    eventually("values are stored again", || async {
        node.cache.invalidate_users().await;
        node.recent_users().await;
        node.cache.counters().task_panics.get() == 1 && node.commands("store") > stores + 1
    })
    .await;
}

#[tokio::test]
async fn a_panic_of_the_bus_leaves_it_neither_dead_nor_trusted() {
    let (database, faults) = (TestDatabase::postgres().await, Faults::none());
    let redis = RedisServer::start().unwrap();
    let (a, b) = (node(&database, &redis, &Faults::none()).await, node(&database, &redis, &faults).await);
    let id = a.add_user().await;
    faults.panic("subscribe");
    assert_eq!(b.number(id).await, 0);
    eventually("it panicked", || async { b.cache.counters().task_panics.get() == 1 }).await;
    a.write(id, 1).await;
    assert_eq!(b.number(id).await, 1);
    bus_is(&b, BusState::Healthy).await;
    // And once more while it is connected: what it reads of a gap panics.
    faults.panic("read");
    let mut admin = super::admin(&redis.url()).await;
    super::command(&mut admin, &["PUBLISH", "{metrics}:bus", "nonsense"]).await;
    eventually("it panicked again", || async { b.cache.counters().task_panics.get() == 2 }).await;
    a.write(id, 2).await;
    assert_eq!(b.number(id).await, 2);
    bus_is(&b, BusState::Healthy).await;
    a.write(id, 3).await;
    b.hears_of(&a, domain::invalidation::CacheTag::Users).await;
    assert_eq!(b.number(id).await, 3);
}

/// A read runs in a task that its readers wait for; they get an answer without it.
#[tokio::test]
async fn a_panic_while_redis_is_read_fails_no_reader() {
    let (database, faults) = (TestDatabase::sqlite().await, Faults::none());
    let redis = RedisServer::start().unwrap();
    let node = node(&database, &redis, &faults).await;
    let id = node.add_user().await;
    faults.panic("read");
    assert_eq!(node.number(id).await, 0);
    node.write(id, 1).await;
    assert_eq!(node.number(id).await, 1);
}
