//! Redis emptied while it runs, or started again with nothing in it: versions start above all that were.

use domain::invalidation::CacheTag;
use infra::cache::TroubleKind;
use test_support::{RedisServer, TestDatabase};

use super::{admin, command, is_well_again, met, node};
use crate::{log::Log, node::eventually};

#[tokio::test]
async fn a_flushed_redis_brings_nothing_back_to_life_and_is_noted_once() {
    let (log, database) = (Log::start(), TestDatabase::postgres().await);
    let redis = RedisServer::start().unwrap();
    let (a, b) = (node(&database, &redis.url(), &[]).await, node(&database, &redis.url(), &[]).await);
    let id = a.add_user().await;
    a.bus_is_up().await;
    b.bus_is_up().await;
    a.write(id, 1).await;
    assert_eq!(a.number(id).await, 1);
    b.hears_of(&a, CacheTag::Users).await;
    assert_eq!(b.number(id).await, 1);
    let before = a.tag_version(CacheTag::Users);
    command(&mut admin(&redis.url()).await, &["FLUSHALL"]).await;

    a.write(id, 2).await;
    assert_eq!(a.number(id).await, 2);
    b.hears_of(&a, CacheTag::Users).await;
    assert_eq!(b.number(id).await, 2);
    assert!(a.tag_version(CacheTag::Users) > before);
    // Tags that nobody has invalidated since are found missing by the next read of theirs, on either node.
    for node in [&a, &b] {
        node.cache.invalidate_users().await;
        assert_eq!(node.number(id).await, 2);
        node.dashboard().await;
    }
    assert!(met(&a, TroubleKind::VersionsLost) + met(&b, TroubleKind::VersionsLost) > 0);
    let lines = log.of("versions_lost");
    assert!((1..=2).contains(&lines.len()), "at most one for each of two nodes: {}", log.text());
    assert!(lines[0]["message"].as_str().unwrap().contains("it was emptied"));
    // All tags have versions again: what was loaded is a hit, and nothing more is noted.
    let lost = met(&a, TroubleKind::VersionsLost) + met(&b, TroubleKind::VersionsLost);
    for node in [&a, &b] {
        node.bus_is_up().await;
        node.cache.invalidate_all().await;
        node.dashboard().await;
        eventually("it is a hit", || async { node.dashboard().await.cache_status().starts_with("l1; hit") })
            .await;
    }
    assert_eq!(met(&a, TroubleKind::VersionsLost) + met(&b, TroubleKind::VersionsLost), lost);
}

/// A restart takes the connections, the scripts and the versions with it.
#[tokio::test]
async fn a_redis_that_restarts_empty_is_used_again_and_versions_go_on_growing() {
    let database = TestDatabase::postgres().await;
    let mut redis = RedisServer::start().unwrap();
    let (a, b) = (node(&database, &redis.url(), &[]).await, node(&database, &redis.url(), &[]).await);
    let id = a.add_user().await;
    b.bus_is_up().await;
    for number in 1..4 {
        a.write(id, number).await;
        assert_eq!(a.number(id).await, number);
        let before = a.tag_version(CacheTag::Users);
        redis.restart_empty().unwrap();
        a.write(id, number + 10).await;
        assert_eq!(a.number(id).await, number + 10);
        a.has_told_all().await;
        assert!(a.tag_version(CacheTag::Users) > before);
        is_well_again(&b).await;
        assert_eq!(b.number(id).await, number + 10);
    }
}
