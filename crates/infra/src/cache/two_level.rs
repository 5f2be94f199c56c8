//! The engine as its callers see it: get, invalidate, and how it does. A hit in L1 is answered here; everything else goes
//! through `parts` and `assembly`.

use std::{sync::Arc, time::Duration};

use domain::invalidation::{CacheTag, CacheTags, InvalidationOutcome};
use smallvec::{SmallVec, smallvec};
use tokio::sync::watch;
use tracing::{Instrument as _, field};

use super::{
    BusState, CacheError, DataVersion, LayerOutcome, Lookup, News, Served, TroubleKind,
    assembly::assembled,
    budget::Level,
    core::Core,
    eager::after_hit,
    entry::Entry,
    key::Key,
    l2::L2,
    mutation::{Mutation, is_on},
    packing::packed_behind,
    parts::{Bus, parts},
    reading::{self, ReadKey},
    report::{self, CacheStats, L2Health, Times},
    runtime::{Moment, Runtime, within},
    source::Source,
    stats::Stats,
    versions::Stamp,
};
use crate::config::CacheConfig;

/// The two-level cache.
pub struct TwoLevel {
    core: Arc<Core>,
}

impl TwoLevel {
    /// An empty one. Nothing is connected until it is asked.
    pub fn new(
        config: CacheConfig,
        runtime: Arc<dyn Runtime>,
        l2: Arc<dyn L2>,
        source: Arc<dyn Source>,
    ) -> Self {
        Self { core: Arc::new(Core::new(config, runtime, l2, source)) }
    }

    /// The value of `key`, at least as new as `min` where that is given.
    ///
    /// # Errors
    /// [`CacheError`]
    pub async fn get(&self, key: Key, min: Option<&DataVersion>) -> Result<Served, CacheError> {
        let begun = self.core.runtime.now();
        if let Some((entry, pending)) = hit(&self.core, &key, min, begun) {
            let _hit = tracing::debug_span!("cache.get", cache.part = key.part(), cache.outcome = "l1; hit")
                .entered();
            let took = self.core.runtime.now().since(begun);
            self.core.stats.part(&key).l1_hits.count();
            self.core.stats.l1_time.record(took);
            packed_behind(&self.core, key, &entry);
            after_hit(&self.core, key, &entry, begun);
            let outcome = LayerOutcome::Hit { ttl_secs: entry.ttl_secs(begun) };
            return Ok(Served {
                age: entry.age(begun),
                lookups: smallvec![Lookup { layer: "l1", key: None, outcome }],
                data_version: entry.stamp.data_version(pending),
                timings: smallvec![("l1", took)],
                body: Arc::clone(&entry.body),
            });
        }
        let span = tracing::debug_span!("cache.get", cache.part = key.part(), cache.outcome = field::Empty);
        let answering = async {
            match key.parts() {
                Some(parts) => assembled(&self.core, key, &parts, min).await,
                None => parts(&self.core, &[key], min, Bus::AsItIs).await.swap_remove(0),
            }
        };
        let mut answer = answering.instrument(span.clone()).await?;
        if key.parts().is_none() {
            answer.lookups.iter_mut().for_each(|lookup| lookup.key = None);
        }
        if self.core.l1.holds(&key, &answer.entry) {
            packed_behind(&self.core, key, &answer.entry);
        }
        let now = self.core.runtime.now();
        let mut timings = SmallVec::new();
        timings.extend(answer.l2_took.map(|took| ("l2", took)));
        timings.extend(answer.load_took.map(|took| ("db", took)));
        timings.push(("total", now.since(begun)));
        let mut served = Served {
            age: answer.entry.age(now),
            lookups: answer.lookups,
            data_version: answer.entry.stamp.data_version(self.core.versions.known().pending()),
            timings,
            body: Arc::clone(&answer.entry.body),
        };
        if !span.is_disabled() {
            span.record("cache.outcome", served.cache_status());
        }
        if let Some(min) = min {
            // Each part either is as new, or was loaded after the request came: it holds whatever the client has seen.
            served.data_version.raise(min);
        }
        Ok(served)
    }

    /// Makes everything that carries one of `tags` old: in this process before the future is first polled.
    pub fn invalidate(&self, tags: CacheTags) -> impl Future<Output = InvalidationOutcome> + Send + use<> {
        self.core.invalidator.invalidate(tags)
    }

    /// The same for a write of which nobody knows whether it happens: now, and again later.
    pub fn invalidate_uncertain(&self, tags: CacheTags) {
        self.core.invalidator.invalidate_uncertain(tags);
    }

    /// The versions known now, without the tags whose invalidation is pending.
    pub fn data_version(&self) -> DataVersion {
        let known = self.core.versions.known();
        known.stamp(CacheTags::OF_ANSWERS).data_version(known.pending())
    }

    /// How the data stands, for those who only listen; costs no command.
    pub fn news(&self) -> News {
        News::of(&self.core.versions.known())
    }

    /// What is known of the sessions' tag now: to be taken before something is read from the database that is to be
    /// remembered while the stamp [is current](Self::is_current).
    pub fn sessions_stamp(&self) -> Stamp {
        self.core.versions.known().stamp(CacheTag::Sessions.into())
    }

    /// Whether nothing that `stamp` carries has been invalidated since, as far as is known here: a few integers are
    /// compared, no command is sent.
    pub fn is_current(&self, stamp: &Stamp) -> bool {
        self.core.versions.is_current(stamp)
    }

    /// Whether every invalidation elsewhere is told here as it happens. Where it is not, the bus is opened behind the
    /// caller's back.
    pub fn hears_of_others(&self) -> bool {
        self.core.bus.want();
        self.core.bus.is_healthy()
    }

    /// Wakes whoever waits for it each time a tag is invalidated, here or elsewhere, and when Redis has acknowledged it;
    /// several may come as one.
    pub fn moves(&self) -> watch::Receiver<()> {
        self.core.versions.moves()
    }

    /// What it has counted, and how it stands.
    pub fn stats(&self) -> CacheStats {
        report::stats(&self.core)
    }

    /// How the bus stands; where there is no Redis it means nothing.
    pub fn bus_state(&self) -> BusState {
        self.core.bus.state()
    }

    /// What is wrong with Redis as far as commands go, by the last call of each kind.
    pub fn trouble(&self) -> Option<TroubleKind> {
        self.core.remote.troubles.current()
    }

    /// What is wrong with the bus's connection.
    pub fn bus_trouble(&self) -> Option<TroubleKind> {
        self.core.bus.troubles.current()
    }

    /// What the engine counts.
    pub fn counters(&self) -> &Stats {
        &self.core.stats
    }

    /// Memory that Redis uses and may use; one command.
    pub async fn redis_memory(&self) -> Option<super::l2::RedisMemory> {
        self.core.remote.memory().await.ok().flatten()
    }

    /// How L2 does, by the outcome of the last calls; costs no command.
    pub fn l2_health(&self) -> L2Health {
        report::l2_health(&self.core)
    }

    /// Reads the versions, whether or not anybody needs them: one command.
    pub async fn probe_l2(&self) {
        reading::read(&self.core, &[ReadKey::Versions(CacheTags::OF_ANSWERS)]).await;
    }

    /// Exchanges counts of commands with the fleet: one command, unless the budget is used up.
    pub async fn exchange_counts(&self) {
        if self.core.remote.level() < Level::Promptness {
            // Its failure is logged and counted where it happened.
            let _ = self.core.remote.exchange_counts().await;
        }
    }

    /// How much is given up for the budget's sake.
    pub fn level(&self) -> Level {
        self.core.remote.level()
    }

    /// How long everything took; costs no command.
    pub fn times(&self) -> Vec<Times> {
        report::times(&self.core)
    }

    /// Sends what is pending and what is counted, no longer than `limit`, and closes the bus. Says whether nothing is
    /// pending.
    pub async fn shut_down(&self, limit: Duration) -> bool {
        let begun = self.core.runtime.now();
        let drained = self.core.invalidator.drain(limit).await;
        if drained && self.core.remote.has_untold_counts() {
            let left = limit.saturating_sub(self.core.runtime.now().since(begun));
            let _ = within(&*self.core.runtime, left, self.core.remote.exchange_counts()).await;
        }
        self.core.bus.stop();
        drained
    }
}

impl Drop for TwoLevel {
    fn drop(&mut self) {
        self.core.bus.stop();
    }
}

/// An L1 hit, and the tags that are pending: no command, no allocation.
fn hit(core: &Core, key: &Key, min: Option<&DataVersion>, now: Moment) -> Option<(Arc<Entry>, CacheTags)> {
    // The bus first: were it asked last, it might have come back in between, with versions that this look has missed.
    if !core.bus.is_healthy() && !is_on(Mutation::TrustL1WhileBusDown) {
        return None;
    }
    let entry = core.l1.get(key)?;
    if !entry.is_in_time(now) || !min.is_none_or(|min| entry.stamp.meets(min)) {
        return None;
    }
    let pending = core.versions.pending_if_fresh(&entry.stamp)?;
    Some((entry, pending))
}
