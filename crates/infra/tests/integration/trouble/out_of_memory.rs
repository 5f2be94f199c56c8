//! A Redis whose memory is full and which evicts nothing. Entries are refused and left out for a while; invalidations get
//! through, for a version takes the place of the one before it.

use domain::invalidation::{CacheTag, InvalidationOutcome};
use infra::cache::{L2Health, TroubleKind};
use redis::aio::MultiplexedConnection;
use test_support::{RedisServer, TestDatabase};

use super::{admin, command, met, node};
use crate::{log::Log, node::eventually};

async fn fill(admin: &mut MultiplexedConnection) {
    redis::cmd("SET").arg("other").arg(vec![7_u8; 1024 * 1024]).exec_async(admin).await.unwrap();
    command(admin, &["CONFIG", "SET", "maxmemory", "1mb"]).await;
}

async fn make_room(admin: &mut MultiplexedConnection) {
    command(admin, &["CONFIG", "SET", "maxmemory", "0"]).await;
}

#[tokio::test]
async fn a_full_redis_takes_invalidations_and_is_left_alone_with_entries() {
    let (log, database) = (Log::start(), TestDatabase::postgres().await);
    let redis = RedisServer::start().unwrap();
    let (a, b) = (node(&database, &redis.url(), &[]).await, node(&database, &redis.url(), &[]).await);
    let id = a.add_user().await;
    a.bus_is_up().await;
    b.bus_is_up().await;
    let mut admin = admin(&redis.url()).await;
    fill(&mut admin).await;
    for number in 1..10 {
        a.write(id, number).await;
        assert_eq!(a.cache.invalidate_leads().await, InvalidationOutcome::Applied);
        assert_eq!(a.number(id).await, number);
        b.hears_of(&a, CacheTag::Users).await;
        assert_eq!(b.number(id).await, number);
    }
    eventually("a store is refused", || async {
        a.cache.invalidate_users().await;
        a.recent_users().await;
        met(&a, TroubleKind::OutOfMemory) > 0
    })
    .await;
    assert_eq!(a.cache.trouble(), Some(TroubleKind::OutOfMemory));
    assert_eq!(a.cache.l2_health(), L2Health::Down);
    assert_eq!(a.cache.counts().instance.l2.unwrap().breaker, "closed", "reads go on");
    let lines = log.of("out_of_memory");
    assert!(!lines.is_empty(), "{}", log.text());
    let message = lines[0]["message"].as_str().unwrap();
    assert!(message.contains("full") && message.contains("maxmemory"), "{message}");
    assert_eq!(lines[0]["redis.call"], "store");
    eventually("stores are withheld", || async {
        a.cache.invalidate_users().await;
        a.recent_users().await;
        a.cache.counters().stores_withheld.get() > 0
    })
    .await;
    make_room(&mut admin).await;
    eventually("entries are stored again", || async {
        a.cache.invalidate_users().await;
        a.recent_users().await;
        a.cache.l2_health() == L2Health::Up
    })
    .await;
    assert_eq!(a.cache.trouble(), None);
}

/// A tag without a version would be in doubt for every reader, and each would pay for it.
#[tokio::test]
async fn a_tag_that_is_missing_gets_its_version_however_full_memory_is() {
    let database = TestDatabase::sqlite().await;
    let redis = RedisServer::start().unwrap();
    let node = node(&database, &redis.url(), &[]).await;
    let id = node.add_user().await;
    node.bus_is_up().await;
    let mut admin = admin(&redis.url()).await;
    fill(&mut admin).await;
    command(&mut admin, &["DEL", "{metrics}:users", "{metrics}:all"]).await;
    let starts = node.commands("start");
    assert_eq!(node.number_in_charts(id).await, 0);
    assert_eq!(node.commands("start") - starts, 1);
    eventually("it is a hit", || async { node.charts().await.cache_status().starts_with("l1; hit") }).await;
    assert_eq!(met(&node, TroubleKind::VersionsLost), 1);
    assert_eq!(node.commands("start") - starts, 1);
}

/// Where there is no such way out (here the user may not delete), not every reader asks in vain.
#[tokio::test]
async fn where_versions_are_refused_too_readers_stop_asking_for_them() {
    let (log, database) = (Log::start(), TestDatabase::sqlite().await);
    let redis = RedisServer::start().unwrap();
    let node = node(&database, &redis.url(), &[]).await;
    let id = node.add_user().await;
    node.bus_is_up().await;
    let mut admin = admin(&redis.url()).await;
    fill(&mut admin).await;
    command(&mut admin, &["ACL", "SETUSER", "default", "-del"]).await;
    command(&mut admin, &["UNLINK", "{metrics}:users"]).await;
    let starts = node.commands("start");
    for number in 1..40 {
        node.write(id, number).await;
        assert_eq!(node.number(id).await, number);
        assert_eq!(node.number_in_charts(id).await, number);
    }
    // The rests double: so many would take more than an hour.
    let asked = node.commands("start") - starts;
    assert!((1..40).contains(&asked), "{asked}");
    assert_eq!(node.cache.invalidate_users().await, InvalidationOutcome::Queued);
    log.says("out_of_memory", "full", "maxmemory");
    make_room(&mut admin).await;
    node.has_told_all().await;
    eventually("it is a hit again", || async {
        node.recent_users().await.cache_status().starts_with("l1; hit")
    })
    .await;
}
