//! The dashboard: assembled of its parts, once for all who wait, and kept in L1 only. Its stamp is the lowest of what was
//! known before the first part was read and of its parts; it ends with its first part.

use std::sync::Arc;

use futures_util::FutureExt as _;

use super::{
    Body, CacheError, DataVersion,
    answer::{Answer, AssemblyOutcome},
    core::Core,
    entry::Entry,
    flight::Boarding,
    key::Key,
    parts::{Bus, parts},
    reading::{self, ReadKey},
    runtime::Moment,
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
