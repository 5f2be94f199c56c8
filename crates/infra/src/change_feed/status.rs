//! What is told of the feed: how it stands and what it has counted.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

/// Whether this instance follows the database's changes: `off` (it is not to), `waiting` (another instance does, or the
/// database cannot be reached) or `listening` (it does).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ChangeFeedState {
    /// It is not to.
    #[default]
    Off,
    /// Another instance does, or the database cannot be reached.
    Waiting,
    /// It does.
    Listening,
}

/// How the change feed of an instance does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChangeFeedStatus {
    /// Whether this instance follows the database's changes: one of those that share a cache does.
    #[schema(example = json!("listening"))]
    pub state: ChangeFeedState,
    /// Notifications heard.
    #[schema(example = 12)]
    pub notifications: u64,
    /// Invalidations made of them; those that came close together made one.
    #[schema(example = 5)]
    pub invalidations: u64,
    /// Times this instance began to listen; each time everything was made old once.
    #[schema(example = 1)]
    pub takeovers: u64,
    /// When the last notification was heard; null before the first.
    #[schema(required, example = json!("2026-03-14T09:26:53Z"))]
    pub last_heard_at: Option<DateTime<Utc>>,
}

/// The same as it changes.
#[derive(Debug)]
pub(super) struct Status(Mutex<ChangeFeedStatus>);

impl Status {
    pub(super) fn new(state: ChangeFeedState) -> Self {
        let nothing =
            ChangeFeedStatus { state, notifications: 0, invalidations: 0, takeovers: 0, last_heard_at: None };
        Self(Mutex::new(nothing))
    }

    pub(super) fn told(&self) -> ChangeFeedStatus {
        *self.lock()
    }

    pub(super) fn is(&self, state: ChangeFeedState) {
        self.lock().state = state;
    }

    pub(super) fn took_over(&self) {
        let mut status = self.lock();
        status.state = ChangeFeedState::Listening;
        status.takeovers += 1;
    }

    pub(super) fn heard(&self) {
        let mut status = self.lock();
        status.notifications += 1;
        status.last_heard_at = Some(Utc::now());
    }

    pub(super) fn invalidated(&self) {
        self.lock().invalidations += 1;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, ChangeFeedStatus> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
