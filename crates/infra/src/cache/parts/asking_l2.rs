//! One question to L2 for all that a read still lacks, and what its answer means for each part.

use std::sync::Arc;

use domain::invalidation::CacheTags;
use smallvec::smallvec;

use super::{
    super::{
        DataVersion, LayerOutcome,
        answer::{Answer, lookup},
        core::Core,
        entry::Entry,
        key::Key,
        reading::{self, Found, KeyRead, ReadKey},
        runtime::Moment,
        versions::Known,
    },
    Step,
    stand_in::StandIn,
    waiting::Loading,
};

pub(super) async fn ask_l2(core: &Arc<Core>, keys: &[Key], min: Option<&DataVersion>, steps: &mut [Step]) {
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
