//! What the domain needs from outside and the outer crates provide: the time of day, and the rows behind a metric.

use std::time::{SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use chrono::{DateTime, DurationRound, TimeDelta, Utc};

use crate::metrics::{
    charts::Charts,
    overview::Overview,
    period::RecentLimit,
    recent::{RecentProposals, RecentUsers},
    window::Window,
};

/// The time of day. Cache versions never come from it; windows, local dates and `createdAt` do.
pub trait Clock: Send + Sync + 'static {
    /// Now, truncated to microseconds, the precision that is stored.
    fn now(&self) -> DateTime<Utc>;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        // Counted in microseconds from the start: cutting off what is below takes longer than looking at the clock.
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let micros = i64::try_from(since.as_micros()).unwrap_or(i64::MAX);
        DateTime::from_timestamp_micros(micros).unwrap_or_default()
    }
}

/// `instant` without what is below a microsecond.
#[must_use]
pub fn truncate_to_micros(instant: DateTime<Utc>) -> DateTime<Utc> {
    instant.duration_trunc(TimeDelta::microseconds(1)).unwrap_or(instant)
}

/// Computes the parts of the dashboard from the rows, one statement a part, on the primary database and outside any
/// older transaction.
#[async_trait]
pub trait MetricsReader: Send + Sync + 'static {
    /// What can go wrong underneath.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Every KPI, breakdown and the funnel for `window`.
    async fn overview(&self, window: &Window) -> Result<Overview, Self::Error>;

    /// Every chart series for `window`.
    async fn charts(&self, window: &Window) -> Result<Charts, Self::Error>;

    /// The newest users; `generated_at` goes into the answer's meta.
    async fn recent_users(
        &self,
        limit: RecentLimit,
        generated_at: DateTime<Utc>,
    ) -> Result<RecentUsers, Self::Error>;

    /// The newest proposals; `generated_at` goes into the answer's meta.
    async fn recent_proposals(
        &self,
        limit: RecentLimit,
        generated_at: DateTime<Utc>,
    ) -> Result<RecentProposals, Self::Error>;
}
