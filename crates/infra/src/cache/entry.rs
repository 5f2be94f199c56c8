//! An entry of L1: the ready bytes, the stamp, until when they may be served, and from when a hit has them refreshed.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use super::{
    Body,
    mutation::{Mutation, is_on},
    runtime::Moment,
    versions::Stamp,
};

/// After this share of its time a value is due to be refreshed.
pub(super) const DUE_AFTER: f64 = 0.8;
/// A hit has claimed the refresh: no later one does.
const CLAIMED: u64 = u64::MAX;

/// A cached value.
#[derive(Debug)]
pub struct Entry {
    /// The bytes in every encoding.
    pub body: Arc<Body>,
    /// What was known before its load began.
    pub stamp: Stamp,
    /// Just before the load's first statement; of the dashboard, that of its oldest part.
    pub created: Moment,
    /// From here on it is no longer fresh.
    pub expires: Moment,
    /// From here on it is to be refreshed.
    due: Moment,
    /// From here on the first hit starts the refresh, ns on the process's clock; [`CLAIMED`] once one has.
    refresh_from: AtomicU64,
}

impl Entry {
    /// One that is due to be refreshed after four fifths of its time.
    pub fn new(body: Arc<Body>, stamp: Stamp, created: Moment, expires: Moment) -> Self {
        Self::due_at(body, stamp, created, expires, created + expires.since(created).mul_f64(DUE_AFTER))
    }

    /// One that is due to be refreshed at `due`.
    pub fn due_at(body: Arc<Body>, stamp: Stamp, created: Moment, expires: Moment, due: Moment) -> Self {
        Self { body, stamp, created, expires, due, refresh_from: AtomicU64::new(nanos(due)) }
    }

    /// The same, which waits for another process to refresh it: for the share `patience`, from 0 up to 1, of what is left
    /// once it is due.
    #[must_use]
    pub fn patient(self, patience: f64) -> Self {
        self.postpone_refresh(self.due + self.expires.since(self.due).mul_f64(patience));
        self
    }

    /// How old it is.
    pub fn age(&self, now: Moment) -> Duration {
        now.since(self.created)
    }

    /// Whether its time has not passed.
    pub fn is_in_time(&self, now: Moment) -> bool {
        now < self.expires || is_on(Mutation::NoTtl)
    }

    /// Whether most of its time has passed.
    pub fn is_due(&self, now: Moment) -> bool {
        now >= self.due
    }

    /// Whether the caller, who hit it, is the one that has to see to its refresh: true once.
    pub fn claim_refresh(&self, now: Moment) -> bool {
        // Most often it is long until then: a look is cheaper than a swap.
        let from = self.refresh_from.load(Ordering::Relaxed);
        nanos(now) >= from && self.claim(from)
    }

    /// The same for one that is due, however long it was to wait: whoever asks Redis anyway asks for it too.
    pub fn claim_refresh_early(&self, now: Moment) -> bool {
        let from = self.refresh_from.load(Ordering::Relaxed);
        self.is_due(now) && from != CLAIMED && self.claim(from)
    }

    fn claim(&self, from: u64) -> bool {
        self.refresh_from.compare_exchange(from, CLAIMED, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// The next hit from `moment` on may claim the refresh, whether or not one has before.
    pub fn postpone_refresh(&self, moment: Moment) {
        self.refresh_from.store(nanos(moment), Ordering::Relaxed);
    }

    /// From when on a hit may claim the refresh; `None` while one has.
    pub fn next_refresh(&self) -> Option<Moment> {
        let from = self.refresh_from.load(Ordering::Relaxed);
        (from != CLAIMED).then(|| Moment(Duration::from_nanos(from)))
    }

    /// Whether it may stand in while loading fails.
    pub fn may_stand_in(&self, now: Moment, grace: Duration) -> bool {
        now < self.expires + grace || is_on(Mutation::GraceForEver)
    }

    /// How many seconds are left, rounded down; negative once its time has passed.
    pub fn ttl_secs(&self, now: Moment) -> i64 {
        let secs = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
        if self.is_in_time(now) { secs(self.expires.since(now)) } else { -secs(now.since(self.expires)) - 1 }
    }
}

/// Enough for some 500 years; what is later comes out as just before [`CLAIMED`].
fn nanos(moment: Moment) -> u64 {
    let whole = moment.0.as_secs().saturating_mul(1_000_000_000);
    whole.saturating_add(u64::from(moment.0.subsec_nanos())).min(CLAIMED - 1)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use domain::invalidation::CacheTags;

    use super::*;
    use crate::cache::versions::PerTag;

    fn at(secs: u64) -> Moment {
        Moment(Duration::from_secs(secs))
    }

    fn entry() -> Entry {
        let stamp =
            Stamp { tags: CacheTags::EVERY, versions: PerTag::default(), sequences: PerTag::default() };
        Entry::new(Arc::new(Body::new(Bytes::new())), stamp, at(100), at(200))
    }

    #[test]
    fn the_refresh_is_claimed_once_past_four_fifths_of_its_time() {
        let entry = entry();
        assert!(!entry.claim_refresh(at(179)) && !entry.is_due(at(179)));
        assert!(entry.claim_refresh(at(180)) && entry.is_due(at(180)));
        assert!(!entry.claim_refresh(at(190)));
        assert_eq!(entry.next_refresh(), None);
        entry.postpone_refresh(at(195));
        assert!(!entry.claim_refresh(at(194)));
        assert!(entry.claim_refresh(at(195)));
    }

    #[test]
    fn what_another_process_loaded_is_due_as_early_but_claimed_later() {
        let entry = entry().patient(0.5);
        assert!(entry.is_due(at(180)));
        assert_eq!(entry.next_refresh(), Some(at(190)));
        assert!(!entry.claim_refresh(at(189)));
        assert!(entry.claim_refresh(at(190)));
        assert!(!entry.claim_refresh_early(at(190)));
        entry.postpone_refresh(at(195));
        assert!(!entry.claim_refresh_early(at(179)) && entry.claim_refresh_early(at(180)));
    }

    #[test]
    fn no_moment_is_taken_for_a_claim() {
        let entry = entry();
        entry.postpone_refresh(Moment(Duration::MAX));
        assert!(entry.next_refresh().is_some());
    }
}
