//! Eager refresh: a hit past four fifths of a value's time has it recomputed behind the answer.

use futures_util::future::join_all;

use super::{
    time::{passed, settle, sleep, virtually},
    world::{Act, Store, WorldNode, dashboard, millis, overview, secs, users},
};

/// The newest users are fresh for 30 s: from 24 s on they are due.
const DUE: u64 = 24;

#[test]
fn hits_before_four_fifths_of_the_time_refresh_nothing() {
    virtually(async {
        let node = WorldNode::alone(&[]);
        node.get(users()).await.unwrap();
        sleep(millis(23_999)).await;
        for _ in 0..100 {
            assert!(node.number(users()).await.1.starts_with("l1; hit"));
        }
        sleep(secs(5)).await;
        assert_eq!(node.source.loads(), 1);
    });
}

#[test]
fn a_hammered_value_is_refreshed_once_and_nobody_waits() {
    virtually(async {
        let store = Store::new();
        let node = WorldNode::sharing(&store, &[]);
        node.is_warm().await;
        node.source.takes(secs(2));
        let before = [node.commands("read"), node.commands("store")];
        sleep(secs(DUE)).await;
        // While the refresh runs, after it, and past the end of the first value.
        for tick in 0..100 {
            let asked = passed();
            for answer in join_all((0..100).map(|_| node.number(users()))).await {
                assert!(answer.1.starts_with("l1; hit"), "tick {tick}: {}", answer.1);
            }
            assert_eq!(passed(), asked, "somebody waited");
            sleep(millis(100)).await;
        }
        assert_eq!(node.source.loads(), 2);
        let after = [node.commands("read"), node.commands("store")];
        assert_eq!(after, before.map(|count| count + 1), "one question and one store");
    });
}

#[test]
fn what_a_refresh_brings_is_younger_and_stored_as_any_load() {
    virtually(async {
        let store = Store::new();
        let node = WorldNode::sharing(&store, &[]);
        node.is_warm().await;
        sleep(secs(DUE)).await;
        let before = [node.commands("read"), node.commands("store")];
        assert_eq!(node.get(users()).await.unwrap().age.as_secs(), DUE);
        settle().await;
        assert_eq!(node.get(users()).await.unwrap().age.as_secs(), 0);
        let after = [node.commands("read"), node.commands("store")];
        assert_eq!(after, before.map(|count| count + 1), "one question and one store");
        // It holds for as long as any other, also for those who read it elsewhere.
        let other = WorldNode::sharing(&store, &[]);
        let served = other.get(users()).await.unwrap();
        assert!(served.cache_status().contains("l2; hit; ttl=29"), "{}", served.cache_status());
    });
}

#[test]
fn what_another_node_has_refreshed_costs_a_question_and_no_load() {
    virtually(async {
        let store = Store::new();
        let [a, b] = [(); 2].map(|()| WorldNode::sharing(&store, &[]));
        a.is_warm().await;
        b.is_warm().await;
        assert_eq!((a.source.loads(), b.source.loads()), (1, 0));
        // Both read it all the time; the one that loaded it is the first to refresh it.
        for _ in 0..300 {
            sleep(millis(100)).await;
            for node in [&a, &b] {
                let (_, status) = node.number(users()).await;
                assert!(status.starts_with("l1; hit"), "{status}");
            }
        }
        assert_eq!((a.source.loads(), b.source.loads()), (2, 0));
        assert!(b.get(users()).await.unwrap().age < secs(7), "what the other one has loaded");
    });
}

#[test]
fn where_the_node_that_loaded_it_is_gone_another_one_refreshes_it() {
    virtually(async {
        let store = Store::new();
        let [a, b] = [(); 2].map(|()| WorldNode::sharing(&store, &[]));
        a.is_warm().await;
        b.is_warm().await;
        for _ in 0..400 {
            sleep(millis(100)).await;
            let (_, status) = b.number(users()).await;
            assert!(status.starts_with("l1; hit"), "{status}");
        }
        assert_eq!((a.source.loads(), b.source.loads()), (1, 1));
    });
}

#[test]
fn a_dashboard_hit_refreshes_its_parts_that_are_due_and_no_others() {
    virtually(async {
        let node = WorldNode::sharing(&Store::new(), &[]);
        node.get(dashboard()).await.unwrap();
        assert_eq!(node.source.loads_by_part(), [1; 4]);
        let asked_for_charts = || {
            let charts = &node.cache.stats().instance.parts["charts"];
            charts.l2_hits + charts.l2_misses
        };
        assert_eq!(asked_for_charts(), 1);
        sleep(secs(DUE)).await;
        for _ in 0..100 {
            node.get(dashboard()).await.unwrap();
        }
        settle().await;
        assert_eq!(node.source.loads_by_part(), [1, 1, 2, 2], "the newest users and proposals");
        assert_eq!(asked_for_charts(), 1, "nor is Redis asked for the others");
        // The charts are due after 48 s, and with them the lists again.
        sleep(secs(DUE)).await;
        node.get(dashboard()).await.unwrap();
        settle().await;
        assert_eq!(node.source.loads_by_part(), [1, 2, 3, 3]);
    });
}

/// The bytes lay ready: its parts were not even looked at.
fn is_dashboard_hit(status: &str) -> bool {
    status.starts_with("l1; hit; ttl=") && !status.contains("key=")
}

#[test]
fn whoever_asks_for_a_dashboard_all_the_time_never_waits_for_it() {
    virtually(async {
        let node = WorldNode::alone(&[]);
        // Parts that were loaded together end at different times.
        node.world.chance(0.7);
        node.get(dashboard()).await.unwrap();
        node.world.chance(0.1);
        node.source.takes(millis(500));
        for second in 0..600 {
            let asked = passed();
            let served = node.get(dashboard()).await.unwrap();
            let status = served.cache_status();
            assert!(is_dashboard_hit(&status), "{second}: {status}");
            assert_eq!(passed(), asked, "it waited");
            assert!(served.age < secs(120), "{:?}", served.age);
            sleep(secs(1)).await;
        }
        // Each part is loaded about as often as fits into ten minutes, and no more.
        let [overview, charts, recent_users, recent_proposals] = node.source.loads_by_part();
        assert!((5..=8).contains(&overview), "{overview}");
        assert!((10..=14).contains(&charts), "{charts}");
        for lists in [recent_users, recent_proposals] {
            assert!((20..=27).contains(&lists), "{lists}");
        }
    });
}

#[test]
fn a_dashboard_past_its_own_time_is_assembled_of_young_parts_without_a_load() {
    virtually(async {
        let settings = [("CACHE_TTL_DASHBOARD_SECS", "10")];
        let node = WorldNode::alone(&settings);
        node.get(dashboard()).await.unwrap();
        for _ in 0..23 {
            let (_, status) = node.number(dashboard()).await;
            assert!(is_dashboard_hit(&status), "{status}");
            sleep(secs(1)).await;
        }
        assert_eq!(node.source.loads_by_part(), [1; 4]);
    });
}

#[test]
fn a_refresh_that_fails_disturbs_nobody_and_is_tried_again_after_a_pause() {
    virtually(async {
        let node = WorldNode::alone(&[]);
        node.get(users()).await.unwrap();
        node.source.act(Act::Fail);
        sleep(secs(DUE)).await;
        for _ in 0..35 {
            for _ in 0..10 {
                let (_, status) = node.number(users()).await;
                assert!(status.starts_with("l1; hit") && !status.contains("stale"), "{status}");
            }
            sleep(millis(100)).await;
        }
        // At 24, 25, 26 and 27 s; each pause begins with the failure.
        assert_eq!(node.source.loads(), 1 + 4);
        node.source.act(Act::Answer);
        sleep(secs(1)).await;
        node.get(users()).await.unwrap();
        settle().await;
        assert!(node.get(users()).await.unwrap().age < secs(1));
        assert_eq!(node.cache.stats().instance.parts["recentUsers"].stale, 0);
    });
}

#[test]
fn a_refresh_that_hangs_or_panics_disturbs_nobody() {
    for act in [Act::Hang, Act::Panic] {
        virtually(async {
            let node = WorldNode::alone(&[("CACHE_LOAD_HARD_MS", "2000")]);
            node.get(users()).await.unwrap();
            node.source.act(act);
            sleep(secs(DUE)).await;
            for _ in 0..50 {
                let (_, status) = node.number(users()).await;
                assert!(status.starts_with("l1; hit") && !status.contains("stale"), "{status}");
                sleep(millis(100)).await;
            }
            node.source.act(Act::Answer);
            sleep(millis(900)).await;
            node.get(users()).await.unwrap();
            sleep(secs(2)).await;
            node.get(users()).await.unwrap();
            settle().await;
            assert!(node.get(users()).await.unwrap().age < secs(5));
            assert_eq!(node.source.running(), 0);
        });
    }
}

#[test]
fn a_write_in_the_middle_of_a_refresh_is_not_undone_by_it() {
    virtually(async {
        let node = WorldNode::alone(&[]);
        node.get(users()).await.unwrap();
        node.source.takes(secs(2));
        sleep(secs(DUE)).await;
        node.get(users()).await.unwrap();
        sleep(secs(1)).await;
        assert_eq!(node.source.running(), 1, "the refresh has read the old row");
        node.source.takes(millis(100));
        node.write(7).await;
        assert_eq!(node.number(users()).await, (7, "l1; fwd=stale".to_owned()));
        sleep(secs(2)).await;
        assert_eq!(node.source.running(), 0);
        assert_eq!(node.number(users()).await.0, 7);
        assert_eq!(node.source.loads(), 3);
    });
}

#[test]
fn what_a_refresh_brings_is_old_where_a_write_came_after_it_had_begun() {
    virtually(async {
        let node = WorldNode::alone(&[]);
        node.get(users()).await.unwrap();
        node.source.takes(secs(2));
        sleep(secs(DUE)).await;
        node.get(users()).await.unwrap();
        sleep(secs(1)).await;
        node.write(7).await;
        // Nobody asks until it has brought the old row.
        sleep(secs(2)).await;
        assert_eq!(node.source.running(), 0);
        node.source.takes(millis(100));
        assert_eq!(node.number(users()).await, (7, "l1; fwd=stale".to_owned()));
    });
}

#[test]
fn redis_is_not_asked_for_a_part_whose_load_has_just_failed() {
    virtually(async {
        let node = WorldNode::sharing(&Store::new(), &[]);
        node.is_warm().await;
        node.get(dashboard()).await.unwrap();
        node.source.act(Act::Fail);
        sleep(secs(DUE)).await;
        node.get(users()).await.unwrap();
        sleep(millis(100)).await;
        let (reads, loads) = (node.commands("read"), node.source.loads_by_part());
        // Of the parts that are due only the newest proposals have not failed.
        node.get(dashboard()).await.unwrap();
        sleep(millis(100)).await;
        assert_eq!(node.source.loads_by_part(), [loads[0], loads[1], loads[2], loads[3] + 1]);
        for _ in 0..7 {
            node.get(dashboard()).await.unwrap();
            node.get(users()).await.unwrap();
            sleep(millis(100)).await;
        }
        assert_eq!(node.commands("read") - reads, 1);
        assert_eq!(
            node.cache.stats().instance.parts["recentUsers"].l2_misses,
            1,
            "before it was first loaded"
        );
        assert_eq!(
            node.cache.stats().instance.parts["recentUsers"].l2_hits,
            1,
            "before the load that failed"
        );
    });
}

#[test]
fn a_reader_that_misses_joins_the_refresh_under_way() {
    virtually(async {
        let node = WorldNode::alone(&[]);
        node.get(users()).await.unwrap();
        node.source.takes(secs(8));
        sleep(secs(DUE)).await;
        node.get(users()).await.unwrap();
        // The value's time ends at 30 s, the refresh at 32 s.
        sleep(secs(7)).await;
        let (_, status) = node.number(users()).await;
        assert!(status.ends_with("stale-if-error"), "past the soft limit already: {status}");
        sleep(secs(2)).await;
        assert!(node.number(users()).await.1.starts_with("l1; hit"));
        assert_eq!(node.source.loads(), 2);
    });
}

#[test]
fn without_the_bus_a_hit_asks_for_the_versions_and_refreshes_all_the_same() {
    virtually(async {
        let store = Store::new();
        store.is_deaf(true);
        let node = WorldNode::sharing(&store, &[]);
        node.get(dashboard()).await.unwrap();
        sleep(secs(DUE)).await;
        for key in [users(), dashboard()] {
            let (_, status) = node.number(key).await;
            assert!(status.starts_with("l1; hit"), "{status}");
        }
        settle().await;
        assert_eq!(node.source.loads_by_part(), [1, 1, 2, 2]);
    });
}

#[test]
fn while_redis_is_silent_a_refresh_loads_and_stores_nothing() {
    virtually(async {
        let store = Store::new();
        let node = WorldNode::sharing(&store, &[]);
        node.is_warm().await;
        store.is_down(true);
        sleep(secs(DUE)).await;
        node.get(users()).await.unwrap();
        settle().await;
        assert_eq!(node.get(users()).await.unwrap().age.as_secs(), 0);
        assert_eq!(node.source.loads(), 2);
    });
}

#[test]
fn a_part_that_is_due_is_refreshed_by_a_dashboard_that_is_assembled_of_it() {
    virtually(async {
        let node = WorldNode::alone(&[]);
        node.get(overview()).await.unwrap();
        // Due after 96 s.
        sleep(secs(100)).await;
        let (_, status) = node.number(dashboard()).await;
        assert!(status.starts_with("l1; hit; ttl=20; key=overview, l1; fwd=miss"), "{status}");
        settle().await;
        assert_eq!(node.source.loads_by_part(), [2, 1, 1, 1]);
    });
}
