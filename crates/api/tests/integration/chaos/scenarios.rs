//! The scenarios, one a fault.

use std::{env, time::Duration};

use rand::Rng as _;
use test_support::{Cut, FaultProxy, Way};
use tokio::time::Instant;

use super::{
    journal::{Hits, lock},
    mix,
    stage::{Stage, Users},
};

/// Longer than anything may be fresh, with what clocks and loads add: a value that should have ended shows.
const PAST_ITS_TIME: Duration = Duration::from_millis(2_500);
/// Long enough to be noticed.
const A_MOMENT: Duration = Duration::from_millis(700);

/// The seed that `CHAOS_SEED` gives, else a new one.
fn seed() -> u64 {
    let seed =
        env::var("CHAOS_SEED").ok().map(|text| text.parse().expect("CHAOS_SEED: expected a whole number"));
    let seed = seed.unwrap_or_else(|| rand::rng().random_range(0..1_000_000));
    println!("CHAOS_SEED={seed}");
    seed
}

async fn stage(users: Users) -> Stage {
    let mut stage = Stage::set(users, seed()).await;
    stage.begin().await;
    stage
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn redis_killed_and_back_empty() {
    let mut stage = stage(Users::Change).await;
    let fault = stage.kill_redis();
    stage.go_on(PAST_ITS_TIME).await;
    stage.restart_redis(fault);
    stage.go_on(A_MOMENT).await;
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn redis_frozen() {
    let mut stage = stage(Users::Change).await;
    let fault = stage.freeze_redis();
    stage.go_on(PAST_ITS_TIME).await;
    stage.thaw_redis(fault);
    stage.go_on(A_MOMENT).await;
    stage.end().await;
}

/// One node's way to Redis, then its way back.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn redis_cut_one_way() {
    let mut stage = stage(Users::Change).await;
    for (way, about) in [(Way::ToServer, "nothing gets there"), (Way::ToClient, "nothing comes back")] {
        let node = Some(stage.chance.random_range(0..3));
        let fault = stage.network(Hits::Redis, node, about, |proxy| proxy.hold(way));
        stage.go_on(PAST_ITS_TIME).await;
        stage.mend_network(Hits::Redis, node, fault);
        stage.go_on(A_MOMENT).await;
    }
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn redis_300_ms_away() {
    let mut stage = stage(Users::Change).await;
    let slow = |proxy: &FaultProxy| proxy.delay(Duration::from_millis(300));
    let fault = stage.network(Hits::Redis, None, "300 ms away", slow);
    stage.go_on(PAST_ITS_TIME).await;
    stage.mend_network(Hits::Redis, None, fault);
    stage.go_on(A_MOMENT).await;
    stage.end().await;
}

/// Closed, reset, and silent without a word; commands go through all the while.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn subscriber_only_dropped() {
    let mut stage = stage(Users::Change).await;
    for how in [Cut::Closed, Cut::Reset, Cut::Closed, Cut::Reset] {
        let fault = stage.network(Hits::Redis, None, &format!("subscribers cut: {how:?}"), |proxy| {
            proxy.cut_subscribers(how);
        });
        stage.mend_network(Hits::Redis, None, fault);
        stage.go_on(A_MOMENT).await;
    }
    let silent = stage.network(Hits::Redis, None, "subscribers hear nothing", FaultProxy::hold_subscribers);
    stage.go_on(PAST_ITS_TIME).await;
    stage.mend_network(Hits::Redis, None, silent);
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn postgresql_gone_and_back() {
    let mut stage = stage(Users::Stay).await;
    let known = stage.know_who_asks_for(PAST_ITS_TIME);
    let fault = stage.stop_postgresql();
    stage.go_on(PAST_ITS_TIME).await;
    stage.resume_postgresql(fault);
    stage.go_on(A_MOMENT).await;
    let node = Some(stage.chance.random_range(0..3));
    let silent = stage.network(Hits::Database, node, "nothing comes back", |proxy| proxy.hold(Way::ToClient));
    stage.go_on(A_MOMENT).await;
    stage.mend_network(Hits::Database, node, silent);
    let cut = stage.network(Hits::Database, None, "cut", |proxy| proxy.cut(Cut::Reset));
    stage.mend_network(Hits::Database, None, cut);
    stage.go_on(A_MOMENT).await;
    let verdict = stage.end().await;
    assert!(verdict.stood_in > 0 || !known, "nothing ever stood in: {verdict:?}");
}

/// Nothing is left but what nodes hold in memory, and that is answered, and marked.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn both_gone() {
    let mut stage = stage(Users::Stay).await;
    let known = stage.know_who_asks_for(PAST_ITS_TIME);
    let (redis, postgresql) = (stage.kill_redis(), stage.stop_postgresql());
    stage.go_on(PAST_ITS_TIME).await;
    // In this order: an emptied Redis tells no session from one that was ended, so the database has to be asked.
    stage.resume_postgresql(postgresql);
    stage.restart_redis(redis);
    stage.go_on(A_MOMENT).await;
    let verdict = stage.end().await;
    assert!(verdict.stood_in > 0 || !known, "nothing ever stood in: {verdict:?}");
}

/// The answer to a commit gets lost on its way: what the client is told must not be that nothing was changed.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_commit_whose_answer_is_lost() {
    let mut stage = stage(Users::Change).await;
    for _ in 0..4 {
        let node = Some(stage.chance.random_range(0..3));
        let fault = stage.network(Hits::Database, node, "the answer to a commit is lost", |proxy| {
            proxy.lose_answer_to("COMMIT");
        });
        let begun = lock(&stage.journal.writes).len();
        stage
            .until("the answer to a write was lost", async |stage| {
                let writes = lock(&stage.journal.writes);
                writes[begun..].iter().any(|write| Some(write.asked.node) == node && write.outcome.is_err())
            })
            .await;
        stage.mend_network(Hits::Database, node, fault);
        stage.go_on(A_MOMENT).await;
    }
    let verdict = stage.end().await;
    assert!(verdict.unknown > 0, "no answer was lost: {verdict:?}");
}

/// While it writes, right after it has answered, and at any other moment.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn node_killed_at_any_moment() {
    let mut stage = stage(Users::Change).await;
    for time in 0..5 {
        let node = stage.chance.random_range(0..3);
        let writes = || lock(&stage.journal.writes).iter().filter(|write| write.asked.node == node).count();
        let begun = writes();
        if time % 2 == 0 {
            // Right after it has answered one.
            stage.until("it has answered a write", async |_| writes() > begun).await;
        } else {
            tokio::time::sleep(Duration::from_millis(stage.chance.random_range(0..200))).await;
        }
        let fault = stage.kill_node(node);
        stage.start_node(node, fault);
        stage.go_on(A_MOMENT).await;
    }
    stage.end().await;
}

/// A node that wakes up with what it held in memory when it fell asleep, on connections that have died meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn node_frozen_and_thawed() {
    let mut stage = stage(Users::Change).await;
    for connections_die in [false, true] {
        let node = stage.chance.random_range(0..3);
        let fault = stage.freeze_node(node);
        stage.go_on(PAST_ITS_TIME).await;
        if connections_die {
            let cut =
                stage.network(Hits::Redis, Some(node), "cut while it sleeps", |proxy| proxy.cut(Cut::Reset));
            stage.mend_network(Hits::Redis, Some(node), cut);
        }
        stage.thaw_node(node, fault);
        stage.go_on(A_MOMENT).await;
    }
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rolling_restart_under_load() {
    let mut stage = stage(Users::Change).await;
    for node in 0..3 {
        stage.restart_node(node);
        stage.go_on(A_MOMENT).await;
    }
    stage.end().await;
}

/// Any of it, in any order, several at a time: for `CHAOS_MINUTES`, else once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn everything_at_once() {
    let minutes = env::var("CHAOS_MINUTES").ok();
    let minutes: u64 =
        minutes.map_or(0, |text| text.parse().expect("CHAOS_MINUTES: expected a whole number of minutes"));
    let until = Instant::now() + Duration::from_secs(60 * minutes);
    let mut stage = Stage::set(Users::Change, seed()).await;
    loop {
        stage.begin().await;
        mix::play(&mut stage).await;
        stage.end().await;
        if Instant::now() >= until {
            break;
        }
    }
}
