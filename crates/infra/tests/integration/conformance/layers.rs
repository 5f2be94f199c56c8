//! What each layer answers, and what a hit costs.

use allocation_counter::measure;
use domain::{invalidation::CacheTag, metrics::period::RecentLimit};
use futures_util::FutureExt as _;
use test_support::{TestDatabase, TestRedis};

use super::{
    time::{passed, settle, since, sleep, virtually},
    world::{Store, WorldNode, dashboard, millis, number_of, overview, secs, users},
};
use crate::node::{Node, entries_are_stored};

#[tokio::test]
async fn a_value_only_in_l1_is_served_without_a_question_to_l2() {
    let database = TestDatabase::sqlite().await;
    let redis = TestRedis::new().await;
    let node = Node::with_redis(database.url(), &redis).await;
    node.bus_is_up().await;
    entries_are_stored(redis.url(), redis.namespace(), 1).await;
    let mut admin =
        redis::Client::open(redis.url()).unwrap().get_multiplexed_async_connection().await.unwrap();
    let name = format!("{{{}}}:{}", redis.namespace(), users().text());
    let gone: u64 = redis::cmd("DEL").arg(name).query_async(&mut admin).await.unwrap();
    assert_eq!(gone, 1);
    let (commands, loads) = (node.cache.counts().instance.l2.unwrap().commands.total, node.source.loads());
    for _ in 0..10 {
        assert!(node.recent_users().await.cache_status().starts_with("l1; hit"));
    }
    assert_eq!(node.cache.counts().instance.l2.unwrap().commands.total, commands);
    assert_eq!(node.source.loads(), loads);
}

#[test]
fn a_value_only_in_l2_is_returned_and_fills_l1_for_the_time_that_remains() {
    virtually(async {
        let store = Store::new();
        let [a, b] = [(); 2].map(|()| WorldNode::sharing(&store, &[]));
        a.source.row.store(4, std::sync::atomic::Ordering::SeqCst);
        a.is_warm().await;
        sleep(secs(10)).await;
        let read = b.get(users()).await.unwrap();
        assert_eq!((number_of(&read), read.cache_status().as_str()), (4, "l1; fwd=miss, l2; hit; ttl=19"));
        assert_eq!(read.age.as_secs(), 10);
        settle().await;
        assert_eq!(b.number(users()).await, (4, "l1; hit; ttl=19".to_owned()));
        // Not a whole new time: it ends where it ends for the one that loaded it.
        sleep(secs(12)).await;
        assert_eq!(b.number(users()).await.1, "l1; hit; ttl=7");
        sleep(secs(8)).await;
        assert!(b.number(users()).await.1.starts_with("l1; fwd=stale"));
        assert_eq!(b.source.loads(), 1);
    });
}

/// Each end knows the store's clock to within a round trip: an entry may seem older by that, and never younger.
#[test]
fn nobody_takes_an_entry_of_l2_for_younger_than_it_is_however_far_the_store_is() {
    virtually(async {
        for (loads, reads) in [(100, 0), (0, 100), (100, 100), (100, 20)] {
            let store = Store::new();
            let [writer, reader] = [loads, reads].map(|way| WorldNode::away(millis(way), &store, &[]));
            // Both learn how the store's clock stands.
            for node in [&writer, &reader] {
                node.get(users()).await.unwrap();
                sleep(secs(1)).await;
            }
            writer.write(1).await;
            writer.source.takes(millis(300));
            let served = writer.get(users()).await.unwrap();
            assert_eq!((number_of(&served), served.age), (1, millis(300)));
            let created = passed().saturating_sub(millis(300));
            sleep(secs(10)).await;
            let served = reader.get(users()).await.unwrap();
            assert_eq!(number_of(&served), 1);
            assert!(served.cache_status().contains("l2; hit"), "{}", served.cache_status());
            let most = since(created) + 2 * millis(loads + reads);
            assert!(
                (since(created)..=most).contains(&served.age),
                "{:?} by a store {loads} ms and {reads} ms away, after {:?}",
                served.age,
                since(created),
            );
        }
    });
}

#[test]
fn a_value_in_no_layer_is_loaded_and_put_into_both() {
    virtually(async {
        let store = Store::new();
        let node = WorldNode::sharing(&store, &[]);
        assert_eq!(node.number(users()).await.1, "l1; fwd=miss, l2; fwd=miss");
        settle().await;
        assert_eq!((node.cache.stats().instance.l1.items, store.entries()), (1, 1));
    });
}

/// The bytes, the stamp's numbers and the answer's lists all have their place already.
#[test]
fn a_hit_in_l1_allocates_nothing() {
    virtually(async {
        let store = Store::new();
        let node = WorldNode::sharing(&store, &[]);
        node.is_warm().await;
        let min = node.cache.data_version();
        assert!(min.get(CacheTag::Users).is_some());
        for key in [users(), overview(), dashboard()] {
            node.get(key).await.unwrap();
            settle().await;
            for min in [None, Some(&min)] {
                let allocated = measure(|| {
                    let served = node.cache.get(key, min).now_or_never().expect("a hit waits for nothing");
                    assert!(served.is_ok_and(|served| served.lookups.len() == 1));
                });
                assert_eq!((allocated.count_total, allocated.bytes_total), (0, 0), "{key:?}");
            }
        }
    });
}

#[test]
fn lists_of_different_lengths_are_values_of_their_own() {
    virtually(async {
        let node = WorldNode::alone(&[]);
        let seven = infra::cache::key::Key::RecentUsers("7".parse().unwrap());
        assert_ne!(seven, infra::cache::key::Key::RecentUsers(RecentLimit::default()));
        node.get(users()).await.unwrap();
        assert_eq!(node.number(seven).await.1, "l1; fwd=miss");
    });
}
