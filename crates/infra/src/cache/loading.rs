//! Loads: however many readers miss at once, one load runs for each key and stamp, as a task that no reader's giving up
//! ends. A reader joins a load only if its stamp is not older in any tag than the reader's own. A load is given up at its
//! deadline, which frees the key. After a failure the key is left alone for a moment.

use std::{
    collections::HashMap,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::{FutureExt as _, future::join_all};
use tracing::Instrument as _;

use super::{
    Body, CacheError,
    core::Core,
    entry::Entry,
    flight::{Boarding, Flight, Pilot},
    key::Key,
    mutation::{Mutation, is_on},
    runtime::{Moment, within},
    source::LoadError,
    versions::Stamp,
};

/// What a load brings.
pub(super) type LoadOutcome = Result<Arc<Entry>, CacheError>;

/// A seat in a load under way, or why none may begin.
pub(super) type LoadSeat<S> = Result<Arc<Flight<S, LoadOutcome>>, CacheError>;

/// How long a key is left alone after a load of it failed, measured from the failure.
pub(super) const BACK_OFF: Duration = Duration::from_secs(1);
/// TTLs are shorter by up to this share, so that what was loaded together does not expire together.
const JITTER: f64 = 0.1;

/// Why there is nothing, where the code that should have made it panicked. The panic itself has been logged.
pub(super) const PANICKED: &str = "it panicked";

/// What a load is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Somebody waits for it; any fresh value will do.
    Answer,
    /// There is a fresh value, to be replaced by a younger one.
    Refresh,
}

/// Keys whose last load failed, until when they are left alone, and why.
#[derive(Debug, Default)]
pub(super) struct Failures(Mutex<HashMap<Key, (Moment, CacheError)>>);

impl Failures {
    /// Why `key` is left alone at `now`, if it is.
    pub(super) fn recent(&self, key: &Key, now: Moment) -> Option<CacheError> {
        let failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if is_on(Mutation::NoBackOff) {
            return None;
        }
        failures.get(key).filter(|(until, _)| now < *until).map(|(_, error)| error.clone())
    }

    /// Whether `key` is left alone at `now`.
    pub(super) fn has_recent(&self, key: &Key, now: Moment) -> bool {
        self.recent(key, now).is_some()
    }

    fn note(&self, key: Key, now: Moment, error: CacheError) {
        let mut failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        failures.retain(|_, (until, _)| now < *until);
        failures.insert(key, (now + BACK_OFF, error));
    }

    fn forget(&self, key: &Key) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}

/// Seats in loads of `wanted`; those that are begun here are stored together by one command.
pub(super) fn board(core: &Arc<Core>, wanted: &[(Key, Stamp)], purpose: Purpose) -> Vec<LoadSeat<Stamp>> {
    let now = core.runtime.now();
    let mut own = Vec::new();
    let seats = wanted
        .iter()
        .map(|(key, stamp)| {
            if let Some(error) = core.failures.recent(key, now) {
                return Err(error);
            }
            let part = core.stats.part(key);
            let may_join = |flight: &Flight<Stamp, LoadOutcome>| {
                (flight.stamp.covers(stamp) || is_on(Mutation::NoJoinCheck))
                    && !is_on(Mutation::NoSharedLoads)
            };
            match core.loads.board(key, *stamp, now, may_join) {
                Boarding::Joined(flight) => {
                    part.coalesced.count();
                    Ok(flight)
                }
                Boarding::Started(pilot, flight) => {
                    if core.loads.under_way(key).len() > 1 {
                        part.joins_refused.count();
                    }
                    own.push((*key, *stamp, pilot));
                    Ok(flight)
                }
            }
        })
        .collect();
    if !own.is_empty() {
        let loading = Arc::clone(core);
        let load = async move { load_together(&loading, own, purpose).await };
        core.runtime.spawn(load.in_current_span().boxed());
    }
    seats
}

/// A seat in the next load of `key` that starts after now, for a reader that asks for newer data than anybody here
/// knows of. At most one such load runs for a key and one waits; what it brings is not kept.
pub(super) fn board_requested(core: &Arc<Core>, key: Key, stamp: Stamp) -> LoadSeat<()> {
    if let Some(error) = core.failures.recent(&key, core.runtime.now()) {
        return Err(error);
    }
    let running = core.requested_loads.under_way(&key);
    match core.requested_loads.board(&key, (), core.runtime.now(), |flight| !flight.has_departed()) {
        Boarding::Joined(flight) => {
            core.stats.part(&key).coalesced.count();
            Ok(flight)
        }
        Boarding::Started(pilot, flight) => {
            let loading = Arc::clone(core);
            let load = async move {
                for before in running {
                    before.landed().await;
                }
                pilot.depart();
                // The one before may have failed just now.
                let outcome = match loading.failures.recent(&key, loading.runtime.now()) {
                    Some(error) => Err(error),
                    None => load_one(&loading, &key, stamp).await,
                };
                pilot.land(outcome);
            };
            core.runtime.spawn(load.in_current_span().boxed());
            Ok(flight)
        }
    }
}

async fn load_together(
    core: &Arc<Core>,
    own: Vec<(Key, Stamp, Pilot<Key, Stamp, LoadOutcome>)>,
    purpose: Purpose,
) {
    let loads = own.into_iter().map(|(key, stamp, pilot)| async move {
        if let Some(entry) = landed_meanwhile(core, &key, &stamp, purpose) {
            pilot.land(Ok(entry));
            return None;
        }
        let outcome = load_one(core, &key, stamp).await;
        if let Ok(entry) = &outcome {
            core.l1.put(key, Arc::clone(entry));
        }
        let loaded = outcome.clone().ok().map(|entry| (key, entry));
        pilot.land(outcome);
        loaded
    });
    let loaded = join_all(loads).await.into_iter().flatten().collect();
    core.write_behind.store(loaded);
}

/// What a load brought that ended between this reader's look into L1 and its boarding: as good as having joined it.
fn landed_meanwhile(core: &Core, key: &Key, stamp: &Stamp, purpose: Purpose) -> Option<Arc<Entry>> {
    let entry = core.l1.get(key)?;
    let now = core.runtime.now();
    let will_do = entry.is_in_time(now) && (purpose == Purpose::Answer || !entry.is_due(now));
    (entry.stamp.covers(stamp) && will_do).then_some(entry)
}

async fn load_one(core: &Core, key: &Key, stamp: Stamp) -> LoadOutcome {
    let part = core.stats.part(key);
    part.loads.count();
    let begun = core.runtime.now();
    let load = async {
        let _slot = core.load_slots.acquire().await;
        // Before the first statement: what the load sees is at least this young.
        let created = core.runtime.now();
        // A panic is one load's failure: neither that of others which run beside it nor a reason to try again at once.
        let span = tracing::debug_span!("database", cache.part = key.part());
        let loading = async { core.source.load(key).await }.instrument(span);
        let loading = AssertUnwindSafe(loading).catch_unwind();
        let bytes = loading.await.unwrap_or_else(|_| Err(LoadError(PANICKED.into())))?;
        Ok((bytes, created))
    };
    let hard = if is_on(Mutation::NoHardLimit) { Duration::MAX } else { core.config.load_hard };
    let outcome = within(&*core.runtime, hard, load).await;
    let now = core.runtime.now();
    part.load_time.record(now.since(begun));
    let error = match outcome {
        Some(Ok((bytes, created))) => {
            core.failures.forget(key);
            let ttl = key.ttl(&core.config.ttls).mul_f64(1.0 - JITTER * core.runtime.random());
            let body = Arc::new(Body::new(bytes));
            let created = if is_on(Mutation::CreatedAfterLoad) { now } else { created };
            let after = is_on(Mutation::StampAfterLoad).then(|| core.versions.known().stamp(key.tags()));
            let stamp = after.unwrap_or(stamp);
            return Ok(Arc::new(Entry::new(body, stamp, created, created + ttl)));
        }
        Some(Err(LoadError(cause))) => CacheError::LoadFailed(cause),
        None => CacheError::TimedOut(core.config.load_hard),
    };
    part.load_failures.count();
    tracing::warn!(cache.part = key.part(), error = %error, "a load failed");
    core.failures.note(*key, now, error.clone());
    Err(error)
}
