//! What an operator is shown: the counts, the bounds, and how each piece stands. Reading it costs no command.

mod fleet;
mod instance;
mod times;

use std::collections::BTreeMap;

use domain::invalidation::CacheTag;
use serde::Serialize;
use utoipa::ToSchema;

pub(in crate::cache) use self::times::times;
pub use self::{
    fleet::{FleetCommands, FleetStats, RedisMemoryReport},
    instance::{
        BusStats, CommandReport, InstanceStats, L1Stats, L2Stats, Latency, LayerStats, PartReport,
        StalenessBound,
    },
    times::Times,
};
use super::{
    TroubleKind,
    breaker::BreakerState,
    budget::{ByKind, Kind, Level, WITHHELD_FOR},
    core::Core,
    stats::{Counter, PartStats, Timing},
};
use crate::change_feed::ChangeFeedStatus;

/// How the cache of this instance, and what the instances share, does.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CacheStats {
    /// Of this process, since its start.
    pub instance: InstanceStats,
    /// Of what all instances share.
    pub fleet: FleetStats,
}

/// How L2 does, by the outcome of the last calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum L2Health {
    /// None is configured.
    Absent,
    /// The last calls succeeded, or none was made yet.
    Up,
    /// Calls fail, or invalidations do, as where the user may read but not write; the service goes on without.
    Down,
}

/// Keep-alive finds a dead connection within this.
const DEAD_CONNECTION_SECS: u64 = 60;

pub(super) fn stats(core: &Core) -> CacheStats {
    let stats = &core.stats;
    let known = core.versions.known();
    let sum = |of: fn(&PartStats) -> &Counter| stats.parts().map(|(_, part)| of(part).get()).sum::<u64>();
    let (max_bytes, max_items) = core.l1.bounds();
    let by_tag = |of: &dyn Fn(CacheTag) -> u64| {
        CacheTag::OF_ANSWERS.into_iter().map(|tag| (tag.as_str(), of(tag))).collect()
    };
    let l1 = L1Stats {
        lookups: layer(sum(|part| &part.l1_hits), sum(|part| &part.l1_misses), &stats.l1_time),
        items: core.l1.items(),
        max_items,
        bytes: core.l1.bytes(),
        max_bytes,
        evictions: core.l1.evicted(),
        rejected: core.l1.rejected(),
    };
    let l2 = core.remote.is_shared().then(|| L2Stats {
        lookups: layer(sum(|part| &part.l2_hits), sum(|part| &part.l2_misses), &stats.l2_time),
        commands: CommandReport::new(&core.remote.commands()),
        failures: stats.l2_failures.get(),
        trouble: core.remote.troubles.current().map(TroubleKind::as_str),
        troubles: TroubleKind::EVERY.map(|kind| (kind.as_str(), stats.trouble(kind).get())).into(),
        undecodable: stats.l2_undecodable.get(),
        stores_dropped: stats.stores_dropped.get(),
        stores_waiting: core.write_behind.waiting() as u64,
        stores_spared: stats.stores_spared.get(),
        stores_withheld: stats.stores_withheld.get(),
        versions_lost: stats.versions_lost.get(),
        reads_spared: stats.reads_spared.get(),
        invalidations_withheld: stats.invalidations_withheld.get(),
        breaker: match core.remote.breaker.state() {
            BreakerState::Closed => "closed",
            BreakerState::Open => "open",
            BreakerState::HalfOpen => "half_open",
        },
        bus: BusStats {
            state: core.bus.state().as_str(),
            trouble: core.bus.troubles.current().map(TroubleKind::as_str),
            connections: stats.bus_connections.get(),
            messages: stats.bus_messages.get(),
            gaps: stats.bus_gaps.get(),
        },
    });
    let instance = InstanceStats {
        l1,
        l2,
        parts: stats.parts().map(|(name, part)| (name, part_report(part))).collect(),
        staleness_bound: staleness_bound(core),
        tag_versions: by_tag(&|tag| known.versions[tag]),
        pending_tags: known.pending().iter().map(CacheTag::as_str).collect(),
        pending_oldest_secs: core.invalidator.waiting_for().as_secs(),
        task_panics: stats.task_panics.get(),
        invalidations: by_tag(&|tag| stats.invalidations(tag)),
        change_feed: ChangeFeedStatus::default(),
    };
    let commands = core.remote.is_shared().then(|| FleetCommands::new(core));
    CacheStats { instance, fleet: FleetStats { redis_memory: None, commands } }
}

pub(super) fn l2_health(core: &Core) -> L2Health {
    if !core.remote.is_shared() {
        L2Health::Absent
    } else if core.remote.is_in_trouble() || core.invalidator.is_failing() {
        L2Health::Down
    } else {
        L2Health::Up
    }
}

fn staleness_bound(core: &Core) -> StalenessBound {
    let ttls = &core.config.ttls;
    let longest = [ttls.dashboard, ttls.overview, ttls.charts, ttls.recent_users, ttls.recent_proposals]
        .into_iter()
        .max();
    let longest = longest.unwrap_or_default().as_secs();
    let (kind, max_secs) = if !core.remote.is_shared() {
        ("local", 0)
    } else if core.remote.breaker.has_failed() {
        ("ttl", longest)
    } else {
        let (kind, max_secs) =
            if core.bus.is_healthy() { ("bus", DEAD_CONNECTION_SECS) } else { ("round_trip", 0) };
        let (kind, withheld) = match core.remote.level() {
            Level::Promptness => ("budget", WITHHELD_FOR.as_secs()),
            _ => (kind, 0),
        };
        (kind, longest.min(max_secs + withheld))
    };
    StalenessBound { kind, max_secs }
}

fn layer(hits: u64, misses: u64, timing: &Timing) -> LayerStats {
    let asked = hits + misses;
    #[expect(clippy::cast_precision_loss, reason = "a share")]
    let hit_rate = (asked > 0).then(|| hits as f64 / asked as f64);
    LayerStats { hits, misses, hit_rate, latency: latency(timing) }
}

fn latency(timing: &Timing) -> Latency {
    Latency { p50_micros: timing.quantile_micros(0.5), p99_micros: timing.quantile_micros(0.99) }
}

fn part_report(part: &PartStats) -> PartReport {
    PartReport {
        l1_hits: part.l1_hits.get(),
        l1_misses: part.l1_misses.get(),
        l2_hits: part.l2_hits.get(),
        l2_misses: part.l2_misses.get(),
        loads: part.loads.get(),
        load_failures: part.load_failures.get(),
        coalesced: part.coalesced.get(),
        joins_refused: part.joins_refused.get(),
        stale: part.stale.get(),
        refreshes: part.refreshes.get(),
        load_latency: latency(&part.load_time),
    }
}

fn by_kind(counts: &ByKind) -> BTreeMap<&'static str, u64> {
    Kind::EVERY.iter().map(|kind| kind.name()).zip(*counts).collect()
}
