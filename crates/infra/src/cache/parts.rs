//! How parts are read: L1 first, then one question to L2 for all that L1 lacks, then loads side by side; and what may be
//! served instead should loading fail.

mod asking_l2;
mod stand_in;
mod waiting;

use std::sync::Arc;

use self::{
    asking_l2::ask_l2,
    stand_in::StandIn,
    waiting::{Loading, load},
};
use super::{
    DataVersion, LayerOutcome,
    answer::{Answer, AssemblyOutcome},
    budget::Level,
    core::Core,
    eager::refresh_behind,
    entry::Entry,
    key::Key,
    mutation::{Mutation, is_on},
    runtime::Moment,
    versions::Known,
};

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
