//! Invalidations that wait for Redis: all of them go out in one call once it is back.

use domain::invalidation::{CacheTag, InvalidationOutcome};
use test_support::{RedisServer, TestDatabase};

use super::node;
use crate::{commands::Monitor, node::eventually, proxy::Proxy};

#[tokio::test]
async fn what_waited_is_sent_in_one_call_when_redis_is_back() {
    let database = TestDatabase::postgres().await;
    let redis = RedisServer::start().unwrap();
    let proxy = Proxy::to(redis.port()).await;
    let a = node(&database, &proxy.url(), &[]).await;
    let b = node(&database, &redis.url(), &[]).await;
    let id = a.add_user().await;
    a.bus_is_up().await;
    b.bus_is_up().await;
    b.cache.invalidate_all().await;
    a.hears_of(&b, CacheTag::All).await;
    proxy.cut();
    for number in 1..20 {
        a.write(id, number).await;
        assert_eq!(a.cache.invalidate_proposals().await, InvalidationOutcome::Queued);
        assert_eq!(a.cache.invalidate_leads().await, InvalidationOutcome::Queued);
        assert_eq!(a.cache.invalidate_all().await, InvalidationOutcome::Queued);
    }
    let pending = a.cache.counts().instance.pending_tags;
    assert!(["users", "proposals", "leads", "all"].iter().all(|tag| pending.contains(tag)), "{pending:?}");
    let mut monitor = Monitor::start(&redis.url()).await;
    monitor.commands().await;
    proxy.mend();
    a.has_told_all().await;
    let mut sent = monitor.commands().await;
    sent.retain(|command| command == "EVALSHA");
    assert_eq!(sent, ["EVALSHA"], "four tags, nineteen times each");
    b.hears_of(&a, CacheTag::Users).await;
    eventually("the other node sees it", || async { b.number(id).await == 19 }).await;
}
