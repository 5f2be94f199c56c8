//! How long things took, for histograms.

use crate::cache::{
    budget::Kind,
    core::Core,
    stats::{BUCKETS, Timing},
};

/// How long something took, in full.
#[derive(Clone, Debug)]
pub struct Times {
    /// What: `l1`, `l2`, `load`, `invalidation` or `bus`.
    pub what: &'static str,
    /// Of `l2` the kind of call, of `load` the part.
    pub of: Option<&'static str>,
    /// How often it took less than 1 µs, 2 µs, 4 µs and so on; the last: how often at all.
    pub cumulative: [u64; BUCKETS],
    /// The time in all, µs.
    pub total_micros: u64,
}

impl Times {
    fn new(what: &'static str, of: Option<&'static str>, timing: &Timing) -> Self {
        Self { what, of, cumulative: timing.cumulative(), total_micros: timing.total_micros() }
    }
}

/// Calls of these kinds are timed.
const TIMED: [Kind; 6] = [Kind::Read, Kind::Store, Kind::Invalidate, Kind::Start, Kind::Info, Kind::Budget];

pub(in crate::cache) fn times(core: &Core) -> Vec<Times> {
    let stats = &core.stats;
    let mut times = vec![Times::new("l1", None, &stats.l1_time)];
    // The dashboard is assembled, not loaded.
    times.extend(
        stats
            .parts()
            .filter(|(name, _)| *name != "dashboard")
            .map(|(name, part)| Times::new("load", Some(name), &part.load_time)),
    );
    if core.remote.is_shared() {
        let of_kind = |kind: Kind| Times::new("l2", Some(kind.name()), &stats.l2_time_by_kind[kind as usize]);
        times.extend(TIMED.map(of_kind));
        times.push(Times::new("invalidation", None, &stats.invalidation_time));
        times.push(Times::new("bus", None, &stats.bus_time));
    }
    times
}
