//! An entry of L1: the ready bytes, the stamp, and until when they may be served.

use std::{sync::Arc, time::Duration};

use super::{Body, runtime::Moment, versions::Stamp};

/// A cached value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The bytes in every encoding.
    pub body: Arc<Body>,
    /// What was known before its load began.
    pub stamp: Stamp,
    /// Just before the load's first statement; of the dashboard, that of its oldest part.
    pub created: Moment,
    /// From here on it is no longer fresh.
    pub expires: Moment,
}

impl Entry {
    /// How old it is.
    pub fn age(&self, now: Moment) -> Duration {
        now.since(self.created)
    }

    /// Whether its time has not passed.
    pub fn is_in_time(&self, now: Moment) -> bool {
        now < self.expires
    }

    /// Whether it may stand in while loading fails.
    pub fn may_stand_in(&self, now: Moment, grace: Duration) -> bool {
        now < self.expires + grace
    }

    /// How many seconds are left, rounded down; negative once its time has passed.
    pub fn ttl_secs(&self, now: Moment) -> i64 {
        let secs = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
        if self.is_in_time(now) { secs(self.expires.since(now)) } else { -secs(now.since(self.expires)) - 1 }
    }
}
