//! Eager refresh: the first hit on an entry past four fifths of its time has it recomputed behind the answer, so that
//! nobody waits when its time ends. A refresh goes the way of any read: it asks Redis first, where another process may
//! have put a younger value already, and loads otherwise, with the stamp that this question gave. What it brings gets
//! into L1 by the same comparison as everything else; where it fails, nothing has happened, and the next hit may try again
//! after a pause.
//!
//! Where commands have to be saved there is none: the value is good until its time ends.
//!
//! Of the dashboard, the parts past four fifths of theirs are refreshed, together; then it is assembled anew of what L1
//! holds, which costs no load.

use std::sync::Arc;

use futures_util::{FutureExt as _, future::join_all};

use super::{
    assembly::assemble_early,
    budget::Level,
    core::Core,
    entry::Entry,
    key::Key,
    loading::{self, BACK_OFF, Purpose},
    packing::pack,
    reading::{self, Found, ReadKey},
    runtime::Moment,
};

/// A fresh value was found in L1: its refresh is begun, if this is the hit that has to.
pub(super) fn after_hit(core: &Arc<Core>, key: Key, entry: &Entry, now: Moment) {
    if core.remote.level() == Level::Nothing && entry.claim_refresh(now) {
        begin(core, key);
    }
}

/// Refreshes parts together whose refresh was claimed.
pub(super) fn refresh_behind(core: &Arc<Core>, keys: Vec<Key>) {
    if !keys.is_empty() {
        let refreshing = Arc::clone(core);
        core.runtime.spawn(async move { refresh(&refreshing, &keys).await }.boxed());
    }
}

fn begin(core: &Arc<Core>, key: Key) {
    match key.parts() {
        None => refresh_behind(core, vec![key]),
        Some(parts) => {
            let refreshing = Arc::clone(core);
            core.runtime.spawn(async move { refresh_assembled(&refreshing, key, &parts).await }.boxed());
        }
    }
}

async fn refresh_assembled(core: &Arc<Core>, key: Key, parts: &[Key; 4]) {
    core.stats.part(&key).refreshes.count();
    let old = core.l1.get(&key);
    let now = core.runtime.now();
    let known = core.versions.known();
    let is_ours = |part: &&Key| {
        let entry = core.l1.get(part);
        entry.is_some_and(|entry| known.is_current(&entry.stamp) && entry.claim_refresh_early(now))
    };
    let due: Vec<Key> = parts.iter().filter(is_ours).copied().collect();
    refresh(core, &due).await;
    assemble_early(core, key, parts);
    settle(core, &key, old);
}

async fn refresh(core: &Arc<Core>, keys: &[Key]) {
    let now = core.runtime.now();
    let old: Vec<_> = keys.iter().map(|key| core.l1.get(key)).collect();
    // Loading has just failed: asking Redis would cost a command for nothing.
    let wanted: Vec<Key> = keys.iter().copied().filter(|key| !core.failures.has_recent(key, now)).collect();
    for key in &wanted {
        core.stats.part(key).refreshes.count();
    }
    if !wanted.is_empty() {
        recompute(core, &wanted).await;
    }
    for (key, old) in keys.iter().zip(old) {
        settle(core, key, old);
    }
}

async fn recompute(core: &Arc<Core>, keys: &[Key]) {
    let questions: Vec<ReadKey> = keys.iter().copied().map(ReadKey::Entry).collect();
    let reads = reading::read(core, &questions).await;
    let now = core.runtime.now();
    let to_load: Vec<_> = keys
        .iter()
        .zip(&reads)
        .filter(|(_, read)| !matches!(&read.found, Found::Hit(entry) if !entry.is_due(now)))
        .map(|(key, read)| (*key, read.stamp))
        .collect();
    let seats = loading::board(core, &to_load, Purpose::Refresh);
    // How each ended is logged and counted there, and shows in L1.
    join_all(seats.iter().flatten().map(|flight| flight.landed())).await;
}

/// After a refresh of `key`, which had `old` in L1: what is there now is packed if `old` was, and may be refreshed again in a
/// while if it is still due.
fn settle(core: &Core, key: &Key, old: Option<Arc<Entry>>) {
    let Some(entry) = core.l1.get(key) else {
        return;
    };
    let now = core.runtime.now();
    if entry.is_due(now) {
        entry.postpone_refresh(now + BACK_OFF);
    }
    if old.is_some_and(|old| old.body.is_packed()) && entry.body.claim_packing() {
        pack(core, key, &entry);
    }
}
