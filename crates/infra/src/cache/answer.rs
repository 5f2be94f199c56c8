//! A part as a read found it: the entry, and how it was come by.

use std::{sync::Arc, time::Duration};

use smallvec::smallvec;

use super::{
    CacheError, LayerOutcome, Lookup,
    entry::Entry,
    key::Key,
    mutation::{Mutation, is_on},
    runtime::Moment,
    served::Lookups,
};

/// A part, and how it was come by.
#[derive(Clone)]
pub(super) struct Answer {
    pub(super) entry: Arc<Entry>,
    pub(super) lookups: Lookups,
    /// Whether an assembled body with this part may be kept.
    pub(super) may_keep: bool,
    pub(super) l2_took: Option<Duration>,
    pub(super) load_took: Option<Duration>,
}

/// What an assembly brings.
pub(super) type AssemblyOutcome = Result<Answer, CacheError>;

impl Answer {
    /// Out of L1, fresh.
    pub(super) fn from_l1(key: &Key, entry: Arc<Entry>, now: Moment) -> Self {
        let outcome = LayerOutcome::Hit { ttl_secs: entry.ttl_secs(now) };
        let lookups = smallvec![lookup(key, "l1", outcome)];
        Self { entry, lookups, may_keep: true, l2_took: None, load_took: None }
    }

    /// Whether it is a hit in L1.
    pub(super) fn is_l1_hit(&self) -> bool {
        matches!(self.lookups[..], [Lookup { layer: "l1", outcome: LayerOutcome::Hit { .. }, .. }])
    }

    /// Past its time, because loading fails.
    pub(super) fn stale(key: &Key, layer: &'static str, entry: Arc<Entry>, now: Moment) -> Self {
        let ttl_secs = entry.ttl_secs(now);
        let outcome = if is_on(Mutation::StaleUnmarked) {
            LayerOutcome::Hit { ttl_secs }
        } else {
            LayerOutcome::Stale { ttl_secs }
        };
        let lookups = smallvec![lookup(key, layer, outcome)];
        Self { entry, lookups, may_keep: is_on(Mutation::KeepStaleDashboard), l2_took: None, load_took: None }
    }
}

/// What `layer` came to, for the part that `key` belongs to.
pub(super) fn lookup(key: &Key, layer: &'static str, outcome: LayerOutcome) -> Lookup {
    Lookup { layer, key: Some(key.part()), outcome }
}
