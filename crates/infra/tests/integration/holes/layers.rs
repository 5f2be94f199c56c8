//! Between the layers: what is promoted from Redis into memory, and what a stale memory does to Redis.

use std::sync::{Arc, atomic::Ordering};

use domain::{invalidation::CacheTag, metrics::period::MetricsQuery};

use super::{Nodes, answer, reader};
use crate::{
    faulty::Faults,
    node::{Node, entries_are_stored, eventually, number_of},
};

/// A node whose reply from Redis, with the value that the other one stored, is held on its way.
async fn held_between_read_and_fill(
    nodes: &Nodes,
) -> (Node, Node, Arc<Faults>, uuid::Uuid, tokio::task::JoinHandle<infra::cache::Served>) {
    let faults = Faults::none();
    let (a, b) = (nodes.start().await, nodes.with_faults(&faults).await);
    let id = a.add_user().await;
    a.bus_is_up().await;
    b.bus_is_up().await;
    assert_eq!(a.number_in_charts(id).await, 0);
    entries_are_stored(nodes.redis.url(), nodes.redis.namespace(), 2).await;
    faults.hold_reads();
    let cache = Arc::clone(&b.cache);
    let early = tokio::spawn(async move { cache.charts(MetricsQuery::default(), None).await.unwrap() });
    faults.is_holding().await;
    (a, b, faults, id, early)
}

/// Elsewhere: the value that was read before the removal fills the memory after it.
#[tokio::test]
async fn hole_03_an_invalidation_between_a_read_of_redis_and_the_fill_of_memory_is_not_lost() {
    let nodes = Nodes::new().await;
    let (a, b, faults, id, early) = held_between_read_and_fill(&nodes).await;
    a.write(id, 1).await;
    b.hears_of(&a, CacheTag::Users).await;
    faults.release();
    // Whoever asked before may be told either.
    answer(early).await;
    for _ in 0..3 {
        assert_eq!(b.number_in_charts(id).await, 1);
        assert_eq!(a.number_in_charts(id).await, 1);
    }
}

/// The same where the message comes after the fill.
#[tokio::test]
async fn hole_03_a_message_that_comes_after_the_fill_makes_it_old() {
    let nodes = Nodes::new().await;
    let (a, b, faults, id, early) = held_between_read_and_fill(&nodes).await;
    faults.release();
    assert_eq!(number_of(&answer(early).await, id), 0);
    a.write(id, 1).await;
    b.hears_of(&a, CacheTag::Users).await;
    assert_eq!(b.number_in_charts(id).await, 1);
}

/// Elsewhere: a node that missed a message writes its old value over the fresh one in Redis, and all others take it.
#[tokio::test]
async fn hole_05_a_node_that_missed_a_message_spoils_nothing_for_the_others() {
    let nodes = Nodes::new().await;
    let faults = Faults::none();
    let (a, b) = (nodes.start().await, nodes.with_faults(&faults).await);
    let id = a.add_user().await;
    a.bus_is_up().await;
    b.bus_is_up().await;
    a.cache.invalidate_users().await;
    b.hears_of(&a, CacheTag::Users).await;
    faults.lose_messages(true);
    // A load of the old value is under way on the node that will miss the message …
    b.source.hold();
    let early = reader(&b);
    b.source.is_holding().await;
    a.write(id, 1).await;
    // … the fresh value is stored …
    assert_eq!(a.number(id).await, 1);
    eventually("the fresh value is stored", || async { a.commands("store") >= 2 }).await;
    // … and then the old one over it.
    let stores = b.commands("store");
    b.source.release();
    assert_eq!(number_of(&answer(early).await, id), 0);
    eventually("the old value is stored", || async { b.commands("store") > stores }).await;
    let c = nodes.start().await;
    assert_eq!(c.number(id).await, 1, "its stamp is old");
    assert_eq!(a.number(id).await, 1);
    // The versions that rode on its own store tell the node that it is behind.
    eventually("the node itself notices", || async { b.number(id).await == 1 }).await;
    assert_eq!(b.number(id).await, 1);
}

/// Elsewhere: what was promoted is kept in another form than what was loaded, and its second read fails.
#[tokio::test]
async fn hole_14_a_value_from_redis_is_the_same_at_its_second_read() {
    let nodes = Nodes::new().await;
    let a = nodes.start().await;
    let id = a.add_user().await;
    a.bus_is_up().await;
    let loaded = a.charts().await;
    entries_are_stored(nodes.redis.url(), nodes.redis.namespace(), 2).await;
    let b = nodes.start().await;
    b.bus_is_up().await;
    let loads = b.source.loads.load(Ordering::SeqCst);
    let promoted = b.charts().await;
    assert!(promoted.cache_status().contains("l2; hit"), "{}", promoted.cache_status());
    for _ in 0..3 {
        let again = b.charts().await;
        assert!(again.cache_status().starts_with("l1; hit"), "{}", again.cache_status());
        assert_eq!(again.body.identity.bytes, loaded.body.identity.bytes);
        assert_eq!(again.body.identity.etag, loaded.body.identity.etag);
        assert_eq!(again.data_version, loaded.data_version);
        assert_eq!(number_of(&again, id), 0);
    }
    assert_eq!(b.source.loads(), loads, "nothing was loaded");
}
