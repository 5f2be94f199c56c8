//! Loads side by side, and waiting for them: no longer than the soft limit where something may stand in.

use std::{sync::Arc, time::Duration};

use futures_util::{
    FutureExt as _,
    future::{Either, join_all, select},
};
use smallvec::smallvec;

use super::{
    super::{
        CacheError, DataVersion, LayerOutcome,
        answer::{Answer, AssemblyOutcome, lookup},
        core::Core,
        flight::Flight,
        key::Key,
        loading::{self, LoadOutcome, Purpose},
        mutation::{Mutation, is_on},
        versions::Stamp,
    },
    Step,
    stand_in::{StandIn, keep_stand_in},
};

/// A version further ahead of the newest one known than this cannot come from us.
const AHEAD_MICROS: u64 = 60_000_000;

/// A part that must be loaded.
pub(super) struct Loading {
    pub(super) l1: LayerOutcome,
    pub(super) l2: Option<LayerOutcome>,
    pub(super) stamp: Stamp,
    pub(super) stand_in: Option<StandIn>,
    pub(super) l2_took: Option<Duration>,
    /// L2 was not asked, and is to be before anything stands in.
    pub(super) spared: bool,
}

pub(super) async fn load(
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
