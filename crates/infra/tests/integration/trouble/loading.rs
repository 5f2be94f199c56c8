//! A Redis that loads its data: it answers `LOADING` to everything.

use infra::cache::TroubleKind;
use test_support::{RedisServer, TestDatabase};

use super::{admin, command, is_well_again, met, node};
use crate::{
    log::Log,
    node::{PATIENCE, eventually},
};

#[tokio::test]
async fn a_redis_that_loads_its_data_is_done_without_until_it_has() {
    let (log, database) = (Log::start(), TestDatabase::postgres().await);
    let redis = RedisServer::options()
        .setting("enable-debug-command", "yes")
        .setting("loading-process-events-interval-bytes", "1024")
        .start()
        .unwrap();
    let node = node(&database, &redis.url(), &[]).await;
    let id = node.add_user().await;
    node.bus_is_up().await;
    let (mut reloading, mut admin) = (admin(&redis.url()).await, admin(&redis.url()).await);
    command(&mut admin, &["DEBUG", "POPULATE", "2000", "other", "1024"]).await;
    // Every key takes so many µs to load: minutes in all.
    command(&mut admin, &["CONFIG", "SET", "key-load-delay", "100000"]).await;
    let loading =
        tokio::spawn(async move { redis::cmd("DEBUG").arg("RELOAD").exec_async(&mut reloading).await });
    eventually("Redis is loading", || async {
        node.cache.invalidate_users().await;
        met(&node, TroubleKind::Loading) > 0
    })
    .await;
    for number in 1..6 {
        node.write(id, number).await;
        assert_eq!(node.number(id).await, number);
    }
    // The whole server is of no use meanwhile, so the breaker counts it.
    assert_ne!(node.cache.counts().instance.l2.unwrap().breaker, "closed");
    log.says("loading", "loading its data", "go on without");
    command(&mut admin, &["CONFIG", "SET", "key-load-delay", "0"]).await;
    tokio::time::timeout(PATIENCE, loading).await.unwrap().unwrap().unwrap();
    node.has_told_all().await;
    is_well_again(&node).await;
    assert_eq!(node.number(id).await, 5);
}
