//! Redis's clock, as far as this process can tell. Ages of entries in L2 are told on it; the offset to it is learnt from
//! what scripts reply.

use std::sync::{Mutex, PoisonError};

use super::runtime::Moment;

/// Where Redis's clock stood at a moment of ours.
#[derive(Debug, Default)]
pub struct RedisClock(Mutex<Option<(Moment, u64)>>);

impl RedisClock {
    /// A script sent at `sent` told `clock_micros`. Taking the time of sending makes ages come out too old by at most
    /// one round trip, never too young.
    pub fn learn(&self, sent: Moment, clock_micros: u64) {
        if clock_micros > 0 {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((sent, clock_micros));
        }
    }

    /// Its reading at `now`, µs since 1970; `None` until a script has replied.
    pub fn micros(&self, now: Moment) -> Option<u64> {
        let learnt = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        learnt.map(|(at, micros)| {
            micros.saturating_add(u64::try_from(now.since(at).as_micros()).unwrap_or(u64::MAX))
        })
    }
}
