//! A fail-over: the primary becomes a replica and keeps its connections. Its refusals make nodes look where the name leads
//! now, for commands and for the bus.

use domain::invalidation::CacheTag;
use infra::cache::{BusState, TroubleKind};
use test_support::{RedisServer, TestDatabase};

use super::{admin, bus_is, command, is_well_again, met, node};
use crate::{log::Log, node::eventually, proxy::Proxy};

#[tokio::test]
async fn after_a_fail_over_nodes_follow_the_name_to_the_new_primary() {
    let (log, database) = (Log::start(), TestDatabase::postgres().await);
    let (old, new) = (RedisServer::start().unwrap(), RedisServer::start().unwrap());
    let proxy = Proxy::to(old.port()).await;
    let a = node(&database, &proxy.url(), &[]).await;
    // The other node is on the new primary already.
    let b = node(&database, &new.url(), &[]).await;
    let id = a.add_user().await;
    a.bus_is_up().await;
    b.bus_is_up().await;

    // The old primary is demoted; it does not hear of the new one's messages, as where the network between them is cut.
    command(&mut admin(&old.url()).await, &["REPLICAOF", "127.0.0.1", "1"]).await;
    proxy.lead_to(new.port());
    a.write(id, 1).await;
    assert_eq!(a.number(id).await, 1);
    assert!(met(&a, TroubleKind::ReadOnly) > 0);
    log.says("read_only", "replica", "primary");

    a.has_told_all().await;
    b.hears_of(&a, CacheTag::Users).await;
    assert_eq!(b.number(id).await, 1);
    // And the other way round: the bus followed as well.
    is_well_again(&a).await;
    bus_is(&a, BusState::Healthy).await;
    b.bus_is_up().await;
    for number in 2..5 {
        b.write(id, number).await;
        a.hears_of(&b, CacheTag::Users).await;
        assert_eq!(a.number(id).await, number);
    }
}

/// The name leads to a replica for good: reads are answered, nothing written is lost, and no storm of connections.
#[tokio::test]
async fn on_a_replica_nothing_fails_and_what_is_written_waits() {
    let (log, database) = (Log::start(), TestDatabase::postgres().await);
    let (primary, replica) = (RedisServer::start().unwrap(), RedisServer::start().unwrap());
    let proxy = Proxy::to(replica.port()).await;
    command(&mut admin(&replica.url()).await, &["REPLICAOF", "127.0.0.1", &primary.port().to_string()]).await;
    let a = node(&database, &proxy.url(), &[]).await;
    let b = node(&database, &primary.url(), &[]).await;
    let id = b.add_user().await;
    b.bus_is_up().await;
    for number in 1..10 {
        a.write(id, number).await;
        assert_eq!(a.number(id).await, number);
    }
    // One in half a minute, not one for each refusal.
    assert!(a.cache.counts().instance.l2.unwrap().bus.connections < 9);
    assert!(!log.of("read_only").is_empty(), "{}", log.text());
    proxy.lead_to(primary.port());
    a.has_told_all().await;
    eventually("the other node sees it", || async { b.number(id).await == 9 }).await;
    is_well_again(&a).await;
}
