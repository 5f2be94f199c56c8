//! A node: its state, and the server around it. Several nodes can run in one process; a test does that.

use std::{
    future::Future,
    io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use actix_web::{App, HttpServer, dev::ServerHandle, web::Data};
use domain::{
    invalidation::InvalidationSink,
    ports::{Clock, SystemClock},
};
use infra::{
    cache::Body,
    change_feed::{ChangeFeed, Feed, Pace},
    config::{ChangeFeedConfig, ConfigError},
    database::{TrackedConnection, connect},
    identity::{Accounts, Identities, sessions::SessionRules},
    metrics::MetricsService,
    metrics_cache::{LateSink, MetricsCacheService, l2},
    repositories::{
        ApiTokenRepository, AuditLog, LeadRepository, ProposalRepository, UserRepository,
        metrics::SqlMetricsReader,
    },
};
use tokio::{runtime::Handle, task::JoinHandle};
use utoipa_swagger_ui::{Config as SwaggerConfig, SwaggerUi};
use uuid::Uuid;

use crate::{
    access,
    config::{AppConfig, ServerConfig},
    cookie::SessionCookie,
    events::Events,
    extractors::payload_config,
    health::Health,
    listener::{connections_a_worker, listen},
    middleware::{Around, Edge},
    openapi::{self, MismatchedRoutes, RouteTable},
    routes::{self, export::Exports},
    spa::Spa,
    state::{AppState, Writes},
    telemetry::HttpMetrics,
};

/// How long invalidations that Redis has not heard of may still take.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a connection that is being closed may linger.
const DISCONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// What the secret's key for cursors is derived for.
const CURSORS: &str = "cursors";

/// Why a node does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {error}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        error: io::Error,
    },
    /// The database cannot be opened or migrated.
    #[error("cannot open the database: {0}")]
    Database(String),
    /// What is configured for Redis cannot be used.
    #[error("cannot use what is configured for Redis: {0}")]
    Redis(String),
    /// There is no secret to sign with.
    #[error(transparent)]
    Secret(#[from] ConfigError),
    /// The server cannot run.
    #[error("cannot run the server: {0}")]
    Server(#[from] io::Error),
    /// The OpenAPI document cannot be written.
    #[error("cannot write the OpenAPI document: {0}")]
    Document(#[from] serde_json::Error),
    /// It is not clear of every route who may ask for it.
    #[error("cannot serve the routes: {0}")]
    Routes(#[from] MismatchedRoutes),
}

/// A node that answers requests.
pub struct Node {
    address: SocketAddr,
    state: Data<AppState>,
    db: TrackedConnection,
    server: ServerHandle,
    running: JoinHandle<io::Result<()>>,
}

impl Node {
    /// Starts a node: opens its database (and migrates it, if so configured) and listens.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn start(config: AppConfig) -> Result<Self, StartError> {
        // First, so that a second server on the same address changes nothing.
        let address = config.server.bind_addr;
        let listener =
            listen(address, &config.server.limits).map_err(|error| StartError::Bind { address, error })?;
        let address = listener.local_addr()?;
        if config.database.auto_migrate {
            use secrecy::ExposeSecret as _;
            migrations::up(config.database.direct_url.expose_secret())
                .await
                .map_err(|error| StartError::Database(error.to_string()))?;
        }
        let (state, db) = assemble(&config).await?;
        let state = Data::new(state);
        let server = serve(listener, &config.server, state.clone())?;
        let handle = server.handle();
        let running = tokio::spawn(server);
        tracing::info!(http.address = %address, workers = config.server.workers, "listening");
        Ok(Self { address, state, db, server: handle, running })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What its handlers have at hand.
    pub fn state(&self) -> &AppState {
        &self.state
    }

    /// Leaves the change feed to another instance, ends the event streams, stops taking requests, finishes those in flight and the writes under way, tells Redis what it
    /// has not heard of yet, then closes the database.
    pub async fn stop(self) {
        // They do not end by themselves, and would hold everything up.
        self.state.events.stop();
        self.state.change_feed.stop().await;
        self.server.stop(true).await;
        if let Ok(Err(error)) = self.running.await {
            tracing::error!(%error, "the server ended with an error");
        }
        self.state.writes.finished().await;
        self.state.identities.shut_down(DRAIN_TIMEOUT).await;
        if !self.state.metrics.shut_down(DRAIN_TIMEOUT).await {
            tracing::warn!(
                "Redis did not hear of every invalidation: other instances may show old figures until their time is up"
            );
        }
        if let Err(error) = self.db.close().await {
            tracing::warn!(%error, "the database did not close");
        }
    }

    /// Serves until `told_to_stop` is ready, then stops.
    pub async fn serve_until(self, told_to_stop: impl Future<Output = ()>) {
        told_to_stop.await;
        tracing::info!("stopping: finishing requests in flight");
        self.stop().await;
        tracing::info!("stopped");
    }
}

/// Puts a node's pieces together. The cache loads from the connection, and the connection tells the cache what writes
/// make old.
async fn assemble(config: &AppConfig) -> Result<(AppState, TrackedConnection), StartError> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let sink = LateSink::default();
    let db = connect(&config.database, Arc::new(sink.clone()))
        .await
        .map_err(|error| StartError::Database(error.to_string()))?;
    let l2 = l2(config.redis.as_ref(), &config.cache, Uuid::new_v4().to_string())
        .map_err(|error| StartError::Redis(error.to_string()))?;
    let source = MetricsService::new(SqlMetricsReader::new(db.clone()), Arc::clone(&clock));
    let metrics = MetricsCacheService::new(config.cache.clone(), l2, Arc::new(source), Arc::clone(&clock));
    let metrics = Arc::new(metrics);
    sink.connect(Arc::clone(&metrics) as Arc<dyn InvalidationSink>);
    let rules = SessionRules::new(&config.session)?;
    let cookie = SessionCookie::new(config.reached(), rules.max);
    let identities = Identities::new(
        db.clone(),
        Arc::clone(&clock),
        rules.clone(),
        Arc::clone(&metrics),
        Handle::current(),
    );
    let document = openapi::document();
    let mut routes = RouteTable::of(&document, access::ROWS)?;
    if config.server.metrics_public {
        routes = routes.opened(access::COUNTERS);
    }
    let secret = config.session.secret()?;
    let change_feed = change_feed(config, &metrics);
    let events = Events::new(config.events, Arc::clone(&metrics), &Handle::current());
    let state = AppState {
        metrics,
        change_feed,
        accounts: Accounts::new(db.clone(), Arc::clone(&clock), rules),
        identities,
        cookie,
        api_tokens: ApiTokenRepository::new(db.clone(), Arc::clone(&clock)),
        events,
        exports: Exports::default(),
        users: UserRepository::new(db.clone(), Arc::clone(&clock)),
        proposals: ProposalRepository::new(db.clone(), Arc::clone(&clock)),
        leads: LeadRepository::new(db.clone(), Arc::clone(&clock)),
        audit: AuditLog::new(db.clone(), clock),
        cursor_key: secret.derive(CURSORS).into(),
        health: Health::new(db.clone()),
        telemetry: HttpMetrics::default(),
        edge: Edge::new(&config.server),
        routes,
        document: Body::new(openapi::json_of(&document)?.into()),
        spa: Spa::new(config.server.web_dir.clone()),
        writes: Writes::on(Handle::current()),
    };
    Ok((state, db))
}

/// The change feed that is configured. Instances that share a Redis share a cache: one of them listens.
fn change_feed(config: &AppConfig, metrics: &Arc<MetricsCacheService>) -> ChangeFeed {
    if config.change_feed == ChangeFeedConfig::Off {
        return ChangeFeed::off();
    }
    let feed = Feed {
        url: config.database.direct_url.clone(),
        shared: config.redis.as_ref().map(|redis| {
            let (host, port, database) = (&redis.host, redis.port, redis.database);
            format!("{host}:{port}/{database} {}", config.cache.namespace)
        }),
        pace: Pace::default(),
    };
    ChangeFeed::start(feed, Arc::clone(metrics) as Arc<dyn InvalidationSink>, &Handle::current())
}

fn serve(
    listener: TcpListener,
    config: &ServerConfig,
    state: Data<AppState>,
) -> io::Result<actix_web::dev::Server> {
    let app = move || {
        App::new()
            .app_data(state.clone())
            .app_data(payload_config())
            .configure(routes::serve)
            .service(SwaggerUi::new("/docs/{_:.*}").config(SwaggerConfig::new(["/openapi.json"])))
            .wrap(Around::new(state.clone()))
    };
    let server = HttpServer::new(app)
        .workers(config.workers)
        .tcp_nodelay(true)
        .keep_alive(config.limits.keep_alive)
        .max_connections(connections_a_worker(&config.limits, config.workers))
        .client_request_timeout(config.limits.head)
        .client_disconnect_timeout(DISCONNECT_TIMEOUT)
        // All that is heard of a client that leaves is that it says no more. Were it served on until what it is sent comes
        // back, an event stream would keep its place for that long, and nothing tells when that is.
        .h1_allow_half_closed(false)
        .shutdown_timeout(config.shutdown_timeout.as_secs())
        .disable_signals()
        .listen(listener)?;
    Ok(server.run())
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, sync::Mutex};

    use actix_web::{HttpResponse, test, web};
    use domain::metrics::period::MetricsQuery;
    use infra::config::Env;
    use tracing::{
        Dispatch, Subscriber,
        span::{Attributes, Id},
        subscriber::set_default,
    };
    use tracing_subscriber::{
        Layer, Registry,
        layer::{Context, SubscriberExt as _},
        registry::LookupSpan,
    };

    use super::*;
    use crate::state::State;

    async fn panics() -> HttpResponse {
        panic!("a secret")
    }

    #[tokio::test]
    async fn a_panic_is_a_problem_like_any_other() {
        let env: Env = [("DATABASE_URL", "sqlite::memory:")].into_iter().collect();
        let (state, _db) = assemble(&AppConfig::from_env(&env).unwrap()).await.unwrap();
        let app = App::new().route("/health/live", web::get().to(panics));
        let app = test::init_service(app.wrap(Around::new(Data::new(state)))).await;
        let request =
            test::TestRequest::get().uri("/health/live").insert_header(("x-request-id", "r1")).to_request();
        let answer = test::try_call_service(&app, request).await.unwrap_err().error_response();
        assert_eq!(answer.status(), 500);
        assert_eq!(answer.headers().get("x-request-id").unwrap(), "r1");
        let body = actix_web::body::to_bytes(answer.into_body()).await.ok().unwrap();
        let problem: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(problem["type"], "urn:problem-type:admin-metrics:internal");
        assert_eq!((&problem["instance"], &problem["requestId"]), (&"/health/live".into(), &"r1".into()));
        assert!(!problem.to_string().contains("secret"));
    }

    async fn reads(state: State) -> HttpResponse {
        let read = state.metrics.overview(MetricsQuery::default(), None).await;
        HttpResponse::Ok().body(read.is_ok().to_string())
    }

    /// The names of spans, each after those that it is in.
    #[derive(Clone, Default)]
    struct Paths(Arc<Mutex<BTreeSet<String>>>);

    impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Paths {
        fn on_new_span(&self, _: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
            let path: Vec<_> = context.span_scope(id).unwrap().from_root().map(|span| span.name()).collect();
            self.0.lock().unwrap().insert(path.join(" > "));
        }
    }

    #[tokio::test]
    async fn spans_lead_from_the_request_to_the_database_across_tasks() {
        let env: Env = [("DATABASE_URL", "sqlite::memory:")].into_iter().collect();
        let (state, _db) = assemble(&AppConfig::from_env(&env).unwrap()).await.unwrap();
        let state = Data::new(state);
        let app = App::new().app_data(state.clone()).route("/health/live", web::get().to(reads));
        let app = test::init_service(app.wrap(Around::new(state))).await;
        // A second one, so that whether a span is wanted is not remembered from a thread that traces nothing.
        let _another = Dispatch::from(Registry::default());
        let paths = Paths::default();
        let _traced = set_default(Registry::default().with(paths.clone()));
        test::call_service(&app, test::TestRequest::get().uri("/health/live").to_request()).await;
        let paths = paths.0.lock().unwrap();
        assert!(paths.contains("request > cache.get > database"), "{paths:?}");
    }
}
