//! The engine: how a read goes through L1, L2 and the source, and what it may serve.

use std::{sync::Arc, time::Duration};

use domain::invalidation::{CacheTags, InvalidationOutcome};
use futures_util::{
    FutureExt as _,
    future::{Either, join_all, select},
};

use super::{
    Body, CacheError, DataVersion, LayerOutcome, Lookup, Served,
    codec::Stored,
    core::Core,
    entry::Entry,
    flight::{Boarding, Flight},
    key::Key,
    l2::L2,
    loading::{self, LoadOutcome},
    reading::{self, Found, KeyRead, ReadKey},
    report::{self, CacheStats, L2Health},
    runtime::{Moment, Runtime},
    source::Source,
    versions::{Known, Stamp},
};
use crate::config::CacheConfig;

/// A version further ahead of the newest one known than this cannot come from us.
const AHEAD_MICROS: u64 = 60_000_000;

/// The two-level cache.
pub struct TwoLevel {
    core: Arc<Core>,
}

/// A part, and how it was come by.
#[derive(Clone)]
pub(super) struct Answer {
    entry: Arc<Entry>,
    lookups: Vec<Lookup>,
    /// Whether an assembled body with this part may be kept.
    may_keep: bool,
    l2_took: Option<Duration>,
    load_took: Option<Duration>,
}

/// What an assembly brings.
pub(super) type AssemblyOutcome = Result<Answer, CacheError>;

/// Where a part stands in the course of a read.
enum Step {
    /// It is answered.
    Done(AssemblyOutcome),
    /// L1 has it, fresh as far as is known; but the versions must be asked first.
    Check(Arc<Entry>),
    /// L1 does not have it, or not good enough.
    Ask(LayerOutcome, Option<Arc<Entry>>),
    /// It must be loaded.
    Load(Box<Loading>),
}

/// A part that must be loaded.
struct Loading {
    l1: LayerOutcome,
    l2: Option<LayerOutcome>,
    stamp: Stamp,
    stand_in: Option<StandIn>,
    l2_took: Option<Duration>,
}

/// What may be served should loading fail.
enum StandIn {
    FromL1(Arc<Entry>),
    /// Unpacked only when it is needed.
    FromL2(Arc<Stored>, Moment),
}

impl StandIn {
    /// The entry and the layer it comes from, unless its grace has passed.
    fn entry(self, core: &Core, key: &Key, now: Moment) -> Option<(Arc<Entry>, &'static str)> {
        let (entry, layer) = match self {
            Self::FromL1(entry) => (entry, "l1"),
            Self::FromL2(stored, created) => {
                let expires = created + stored.ttl.min(key.ttl(&core.config.ttls));
                let body = Arc::new(Body::new(stored.body()?));
                (Arc::new(Entry { body, stamp: stored.stamp, created, expires }), "l2")
            }
        };
        entry.may_stand_in(now, core.config.grace).then_some((entry, layer))
    }
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
        if let Some(entry) = hit(&self.core, &key, min, begun) {
            let took = self.core.runtime.now().since(begun);
            self.core.stats.part(&key).l1_hits.count();
            self.core.stats.l1_time.record(took);
            let outcome = LayerOutcome::Hit { ttl_secs: entry.ttl_secs(begun) };
            let lookups = vec![Lookup { layer: "l1", key: None, outcome }];
            return Ok(served(&self.core, &entry, lookups, begun, vec![("l1", took)]));
        }
        let mut answer = match key.parts() {
            Some(parts) => assembled(&self.core, key, &parts, min).await,
            None => parts(&self.core, &[key], min, Bus::AsItIs).await.swap_remove(0),
        }?;
        if key.parts().is_none() {
            answer.lookups.iter_mut().for_each(|lookup| lookup.key = None);
        }
        let now = self.core.runtime.now();
        let mut timings = Vec::with_capacity(3);
        timings.extend(answer.l2_took.map(|took| ("l2", took)));
        timings.extend(answer.load_took.map(|took| ("db", took)));
        timings.push(("cache", now.since(begun)));
        let mut served = served(&self.core, &answer.entry, answer.lookups, now, timings);
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
        known.stamp(CacheTags::EVERY).data_version(known.pending())
    }

    /// What it has counted, and how it stands.
    pub fn stats(&self) -> CacheStats {
        report::stats(&self.core)
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
        reading::read(&self.core, &[ReadKey::Versions(CacheTags::EVERY)]).await;
    }

    /// Sends what is pending, no longer than `limit`, and closes the bus. Says whether nothing is pending.
    pub async fn shut_down(&self, limit: Duration) -> bool {
        let drained = self.core.invalidator.drain(limit).await;
        self.core.bus.stop();
        drained
    }
}

impl Drop for TwoLevel {
    fn drop(&mut self) {
        self.core.bus.stop();
    }
}

/// Whether the state of the bus still has to be made up for by asking Redis.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bus {
    AsItIs,
    /// Redis was asked for the versions in the course of this very read.
    MadeUpFor,
}

impl Bus {
    fn is_good(self, core: &Core) -> bool {
        self == Self::MadeUpFor || core.bus.is_healthy()
    }
}

/// An L1 hit: no command, no allocation.
fn hit(core: &Core, key: &Key, min: Option<&DataVersion>, now: Moment) -> Option<Arc<Entry>> {
    // The bus first: were it asked last, it might have come back in between, with versions that this look has missed.
    let healthy = core.bus.is_healthy();
    let entry = core.l1.get(key)?;
    let good = healthy
        && entry.is_in_time(now)
        && core.versions.is_fresh(&entry.stamp)
        && min.is_none_or(|min| entry.stamp.meets(min));
    good.then_some(entry)
}

/// Reads parts: all that L1 does not answer in one read of L2, all that L2 does not in loads side by side. Where L1 has
/// something but cannot be trusted by itself, the same read asks for its tags' versions, but not for its body.
async fn parts(core: &Arc<Core>, keys: &[Key], min: Option<&DataVersion>, bus: Bus) -> Vec<AssemblyOutcome> {
    let now = core.runtime.now();
    // In this order; see `hit`.
    let trusted = bus.is_good(core);
    let known = core.versions.known();
    let mut steps: Vec<Step> = keys.iter().map(|key| ask_l1(core, key, min, trusted, now, &known)).collect();
    ask_l2(core, keys, min, &mut steps).await;
    // What L1 had and the versions have just shown to be old.
    ask_l2(core, keys, min, &mut steps).await;
    load(core, keys, min, steps).await
}

fn ask_l1(
    core: &Core,
    key: &Key,
    min: Option<&DataVersion>,
    trusted: bool,
    now: Moment,
    known: &Known,
) -> Step {
    let part = core.stats.part(key);
    let Some(entry) = core.l1.get(key) else {
        part.l1_misses.count();
        return Step::Ask(LayerOutcome::Miss, None);
    };
    let meets = min.is_none_or(|min| entry.stamp.meets(min));
    if entry.is_in_time(now) && known.is_current(&entry.stamp) {
        if !meets {
            part.l1_misses.count();
            return Step::Ask(LayerOutcome::Request, None);
        }
        if !trusted || known.unknown.intersects(key.tags()) {
            return Step::Check(entry);
        }
        part.l1_hits.count();
        return Step::Done(Ok(Answer::from_l1(key, entry, now)));
    }
    part.l1_misses.count();
    let stand_in = meets.then_some(entry).filter(|entry| entry.may_stand_in(now, core.config.grace));
    if let (Some(stand_in), Some(_)) = (&stand_in, core.failures.recent(key, now)) {
        // Loading has just failed: asking L2 again for each reader would cost a command each.
        part.stale.count();
        return Step::Done(Ok(Answer::stale(key, "l1", Arc::clone(stand_in), now)));
    }
    Step::Ask(LayerOutcome::NotFresh, stand_in)
}

async fn ask_l2(core: &Arc<Core>, keys: &[Key], min: Option<&DataVersion>, steps: &mut [Step]) {
    let mut wanted = Vec::with_capacity(keys.len());
    let mut to_check = CacheTags::NONE;
    for (key, step) in keys.iter().zip(&*steps) {
        match step {
            Step::Ask(..) => wanted.push(ReadKey::Entry(*key)),
            Step::Check(_) => to_check = to_check.union(key.tags()),
            Step::Done(_) | Step::Load(_) => {}
        }
    }
    if !to_check.is_empty() {
        wanted.push(ReadKey::Versions(to_check));
    }
    if wanted.is_empty() {
        return;
    }
    let reads = reading::read(core, &wanted).await;
    let reached = reads.last().is_some_and(|read| read.reached);
    let mut reads = reads.iter();
    let now = core.runtime.now();
    let known = core.versions.known();
    for (key, step) in keys.iter().zip(steps) {
        match step {
            Step::Check(entry) => *step = checked(core, key, Arc::clone(entry), reached, now, &known),
            Step::Ask(l1, stand_in) => {
                let (l1, stand_in) = (*l1, stand_in.take());
                if let Some(read) = reads.next() {
                    *step = judge(core, key, min, l1, stand_in, read, now);
                }
            }
            Step::Done(_) | Step::Load(_) => {}
        }
    }
}

/// What to do about a part that L1 has after Redis was asked for the versions; if it could not be asked, L1 answers until
/// the entry's time has passed.
fn checked(core: &Core, key: &Key, entry: Arc<Entry>, reached: bool, now: Moment, known: &Known) -> Step {
    let part = core.stats.part(key);
    let in_doubt = reached && known.unknown.intersects(key.tags());
    if known.is_current(&entry.stamp) && entry.is_in_time(now) && !in_doubt {
        part.l1_hits.count();
        return Step::Done(Ok(Answer::from_l1(key, entry, now)));
    }
    part.l1_misses.count();
    Step::Ask(LayerOutcome::NotFresh, Some(entry))
}

/// What to do about a part after L2 was asked.
fn judge(
    core: &Core,
    key: &Key,
    min: Option<&DataVersion>,
    l1: LayerOutcome,
    stand_in: Option<Arc<Entry>>,
    read: &KeyRead,
    now: Moment,
) -> Step {
    let shared = core.remote.is_shared();
    let l2_took = shared.then_some(read.took);
    let l2 = match &read.found {
        Found::Hit(entry) if min.is_none_or(|min| entry.stamp.meets(min)) => {
            let mut lookups = vec![lookup(key, "l1", l1)];
            lookups.push(lookup(key, "l2", LayerOutcome::Hit { ttl_secs: entry.ttl_secs(now) }));
            let entry = Arc::clone(entry);
            return Step::Done(Ok(Answer { entry, lookups, may_keep: true, l2_took, load_took: None }));
        }
        Found::Hit(_) => LayerOutcome::Request,
        Found::Leftover(..) => LayerOutcome::NotFresh,
        Found::Nothing if !read.reached || !read.asked_entry => LayerOutcome::Bypass,
        Found::Nothing => LayerOutcome::Miss,
    };
    let younger = |created: Moment| stand_in.as_ref().is_none_or(|ours| ours.created < created);
    let stand_in = match &read.found {
        Found::Leftover(stored, created)
            if younger(*created) && min.is_none_or(|min| stored.stamp.meets(min)) =>
        {
            Some(StandIn::FromL2(Arc::clone(stored), *created))
        }
        _ => stand_in.map(StandIn::FromL1),
    };
    Step::Load(Box::new(Loading { l1, l2: shared.then_some(l2), stamp: read.stamp, stand_in, l2_took }))
}

async fn load(
    core: &Arc<Core>,
    keys: &[Key],
    min: Option<&DataVersion>,
    steps: Vec<Step>,
) -> Vec<AssemblyOutcome> {
    let wanted: Vec<(Key, Stamp)> = keys
        .iter()
        .zip(&steps)
        .filter_map(|(key, step)| match step {
            Step::Load(loading) if min.is_none_or(|min| loading.stamp.meets(min)) => {
                Some((*key, loading.stamp))
            }
            _ => None,
        })
        .collect();
    let mut seats = loading::board(core, &wanted).into_iter();
    let answers = keys.iter().zip(steps).map(|(key, step)| {
        let loading = match step {
            Step::Load(loading) => loading,
            Step::Done(outcome) => return async { outcome }.boxed(),
            // Both earlier steps leave none of these behind.
            Step::Check(_) | Step::Ask(..) => return async { Err(CacheError::Unanswered) }.boxed(),
        };
        match min.filter(|min| !loading.stamp.meets(min)) {
            None => {
                let seat = seats.next().unwrap_or(Err(CacheError::Unanswered));
                wait(core, *key, *loading, seat, true).boxed()
            }
            Some(min) if is_too_far_ahead(core, min) => async { Err(CacheError::VersionAhead) }.boxed(),
            Some(_) => {
                let seat = loading::board_requested(core, *key, loading.stamp);
                wait(core, *key, *loading, seat, false).boxed()
            }
        }
    });
    join_all(answers).await
}

fn is_too_far_ahead(core: &Core, min: &DataVersion) -> bool {
    // Versions come from Redis's clock. While Redis is silent, others may have made newer ones than any that is known here.
    let clock = core.remote.clock.micros(core.runtime.now()).unwrap_or_else(|| core.runtime.wall_micros());
    min.newest() > core.versions.known().newest().max(clock).saturating_add(AHEAD_MICROS)
}

/// Waits for a load; where something may stand in, no longer than the soft limit.
async fn wait<S>(
    core: &Arc<Core>,
    key: Key,
    loading: Loading,
    seat: Result<Arc<Flight<S, LoadOutcome>>, CacheError>,
    may_keep: bool,
) -> AssemblyOutcome {
    let begun = core.runtime.now();
    let outcome = match (seat, &loading.stand_in) {
        (Err(error), _) => Err(error),
        (Ok(flight), None) => flight.landed().await.unwrap_or(Err(CacheError::Unanswered)),
        (Ok(flight), Some(_)) => {
            // From the load's beginning: of those that wait for a hanging load only the first waits for all of it.
            let waited = begun.since(flight.begun);
            let soft = core.runtime.sleep(core.config.load_soft.saturating_sub(waited));
            match select(std::pin::pin!(flight.landed()), soft).await {
                Either::Left((outcome, _)) => outcome.unwrap_or(Err(CacheError::Unanswered)),
                Either::Right(_) => Err(CacheError::TimedOut(core.config.load_soft)),
            }
        }
    };
    let now = core.runtime.now();
    let mut lookups = vec![lookup(&key, "l1", if may_keep { loading.l1 } else { LayerOutcome::Request })];
    lookups.extend(loading.l2.map(|outcome| lookup(&key, "l2", outcome)));
    let error = match outcome {
        Ok(entry) => {
            let load_took = Some(now.since(begun));
            return Ok(Answer { entry, lookups, may_keep, l2_took: loading.l2_took, load_took });
        }
        Err(error) => error,
    };
    let (stand_in, layer) =
        loading.stand_in.and_then(|stand_in| stand_in.entry(core, &key, now)).ok_or(error)?;
    core.stats.part(&key).stale.count();
    Ok(Answer::stale(&key, layer, stand_in, now))
}

/// The dashboard: from L1 if the versions say so, else assembled of its parts, once for all who wait.
async fn assembled(
    core: &Arc<Core>,
    key: Key,
    part_keys: &[Key; 4],
    min: Option<&DataVersion>,
) -> AssemblyOutcome {
    let now = core.runtime.now();
    let known = core.versions.known();
    let mut bus = Bus::AsItIs;
    core.stats.part(&key).l1_misses.count();
    let there = core.l1.get(&key).filter(|entry| entry.is_in_time(now) && known.is_current(&entry.stamp));
    if let Some(entry) = there.filter(|entry| min.is_none_or(|min| entry.stamp.meets(min))) {
        let reached = reading::read(core, &[ReadKey::Versions(key.tags())]).await.swap_remove(0).reached;
        let now = core.runtime.now();
        let known = core.versions.known();
        let in_doubt = reached && known.unknown.intersects(key.tags());
        if known.is_current(&entry.stamp) && entry.is_in_time(now) && !in_doubt {
            return Ok(Answer::from_l1(&key, entry, now));
        }
        if reached {
            bus = Bus::MadeUpFor;
        }
    }
    if min.is_some() || bus == Bus::MadeUpFor {
        // Not shared: what was asked of Redis for this reader is no answer to one that comes later.
        return assemble(core, key, part_keys, min, bus).await;
    }
    let healthy = core.bus.is_healthy();
    let captured = core.versions.known().stamp(key.tags());
    let boarding = core.assemblies.board(&key, captured, core.runtime.now(), |flight| {
        flight.stamp.covers(&captured) && (healthy || !flight.has_departed())
    });
    let flight = match boarding {
        Boarding::Joined(flight) => flight,
        Boarding::Started(pilot, flight) => {
            let (assembling, part_keys) = (Arc::clone(core), *part_keys);
            let task = async move {
                pilot.depart();
                let outcome = assemble(&assembling, key, &part_keys, None, Bus::AsItIs).await;
                pilot.land(outcome);
            };
            core.runtime.spawn(task.boxed());
            flight
        }
    };
    flight.landed().await.unwrap_or(Err(CacheError::Unanswered))
}

async fn assemble(
    core: &Arc<Core>,
    key: Key,
    part_keys: &[Key; 4],
    min: Option<&DataVersion>,
    bus: Bus,
) -> AssemblyOutcome {
    // Before the first part is read: the body is no newer than this.
    let before = core.versions.known();
    let answers: Vec<Answer> =
        parts(core, part_keys, min, bus).await.into_iter().collect::<Result<_, _>>()?;
    let entries: Vec<Arc<Entry>> = answers.iter().map(|answer| Arc::clone(&answer.entry)).collect();
    let now = core.runtime.now();
    // Of a tag whose version was not known then, the parts tell.
    let known_then = key.tags().iter().filter(|tag| before.versions[*tag] > 0).collect();
    let bytes = core.source.assemble(&key, &entries).map_err(|error| CacheError::LoadFailed(error.0))?;
    let entry = Arc::new(Entry {
        body: Arc::new(Body::new(bytes)),
        stamp: entries.iter().fold(before.stamp(known_then), |stamp, entry| stamp.lower(&entry.stamp)),
        created: entries.iter().map(|entry| entry.created).min().unwrap_or(now),
        expires: entries
            .iter()
            .map(|entry| entry.expires)
            .fold(now + key.ttl(&core.config.ttls), Moment::min),
    });
    let may_keep = answers.iter().all(|answer| answer.may_keep);
    if may_keep {
        core.l1.put(key, Arc::clone(&entry));
    }
    Ok(Answer {
        entry,
        may_keep,
        l2_took: answers.iter().filter_map(|answer| answer.l2_took).max(),
        load_took: answers.iter().filter_map(|answer| answer.load_took).max(),
        lookups: answers.into_iter().flat_map(|answer| answer.lookups).collect(),
    })
}

impl Answer {
    fn from_l1(key: &Key, entry: Arc<Entry>, now: Moment) -> Self {
        let outcome = LayerOutcome::Hit { ttl_secs: entry.ttl_secs(now) };
        let lookups = vec![lookup(key, "l1", outcome)];
        Self { entry, lookups, may_keep: true, l2_took: None, load_took: None }
    }

    fn stale(key: &Key, layer: &'static str, entry: Arc<Entry>, now: Moment) -> Self {
        let outcome = LayerOutcome::Stale { ttl_secs: entry.ttl_secs(now) };
        let lookups = vec![lookup(key, layer, outcome)];
        Self { entry, lookups, may_keep: false, l2_took: None, load_took: None }
    }
}

fn lookup(key: &Key, layer: &'static str, outcome: LayerOutcome) -> Lookup {
    Lookup { layer, key: Some(key.part()), outcome }
}

fn served(
    core: &Core,
    entry: &Entry,
    lookups: Vec<Lookup>,
    now: Moment,
    timings: Vec<(&'static str, Duration)>,
) -> Served {
    Served {
        body: Arc::clone(&entry.body),
        age: entry.age(now),
        lookups,
        data_version: entry.stamp.data_version(core.versions.known().pending()),
        timings,
    }
}
