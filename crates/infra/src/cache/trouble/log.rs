//! What is wrong with Redis now, and the log of it: a line when a trouble begins, at most one a minute while it lasts, with
//! how many were left out since, and one when all is well again. A busy service would otherwise write one a request.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use super::{Trouble, TroubleKind};
use crate::cache::runtime::{Moment, Runtime};

/// A kind of trouble is logged at most this often.
const LOGGED_EVERY: Duration = Duration::from_mins(1);

/// Which connection to Redis is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cache) enum Channel {
    /// The one that commands are sent on.
    Commands,
    /// The one that listens to the bus.
    Bus,
}

/// What is wrong on one connection.
pub(in crate::cache) struct Troubles {
    runtime: Arc<dyn Runtime>,
    channel: Channel,
    /// Whether any call is in trouble: all that a call that succeeds has to look at.
    any: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The calls whose last attempt failed, the latest last.
    calls: Vec<Failing>,
    /// When the first of them did.
    since: Moment,
    /// Whether the log knows.
    told: bool,
    /// By kind, when it was logged last, and how often it was left out since.
    logged: [Option<(Moment, u64)>; TroubleKind::EVERY.len()],
}

#[derive(Clone, Copy, Debug)]
struct Failing {
    call: &'static str,
    kind: TroubleKind,
    /// Whether only this call is refused; else the success of any other one shows that it is over.
    alone: bool,
}

impl Troubles {
    /// All is well.
    pub(in crate::cache) fn new(runtime: Arc<dyn Runtime>, channel: Channel) -> Self {
        Self { runtime, channel, any: AtomicBool::new(false), state: Mutex::default() }
    }

    /// The kind of the latest trouble that lasts.
    pub(in crate::cache) fn current(&self) -> Option<TroubleKind> {
        self.lock().calls.last().map(|failing| failing.kind)
    }

    /// `call` met with `trouble`.
    pub(in crate::cache) fn met(&self, call: &'static str, trouble: &Trouble) {
        let Some(left_out) = self.note(call, trouble.kind, trouble.is_of_one_call()) else { return };
        let kind = trouble.kind.as_str();
        match self.channel {
            Channel::Commands => tracing::warn!(
                redis.trouble = kind,
                redis.call = call,
                redis.left_out = left_out,
                "Redis does not do what it is asked; the service goes on without: {trouble}"
            ),
            Channel::Bus => tracing::warn!(
                redis.trouble = kind,
                redis.call = call,
                redis.left_out = left_out,
                "the bus is down; until it is back, reads ask Redis for the versions first: {trouble}"
            ),
        }
    }

    /// `call` succeeded. Says whether that was logged.
    pub(in crate::cache) fn over(&self, call: &'static str) -> bool {
        if !self.any.load(Ordering::Acquire) {
            return false;
        }
        let Some(lasted) = self.forget(call) else { return false };
        let lasted_ms = u64::try_from(lasted.as_millis()).unwrap_or(u64::MAX);
        match self.channel {
            Channel::Commands => {
                tracing::info!(redis.trouble_ms = lasted_ms, "Redis does again what it is asked");
            }
            Channel::Bus => tracing::info!(redis.trouble_ms = lasted_ms, "the bus is up again"),
        }
        true
    }

    /// Whether a line about `kind`, which is over as soon as it is told, may be written now, and how many were left out.
    pub(in crate::cache) fn may_tell(&self, kind: TroubleKind) -> Option<u64> {
        let now = self.runtime.now();
        self.lock().may_tell(kind, now)
    }

    /// Writes the trouble down; says, if it is to be logged, how many like it were left out.
    fn note(&self, call: &'static str, kind: TroubleKind, alone: bool) -> Option<u64> {
        let now = self.runtime.now();
        let mut state = self.lock();
        self.any.store(true, Ordering::Release);
        if state.calls.is_empty() {
            state.since = now;
        }
        state.calls.retain(|failing| failing.call != call);
        state.calls.push(Failing { call, kind, alone });
        let left_out = state.may_tell(kind, now);
        state.told |= left_out.is_some();
        left_out
    }

    /// Forgets the trouble of `call`; says, if none is left and the log knows of any, how long it lasted.
    fn forget(&self, call: &'static str) -> Option<Duration> {
        let mut state = self.lock();
        state.calls.retain(|failing| failing.call != call && failing.alone);
        if !state.calls.is_empty() {
            return None;
        }
        self.any.store(false, Ordering::Release);
        let told = std::mem::take(&mut state.told);
        told.then(|| self.runtime.now().since(state.since))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn may_tell(&mut self, kind: TroubleKind, now: Moment) -> Option<u64> {
        match &mut self.logged[kind.index()] {
            Some((at, left_out)) if now.since(*at) < LOGGED_EVERY => {
                *left_out += 1;
                None
            }
            logged => {
                let left_out = logged.map_or(0, |(_, left_out)| left_out);
                *logged = Some((now, 0));
                Some(left_out)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::BoxFuture;

    use super::*;

    /// A clock that tests move.
    #[derive(Default)]
    struct Clock(Mutex<Moment>);

    impl Clock {
        fn pass(&self, seconds: u64) {
            let mut now = self.0.lock().unwrap();
            *now = *now + Duration::from_secs(seconds);
        }
    }

    impl Runtime for Clock {
        fn now(&self) -> Moment {
            *self.0.lock().unwrap()
        }

        fn wall_micros(&self) -> u64 {
            0
        }

        fn sleep(&self, _duration: Duration) -> BoxFuture<'static, ()> {
            Box::pin(std::future::pending())
        }

        fn spawn(&self, _task: BoxFuture<'static, ()>) {}

        fn random(&self) -> f64 {
            0.0
        }
    }

    fn troubles() -> (Arc<Clock>, Troubles) {
        let clock = Arc::new(Clock::default());
        let runtime: Arc<dyn Runtime> = Arc::<Clock>::clone(&clock);
        (clock, Troubles::new(runtime, Channel::Commands))
    }

    #[test]
    fn a_trouble_is_told_when_it_begins_and_once_a_minute_while_it_lasts() {
        let (clock, troubles) = troubles();
        assert_eq!(troubles.note("read", TroubleKind::TimedOut, false), Some(0));
        for _ in 0..59 {
            clock.pass(1);
            assert_eq!(troubles.note("read", TroubleKind::TimedOut, false), None);
        }
        assert_eq!(troubles.note("read", TroubleKind::Loading, false), Some(0), "another kind is news");
        clock.pass(1);
        assert_eq!(troubles.note("read", TroubleKind::TimedOut, false), Some(59));
        assert_eq!(troubles.current(), Some(TroubleKind::TimedOut));
    }

    #[test]
    fn it_is_over_once_every_call_that_was_in_trouble_has_succeeded() {
        let (clock, troubles) = troubles();
        troubles.note("store", TroubleKind::OutOfMemory, true);
        troubles.note("invalidate", TroubleKind::OutOfMemory, true);
        clock.pass(5);
        assert!(!troubles.over("read"), "reads were never in trouble");
        assert!(!troubles.over("invalidate"));
        assert_eq!(troubles.current(), Some(TroubleKind::OutOfMemory));
        assert_eq!(troubles.forget("store"), Some(Duration::from_secs(5)));
        assert_eq!(troubles.current(), None);
    }

    #[test]
    fn where_all_calls_failed_the_success_of_one_ends_it() {
        let (_clock, troubles) = troubles();
        troubles.note("store", TroubleKind::TimedOut, false);
        troubles.note("start", TroubleKind::TimedOut, false);
        assert!(troubles.over("read"));
        assert_eq!(troubles.current(), None);
    }

    #[test]
    fn what_comes_and_goes_is_told_no_oftener_than_what_lasts() {
        let (clock, troubles) = troubles();
        let mut lines = 0;
        for _ in 0..120 {
            lines += u64::from(troubles.note("read", TroubleKind::TimedOut, false).is_some());
            lines += u64::from(troubles.over("read"));
            clock.pass(1);
        }
        assert_eq!(lines, 4, "two beginnings and two ends");
    }
}
