//! The version read: one `MGET` of the parts missing from L1 and all their tags. One is under way for a key at a time; a
//! reader joins it if what it captured is not older than what the reader knows and, while the bus is not healthy, only
//! if it has not been sent yet: its answer could otherwise be older than the reader's question.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use domain::invalidation::CacheTags;
use futures_util::{FutureExt as _, future::join_all};
use tracing::Instrument as _;

use super::{
    Body,
    codec::{Stored, decode},
    core::Core,
    entry::Entry,
    flight::{Boarding, Pilot},
    key::Key,
    mutation::{Mutation, is_on},
    runtime::Moment,
    versions::{Known, Stamp},
};

/// An entry that another process loaded is refreshed here once this share of its last fifth has passed, at the earliest and
/// at the latest; chance decides, so that processes which read it at the same time do not refresh it at the same time.
const SHORTEST_PATIENCE: f64 = 0.25;
const LONGEST_PATIENCE: f64 = 0.75;

/// What a version read is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum ReadKey {
    /// An entry and its tags.
    Entry(Key),
    /// Tags only.
    Versions(CacheTags),
}

impl ReadKey {
    fn tags(&self) -> CacheTags {
        match self {
            Self::Entry(key) => key.tags(),
            Self::Versions(tags) => *tags,
        }
    }
}

/// What a version read says of one key.
#[derive(Clone, Debug)]
pub(super) struct KeyRead {
    /// Whether L2 answered.
    pub(super) reached: bool,
    /// Whether the entry was asked for: not while one of its tags is pending.
    pub(super) asked_entry: bool,
    /// The stamp of a load that begins now: the versions as merged, the sequences from before the question.
    pub(super) stamp: Stamp,
    pub(super) found: Found,
    pub(super) took: Duration,
}

/// What lay in L2.
#[derive(Clone, Debug)]
pub(super) enum Found {
    Nothing,
    /// A fresh value; it is in L1 now.
    Hit(Arc<Entry>),
    /// A value that is not fresh, and when it was created: it may have to stand in.
    Leftover(Arc<Stored>, Moment),
}

/// Reads `wanted`, sharing what is under way.
pub(super) async fn read(core: &Arc<Core>, wanted: &[ReadKey]) -> Vec<KeyRead> {
    // In this order: were the bus asked last, it might have come back in between, with versions not captured here.
    let healthy = core.bus.is_healthy();
    let captured = core.versions.known();
    let mut own = Vec::new();
    let mut before = Vec::new();
    let seats: Vec<_> = wanted
        .iter()
        .map(|key| {
            let stamp = captured.stamp(key.tags());
            let no_queue = healthy || is_on(Mutation::NoSharedReads);
            let under_way = if no_queue { Vec::new() } else { core.reads.under_way(key) };
            let boarding = core.reads.board(key, captured, core.runtime.now(), |flight| {
                flight.stamp.stamp(key.tags()).covers(&stamp)
                    && (healthy || !flight.has_departed() || is_on(Mutation::JoinWhileBusDown))
                    && !is_on(Mutation::NoSharedReads)
            });
            match boarding {
                Boarding::Joined(flight) => flight,
                Boarding::Started(pilot, flight) => {
                    own.push((*key, pilot));
                    before.extend(under_way);
                    flight
                }
            }
        })
        .collect();
    if !own.is_empty() {
        let asking = Arc::clone(core);
        let task = async move {
            // One question for a key at a time while the bus is down: whoever comes meanwhile shares the next one.
            for flight in before {
                flight.landed().await;
            }
            ask(&asking, own).await;
        };
        core.runtime.spawn(task.in_current_span().boxed());
    }
    let landed = join_all(seats.iter().map(|seat| seat.landed())).await;
    let unanswered = |key: &ReadKey| KeyRead {
        reached: false,
        asked_entry: false,
        stamp: captured.stamp(key.tags()),
        found: Found::Nothing,
        took: Duration::ZERO,
    };
    landed.into_iter().zip(wanted).map(|(read, key)| read.unwrap_or_else(|| unanswered(key))).collect()
}

async fn ask(core: &Arc<Core>, pilots: Vec<(ReadKey, Pilot<ReadKey, Known, KeyRead>)>) {
    let pending = in_doubt_while_pending(&core.versions.known());
    let texts: Vec<Option<String>> = pilots
        .iter()
        .map(|(key, _)| match key {
            ReadKey::Entry(key) if !key.tags().intersects(pending) => Some(key.text()),
            _ => None,
        })
        .collect();
    let keys: Vec<String> = texts.iter().flatten().cloned().collect();
    let tags = pilots.iter().fold(CacheTags::NONE, |tags, (key, _)| tags.union(key.tags()));
    for (_, pilot) in &pilots {
        pilot.depart();
    }
    core.bus.want();
    let sent = core.runtime.now();
    let read = core.remote.read(&keys, tags).await;
    let reached = read.is_ok();
    #[cfg(feature = "mutations")]
    let told = read.as_ref().map(|read| read.told).unwrap_or_default();
    let mut entries = Vec::new();
    if let Ok(read) = read {
        entries = read.entries;
        if !read.merged.ahead.is_empty() && core.bus.is_healthy() {
            core.bus.suspect();
        }
        let clock_needed = core.remote.clock.micros(sent).is_none() && entries.iter().any(Option::is_some);
        // One more command: where a tag is unknown, and once in a process's life to learn Redis's clock.
        if !read.merged.unknown.is_empty() || clock_needed {
            let starting = if clock_needed { tags } else { read.merged.unknown };
            let _ = core.remote.start(starting).await;
        }
    }
    let took = core.runtime.now().since(sent);
    let known = core.versions.known();
    #[cfg(feature = "mutations")]
    let known = if is_on(Mutation::CompareWithReplyOnly) { known.with_versions(&told) } else { known };
    let mut entries = entries.into_iter();
    for ((key, pilot), text) in pilots.into_iter().zip(texts) {
        let sequences = pilot.flight().stamp.sequences;
        let stamp = Stamp { tags: key.tags(), versions: known.versions, sequences };
        let asked_entry = text.is_some();
        let found = match (key, text) {
            (ReadKey::Entry(key), Some(text)) => {
                let found = entries
                    .next()
                    .flatten()
                    .map_or(Found::Nothing, |bytes| found(core, &key, &text, bytes, &known, &stamp));
                if reached && core.remote.is_shared() {
                    let part = core.stats.part(&key);
                    let hit = matches!(found, Found::Hit(_));
                    if hit { &part.l2_hits } else { &part.l2_misses }.count();
                }
                found
            }
            _ => Found::Nothing,
        };
        pilot.land(KeyRead { reached, asked_entry, stamp, found, took });
    }
}

/// The tags whose entries in L2 are not to be believed because an invalidation of them is pending.
fn in_doubt_while_pending(known: &Known) -> CacheTags {
    if is_on(Mutation::TrustL2WhilePending) { CacheTags::NONE } else { known.pending() }
}

/// What the bytes under `key` are worth, judged by what is known after the merge.
fn found(core: &Core, key: &Key, text: &str, bytes: Bytes, known: &Known, stamp: &Stamp) -> Found {
    let now = core.runtime.now();
    let decoded = decode(text, bytes).filter(|stored| stored.stamp.tags == key.tags());
    let (Some(stored), Some(clock)) = (decoded, core.remote.clock.micros(now)) else {
        core.stats.l2_undecodable.count();
        return Found::Nothing;
    };
    let Some(age) = stored.age(clock) else {
        core.stats.l2_undecodable.count();
        return Found::Nothing;
    };
    let created = now - age;
    let from = if is_on(Mutation::TtlAnewOnPromotion) { now } else { created };
    let expires = from + stored.fresh_for(key, &core.config.ttls);
    let in_doubt = in_doubt_while_pending(known).union(known.unknown).intersects(key.tags());
    let is_current = known.is_current_version(&stored.stamp) || is_on(Mutation::FillWithoutComparing);
    let is_fresh = is_current && !stored.stamp.has_unknown() && now < expires;
    if is_fresh && !in_doubt {
        let Some(body) = stored.body() else {
            core.stats.l2_undecodable.count();
            return Found::Nothing;
        };
        let versions =
            if is_on(Mutation::FillWithoutComparing) { stamp.versions } else { stored.stamp.versions };
        let stamp = Stamp { sequences: stamp.sequences, versions, ..stored.stamp };
        // Whoever loaded it refreshes it first, and one question then brings what that gave.
        let patience = SHORTEST_PATIENCE + (LONGEST_PATIENCE - SHORTEST_PATIENCE) * core.runtime.random();
        let entry =
            Arc::new(Entry::new(Arc::new(Body::new(body)), stamp, created, expires).patient(patience));
        // Once due it is no better than what L1 has, and would have it refreshed a second time.
        let has_it = |there: Arc<Entry>| there.is_in_time(now) && there.stamp.covers(&stamp);
        if !(entry.is_due(now) && core.l1.get(key).is_some_and(has_it)) {
            core.l1.put(*key, Arc::clone(&entry));
        }
        return Found::Hit(entry);
    }
    Found::Leftover(Arc::new(stored), created)
}
