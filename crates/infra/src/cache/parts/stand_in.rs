//! What may be served should loading fail, and for how long.

use std::sync::Arc;

use super::super::{
    Body, codec::Stored, core::Core, entry::Entry, key::Key, runtime::Moment, versions::Stamp,
};

/// What may be served should loading fail.
pub(super) enum StandIn {
    FromL1(Arc<Entry>),
    /// Unpacked only when it is needed.
    FromL2(Arc<Stored>, Moment),
}

impl StandIn {
    /// Whether its grace has not passed.
    pub(super) fn may_stand_in(&self, core: &Core, key: &Key, now: Moment) -> bool {
        let grace = core.config.grace;
        match self {
            Self::FromL1(entry) => entry.may_stand_in(now, grace),
            Self::FromL2(stored, created) => {
                now < *created + stored.fresh_for(key, &core.config.ttls) + grace
            }
        }
    }

    /// The entry and the layer it comes from, unless its grace has passed.
    pub(super) fn entry(self, core: &Core, key: &Key, now: Moment) -> Option<(Arc<Entry>, &'static str)> {
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

/// Puts what stood in from L2 into L1, where it is never fresh: until the next attempt at loading nobody has to ask for it
/// again.
pub(super) fn keep_stand_in(core: &Core, key: Key, stand_in: &Entry, read: Stamp, now: Moment) {
    let stamp = Stamp { sequences: read.sequences, ..stand_in.stamp };
    let expires = stand_in.expires.min(now);
    core.l1.put(key, Arc::new(Entry::new(Arc::clone(&stand_in.body), stamp, stand_in.created, expires)));
}
