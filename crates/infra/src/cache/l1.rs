//! L1: the process's own memory. quick_cache bounds bytes and items by one weight; it neither expires nor invalidates:
//! stamp and time, checked on every read, do.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use quick_cache::{DefaultHashBuilder, Lifecycle, OptionsBuilder, Weighter, sync::Cache};

use super::{entry::Entry, key::Key};

/// What an entry takes beside its body's bytes, roughly: stamp, times, pointers, map slots.
const OVERHEAD_BYTES: u64 = 512;
/// Few, so that the largest entry that fits does not depend on the machine.
const SHARDS: usize = 2;
/// quick_cache merges shards that would hold fewer items than half of this.
const LEAST_ITEMS: usize = 64;
/// quick_cache keeps an entry out that is heavier than this share (in percent) of a shard.
const LARGEST_PERCENT: u64 = 97;

/// L1.
#[derive(Debug)]
pub struct L1 {
    entries: Cache<Key, Kept, KeptWeight, DefaultHashBuilder, CountEvictions>,
    putting: Mutex<()>,
    /// What the lightest entry weighs, so that one bound holds for bytes and for items.
    least: u64,
    evicted: Arc<AtomicU64>,
    rejected: AtomicU64,
    max_bytes: u64,
    max_items: u64,
}

/// An entry, and what it weighed when it was put in: quick_cache takes the same off when it goes, though it may have been
/// packed in the meantime.
#[derive(Clone, Debug)]
struct Kept {
    entry: Arc<Entry>,
    weight: u64,
}

/// What became of a put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// It is in.
    Done,
    /// What is there is newer.
    Newer,
    /// It is larger than a shard.
    TooLarge,
}

impl L1 {
    /// An L1 of at most `max_bytes` and at most `max_items`.
    pub fn new(max_bytes: u64, max_items: u64) -> Self {
        let evicted = Arc::new(AtomicU64::new(0));
        let items = usize::try_from(max_items).unwrap_or(usize::MAX).clamp(LEAST_ITEMS, 1 << 20);
        let mut options = OptionsBuilder::new();
        options.estimated_items_capacity(items).weight_capacity(max_bytes).shards(SHARDS);
        let entries = Cache::with_options(
            options.build().unwrap_or_else(|error| unreachable!("all options are set: {error}")),
            KeptWeight,
            DefaultHashBuilder::default(),
            CountEvictions(Arc::clone(&evicted)),
        );
        Self {
            entries,
            least: max_bytes.div_ceil(max_items.max(1)),
            putting: Mutex::default(),
            evicted,
            rejected: AtomicU64::new(0),
            max_bytes,
            max_items,
        }
    }

    /// The entry under `key`, fresh or not.
    pub fn get(&self, key: &Key) -> Option<Arc<Entry>> {
        self.entries.get(key).map(|kept| kept.entry)
    }

    /// Puts `entry` in, unless the one there is higher in any version or sequence, or as high and younger.
    pub fn put(&self, key: Key, entry: Arc<Entry>) -> Put {
        let weight = self.weight_of(&entry);
        if weight > self.largest() {
            self.rejected.fetch_add(1, Ordering::Relaxed);
            return Put::TooLarge;
        }
        let _one_at_a_time = self.putting.lock().unwrap_or_else(PoisonError::into_inner);
        let there = self.entries.peek(&key);
        if let Some(Kept { entry: there, .. }) = &there {
            let as_high = there.stamp.covers(&entry.stamp);
            let younger = there.created > entry.created && there.expires >= entry.expires;
            if there.stamp.exceeds(&entry.stamp) || (as_high && younger) {
                return Put::Newer;
            }
        }
        self.entries.insert(key, Kept { entry, weight });
        if there.is_some() {
            self.replaced();
        }
        Put::Done
    }

    /// Weighs `entry` again, which has been packed, if it is still the one under `key`; one that is too large now goes.
    pub fn weigh_again(&self, key: &Key, entry: &Arc<Entry>) {
        let _one_at_a_time = self.putting.lock().unwrap_or_else(PoisonError::into_inner);
        if self.entries.peek(key).is_some_and(|there| Arc::ptr_eq(&there.entry, entry)) {
            let weight = self.weight_of(entry);
            if weight > self.largest() {
                self.rejected.fetch_add(1, Ordering::Relaxed);
                self.entries.remove(key);
            } else if self.entries.replace(*key, Kept { entry: Arc::clone(entry), weight }, true).is_ok() {
                self.replaced();
            }
        }
    }

    /// Whether `entry` itself is the one under `key`.
    pub fn holds(&self, key: &Key, entry: &Arc<Entry>) -> bool {
        self.entries.peek(key).is_some_and(|there| Arc::ptr_eq(&there.entry, entry))
    }

    /// How many entries there are.
    pub fn items(&self) -> u64 {
        self.entries.len() as u64
    }

    /// How many bytes their bodies take.
    pub fn bytes(&self) -> u64 {
        self.entries.iter().map(|(_, kept)| kept.entry.body.size() + OVERHEAD_BYTES).sum()
    }

    /// How many were pushed out by others.
    pub fn evicted(&self) -> u64 {
        self.evicted.load(Ordering::Relaxed)
    }

    /// How many were too large to be kept.
    pub fn rejected(&self) -> u64 {
        self.rejected.load(Ordering::Relaxed)
    }

    /// The bounds: bytes and items.
    pub fn bounds(&self) -> (u64, u64) {
        (self.max_bytes, self.max_items)
    }

    /// quick_cache has told of an entry that was replaced as of one that was pushed out.
    fn replaced(&self) {
        self.evicted.fetch_sub(1, Ordering::Relaxed);
    }

    fn weight_of(&self, entry: &Entry) -> u64 {
        (entry.body.size() + OVERHEAD_BYTES).max(self.least)
    }

    /// The heaviest entry that a shard keeps.
    fn largest(&self) -> u64 {
        self.entries.shard_capacity() * LARGEST_PERCENT / 100
    }
}

/// An entry weighs what it did when it was put in.
#[derive(Clone, Debug)]
struct KeptWeight;

impl Weighter<Key, Kept> for KeptWeight {
    fn weight(&self, _key: &Key, kept: &Kept) -> u64 {
        kept.weight
    }
}

/// Counts what is pushed out.
#[derive(Clone, Debug)]
struct CountEvictions(Arc<AtomicU64>);

impl Lifecycle<Key, Kept> for CountEvictions {
    type RequestState = ();

    fn on_evict(&self, (): &mut (), _key: Key, _kept: Kept) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use domain::invalidation::{CacheTag, CacheTags};

    use super::*;
    use crate::cache::{
        Body,
        runtime::Moment,
        versions::{PerTag, Stamp},
    };
    use std::time::Duration;

    fn entry(bytes: usize, users: u64, created: u64) -> Arc<Entry> {
        let mut versions = PerTag::default();
        versions[CacheTag::Users] = users;
        // Incompressible, so that its size is what is asked for.
        let noise: Vec<u8> = (0..bytes).map(|_| rand::random()).collect();
        made_of(Bytes::from(noise), versions, created)
    }

    fn made_of(body: Bytes, versions: PerTag<u64>, created: u64) -> Arc<Entry> {
        let stamp = Stamp { tags: CacheTags::EVERY, versions, sequences: PerTag::default() };
        let (created, expires) = (Duration::from_secs(created), Duration::from_secs(created + 60));
        Arc::new(Entry::new(Arc::new(Body::new(body)), stamp, Moment(created), Moment(expires)))
    }

    fn key(n: usize) -> Key {
        Key::Charts(
            domain::metrics::period::MetricsQuery::default(),
            chrono::NaiveDate::from_num_days_from_ce_opt(i32::try_from(n).unwrap() + 1).unwrap(),
        )
    }

    #[test]
    fn both_bounds_hold() {
        let by_items = L1::new(10 << 20, 500);
        let small = entry(100, 1, 1);
        for n in 0..2000 {
            by_items.put(key(n), Arc::clone(&small));
        }
        assert!((450..=500).contains(&by_items.items()), "{} items", by_items.items());
        let by_bytes = L1::new(1 << 20, 500);
        let large = entry(30_000, 1, 1);
        for n in 0..2000 {
            by_bytes.put(key(n), Arc::clone(&large));
        }
        assert!(by_bytes.bytes() <= 1 << 20, "{} bytes", by_bytes.bytes());
        assert!(by_bytes.evicted() > 1900);
    }

    #[test]
    fn what_is_larger_than_a_shard_is_rejected_and_counted() {
        let l1 = L1::new(10_000, 10);
        assert_eq!(l1.put(key(0), entry(6_000, 1, 1)), Put::TooLarge);
        assert_eq!((l1.items(), l1.rejected()), (0, 1));
    }

    #[test]
    fn what_was_packed_is_weighed_again() {
        let text = Bytes::from("0123456789".repeat(200));
        let packable = || made_of(text.clone(), PerTag::default(), 1);
        let l1 = L1::new(1 << 20, 500);
        let ours = packable();
        l1.put(key(0), Arc::clone(&ours));
        let weight = || l1.entries.weight();
        let before = weight();
        ours.body.gzip().unwrap();
        assert_eq!(weight(), before);
        l1.weigh_again(&key(0), &packable());
        assert_eq!(weight(), before, "another entry");
        l1.weigh_again(&key(0), &ours);
        assert!(weight() > before && l1.items() == 1);
        assert!(l1.holds(&key(0), &ours) && !l1.holds(&key(0), &packable()));
        assert_eq!(l1.evicted(), 0, "nothing was pushed out");
        l1.entries.remove(&key(0));
        assert_eq!(weight(), 0);
        l1.weigh_again(&key(0), &ours);
        assert_eq!(l1.items(), 0, "what was pushed out stays out");
    }

    #[test]
    fn an_older_entry_never_replaces_a_newer_one() {
        let l1 = L1::new(1 << 20, 500);
        assert_eq!(l1.put(key(0), entry(10, 5, 1)), Put::Done);
        assert_eq!(l1.put(key(0), entry(10, 4, 9)), Put::Newer);
        assert_eq!(l1.put(key(0), entry(10, 5, 0)), Put::Newer);
        assert_eq!(l1.put(key(0), entry(10, 5, 2)), Put::Done);
        assert_eq!(l1.put(key(0), entry(10, 6, 0)), Put::Done);
        assert_eq!(l1.evicted(), 0);
    }
}
