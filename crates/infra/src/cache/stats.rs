//! What the cache counts: lookups by layer and part, loads, commands by kind, invalidations by tag, times. Counters only
//! grow; reading them costs nothing to those who count.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use domain::invalidation::{CacheTag, CacheTags};

use super::{
    budget::{ByKind, Kind},
    key::Key,
    l2::Beside,
    trouble::TroubleKind,
};

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// One more.
    pub fn count(&self) {
        self.add(1);
    }

    /// So many more.
    pub fn add(&self, number: u64) {
        self.0.fetch_add(number, Ordering::Relaxed);
    }

    /// How many.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// How many buckets a [`Timing`] has: one for each power of two of microseconds, the last for all above.
pub const BUCKETS: usize = 28;

/// How long something took: counts by powers of two of microseconds.
#[derive(Debug, Default)]
pub struct Timing {
    buckets: [Counter; BUCKETS],
    total_micros: Counter,
}

impl Timing {
    /// It took `duration` once more.
    pub fn record(&self, duration: Duration) {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let bucket = (u64::BITS - micros.leading_zeros()) as usize;
        self.buckets[bucket.min(BUCKETS - 1)].count();
        self.total_micros.add(micros);
    }

    /// How often it took less than each power of two of microseconds, from 1 µs on; the last: how often at all.
    pub fn cumulative(&self) -> [u64; BUCKETS] {
        let mut seen = 0;
        std::array::from_fn(|at| {
            seen += self.buckets[at].get();
            seen
        })
    }

    /// How often it was recorded.
    pub fn count(&self) -> u64 {
        self.buckets.iter().map(Counter::get).sum()
    }

    /// The time in all, µs.
    pub fn total_micros(&self) -> u64 {
        self.total_micros.get()
    }

    /// An upper bound, µs, within which the share `quantile` of all times lay; 0 where nothing was recorded.
    pub fn quantile_micros(&self, quantile: f64) -> u64 {
        #[expect(clippy::cast_precision_loss, reason = "a share of a count")]
        let wanted = self.count() as f64 * quantile;
        let mut seen = 0_u64;
        for (power, bucket) in self.buckets.iter().enumerate() {
            seen += bucket.get();
            #[expect(clippy::cast_precision_loss, reason = "a share of a count")]
            if seen > 0 && seen as f64 >= wanted {
                return 1 << power;
            }
        }
        0
    }
}

/// Counts of one part.
#[derive(Debug, Default)]
pub struct PartStats {
    /// Fresh values found in L1.
    pub l1_hits: Counter,
    /// Lookups in L1 that found none.
    pub l1_misses: Counter,
    /// Fresh values found in L2.
    pub l2_hits: Counter,
    /// Lookups in L2 that found none.
    pub l2_misses: Counter,
    /// Loads begun.
    pub loads: Counter,
    /// Loads that failed or took too long.
    pub load_failures: Counter,
    /// Refreshes begun behind a hit, before the value's time ended.
    pub refreshes: Counter,
    /// Readers that waited for a load that another one began.
    pub coalesced: Counter,
    /// Readers that did not join a load under way because it began before something they must see.
    pub joins_refused: Counter,
    /// Values served past their time because loading failed.
    pub stale: Counter,
    /// How long loads took.
    pub load_time: Timing,
}

/// Commands sent, by kind.
#[derive(Debug, Default)]
pub struct CommandStats {
    /// Reads of entries and versions (MGET).
    pub read: Counter,
    /// Stores (EVALSHA).
    pub store: Counter,
    /// Invalidations (EVALSHA).
    pub invalidate: Counter,
    /// Starts of unknown tags (EVALSHA).
    pub start: Counter,
    /// Subscriptions to the bus (SUBSCRIBE).
    pub subscribe: Counter,
    /// INFO, for the statistics.
    pub info: Counter,
    /// Exchanges of counts with the fleet that rode on no other call (EVALSHA).
    pub budget: Counter,
    /// Run by scripts inside Redis, as far as is known; where a script's answer was lost, the most it can have run.
    pub inner: Counter,
}

impl CommandStats {
    /// Each kind's count, with those that were sent `beside` the calls.
    pub fn by_kind(&self, beside: Beside) -> ByKind {
        Kind::EVERY.map(|kind| match kind {
            Kind::Read => self.read.get(),
            Kind::Store => self.store.get(),
            Kind::Invalidate => self.invalidate.get(),
            Kind::Start => self.start.get(),
            Kind::Subscribe => self.subscribe.get(),
            Kind::Info => self.info.get(),
            Kind::Budget => self.budget.get(),
            Kind::Connect => beside.connect,
            Kind::Script => beside.script,
            Kind::Inner => self.inner.get(),
        })
    }
}

/// All counts of one instance.
#[derive(Debug, Default)]
pub struct Stats {
    parts: [PartStats; 5],
    /// Commands sent to Redis.
    pub commands: CommandStats,
    /// Redis calls that failed or took too long.
    pub l2_failures: Counter,
    /// Entries of L2 that did not decode, were another key's or lay in the future.
    pub l2_undecodable: Counter,
    /// Stores given up because the queue was full.
    pub stores_dropped: Counter,
    /// Stores not sent because Redis refused the last one: its memory is full, say.
    pub stores_withheld: Counter,
    /// Times that versions were found gone or lower in Redis: it was emptied, evicts tags, or lost writes in a fail-over.
    pub versions_lost: Counter,
    /// Tasks of the cache that panicked and were started anew.
    pub task_panics: Counter,
    /// Stores not made for the budget's sake.
    pub stores_spared: Counter,
    /// Parts that L2 was not asked for, for the budget's sake.
    pub reads_spared: Counter,
    /// Times invalidations had to wait for the budget's sake.
    pub invalidations_withheld: Counter,
    /// Gaps on the bus: a message that could not be decoded or never came.
    pub bus_gaps: Counter,
    /// Times the bus was connected.
    pub bus_connections: Counter,
    /// Messages from the bus.
    pub bus_messages: Counter,
    /// How long hits in L1 took.
    pub l1_time: Timing,
    /// How long calls to L2 took.
    pub l2_time: Timing,
    /// The same by kind, in the order of [`Kind::EVERY`].
    pub l2_time_by_kind: [Timing; Kind::EVERY.len()],
    /// How long invalidations took until Redis acknowledged them; those that were queued are not among them.
    pub invalidation_time: Timing,
    /// How long messages were on the bus, from the version's making on Redis's clock; too long by up to a round trip.
    pub bus_time: Timing,
    invalidations: [Counter; CacheTag::EVERY.len()],
    troubles: [Counter; TroubleKind::EVERY.len()],
}

/// The names of the parts, in the order in which they are counted.
pub const PARTS: [&str; 5] = ["dashboard", "overview", "charts", "recentUsers", "recentProposals"];

impl Stats {
    /// The counts of the part that `key` belongs to.
    pub fn part(&self, key: &Key) -> &PartStats {
        let index = match key {
            Key::Dashboard(..) => 0,
            Key::Overview(..) => 1,
            Key::Charts(..) => 2,
            Key::RecentUsers(_) => 3,
            Key::RecentProposals(_) => 4,
        };
        &self.parts[index]
    }

    /// Every part's name and counts.
    pub fn parts(&self) -> impl Iterator<Item = (&'static str, &PartStats)> {
        PARTS.into_iter().zip(&self.parts)
    }

    /// `tags` were invalidated on this instance.
    pub fn invalidated(&self, tags: CacheTags) {
        for tag in tags.iter() {
            self.invalidations[tag.index()].count();
        }
    }

    /// How often Redis was met in that kind of trouble, the bus included.
    pub fn trouble(&self, kind: TroubleKind) -> &Counter {
        &self.troubles[kind.index()]
    }

    /// How often `tag` was invalidated on this instance.
    pub fn invalidations(&self, tag: CacheTag) -> u64 {
        self.invalidations[tag.index()].get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_upper_bounds() {
        let timing = Timing::default();
        assert_eq!(timing.quantile_micros(0.5), 0);
        (0..99).for_each(|_| timing.record(Duration::from_micros(100)));
        timing.record(Duration::from_millis(10));
        assert_eq!(timing.quantile_micros(0.5), 128);
        assert_eq!(timing.quantile_micros(0.999), 16_384);
        assert_eq!((timing.count(), timing.total_micros()), (100, 19_900));
        let cumulative = timing.cumulative();
        assert_eq!((cumulative[6], cumulative[7], cumulative[13], cumulative[14]), (0, 99, 99, 100));
        assert_eq!(cumulative[BUCKETS - 1], 100);
    }
}
