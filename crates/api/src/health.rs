//! Whether the node can do its work, known from what the last operations came to. Asking costs no statement unless the
//! last one failed; then it costs one probe, at most every 30 seconds.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use infra::database::{DatabaseState, TrackedConnection};

/// Between two probes of a database that did not answer.
const PROBE_EVERY: Duration = Duration::from_secs(30);
/// How long a probe may take.
const PROBE_TIMEOUT: Duration = Duration::from_secs(2);

/// Knows how the node's dependencies are.
pub struct Health {
    db: TrackedConnection,
    last_probe: Mutex<Option<Instant>>,
}

impl Health {
    /// The health of a node that works on `db`.
    pub fn new(db: TrackedConnection) -> Self {
        Self { db, last_probe: Mutex::new(None) }
    }

    /// How the database is; where it was down, possibly after a probe.
    pub async fn database(&self) -> DatabaseState {
        if self.db.health().state() == DatabaseState::Down && self.may_probe() {
            // What the probe came to is noted by the connection; one that hangs leaves the state as it is.
            let _ = tokio::time::timeout(PROBE_TIMEOUT, self.db.ping()).await;
        }
        self.db.health().state()
    }

    fn may_probe(&self) -> bool {
        let mut last = self.last_probe.lock().unwrap_or_else(PoisonError::into_inner);
        let due = last.is_none_or(|at| at.elapsed() >= PROBE_EVERY);
        if due {
            *last = Some(Instant::now());
        }
        due
    }
}
