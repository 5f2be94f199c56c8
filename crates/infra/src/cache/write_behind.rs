//! Stores into L2, off every response's path: a short queue and one task that empties it. Before a store goes out it is
//! checked again: what has become old or pending meanwhile is not worth a command. A full queue drops the newest: the
//! next reader elsewhere loads instead.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use domain::invalidation::CacheTags;
use futures_util::FutureExt as _;

use super::{
    budget::Level, bus::Bus, codec::encode, entry::Entry, key::Key, l2::Storing, remote::Remote,
    runtime::Runtime, stats::Stats, supervised::supervised, versions::Versions,
};

/// So many loads may wait to be stored.
const LONGEST_QUEUE: usize = 64;

/// The queue of stores.
pub(super) struct WriteBehind {
    remote: Arc<Remote>,
    bus: Arc<Bus>,
    versions: Arc<Versions>,
    runtime: Arc<dyn Runtime>,
    stats: Arc<Stats>,
    grace: Duration,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Vec<(Key, Arc<Entry>)>>,
    working: bool,
}

impl WriteBehind {
    /// An empty queue; what is stored may be kept for `grace` past its time.
    pub(super) fn new(
        remote: Arc<Remote>,
        bus: Arc<Bus>,
        versions: Arc<Versions>,
        runtime: Arc<dyn Runtime>,
        stats: Arc<Stats>,
        grace: Duration,
    ) -> Self {
        Self { remote, bus, versions, runtime, stats, grace, queue: Mutex::default() }
    }

    /// Stores the parts of one load, soon.
    pub(super) fn store(self: &Arc<Self>, parts: Vec<(Key, Arc<Entry>)>) {
        if parts.is_empty() || !self.remote.is_shared() {
            return;
        }
        if self.remote.level() >= Level::Stores {
            self.stats.stores_spared.count();
            return;
        }
        let mut queue = self.lock();
        if queue.waiting.len() >= LONGEST_QUEUE {
            self.stats.stores_dropped.count();
            return;
        }
        queue.waiting.push_back(parts);
        if !queue.working {
            queue.working = true;
            let this = Arc::clone(self);
            let (runtime, stats) = (Arc::clone(&self.runtime), Arc::clone(&self.stats));
            let task = supervised("stores", runtime, stats, move || Arc::clone(&this).work());
            self.runtime.spawn(task.boxed());
        }
    }

    /// How many loads wait to be stored.
    pub(super) fn waiting(&self) -> usize {
        self.lock().waiting.len()
    }

    async fn work(self: Arc<Self>) {
        loop {
            let parts = {
                let mut queue = self.lock();
                let Some(parts) = queue.waiting.pop_front() else {
                    queue.working = false;
                    return;
                };
                parts
            };
            let (entries, tags) = self.worth_storing(parts);
            if !entries.is_empty() {
                // Its failure is logged and counted where it happened; the value is in L1.
                if let Ok(merged) = self.remote.store(&entries, tags).await
                    && !merged.ahead.is_empty()
                {
                    self.bus.suspect();
                }
            }
        }
    }

    fn worth_storing(&self, parts: Vec<(Key, Arc<Entry>)>) -> (Vec<Storing>, CacheTags) {
        let known = self.versions.known();
        let now = self.runtime.now();
        let mut tags = CacheTags::NONE;
        let mut entries = Vec::with_capacity(parts.len());
        for (key, entry) in parts {
            let stamp = &entry.stamp;
            if stamp.has_unknown() || stamp.tags.intersects(known.pending()) || !known.is_current(stamp) {
                continue;
            }
            let text = key.text();
            let ttl = entry.expires.since(entry.created);
            let age = entry.age(now);
            tags = tags.union(stamp.tags);
            entries.push(Storing {
                payload: encode(&text, stamp, ttl, &entry.body.identity.bytes),
                key: text,
                age,
                created_micros: self
                    .remote
                    .clock
                    .earliest_micros(now)
                    .map(|clock| clock.saturating_sub(micros(age))),
                keep: (ttl + self.grace).saturating_sub(age),
            });
        }
        (entries, tags)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
