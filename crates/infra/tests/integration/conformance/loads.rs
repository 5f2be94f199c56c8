//! Loads: how many, who waits for them, and what of them is kept.

use std::sync::{Arc, atomic::Ordering::SeqCst};

use futures_util::future::{join, join_all};
use infra::cache::CacheError;
use test_support::{TestDatabase, TestRedis};

use super::{
    time::{passed, settle, since, sleep, virtually},
    world::{Act, Store, WorldNode, dashboard, millis, overview, secs, users},
};
use crate::node::Node;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ten_thousand_readers_of_a_cold_dashboard_are_one_load_a_part() {
    let database = TestDatabase::postgres().await;
    let redis = TestRedis::new().await;
    let node = Arc::new(Node::with_redis(database.url(), &redis).await);
    node.bus_is_up().await;
    node.cache.invalidate_all().await;
    let loads = node.source.loads();
    node.source.hold();
    let readers: Vec<_> = (0..10_000)
        .map(|_| {
            let node = Arc::clone(&node);
            tokio::spawn(async move { node.dashboard().await })
        })
        .collect();
    for _ in 0..4 {
        node.source.is_holding().await;
    }
    node.source.release();
    for reader in readers {
        reader.await.unwrap();
    }
    assert_eq!(node.source.loads() - loads, 4);
}

#[test]
fn ten_thousand_concurrent_misses_are_one_load_and_one_question_to_redis() {
    virtually(async {
        let store = Store::new();
        let node = WorldNode::sharing(&store, &[]);
        node.is_warm().await;
        node.write(1).await;
        node.source.takes(millis(100));
        let before = (node.source.loads(), node.commands("read"));
        for answer in join_all((0..10_000).map(|_| node.number(users()))).await {
            assert_eq!(answer.0, 1);
        }
        assert_eq!((node.source.loads(), node.commands("read")), (before.0 + 1, before.1 + 1));
    });
}

#[test]
fn after_the_first_load_fails_a_waiters_retry_succeeds() {
    virtually(async {
        let node = WorldNode::alone(&[]);
        node.source.act(Act::Fail);
        node.source.takes(millis(50));
        let retrying = async {
            assert!(matches!(node.get(users()).await, Err(CacheError::LoadFailed(_))));
            node.source.act(Act::Answer);
            sleep(secs(1)).await;
            node.get(users()).await
        };
        let (first, retried) = join(node.get(users()), retrying).await;
        assert!(matches!(first, Err(CacheError::LoadFailed(_))), "{first:?}");
        retried.unwrap();
        assert_eq!(node.source.loads(), 2);
        assert!(node.number(users()).await.1.starts_with("l1; hit"));
    });
}

#[test]
fn an_empty_list_and_a_zero_are_values_like_any_other() {
    for nothing in ["[]", "0", "{}"] {
        virtually(async {
            let store = Store::new();
            let [a, b] = [(); 2].map(|()| WorldNode::sharing(&store, &[]));
            a.source.answers(nothing);
            a.is_warm().await;
            for (node, layer) in [(&a, "l1; hit"), (&b, "l2; hit"), (&b, "l1; hit")] {
                let served = node.get(users()).await.unwrap();
                assert_eq!(served.body.identity.bytes, nothing);
                assert!(served.cache_status().contains(layer), "{}", served.cache_status());
            }
            assert_eq!((a.source.loads(), b.source.loads()), (1, 0));
        });
    }
}

#[test]
fn an_error_is_cached_nowhere() {
    virtually(async {
        let store = Store::new();
        let [a, b] = [(); 2].map(|()| WorldNode::sharing(&store, &[]));
        a.source.act(Act::Fail);
        assert!(a.get(users()).await.is_err());
        settle().await;
        assert_eq!((store.entries(), a.cache.stats().instance.l1.items), (0, 0));
        // Another node has not failed; and this one takes from it what it could not load itself, at once.
        b.get(users()).await.unwrap();
        settle().await;
        assert!(a.number(users()).await.1.contains("l2; hit"));
        assert_eq!(a.source.loads(), 1);
    });
}

#[test]
fn a_load_that_panics_is_an_error_to_all_who_wait_and_frees_the_key() {
    virtually(async {
        let node = WorldNode::alone(&[]);
        node.source.act(Act::Panic);
        node.source.takes(millis(50));
        for answer in join_all((0..10).map(|_| node.get(users()))).await {
            assert!(matches!(answer, Err(CacheError::LoadFailed(_))), "{answer:?}");
        }
        assert!(node.get(users()).await.is_err());
        assert_eq!(node.source.loads(), 1, "a panic is no reason to try again at once");
        node.source.act(Act::Answer);
        sleep(secs(1)).await;
        node.get(users()).await.unwrap();
    });
}

#[test]
fn a_part_whose_load_panics_takes_no_other_part_with_it() {
    virtually(async {
        let node = WorldNode::alone(&[]);
        node.source.act_for("charts", Act::Panic);
        assert!(node.get(dashboard()).await.is_err());
        for key in [overview(), users()] {
            assert!(node.number(key).await.1.starts_with("l1; hit"));
        }
        node.source.act_for("charts", Act::Answer);
        sleep(secs(1)).await;
        node.get(dashboard()).await.unwrap();
        assert_eq!(node.source.loads_by_part(), [1, 2, 1, 1]);
    });
}

#[test]
fn an_assembly_that_panics_is_an_error_and_the_next_one_succeeds() {
    virtually(async {
        let node = WorldNode::alone(&[]);
        node.source.assembling_panics.store(true, SeqCst);
        for answer in join_all((0..10).map(|_| node.get(dashboard()))).await {
            assert!(matches!(answer, Err(CacheError::LoadFailed(_))), "{answer:?}");
        }
        node.source.assembling_panics.store(false, SeqCst);
        node.get(dashboard()).await.unwrap();
        assert_eq!(node.source.loads_by_part(), [1; 4]);
    });
}

#[test]
fn readers_that_ask_for_newer_data_leave_a_failing_source_alone_too() {
    virtually(async {
        let store = Store::new();
        let node = WorldNode::sharing(&store, &[]);
        node.is_warm().await;
        let mut ahead = node.cache.data_version();
        let newest = ahead.newest();
        ahead.set(domain::invalidation::CacheTag::Users, newest + 1_000_000);
        node.source.act(Act::Fail);
        node.source.takes(millis(50));
        let loads = node.source.loads();
        // The second ten come while the first load runs, and share the one after it: which then is not even tried.
        let late = async {
            sleep(millis(10)).await;
            join_all((0..10).map(|_| node.cache.get(users(), Some(&ahead)))).await
        };
        let early = join_all((0..10).map(|_| node.cache.get(users(), Some(&ahead))));
        let (early, late) = join(early, late).await;
        for answer in early.into_iter().chain(late) {
            assert!(matches!(answer, Err(CacheError::LoadFailed(_))), "{answer:?}");
        }
        assert_eq!(node.source.loads() - loads, 1);
    });
}

#[test]
fn times_are_shorter_by_up_to_a_tenth_and_never_longer() {
    for (chance, shortest, longest) in [(0.0, 30_000, 30_000), (0.5, 28_500, 28_500), (0.999, 27_000, 27_010)]
    {
        virtually(async {
            let node = WorldNode::alone(&[]);
            node.world.chance(chance);
            node.get(users()).await.unwrap();
            node.source.act(Act::Fail);
            let begun = passed();
            while !node.get(users()).await.unwrap().is_stale() {
                sleep(millis(1)).await;
            }
            let held = since(begun).as_millis();
            assert!((shortest..=longest).contains(&held), "{chance}: {held} ms");
        });
    }
}
