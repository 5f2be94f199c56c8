//! A breaker: after a few failures in a row L2 is left alone for a while. Then one real operation may try; its success
//! closes the breaker, its failure opens it for longer.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use super::runtime::{Moment, Runtime, jittered};

/// So many failures in a row open it.
const FAILURES_TO_OPEN: u32 = 3;
/// How long it stays open the first time; doubled each time up to [`LONGEST_BACK_OFF`], and jittered.
const FIRST_BACK_OFF: Duration = Duration::from_millis(500);
const LONGEST_BACK_OFF: Duration = Duration::from_secs(30);

/// A breaker.
pub struct Breaker {
    runtime: Arc<dyn Runtime>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    failures: u32,
    times_opened: u32,
    open_until: Option<Moment>,
    probing: bool,
}

/// How a breaker stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakerState {
    /// Everything goes through.
    Closed,
    /// Nothing does.
    Open,
    /// One operation tries.
    HalfOpen,
}

/// Leave to run one operation; its outcome is to be told. Dropped untold (its caller gave up), it says nothing about the
/// other side: another operation may try instead.
#[derive(Debug)]
pub struct Leave<'a> {
    breaker: &'a Breaker,
    told: bool,
    /// Whether it is the one operation that tries while the breaker is open: those that were under way when it opened
    /// neither end the trial nor start another.
    probe: bool,
}

impl std::fmt::Debug for Breaker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Breaker").field("state", &self.state).finish_non_exhaustive()
    }
}

impl Breaker {
    /// A closed one.
    pub fn new(runtime: Arc<dyn Runtime>) -> Self {
        Self { runtime, state: Mutex::default() }
    }

    /// Leave to run an operation now, unless the breaker is open.
    pub fn leave(&self) -> Option<Leave<'_>> {
        let mut state = self.lock();
        if let Some(until) = state.open_until {
            if state.probing || self.runtime.now() < until {
                return None;
            }
            state.probing = true;
            return Some(Leave { breaker: self, told: false, probe: true });
        }
        Some(Leave { breaker: self, told: false, probe: false })
    }

    /// Lets an operation try now, however long the breaker was to stay open.
    pub fn try_now(&self) {
        let mut state = self.lock();
        state.open_until = state.open_until.map(|until| until.min(self.runtime.now()));
    }

    /// How long until an operation may try; zero while closed.
    pub fn closed_in(&self) -> Duration {
        self.lock().open_until.map_or(Duration::ZERO, |until| until.since(self.runtime.now()))
    }

    /// How it stands.
    pub fn state(&self) -> BreakerState {
        let state = self.lock();
        match state.open_until {
            None => BreakerState::Closed,
            Some(until) if state.probing || self.runtime.now() >= until => BreakerState::HalfOpen,
            Some(_) => BreakerState::Open,
        }
    }

    /// Whether the last operation failed.
    pub fn has_failed(&self) -> bool {
        self.lock().failures > 0
    }

    fn tell(&self, succeeded: bool, probe: bool) {
        let mut state = self.lock();
        if succeeded {
            *state = State::default();
            return;
        }
        state.failures += 1;
        if probe || (state.open_until.is_none() && state.failures >= FAILURES_TO_OPEN) {
            let factor = 2_u32.saturating_pow(state.times_opened.min(16));
            let back_off = FIRST_BACK_OFF.saturating_mul(factor).min(LONGEST_BACK_OFF);
            state.times_opened += 1;
            state.probing = false;
            state.open_until = Some(self.runtime.now() + jittered(&*self.runtime, back_off));
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Leave<'_> {
    /// The operation succeeded, or did not.
    pub fn tell(mut self, succeeded: bool) {
        self.told = true;
        self.breaker.tell(succeeded, self.probe);
    }
}

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        if !self.told && self.probe {
            self.breaker.lock().probing = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::runtime::TokioRuntime;

    fn fail(breaker: &Breaker) {
        breaker.leave().unwrap().tell(false);
    }

    #[test]
    fn opens_after_failures_in_a_row_only() {
        let breaker = Breaker::new(Arc::new(TokioRuntime::new()));
        for _ in 0..10 {
            fail(&breaker);
            fail(&breaker);
            breaker.leave().unwrap().tell(true);
        }
        assert_eq!(breaker.state(), BreakerState::Closed);
        for _ in 0..FAILURES_TO_OPEN {
            fail(&breaker);
        }
        assert_eq!(breaker.state(), BreakerState::Open);
        assert!(breaker.leave().is_none());
        assert!(breaker.closed_in() > Duration::ZERO);
    }

    #[test]
    fn operations_from_before_it_opened_do_not_decide_for_the_one_that_tries() {
        let breaker = Breaker::new(Arc::new(TokioRuntime::new()));
        let (slow, slower) = (breaker.leave().unwrap(), breaker.leave().unwrap());
        (0..FAILURES_TO_OPEN).for_each(|_| fail(&breaker));
        breaker.lock().open_until = Some(Moment::default());
        let probe = breaker.leave().unwrap();
        drop(slow);
        assert!(breaker.leave().is_none(), "one that gave up made room for a second trial");
        slower.tell(false);
        assert_eq!(breaker.state(), BreakerState::HalfOpen, "one that failed late ended the trial");
        probe.tell(true);
        assert_eq!(breaker.state(), BreakerState::Closed);
    }

    #[test]
    fn one_operation_tries_and_its_outcome_decides() {
        let breaker = Breaker::new(Arc::new(TokioRuntime::new()));
        (0..FAILURES_TO_OPEN).for_each(|_| fail(&breaker));
        breaker.lock().open_until = Some(Moment::default());
        let probe = breaker.leave().unwrap();
        assert!(breaker.leave().is_none(), "a second operation went through beside the probe");
        drop(probe);
        breaker.leave().unwrap().tell(false);
        assert_eq!(breaker.state(), BreakerState::Open);
        breaker.try_now();
        breaker.leave().unwrap().tell(true);
        assert_eq!(breaker.state(), BreakerState::Closed);
    }
}
