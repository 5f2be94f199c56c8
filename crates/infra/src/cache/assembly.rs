//! The dashboard: assembled of its parts, once for all who wait, and kept in L1 only. Its stamp is the lowest of what was
//! known before the first part was read and of its parts; it ends with its first part.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use futures_util::FutureExt as _;
use tracing::Instrument as _;

use super::{
    Body, CacheError, DataVersion,
    answer::{Answer, AssemblyOutcome},
    core::Core,
    eager::after_hit,
    entry::{DUE_AFTER, Entry},
    flight::Boarding,
    key::Key,
    loading::{BACK_OFF, PANICKED},
    mutation::{Mutation, is_on},
    parts::{Bus, parts},
    reading::{self, ReadKey},
    runtime::Moment,
    versions::Known,
};

/// The dashboard: from L1 if the versions say so, else assembled of its parts, once for all who wait.
pub(super) async fn assembled(
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
            after_hit(core, key, &entry, now);
            return Ok(Answer::from_l1(&key, entry, now));
        }
        if reached {
            bus = Bus::MadeUpFor;
        }
    }
    let asks_for_more = min.is_some_and(|min| !core.versions.known().stamp(key.tags()).meets(min));
    if asks_for_more || bus == Bus::MadeUpFor {
        // Not shared: what was asked of Redis for this reader is no answer to one that comes later.
        return assemble(core, key, part_keys, min, bus).await;
    }
    let healthy = core.bus.is_healthy();
    let captured = core.versions.known().stamp(key.tags());
    let boarding = core.assemblies.board(&key, captured, core.runtime.now(), |flight| {
        flight.stamp.covers(&captured)
            && (healthy || !flight.has_departed() || is_on(Mutation::JoinWhileBusDown))
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
            core.runtime.spawn(task.in_current_span().boxed());
            flight
        }
    };
    let outcome = flight.landed().await.unwrap_or(Err(CacheError::Unanswered));
    match (&outcome, min) {
        // It stood in for something newer, which this reader must have.
        (Ok(answer), Some(least)) if !answer.entry.stamp.meets(least) => {
            assemble(core, key, part_keys, min, bus).await
        }
        _ => outcome,
    }
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
    let entry = put_together(core, &key, &entries, &before)?;
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

/// Assembles anew what some reader would soon have to wait for, if L1 holds all parts, fresh, and it lasts longer than
/// what there is.
pub(super) fn assemble_early(core: &Core, key: Key, part_keys: &[Key; 4]) {
    let now = core.runtime.now();
    let before = core.versions.known();
    let fresh = |entry: &Arc<Entry>| entry.is_in_time(now) && before.is_current(&entry.stamp);
    let parts: Option<Vec<_>> = part_keys.iter().map(|key| core.l1.get(key).filter(fresh)).collect();
    let Some(parts) = parts else {
        return;
    };
    let lasts = |there: Arc<Entry>| fresh(&there) && there.expires >= end(core, &key, &parts, now);
    if core.l1.get(&key).is_some_and(lasts) {
        return;
    }
    // Should it fail, the next reader gets the error.
    if let Ok(entry) = put_together(core, &key, &parts, &before) {
        core.l1.put(key, entry);
    }
}

/// The body of `parts`, with `before` known before the first of them was read.
fn put_together(
    core: &Core,
    key: &Key,
    parts: &[Arc<Entry>],
    before: &Known,
) -> Result<Arc<Entry>, CacheError> {
    let now = core.runtime.now();
    // Of a tag whose version was not known then, the parts tell.
    let known_then = key.tags().iter().filter(|tag| before.versions[*tag] > 0).collect();
    let assembled = catch_unwind(AssertUnwindSafe(|| core.source.assemble(key, parts)));
    let bytes = match assembled {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(error)) => return Err(CacheError::LoadFailed(error.0)),
        Err(_) => return Err(CacheError::LoadFailed(PANICKED.into())),
    };
    let stamp = if is_on(Mutation::DashboardStampAfterParts) {
        core.versions.known().stamp(key.tags())
    } else {
        parts.iter().fold(before.stamp(known_then), |stamp, part| stamp.lower(&part.stamp))
    };
    let created = parts.iter().map(|part| part.created).min().unwrap_or(now);
    let expires = end(core, key, parts, now);
    // With the first of its parts, or as if it were one itself. A part that is being refreshed now will soon be there.
    let due = parts
        .iter()
        .map(|part| part.next_refresh().unwrap_or(now + BACK_OFF))
        .fold(now + key.ttl(&core.config.ttls).mul_f64(DUE_AFTER), Moment::min);
    Ok(Arc::new(Entry::due_at(Arc::new(Body::new(bytes)), stamp, created, expires, due)))
}

/// When what is assembled of `parts` now is no longer fresh.
fn end(core: &Core, key: &Key, parts: &[Arc<Entry>], now: Moment) -> Moment {
    let ends = parts.iter().map(|part| part.expires).filter(|_| !is_on(Mutation::DashboardOutlivesParts));
    ends.fold(now + key.ttl(&core.config.ttls), Moment::min)
}
