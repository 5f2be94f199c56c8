//! What every handler has at hand.

use std::sync::Arc;

use actix_web::web::Data;
use infra::{
    cache::{Body, CacheStats},
    change_feed::ChangeFeed,
    identity::{Accounts, Identities},
    metrics_cache::MetricsCacheService,
    repositories::{
        ApiTokenRepository, AuditLog, CursorKey, LeadRepository, ProposalRepository, UserRepository,
    },
};
use tokio::runtime::Handle;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

use crate::{
    cookie::SessionCookie, error::ApiError, events::Events, health::Health, middleware::Edge,
    openapi::RouteTable, routes::export::Exports, spa::Spa, telemetry::HttpMetrics,
};

/// The state as handlers take it.
pub type State = Data<AppState>;

/// What a node consists of, apart from its server.
pub struct AppState {
    /// The figures, out of the cache.
    pub metrics: Arc<MetricsCacheService>,
    /// What the database tells of changes made past the service.
    pub change_feed: ChangeFeed,
    /// Tokens in the database.
    pub api_tokens: ApiTokenRepository,
    /// Users in the database.
    pub users: UserRepository,
    /// Proposals in the database.
    pub proposals: ProposalRepository,
    /// Leads in the database.
    pub leads: LeadRepository,
    /// Who may come in, and how that changes.
    pub accounts: Accounts,
    /// Whom a request comes from.
    pub identities: Identities,
    /// How a session's cookie is kept.
    pub cookie: SessionCookie,
    /// What was done, and by whom.
    pub audit: AuditLog,
    /// What the cursors of lists are signed with.
    pub cursor_key: CursorKey,
    /// Who listens to changes.
    pub events: Events,
    /// The places of exports.
    pub exports: Exports,
    /// Whether the node can do its work.
    pub health: Health,
    /// How requests are counted.
    pub telemetry: HttpMetrics,
    /// What happens at the server's edge.
    pub edge: Edge,
    /// Which routes exist, and who may ask for each.
    pub routes: RouteTable,
    /// The OpenAPI document, ready to be sent: packed by the first who asks, then kept.
    pub document: Body,
    /// The dashboard's page and its files.
    pub spa: Spa,
    /// Writes that are under way.
    pub writes: Writes,
}

impl AppState {
    /// The cache's `stats`, and how the change feed does, of which the cache knows nothing.
    pub(crate) fn cache_stats(&self, mut stats: CacheStats) -> CacheStats {
        stats.instance.change_feed = self.change_feed.status();
        stats
    }
}

/// Runs writes to their end, whether or not their client waits for it: one that is cut off between its commit and the
/// acknowledgement of its invalidation would have to be announced as uncertain.
#[derive(Clone, Debug)]
pub struct Writes {
    runtime: Handle,
    tracker: TaskTracker,
}

impl Writes {
    /// Writes run on `runtime`, which outlives the server's workers.
    pub fn on(runtime: Handle) -> Self {
        Self { runtime, tracker: TaskTracker::new() }
    }

    /// Runs `write` to its end.
    ///
    /// # Errors
    /// Those of `write`.
    pub async fn run<T, E, F>(&self, write: F) -> Result<T, ApiError>
    where
        T: Send + 'static,
        E: Into<ApiError> + Send + 'static,
        F: Future<Output = Result<T, E>> + Send + 'static,
    {
        match self.tracker.spawn_on(write.in_current_span(), &self.runtime).await {
            Ok(outcome) => outcome.map_err(Into::into),
            Err(panicked) => Err(ApiError::internal(panicked)),
        }
    }

    /// Waits until no write is under way.
    pub async fn finished(&self) {
        self.tracker.close();
        self.tracker.wait().await;
    }
}
