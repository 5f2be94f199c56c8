//! Redis's clock, as far as this process can tell. Ages of entries in L2 are told on it; the offset to it is learnt from
//! what scripts reply.

use std::sync::{Mutex, PoisonError};

use super::runtime::Moment;

/// Where Redis's clock stood at a moment of ours: somewhere between a script's being sent and its reply.
#[derive(Debug, Default)]
pub struct RedisClock(Mutex<Option<Learnt>>);

#[derive(Clone, Copy, Debug)]
struct Learnt {
    sent: Moment,
    replied: Moment,
    micros: u64,
}

impl RedisClock {
    /// A script sent at `sent` told `micros`, and the reply came at `replied`.
    pub fn learn(&self, sent: Moment, replied: Moment, micros: u64) {
        if micros > 0 {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Learnt { sent, replied, micros });
        }
    }

    /// Its reading at `now`, µs since 1970, at the latest: who reads an age off it has it too old by at most one round
    /// trip, never too young. `None` until a script has replied.
    pub fn micros(&self, now: Moment) -> Option<u64> {
        self.learnt().map(|learnt| learnt.micros.saturating_add(micros_between(learnt.sent, now)))
    }

    /// The same at the earliest: for who tells others when something was created, for the same reason.
    pub fn earliest_micros(&self, now: Moment) -> Option<u64> {
        self.learnt().map(|learnt| learnt.micros.saturating_add(micros_between(learnt.replied, now)))
    }

    fn learnt(&self) -> Option<Learnt> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn micros_between(earlier: Moment, later: Moment) -> u64 {
    u64::try_from(later.since(earlier).as_micros()).unwrap_or(u64::MAX)
}
