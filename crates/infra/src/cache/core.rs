//! What all of the engine's steps share.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::{
    answer::AssemblyOutcome,
    budget::Budget,
    bus::Bus,
    flight::Flights,
    invalidator::Invalidator,
    key::Key,
    l1::L1,
    l2::L2,
    loading::{Failures, LoadOutcome},
    reading::{KeyRead, ReadKey},
    remote::Remote,
    runtime::Runtime,
    source::Source,
    stats::Stats,
    versions::{Known, Stamp, Versions},
    write_behind::WriteBehind,
};
use crate::config::CacheConfig;

/// So many loads run at once in a process; the others wait for their turn, their deadline running.
const LOADS_AT_ONCE: usize = 8;

pub(super) struct Core {
    pub(super) config: CacheConfig,
    pub(super) runtime: Arc<dyn Runtime>,
    pub(super) source: Arc<dyn Source>,
    pub(super) versions: Arc<Versions>,
    pub(super) stats: Arc<Stats>,
    pub(super) l1: L1,
    pub(super) remote: Arc<Remote>,
    pub(super) bus: Arc<Bus>,
    pub(super) invalidator: Arc<Invalidator>,
    pub(super) write_behind: Arc<WriteBehind>,
    pub(super) reads: Flights<ReadKey, Known, KeyRead>,
    pub(super) loads: Flights<Key, Stamp, LoadOutcome>,
    pub(super) requested_loads: Flights<Key, (), LoadOutcome>,
    pub(super) assemblies: Flights<Key, Stamp, AssemblyOutcome>,
    pub(super) failures: Failures,
    pub(super) load_slots: Semaphore,
}

impl Core {
    pub(super) fn new(
        config: CacheConfig,
        runtime: Arc<dyn Runtime>,
        l2: Arc<dyn L2>,
        source: Arc<dyn Source>,
    ) -> Self {
        let versions = Arc::new(Versions::default());
        let stats = Arc::new(Stats::default());
        let shared = || (Arc::clone(&versions), Arc::clone(&runtime), Arc::clone(&stats));
        let (v, r, s) = shared();
        let budget = Budget::new(config.l2_commands_per_month, config.l2_price_per_100k);
        let remote = Arc::new(Remote::new(l2, r, v, s, config.l2_timeout, budget));
        let (v, r, s) = shared();
        let bus = Arc::new(Bus::new(Arc::clone(&remote), v, r, s));
        let (v, r, s) = shared();
        let invalidator = Arc::new(Invalidator::new(Arc::clone(&remote), v, r, s, config.l2_timeout));
        let (v, r, s) = shared();
        let write_behind =
            Arc::new(WriteBehind::new(Arc::clone(&remote), Arc::clone(&bus), v, r, s, config.grace));
        Self {
            l1: L1::new(config.l1_max_bytes, config.l1_max_items),
            reads: Flights::default(),
            loads: Flights::default(),
            requested_loads: Flights::default(),
            assemblies: Flights::default(),
            failures: Failures::default(),
            load_slots: Semaphore::new(LOADS_AT_ONCE),
            config,
            runtime,
            source,
            versions,
            stats,
            remote,
            bus,
            invalidator,
            write_behind,
        }
    }
}
