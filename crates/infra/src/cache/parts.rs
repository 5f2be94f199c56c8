//! How parts are read: L1 first, then one question to L2 for all that L1 lacks, then loads side by side; and what may be
//! served instead should loading fail.

use std::{sync::Arc, time::Duration};

use domain::invalidation::CacheTags;
use futures_util::{
    FutureExt as _,
    future::{Either, join_all, select},
};
use smallvec::smallvec;

use super::{
    Body, CacheError, DataVersion, LayerOutcome,
    answer::{Answer, AssemblyOutcome, lookup},
    budget::Level,
    codec::Stored,
    core::Core,
    eager::refresh_behind,
    entry::Entry,
    flight::Flight,
    key::Key,
    loading::{self, LoadOutcome, Purpose},
    mutation::{Mutation, is_on},
    reading::{self, Found, KeyRead, ReadKey},
    runtime::Moment,
    versions::{Known, Stamp},
};

/// A version further ahead of the newest one known than this cannot come from us.
const AHEAD_MICROS: u64 = 60_000_000;

/// Whether the state of the bus still has to be made up for by asking Redis.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Bus {
    AsItIs,
    /// Redis was asked for the versions in the course of this very read.
    MadeUpFor,
}

impl Bus {
    pub(super) fn is_good(self, core: &Core) -> bool {
        self == Self::MadeUpFor || core.bus.is_healthy() || is_on(Mutation::TrustL1WhileBusDown)
    }
}

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
    /// L2 was not asked, and is to be before anything stands in.
    spared: bool,
}

/// What may be served should loading fail.
enum StandIn {
    FromL1(Arc<Entry>),
    /// Unpacked only when it is needed.
    FromL2(Arc<Stored>, Moment),
}

impl StandIn {
    /// Whether its grace has not passed.
    fn may_stand_in(&self, core: &Core, key: &Key, now: Moment) -> bool {
        let grace = core.config.grace;
        match self {
            Self::FromL1(entry) => entry.may_stand_in(now, grace),
            Self::FromL2(stored, created) => {
                now < *created + stored.fresh_for(key, &core.config.ttls) + grace
            }
        }
    }

    /// The entry and the layer it comes from, unless its grace has passed.
    fn entry(self, core: &Core, key: &Key, now: Moment) -> Option<(Arc<Entry>, &'static str)> {
        let (entry, layer) = match self {
            Self::FromL1(entry) => (entry, "l1"),
            Self::FromL2(stored, created) => {
                let expires = created + stored.fresh_for(key, &core.config.ttls);
                let body = Arc::new(Body::new(stored.body()?));
                (Arc::new(Entry::new(body, stored.stamp, created, expires)), "l2")
            }
        };
        entry.may_stand_in(now, core.config.grace).then_some((entry, layer))
    }
}

/// A part that L2 was not asked for, for the budget's sake: which of the read's it is, and what L1 said.
struct Spared {
    at: usize,
    l1: LayerOutcome,
    stand_in: Option<Arc<Entry>>,
}

/// Reads parts: all that L1 does not answer in one read of L2, all that L2 does not in loads side by side. Where L1 has
/// something but cannot be trusted by itself, the same read asks for its tags' versions, but not for its body.
pub(super) async fn parts(
    core: &Arc<Core>,
    keys: &[Key],
    min: Option<&DataVersion>,
    bus: Bus,
) -> Vec<AssemblyOutcome> {
    let level = core.remote.level_by_now();
    let now = core.runtime.now();
    // In this order; see `hit`.
    let trusted = bus.is_good(core);
    let known = core.versions.known();
    let mut steps: Vec<Step> = keys.iter().map(|key| ask_l1(core, key, min, trusted, now, &known)).collect();
    let mut spared = Vec::new();
    if level > Level::Nothing && trusted {
        spared = spare(core, keys, min, level, &known, &mut steps);
    }
    ask_l2(core, keys, min, &mut steps).await;
    // What L1 had and the versions have just shown to be old.
    ask_l2(core, keys, min, &mut steps).await;
    if level == Level::Nothing {
        refresh_behind(core, due(core, keys, &steps));
    }
    let mut answers = load(core, keys, min, steps).await;
    spared.retain(|spared| answers.get(spared.at).is_some_and(Result::is_err));
    if !spared.is_empty() {
        ask_after_all(core, keys, min, spared, &mut answers).await;
    }
    answers
}

/// Where the database does not answer, L2 is asked for what was spared: something fresh may lie there. Only for that, and
/// once: of everything else L2 has told already what it has.
async fn ask_after_all(
    core: &Arc<Core>,
    keys: &[Key],
    min: Option<&DataVersion>,
    spared: Vec<Spared>,
    answers: &mut [AssemblyOutcome],
) {
    let left: Vec<(usize, Key)> =
        spared.iter().filter_map(|spared| Some((spared.at, *keys.get(spared.at)?))).collect();
    let keys: Vec<Key> = left.iter().map(|(_, key)| *key).collect();
    let mut steps: Vec<Step> =
        spared.into_iter().map(|Spared { l1, stand_in, .. }| Step::Ask(l1, stand_in)).collect();
    ask_l2(core, &keys, min, &mut steps).await;
    for ((at, _), outcome) in left.into_iter().zip(load(core, &keys, min, steps).await) {
        if let Some(answer) = answers.get_mut(at) {
            *answer = outcome;
        }
    }
}

/// The parts found in L1 that it falls to this read to have refreshed.
fn due(core: &Core, keys: &[Key], steps: &[Step]) -> Vec<Key> {
    let now = core.runtime.now();
    let is_due = |step: &Step| match step {
        Step::Done(Ok(answer)) => answer.is_l1_hit() && answer.entry.claim_refresh(now),
        _ => false,
    };
    keys.iter().zip(steps).filter(|(_, step)| is_due(step)).map(|(key, _)| *key).collect()
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

/// What `level` does not ask of L2 is loaded at once, and named. The known versions are the stamp: the bus is healthy and tells each
/// invalidation. Where one of them is unknown, or older than the reader asks for, Redis is asked all the same.
fn spare(
    core: &Core,
    keys: &[Key],
    min: Option<&DataVersion>,
    level: Level,
    known: &Known,
    steps: &mut [Step],
) -> Vec<Spared> {
    let mut spared = Vec::new();
    if !core.remote.is_shared() {
        return spared;
    }
    for (at, (key, step)) in keys.iter().zip(steps).enumerate() {
        let Step::Ask(l1, stand_in) = step else { continue };
        let was_held = *l1 == LayerOutcome::NotFresh;
        let stamp = known.stamp(key.tags());
        let in_doubt = stamp.has_unknown() || known.unknown.intersects(key.tags());
        if (was_held || level >= Level::Stores) && !in_doubt && min.is_none_or(|min| stamp.meets(min)) {
            core.stats.reads_spared.count();
            let (l1, stand_in) = (*l1, stand_in.take());
            spared.push(Spared { at, l1, stand_in: stand_in.clone() });
            *step = Step::Load(Box::new(Loading {
                l1,
                l2: Some(LayerOutcome::Bypass),
                stamp,
                stand_in: stand_in.map(StandIn::FromL1),
                l2_took: None,
                spared: true,
            }));
        }
    }
    spared
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
            let mut lookups = smallvec![lookup(key, "l1", l1)];
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
    let l2 = shared.then_some(l2);
    Step::Load(Box::new(Loading { l1, l2, stamp: read.stamp, stand_in, l2_took, spared: false }))
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
    let mut seats = loading::board(core, &wanted, Purpose::Answer).into_iter();
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
        (Ok(flight), Some(stand_in)) => {
            // From the load's beginning: of those that wait for a hanging load only the first waits for all of it.
            let waited = begun.since(flight.begun);
            let limit = if is_on(Mutation::NoSoftLimit) { Duration::MAX } else { core.config.load_soft };
            let soft = core.runtime.sleep(limit.saturating_sub(waited));
            match select(std::pin::pin!(flight.landed()), soft).await {
                Either::Left((outcome, _)) => outcome.unwrap_or(Err(CacheError::Unanswered)),
                Either::Right(((), landed)) => {
                    if stand_in.may_stand_in(core, &key, core.runtime.now()) {
                        Err(CacheError::TimedOut(core.config.load_soft))
                    } else {
                        // Its grace has passed in the meantime: there is nothing at hand but the load.
                        landed.await.unwrap_or(Err(CacheError::Unanswered))
                    }
                }
            }
        }
    };
    let now = core.runtime.now();
    let mut lookups =
        smallvec![lookup(&key, "l1", if may_keep { loading.l1 } else { LayerOutcome::Request })];
    lookups.extend(loading.l2.map(|outcome| lookup(&key, "l2", outcome)));
    let error = match outcome {
        Ok(entry) => {
            let load_took = Some(now.since(begun));
            return Ok(Answer { entry, lookups, may_keep, l2_took: loading.l2_took, load_took });
        }
        Err(error) => error,
    };
    if loading.spared {
        return Err(error);
    }
    let (stand_in, layer) =
        loading.stand_in.and_then(|stand_in| stand_in.entry(core, &key, now)).ok_or(error)?;
    if layer == "l2" {
        keep_stand_in(core, key, &stand_in, loading.stamp, now);
    }
    core.stats.part(&key).stale.count();
    Ok(Answer::stale(&key, layer, stand_in, now))
}

/// Puts what stood in from L2 into L1, where it is never fresh: until the next attempt at loading nobody has to ask for it
/// again.
fn keep_stand_in(core: &Core, key: Key, stand_in: &Entry, read: Stamp, now: Moment) {
    let stamp = Stamp { sequences: read.sequences, ..stand_in.stamp };
    let expires = stand_in.expires.min(now);
    core.l1.put(key, Arc::new(Entry::new(Arc::clone(&stand_in.body), stamp, stand_in.created, expires)));
}
