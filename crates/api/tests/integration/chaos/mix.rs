//! Faults by chance: which, when, for whom and for how long; several at a time.

use std::time::Duration;

use rand::Rng as _;
use test_support::{Cut, FaultProxy, Way};

use super::{
    journal::Hits,
    stage::{Ongoing, Stage},
};

/// So many faults are begun in a round.
const FAULTS: usize = 8;
/// So many may last at once.
const AT_ONCE: usize = 3;
const PAUSE_MILLIS: std::ops::Range<u64> = 100..1_200;

/// A fault that lasts, and how to end it.
#[derive(Clone, Copy, Debug)]
enum Lasting {
    RedisGone(Ongoing),
    RedisFrozen(Ongoing),
    PostgresqlGone(Ongoing),
    NodeGone(usize, Ongoing),
    NodeFrozen(usize, Ongoing),
    Network(Hits, Option<usize>, Ongoing),
}

impl Lasting {
    /// Whether both are about the same thing.
    fn is_like(&self, other: &Self) -> bool {
        use Lasting::{Network, NodeFrozen, NodeGone, PostgresqlGone, RedisFrozen, RedisGone};
        match (self, other) {
            (RedisGone(_) | RedisFrozen(_), RedisGone(_) | RedisFrozen(_))
            | (PostgresqlGone(_), PostgresqlGone(_)) => true,
            (NodeGone(one, _) | NodeFrozen(one, _), NodeGone(other, _) | NodeFrozen(other, _)) => {
                one == other
            }
            (Network(one, node, _), Network(other, other_node, _)) => {
                one == other && (node.is_none() || other_node.is_none() || node == other_node)
            }
            _ => false,
        }
    }
}

/// Breaks things, and mends them all.
pub(super) async fn play(stage: &mut Stage) {
    let mut lasting: Vec<Lasting> = Vec::new();
    for _ in 0..FAULTS {
        let full = lasting.len() >= AT_ONCE;
        if full || (!lasting.is_empty() && stage.chance.random_bool(0.3)) {
            let index = stage.chance.random_range(0..lasting.len());
            mend(stage, lasting.swap_remove(index));
        }
        if let Some(fault) = begin(stage, &lasting) {
            lasting.push(fault);
        }
        let pause = Duration::from_millis(stage.chance.random_range(PAUSE_MILLIS));
        tokio::time::sleep(pause).await;
    }
    while !lasting.is_empty() {
        let index = stage.chance.random_range(0..lasting.len());
        mend(stage, lasting.swap_remove(index));
    }
    stage.go_on(Duration::from_millis(500)).await;
}

/// Begins a fault like none of those that last; nothing where it is over at once, or the dice fell on one that lasts.
fn begin(stage: &mut Stage, lasting: &[Lasting]) -> Option<Lasting> {
    let any = Ongoing::default();
    let may = |fault: Lasting| !lasting.iter().any(|other| other.is_like(&fault));
    let node = stage.chance.random_range(0..3);
    let some = Some(node).filter(|_| stage.chance.random_bool(0.7));
    let hits = if stage.chance.random_bool(0.6) { Hits::Redis } else { Hits::Database };
    let way = if stage.chance.random_bool(0.5) { Way::ToServer } else { Way::ToClient };
    let how = if stage.chance.random_bool(0.5) { Cut::Closed } else { Cut::Reset };
    let network = may(Lasting::Network(hits, some, any));
    match stage.chance.random_range(0..11) {
        0 if may(Lasting::RedisGone(any)) => Some(Lasting::RedisGone(stage.kill_redis())),
        1 if may(Lasting::RedisFrozen(any)) => Some(Lasting::RedisFrozen(stage.freeze_redis())),
        2 if may(Lasting::PostgresqlGone(any)) => Some(Lasting::PostgresqlGone(stage.stop_postgresql())),
        3 if may(Lasting::NodeGone(node, any)) => Some(Lasting::NodeGone(node, stage.kill_node(node))),
        4 if may(Lasting::NodeFrozen(node, any)) => Some(Lasting::NodeFrozen(node, stage.freeze_node(node))),
        5 if network => {
            let fault = stage.network(hits, some, "holds", |proxy| proxy.hold(way));
            Some(Lasting::Network(hits, some, fault))
        }
        6 if network => {
            let slow = |proxy: &FaultProxy| proxy.delay(Duration::from_millis(300));
            Some(Lasting::Network(hits, some, stage.network(hits, some, "300 ms away", slow)))
        }
        7 if network => Some(Lasting::Network(
            hits,
            some,
            stage.network(hits, some, "refuses", |proxy| {
                proxy.refuse();
                proxy.cut(how);
            }),
        )),
        8 => {
            let fault = stage.network(hits, some, "cut", |proxy| proxy.cut(how));
            stage.note_end(fault);
            None
        }
        9 => {
            let fault =
                stage.network(Hits::Redis, some, "subscribers cut", |proxy| proxy.cut_subscribers(how));
            stage.note_end(fault);
            None
        }
        10 if may(Lasting::NodeGone(node, any)) => {
            stage.restart_node(node);
            None
        }
        _ => None,
    }
}

fn mend(stage: &mut Stage, fault: Lasting) {
    match fault {
        Lasting::RedisGone(fault) => stage.restart_redis(fault),
        Lasting::RedisFrozen(fault) => stage.thaw_redis(fault),
        Lasting::PostgresqlGone(fault) => stage.resume_postgresql(fault),
        Lasting::NodeGone(node, fault) => stage.start_node(node, fault),
        Lasting::NodeFrozen(node, fault) => stage.thaw_node(node, fault),
        Lasting::Network(hits, node, fault) => stage.mend_network(hits, node, fault),
    }
}
