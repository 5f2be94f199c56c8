//! One node by itself: get-or-set, failing loads, what stands in, and no Redis at all.

use std::sync::Arc;

use domain::{
    invalidation::CacheTag,
    metrics::period::{MetricsQuery, RecentLimit},
};
use infra::cache::{CacheError, L2Health};
use test_support::{TestDatabase, TestRedis};

use crate::node::{Node, Options, number_of};

async fn alone(settings: &[(&str, &str)]) -> (TestDatabase, Node) {
    let database = TestDatabase::sqlite().await;
    let node = Node::start(database.url(), Options { settings, ..Options::default() }).await;
    (database, node)
}

#[tokio::test]
async fn without_redis_it_is_l1_only_and_writes_invalidate() {
    let (_database, node) = alone(&[]).await;
    let id = node.add_user().await;
    assert_eq!(node.recent_users().await.cache_status(), "l1; fwd=miss");
    assert!(node.recent_users().await.cache_status().starts_with("l1; hit; ttl="));
    node.write(id, 1).await;
    assert_eq!(node.number(id).await, 1);
    assert_eq!(node.cache.l2_health(), L2Health::Absent);
    assert!(node.cache.stats().await.instance.l2.is_none());
}

#[tokio::test]
async fn without_redis_versions_grow_too() {
    let (_database, node) = alone(&[]).await;
    let id = node.add_user().await;
    let first = node.recent_users().await.data_version;
    node.write(id, 1).await;
    let seen = node.cache.data_version();
    assert!(seen.get(CacheTag::Users) > first.get(CacheTag::Users));
    let served = node.cache.recent_users(RecentLimit::default(), Some(&seen)).await.unwrap();
    assert_eq!(
        (number_of(&served, id), &served.data_version.get(CacheTag::Users)),
        (1, &seen.get(CacheTag::Users))
    );
}

#[tokio::test]
async fn the_dashboard_is_assembled_once_and_then_served_as_it_is() {
    let (_database, node) = alone(&[]).await;
    node.add_user().await;
    let cold = node.dashboard().await;
    assert_eq!(
        cold.cache_status(),
        "l1; fwd=miss; key=overview, l1; fwd=miss; key=charts, l1; fwd=miss; key=recentUsers, \
         l1; fwd=miss; key=recentProposals"
    );
    let loads = node.source.loads();
    let warm = node.dashboard().await;
    assert!(Arc::ptr_eq(&cold.body, &warm.body), "the very same bytes");
    assert_eq!(node.source.loads(), loads);
    // A write to leads leaves the newest users as they are.
    node.cache.invalidate_leads().await;
    let mixed = node.dashboard().await;
    assert!(mixed.cache_status().contains("l1; fwd=stale; key=overview"), "{}", mixed.cache_status());
    assert!(mixed.cache_status().contains("; key=recentUsers"), "{}", mixed.cache_status());
    assert_eq!(node.source.loads() - loads, 3);
}

#[tokio::test]
async fn while_loading_fails_the_last_good_value_stands_in_and_says_so() {
    let (_database, node) = alone(&[]).await;
    let id = node.add_user().await;
    node.recent_users().await;
    node.source.fail(true);
    node.cache.invalidate_users().await;
    let stale = node.recent_users().await;
    assert!(stale.is_stale());
    assert!(stale.cache_status().ends_with("detail=stale-if-error"), "{}", stale.cache_status());
    assert_eq!(number_of(&stale, id), 0);
    let dashboard = node.cache.dashboard(MetricsQuery::default(), None).await;
    assert!(dashboard.is_err(), "charts were never loaded: nothing can stand in for them");
    // A reader that asks for newer data than stands by gets the error, not old data.
    let seen = node.cache.data_version();
    let outcome = node.cache.recent_users(RecentLimit::default(), Some(&seen)).await;
    assert!(matches!(outcome, Err(CacheError::LoadFailed(_))), "{outcome:?}");
    node.source.fail(false);
    crate::node::eventually("it recovers", || async { !node.recent_users().await.is_stale() }).await;
}

#[tokio::test]
async fn without_grace_nothing_stands_in() {
    let (_database, node) = alone(&[("CACHE_GRACE_SECS", "0"), ("CACHE_TTL_RECENT_USERS_SECS", "1")]).await;
    node.recent_users().await;
    node.source.fail(true);
    crate::node::eventually("the time passes", || async {
        node.cache.recent_users(RecentLimit::default(), None).await.is_err()
    })
    .await;
}

#[tokio::test]
async fn a_reader_that_gives_up_does_not_end_the_load_for_others() {
    let (_database, node) = alone(&[]).await;
    node.source.hold();
    let impatient = tokio::spawn({
        let cache = Arc::clone(&node.cache);
        async move { cache.recent_users(RecentLimit::default(), None).await }
    });
    node.source.is_holding().await;
    let patient = tokio::spawn({
        let cache = Arc::clone(&node.cache);
        async move { cache.recent_users(RecentLimit::default(), None).await }
    });
    impatient.abort();
    assert!(impatient.await.unwrap_err().is_cancelled());
    node.source.release();
    assert!(patient.await.unwrap().is_ok());
    assert_eq!(node.source.loads(), 1);
}

#[tokio::test]
async fn a_refresh_recomputes_and_stores() {
    let database = TestDatabase::sqlite().await;
    let redis = TestRedis::new().await;
    let node = Node::with_redis(database.url(), &redis).await;
    node.bus_is_up().await;
    let before = node.dashboard().await.data_version;
    let loads = node.source.loads();
    let refreshed = node.cache.refresh(MetricsQuery::default()).await.unwrap();
    assert_eq!(node.source.loads() - loads, 4);
    for tag in [CacheTag::Users, CacheTag::Proposals, CacheTag::Leads] {
        assert!(refreshed.data_version.get(tag) > before.get(tag), "everything is newer");
    }
    assert!(node.dashboard().await.cache_status().starts_with("l1; hit"));
}

#[tokio::test]
async fn a_redis_that_was_never_there_costs_nothing_but_a_moment() {
    let database = TestDatabase::sqlite().await;
    let redis = Some(("redis://127.0.0.1:1", "metrics"));
    let node = Node::start(database.url(), Options { redis, ..Options::default() }).await;
    let id = node.add_user().await;
    node.write(id, 7).await;
    assert_eq!(node.number(id).await, 7);
    let loads = node.source.loads();
    assert_eq!(node.number(id).await, 7);
    assert_eq!(node.source.loads(), loads, "served from L1 until its time has passed");
    assert_eq!(node.cache.l2_health(), L2Health::Down);
    assert_eq!(node.cache.counts().instance.staleness_bound.kind, "ttl");
}
