//! What the engine asks of the world besides Redis and the database: time, tasks and chance. Behind a trait, so that a
//! simulation can run the engine as it ships under virtual time.

use std::{
    ops::{Add, Sub},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use futures_util::future::{BoxFuture, Either, select};

/// A point on a process's monotonic clock: the time since some start of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub Duration);

impl Moment {
    /// The time from `earlier` to here; zero if it is later.
    pub fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

impl Add<Duration> for Moment {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration))
    }
}

impl Sub<Duration> for Moment {
    type Output = Self;

    fn sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(duration))
    }
}

/// Time, tasks and chance.
pub trait Runtime: Send + Sync + 'static {
    /// Now, on a clock that never goes back.
    fn now(&self) -> Moment;

    /// Microseconds since 1970 on the machine's clock. It only serves to judge whether a number that claims to be a
    /// version is plausible; it never makes or decides one.
    fn wall_micros(&self) -> u64;

    /// Ends after `duration`.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;

    /// Runs `task` to its end, whoever waits for it.
    fn spawn(&self, task: BoxFuture<'static, ()>);

    /// A number from 0 up to, not including, 1.
    fn random(&self) -> f64;
}

/// The runtime of the shipped binary: tokio, the machine's clocks, the thread's random numbers.
#[derive(Debug)]
pub struct TokioRuntime {
    start: Instant,
    tasks: Option<tokio::runtime::Handle>,
}

impl TokioRuntime {
    /// Time starts now. Tasks run on the runtime that this is called in, whatever thread spawns them: a server's workers
    /// have runtimes of their own, which end before the cache is drained. Where it is called in none, they run where they
    /// are spawned.
    pub fn new() -> Self {
        Self { start: Instant::now(), tasks: tokio::runtime::Handle::try_current().ok() }
    }
}

impl Default for TokioRuntime {
    fn default() -> Self {
        Self::new()
    }
}

/// What the process's clock shows at its start, so that moments before it (of entries that another process made) can
/// be told.
const BEFORE_START: Duration = Duration::from_hours(24 * 365);

impl Runtime for TokioRuntime {
    fn now(&self) -> Moment {
        Moment(BEFORE_START + self.start.elapsed())
    }

    fn wall_micros(&self) -> u64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) {
        match &self.tasks {
            Some(tasks) => drop(tasks.spawn(task)),
            None => drop(tokio::spawn(task)),
        }
    }

    fn random(&self) -> f64 {
        rand::random()
    }
}

/// What `future` gives, unless it takes longer than `limit`.
pub(super) async fn within<F: Future>(
    runtime: &dyn Runtime,
    limit: Duration,
    future: F,
) -> Option<F::Output> {
    match select(std::pin::pin!(future), runtime.sleep(limit)).await {
        Either::Left((output, _)) => Some(output),
        Either::Right(((), _)) => None,
    }
}

/// `duration` times a random factor from one half up to one.
pub(super) fn jittered(runtime: &dyn Runtime, duration: Duration) -> Duration {
    duration.mul_f64(0.5 + runtime.random() / 2.0)
}
