//! What is remembered of a credential, and what that is worth at a given moment.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use chrono::{DateTime, TimeDelta, Utc};

use super::{Inner, REMEMBERED_FOR, is_within};
use crate::{cache::versions::Stamp, identity::Identity};

/// The last activity is written down at most this often.
const WRITTEN_EVERY: TimeDelta = TimeDelta::minutes(1);
/// And noted in memory at most this often: many threads would write to one place.
const NOTED_EVERY: TimeDelta = TimeDelta::seconds(1);

/// What the database said of a credential, and what has been seen since.
pub(super) struct Remembered {
    pub(super) identity: Arc<Identity>,
    pub(super) stamp: Stamp,
    read_at: DateTime<Utc>,
    /// In microseconds since 1970, as the next one.
    last_activity: AtomicI64,
    last_written: AtomicI64,
}

/// What something remembered is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// As much as if it had been read just now.
    Good,
    /// It has to be read again.
    Old,
    /// The session is over.
    Ended,
}

impl Remembered {
    pub(super) fn new(
        identity: Identity,
        stamp: Stamp,
        read_at: DateTime<Utc>,
        last_written: DateTime<Utc>,
        last_activity: DateTime<Utc>,
    ) -> Self {
        Self {
            identity: Arc::new(identity),
            stamp,
            read_at,
            last_activity: AtomicI64::new(last_activity.max(last_written).timestamp_micros()),
            last_written: AtomicI64::new(last_written.timestamp_micros()),
        }
    }

    pub(super) fn last_activity(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.last_activity.load(Ordering::Relaxed)).unwrap_or_default()
    }

    /// What it is worth at `now`.
    pub(super) fn standing(&self, inner: &Inner, now: DateTime<Utc>) -> Standing {
        let recent = inner.is_recent(self.read_at, now) && inner.tags.is_current(&self.stamp);
        if self.has_expired(now) {
            Standing::Ended
        } else if !recent {
            // Another instance may have seen more of an idle one.
            Standing::Old
        } else if self.is_idle(inner, now) {
            Standing::Ended
        } else {
            Standing::Good
        }
    }

    /// Whether it may still be gone by where the database cannot say anything newer: nothing is known to have changed, and
    /// what is unknown is no older than it may ever be.
    pub(super) fn may_stand_in(&self, inner: &Inner, now: DateTime<Utc>) -> bool {
        is_within(REMEMBERED_FOR, self.read_at, now)
            && inner.tags.is_current(&self.stamp)
            && !self.is_over(inner, now)
    }

    /// Whether its time is up at `now`, by all that is known of it.
    pub(super) fn is_over(&self, inner: &Inner, now: DateTime<Utc>) -> bool {
        self.has_expired(now) || self.is_idle(inner, now)
    }

    fn has_expired(&self, now: DateTime<Utc>) -> bool {
        self.identity.expires_at.is_some_and(|end| now >= end)
    }

    fn is_idle(&self, inner: &Inner, now: DateTime<Utc>) -> bool {
        self.identity.session.is_some() && now - self.last_activity() >= inner.rules.idle
    }

    /// Notes that somebody did something at `now`; whether that is to be written down.
    pub(super) fn note(&self, now: DateTime<Utc>) -> bool {
        let now = now.timestamp_micros();
        if now - self.last_activity.load(Ordering::Relaxed) >= NOTED_EVERY.num_microseconds().unwrap_or(0) {
            self.last_activity.fetch_max(now, Ordering::Relaxed);
        }
        let written = self.last_written.load(Ordering::Relaxed);
        now - written >= WRITTEN_EVERY.num_microseconds().unwrap_or(0)
            && self.last_written.compare_exchange(written, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}
