//! Loads: invalidated while they run, failing, hanging.

use std::{sync::Arc, time::Instant};

use domain::{
    invalidation::CacheTag,
    metrics::period::{MetricsQuery, RecentLimit},
};
use futures_util::future::join_all;
use infra::{
    cache::{
        CacheError,
        inspect::{Inspector, dial},
    },
    config::{CacheConfig, Env, RedisConfig},
};
use sea_orm::ConnectionTrait as _;
use test_support::TestDatabase;

use super::{Nodes, answer, reader};
use crate::node::{Node, Options, PATIENCE, eventually, number_of};

/// Elsewhere: the load that was under way puts the old value back, on both nodes.
#[tokio::test]
async fn hole_01_an_invalidation_during_a_load_is_not_lost() {
    let nodes = Nodes::new().await;
    let (a, b) = (nodes.start().await, nodes.start().await);
    let id = a.add_user().await;
    b.bus_is_up().await;
    // What the other node has loaded may lie in Redis by now.
    a.cache.invalidate_users().await;
    a.source.hold();
    let early = reader(&a);
    a.source.is_holding().await;
    a.write(id, 1).await;
    let late = reader(&a);
    // The late reader starts a load of its own, which is held in its turn.
    a.source.is_holding().await;
    a.source.release();
    assert_eq!(number_of(&answer(early).await, id), 0);
    assert_eq!(number_of(&answer(late).await, id), 1);
    assert_eq!(a.number(id).await, 1);
    b.hears_of(&a, CacheTag::Users).await;
    assert_eq!(b.number(id).await, 1);
}

/// Elsewhere: the same where the entry itself is removed. Here an operator does it, after a change past the service.
#[tokio::test]
async fn hole_02_an_entry_removed_during_a_load_does_not_come_back() {
    let nodes = Nodes::new().await;
    let (a, b) = (nodes.start().await, nodes.start().await);
    let id = a.add_user().await;
    a.bus_is_up().await;
    b.bus_is_up().await;
    a.cache.invalidate_users().await;
    a.source.hold();
    let early = reader(&a);
    a.source.is_holding().await;
    a.db.execute_unprepared("UPDATE users SET display_name = '1'").await.unwrap();
    let env: Env = [("REDIS_URL", nodes.redis.url())].into_iter().collect();
    let dialled = dial(&RedisConfig::from_env(&env).unwrap().unwrap()).await;
    let ttls = CacheConfig::from_env(&env).unwrap().ttls;
    let mut console = Inspector::new(&dialled, nodes.redis.namespace(), ttls, PATIENCE).unwrap();
    let cleared = console.clear("console").await.unwrap();
    for node in [&a, &b] {
        eventually("the node hears of it", || async { node.tag_version(CacheTag::All) >= cleared.version })
            .await;
    }
    a.source.release();
    assert_eq!(number_of(&answer(early).await, id), 0, "it asked before");
    // The early load has stored its value by now, or will: nobody takes it for fresh.
    for _ in 0..3 {
        assert_eq!(a.number(id).await, 1);
        assert_eq!(b.number(id).await, 1);
    }
    assert_eq!(nodes.start().await.number(id).await, 1);
}

async fn alone(settings: &[(&str, &str)]) -> (TestDatabase, Node) {
    let database = TestDatabase::sqlite().await;
    let node = Node::start(database.url(), Options { settings, ..Options::default() }).await;
    (database, node)
}

/// Elsewhere: ten loads, four at once.
#[tokio::test]
async fn hole_10_ten_readers_of_a_failing_load_are_one_load() {
    let (_database, node) = alone(&[]).await;
    node.source.fail(true);
    let reads = (0..10).map(|_| node.cache.recent_users(RecentLimit::default(), None));
    for outcome in join_all(reads).await {
        assert!(matches!(outcome, Err(CacheError::LoadFailed(_))), "{outcome:?}");
    }
    assert_eq!(node.source.loads(), 1);
}

/// Elsewhere: the lock is released while the load runs on, and eight run at once.
#[tokio::test]
async fn hole_11_a_load_past_its_limit_has_ended_when_the_next_one_begins() {
    let settings = [("CACHE_LOAD_SOFT_MS", "20"), ("CACHE_LOAD_HARD_MS", "40")];
    let (_database, node) = alone(&settings).await;
    node.source.hold();
    let mut tried = 0;
    while tried < 3 {
        let loads = node.source.loads();
        let reads = (0..8).map(|_| node.cache.recent_users(RecentLimit::default(), None));
        for outcome in join_all(reads).await {
            assert!(matches!(outcome, Err(CacheError::TimedOut(_))), "{outcome:?}");
        }
        tried += node.source.loads() - loads;
        tokio::task::yield_now().await;
    }
    assert_eq!((node.source.running(), node.source.most_running()), (0, 1));
    node.source.release();
    eventually("it recovers", || async {
        node.cache.recent_users(RecentLimit::default(), None).await.is_ok()
    })
    .await;
}

/// Elsewhere: a back-off is configured and never applies.
#[tokio::test]
async fn hole_12_after_a_failed_load_the_key_is_left_alone_for_a_while() {
    let (_database, node) = alone(&[]).await;
    let id = node.add_user().await;
    assert_eq!(node.number(id).await, 0);
    node.source.fail(true);
    node.cache.invalidate_users().await;
    let (loads, begun) = (node.source.loads(), Instant::now());
    // With something that stands in, and without.
    assert!(node.recent_users().await.is_stale());
    assert!(node.cache.charts(MetricsQuery::default(), None).await.is_err());
    let readers: Vec<_> = (0..100).map(|_| Arc::clone(&node.cache)).collect();
    for cache in readers {
        let _ = cache.recent_users(RecentLimit::default(), None).await;
        let _ = cache.charts(MetricsQuery::default(), None).await;
    }
    // About a second's rest after each failure of either: so many readers would else be so many loads.
    let (tried, most) = (node.source.loads() - loads, 10 + 4 * begun.elapsed().as_secs());
    assert!(tried <= most, "{tried} in {:?}", begun.elapsed());
    node.source.fail(false);
    eventually("it is tried again", || async { !node.recent_users().await.is_stale() }).await;
}
