//! What the budget of commands spares is made up for where the database does not answer, by one command and no more.

use std::sync::{Arc, atomic::Ordering::SeqCst};

use infra::cache::{CacheError, DataVersion};

use super::{
    time::{passed, settle, since, sleep, virtually},
    world::{Act, Store, WorldNode, millis, secs, users},
};

const MILLION: &[(&str, &str)] = &[("CACHE_L2_COMMANDS_PER_MONTH", "1050000")];

/// It was stored a moment before.
const FROM_L2: &str = "l1; fwd=stale, l2; hit; ttl=29";
/// One second later.
const FROM_L2_LATER: &str = "l1; fwd=stale, l2; hit; ttl=28";

/// A node at level 1, whose L1 holds a value that is no longer fresh; and another, without a budget, that has just stored a
/// younger one.
async fn one_old_one_young() -> (Arc<Store>, WorldNode, WorldNode) {
    let store = Store::new();
    store.has_spent(1_000_000, 10_000);
    let (a, b) = (WorldNode::sharing(&store, MILLION), WorldNode::sharing(&store, &[]));
    a.is_warm().await;
    b.is_warm().await;
    assert_eq!(a.cache.level().number(), 1);
    sleep(secs(31)).await;
    b.source.row.store(5, SeqCst);
    assert_eq!(b.number(users()).await.0, 5);
    settle().await;
    (store, a, b)
}

#[test]
fn where_the_database_is_down_what_another_node_has_stored_is_served_and_not_the_old() {
    virtually(async {
        let (_store, a, _b) = one_old_one_young().await;
        let (reads, loads) = (a.commands("read"), a.source.loads());
        a.source.act(Act::Fail);
        assert_eq!(a.number(users()).await, (5, FROM_L2.to_owned()));
        assert_eq!(a.source.loads(), loads + 1, "the database is asked first");
        assert!(a.number(users()).await.1.starts_with("l1; hit"), "and it is kept");
        assert_eq!(a.commands("read"), reads + 1);

        // Once it is old everywhere it stands in, and L2 is asked once for each attempt at loading.
        sleep(secs(31)).await;
        let stale = a.cache.stats().instance.parts["recentUsers"].stale;
        for _ in 0..30 {
            assert!(a.get(users()).await.unwrap().is_stale());
            sleep(millis(100)).await;
        }
        assert_eq!(a.commands("read"), reads + 4);
        assert_eq!(a.cache.stats().instance.parts["recentUsers"].stale, stale + 30);
    });
}

#[test]
fn at_the_soft_limit_what_another_node_has_stored_is_served_and_not_the_old() {
    virtually(async {
        let (_store, a, _b) = one_old_one_young().await;
        a.source.takes(secs(3));
        let (reads, asked) = (a.commands("read"), passed());
        assert_eq!(a.number(users()).await, (5, FROM_L2_LATER.to_owned()));
        assert_eq!((a.commands("read"), since(asked)), (reads + 1, secs(1)));
    });
}

#[test]
fn what_l2_was_asked_for_is_not_asked_for_again() {
    virtually(async {
        let store = Store::new();
        store.has_spent(1_000_000, 10_000);
        let node = WorldNode::sharing(&store, MILLION);
        node.source.act(Act::Fail);
        assert!(node.get(users()).await.is_err());
        settle().await;
        assert_eq!(node.cache.level().number(), 1);
        // L1 has held nothing, so L2 is asked; it has nothing either.
        let reads = node.commands("read");
        for asked in 1..10 {
            assert!(node.get(users()).await.is_err());
            assert_eq!(node.commands("read"), reads + asked);
        }
        sleep(secs(2)).await;
        node.source.act(Act::Answer);
        node.get(users()).await.unwrap();
        let reads = node.commands("read");
        let ahead = DataVersion::parse("users=9000000000000000000").unwrap();
        let outcome = node.cache.get(users(), Some(&ahead)).await;
        assert!(matches!(outcome, Err(CacheError::VersionAhead)), "{outcome:?}");
        assert_eq!(node.commands("read"), reads + 1);
    });
}

/// Nobody writes here, and nobody asks for statistics.
#[test]
fn a_level_is_left_by_a_node_that_only_reads() {
    virtually(async {
        let store = Store::new();
        store.has_spent(100_000, 60_000);
        let node = WorldNode::sharing(&store, &[("CACHE_L2_COMMANDS_PER_MONTH", "500000")]);
        node.is_warm().await;
        assert_eq!(node.cache.level().number(), 2);
        // A week without a command, as far as it knows: the forecast is what was spent.
        sleep(secs(7 * 86_400)).await;
        node.get(users()).await.unwrap();
        assert_eq!(node.cache.level().number(), 0);
    });
}
