//! Whether the node can do its work, known from what the last operations came to. Asking costs no statement and no command
//! unless the last one failed; then it costs one probe, at most every 30 seconds.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use infra::{
    cache::L2Health,
    database::{DatabaseState, TrackedConnection},
    metrics_cache::MetricsCacheService,
};

/// Between two probes of a dependency that did not answer.
const PROBE_EVERY: Duration = Duration::from_secs(30);
/// How long a probe may take.
const PROBE_TIMEOUT: Duration = Duration::from_secs(2);

/// Knows how the node's dependencies are.
pub struct Health {
    db: TrackedConnection,
    database_probe: LastProbe,
    redis_probe: LastProbe,
}

/// When a dependency was probed last.
#[derive(Default)]
struct LastProbe(Mutex<Option<Instant>>);

impl Health {
    /// The health of a node that works on `db`.
    pub fn new(db: TrackedConnection) -> Self {
        Self { db, database_probe: LastProbe::default(), redis_probe: LastProbe::default() }
    }

    /// How the database is; where it was down, possibly after a probe.
    pub async fn database(&self) -> DatabaseState {
        if self.db.health().state() == DatabaseState::Down && self.database_probe.is_due() {
            // What the probe came to is noted by the connection; one that hangs leaves the state as it is.
            let _ = tokio::time::timeout(PROBE_TIMEOUT, self.db.ping()).await;
        }
        self.db.health().state()
    }

    /// How Redis is; where it was down, possibly after a probe: nobody else may be asking for anything.
    pub async fn redis(&self, metrics: &MetricsCacheService) -> L2Health {
        if metrics.l2_health() == L2Health::Down && self.redis_probe.is_due() {
            metrics.probe_l2().await;
        }
        metrics.l2_health()
    }
}

impl LastProbe {
    /// Whether it is time for another, which is then taken to be made.
    fn is_due(&self) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let due = last.is_none_or(|at| at.elapsed() >= PROBE_EVERY);
        if due {
            *last = Some(Instant::now());
        }
        due
    }
}
