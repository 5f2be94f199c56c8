//! A rest for one kind of call that Redis refuses although it answers others: stores while its memory is full, say. Asking
//! again for every load would cost a command each and bring nothing. A real call tries after the rest.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use super::runtime::{Moment, Runtime, jittered};

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_mins(1);

/// The rest of one kind of call.
pub(super) struct Rest {
    runtime: Arc<dyn Runtime>,
    /// Until when, and how long the next one is.
    state: Mutex<Option<(Moment, Duration)>>,
}

impl Rest {
    /// None needed so far.
    pub(super) fn new(runtime: Arc<dyn Runtime>) -> Self {
        Self { runtime, state: Mutex::default() }
    }

    /// Whether calls are left undone now.
    pub(super) fn lasts(&self) -> bool {
        self.lock().is_some_and(|(until, _)| self.runtime.now() < until)
    }

    /// Whether the last call was refused.
    pub(super) fn is_needed(&self) -> bool {
        self.lock().is_some()
    }

    /// A call was refused.
    pub(super) fn begin(&self) {
        let mut state = self.lock();
        let length = state.map_or(FIRST, |(_, next)| next);
        let until = self.runtime.now() + jittered(&*self.runtime, length);
        *state = Some((until, (length * 2).min(LONGEST)));
    }

    /// A call succeeded.
    pub(super) fn end(&self) {
        *self.lock() = None;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<(Moment, Duration)>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
