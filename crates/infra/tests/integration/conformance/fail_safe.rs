//! When loading fails or takes long: what stands in, for how long, and when the source is asked again.

use std::sync::atomic::Ordering::SeqCst;

use domain::metrics::period::RecentLimit;
use futures_util::future::{join, join_all};
use infra::{
    cache::{CacheError, key::Key},
    database::connect_untracked,
};
use sea_orm::{ConnectionTrait as _, DbBackend, Statement, TransactionTrait as _};
use test_support::TestDatabase;

use super::{
    time::{passed, settle, since, sleep, virtually},
    world::{Act, Store, WorldNode, millis, number_of, secs, users},
};
use crate::node::{Node, Options, PATIENCE, eventually};

#[test]
fn an_expired_value_stands_in_while_loading_fails_until_its_grace_has_passed() {
    virtually(async {
        let node = WorldNode::alone(&[("CACHE_GRACE_SECS", "60")]);
        node.get(users()).await.unwrap();
        node.source.act(Act::Fail);
        // Fresh for 30 s, and in grace for 60 more.
        for _ in 0..59 {
            sleep(millis(500)).await;
            assert!(node.number(users()).await.1.starts_with("l1; hit; ttl="));
        }
        sleep(millis(500)).await;
        for second in 0..60 {
            let served = node.get(users()).await.unwrap();
            let expected = format!("l1; hit; ttl=-{}; detail=stale-if-error", second + 1);
            assert_eq!((served.is_stale(), served.cache_status()), (true, expected));
            sleep(secs(1)).await;
        }
        let outcome = node.get(users()).await;
        assert!(matches!(outcome, Err(CacheError::LoadFailed(_))), "{outcome:?}");
    });
}

#[test]
fn after_a_failure_the_source_is_left_alone_for_a_second_from_the_failure_on() {
    virtually(async {
        let node = WorldNode::alone(&[]);
        node.source.act(Act::Fail);
        node.source.takes(secs(3));
        assert!(node.get(users()).await.is_err());
        assert_eq!(passed(), secs(3));
        for _ in 0..10 {
            assert!(node.get(users()).await.is_err());
            sleep(millis(99)).await;
        }
        assert_eq!((node.source.loads(), passed()), (1, millis(3990)));
        sleep(millis(10)).await;
        node.source.act(Act::Answer);
        node.get(users()).await.unwrap();
        assert_eq!(node.source.loads(), 2);
    });
}

#[test]
fn a_stale_value_comes_at_the_soft_limit_and_what_the_load_then_brings_is_kept() {
    virtually(async {
        let node = WorldNode::alone(&[("CACHE_LOAD_SOFT_MS", "200")]);
        node.get(users()).await.unwrap();
        node.write(1).await;
        node.source.takes(millis(400));
        let asked = passed();
        let stale = node.get(users()).await.unwrap();
        assert_eq!((since(asked), stale.is_stale()), (millis(200), true));
        sleep(millis(201)).await;
        // Nobody else has asked; it is there.
        assert_eq!(node.source.running(), 0);
        let fresh = node.number(users()).await;
        assert!(fresh.0 == 1 && fresh.1.starts_with("l1; hit"), "{fresh:?}");
        assert_eq!(node.source.loads(), 2);
    });
}

/// At the soft limit nothing is at hand any more but the load, which goes on.
#[test]
fn whose_stand_in_runs_out_of_grace_while_it_waits_gets_what_the_load_brings() {
    virtually(async {
        let settings = [("CACHE_GRACE_SECS", "60"), ("CACHE_LOAD_SOFT_MS", "200")];
        let store = Store::new();
        let with_l1 = WorldNode::alone(&settings);
        with_l1.get(users()).await.unwrap();
        WorldNode::sharing(&store, &settings).get(users()).await.unwrap();
        let with_l2 = WorldNode::sharing(&store, &settings);
        settle().await;
        // Fresh for 30 s, and in grace for 60 more.
        sleep(millis(89_900).saturating_sub(passed())).await;
        for node in [&with_l1, &with_l2] {
            node.source.row.store(1, SeqCst);
            node.source.takes(millis(400));
        }
        let asked = passed();
        let (one, other) = join(with_l1.number(users()), with_l2.number(users())).await;
        assert_eq!(one, (1, "l1; fwd=stale".to_owned()));
        assert_eq!(other, (1, "l1; fwd=miss, l2; fwd=stale".to_owned()));
        assert_eq!(since(asked), millis(400));
    });
}

#[test]
fn ten_callers_while_a_load_goes_on_in_the_background_are_one_load_and_wait_for_nothing() {
    virtually(async {
        let node = WorldNode::alone(&[("CACHE_LOAD_SOFT_MS", "200")]);
        node.get(users()).await.unwrap();
        node.write(1).await;
        node.source.takes(secs(5));
        assert!(node.get(users()).await.unwrap().is_stale());
        let asked = passed();
        for answer in join_all((0..10).map(|_| node.get(users()))).await {
            assert!(answer.unwrap().is_stale());
        }
        assert_eq!(passed(), asked, "they were past the soft limit when they came");
        sleep(secs(5)).await;
        assert_eq!(node.number(users()).await.0, 1);
        assert_eq!(node.source.loads(), 2);
    });
}

#[test]
fn at_the_hard_limit_comes_the_error_and_the_load_is_gone() {
    virtually(async {
        let node = WorldNode::alone(&[("CACHE_LOAD_SOFT_MS", "200"), ("CACHE_LOAD_HARD_MS", "500")]);
        node.source.act(Act::Hang);
        let answers = join_all((0..10).map(|_| node.get(users()))).await;
        assert_eq!(passed(), millis(500));
        assert!(answers.iter().all(|answer| matches!(answer, Err(CacheError::TimedOut(_)))), "{answers:?}");
        assert_eq!((node.source.loads(), node.source.running()), (1, 0), "its future was dropped");
        // The key is free, and so is the place among the loads that run at once.
        node.source.act(Act::Answer);
        sleep(secs(1)).await;
        node.get(users()).await.unwrap();
        assert!(node.number(users()).await.1.starts_with("l1; hit"));
    });
}

#[test]
fn hung_loads_leave_no_place_taken() {
    virtually(async {
        let node = WorldNode::alone(&[("CACHE_LOAD_HARD_MS", "1000")]);
        let key = |rows: u8| Key::RecentUsers(rows.to_string().parse().unwrap());
        node.source.act(Act::Hang);
        // More than may run at once: the last of them never begin, and their limit runs all the same.
        for answer in join_all((1..=30).map(|rows| node.get(key(rows)))).await {
            assert!(matches!(answer, Err(CacheError::TimedOut(_))), "{answer:?}");
        }
        assert_eq!((passed(), node.source.running(), node.source.most_running()), (secs(1), 0, 8));
        sleep(secs(1)).await;
        node.source.act(Act::Answer);
        for answer in join_all((1..=30).map(|rows| node.get(key(rows)))).await {
            answer.unwrap();
        }
    });
}

#[test]
fn a_reader_that_must_see_newer_data_gets_the_error_and_not_what_stands_in() {
    virtually(async {
        let node = WorldNode::alone(&[]);
        node.get(users()).await.unwrap();
        node.source.act(Act::Fail);
        node.write(1).await;
        let seen = node.cache.data_version();
        let (stale, refused) = join(node.get(users()), node.cache.get(users(), Some(&seen))).await;
        assert!(stale.unwrap().is_stale());
        assert!(matches!(refused, Err(CacheError::LoadFailed(_))), "{refused:?}");
    });
}

/// Of what stands in, the younger one does: here L2's.
#[test]
fn what_another_node_left_in_l2_stands_in_and_is_asked_for_once_a_second() {
    virtually(async {
        let store = Store::new();
        let [a, b] = [(); 2].map(|()| WorldNode::sharing(&store, &[]));
        a.is_warm().await;
        b.is_warm().await;
        // `b` keeps an old value, `a` stores a younger one.
        sleep(secs(31)).await;
        a.source.row.store(5, SeqCst);
        assert_eq!(a.number(users()).await.0, 5);
        sleep(secs(31)).await;
        b.source.act(Act::Fail);
        let reads = b.commands("read");
        for _ in 0..30 {
            let served = b.get(users()).await.unwrap();
            assert!(served.is_stale());
            assert_eq!(number_of(&served), 5);
            sleep(millis(100)).await;
        }
        assert_eq!(b.commands("read") - reads, 3, "once for each attempt at loading");
        // Nor does it become fresh by lying in L1.
        b.source.act(Act::Answer);
        sleep(secs(1)).await;
        assert!(!b.get(users()).await.unwrap().is_stale());
    });
}

#[test]
fn with_nothing_in_l1_what_lies_in_l2_stands_in_and_is_asked_for_once_a_second() {
    virtually(async {
        let store = Store::new();
        WorldNode::sharing(&store, &[]).is_warm().await;
        let b = WorldNode::sharing(&store, &[]);
        sleep(secs(31)).await;
        b.source.act(Act::Fail);
        for _ in 0..30 {
            assert!(b.get(users()).await.unwrap().is_stale());
            sleep(millis(100)).await;
        }
        assert!(
            b.commands("read") <= 4,
            "{}: once for each attempt, and once for the bus",
            b.commands("read")
        );
    });
}

/// A load that is given up on a real database: its statement may run on, but nothing is left behind.
#[tokio::test]
async fn a_statement_whose_load_was_given_up_leaves_a_clean_connection() {
    let database = TestDatabase::postgres().await;
    let settings = [("CACHE_LOAD_SOFT_MS", "50"), ("CACHE_LOAD_HARD_MS", "100")];
    let node = Node::start(database.url(), Options { settings: &settings, ..Options::default() }).await;
    let id = node.add_user().await;
    let other = connect_untracked(database.url(), 2, PATIENCE).await.unwrap();
    // Nobody may read the table: every load of it hangs in its statement.
    let lock = other.begin().await.unwrap();
    lock.execute_unprepared("LOCK TABLE users IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let outcome = node.cache.recent_users(RecentLimit::default(), None).await;
    assert!(matches!(outcome, Err(CacheError::TimedOut(_))), "{outcome:?}");
    lock.rollback().await.unwrap();
    eventually("loads succeed again", || async {
        node.cache.recent_users(RecentLimit::default(), None).await.is_ok()
    })
    .await;
    assert_eq!(node.number(id).await, 0);
    let running = "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() \
                   AND state <> 'idle' AND pid <> pg_backend_pid()";
    eventually("no session is left in a statement or a transaction", || async {
        let statement = Statement::from_string(DbBackend::Postgres, running);
        let row = other.query_one_raw(statement).await.unwrap().unwrap();
        row.try_get::<i64>("", "n").unwrap() == 0
    })
    .await;
}
