//! A node for the cache's tests: its own connection, cache and L1, sharing database and Redis with the others as
//! processes do. Its source reads real rows and can be held in mid-load.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use domain::{
    entities::user,
    invalidation::{CacheTag, InvalidationSink},
    metrics::period::{MetricsQuery, RecentLimit},
    ports::{Clock as _, SystemClock},
};
use infra::{
    cache::{
        Served,
        entry::Entry,
        key::Key,
        l2::{L2, NoL2, RedisL2},
        runtime::{Runtime, TokioRuntime},
        source::{LoadError, Source},
    },
    config::{CacheConfig, Env, RedisConfig},
    database::{TrackedConnection, connect_untracked},
    metrics_cache::{LateSink, MetricsCacheService},
};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ConnectionTrait as _, EntityTrait as _, Statement,
    TransactionSession as _, prelude::Uuid,
};
use tokio::sync::{Semaphore, watch};

use crate::faulty::{Faults, Faulty};

/// Longer than anything may take on a slow machine; reaching it fails the test.
pub(crate) const PATIENCE: Duration = Duration::from_mins(2);

/// No test depends on Redis or the database being quick, or on an entry being young, unless it says so itself.
pub(crate) const NOTHING_IS_URGENT: [(&str, &str); 8] = [
    ("CACHE_L2_TIMEOUT_MS", "10000"),
    ("CACHE_LOAD_SOFT_MS", "60000"),
    ("CACHE_LOAD_HARD_MS", "60000"),
    ("CACHE_TTL_DASHBOARD_SECS", "86400"),
    ("CACHE_TTL_OVERVIEW_SECS", "86400"),
    ("CACHE_TTL_CHARTS_SECS", "86400"),
    ("CACHE_TTL_RECENT_USERS_SECS", "86400"),
    ("CACHE_TTL_RECENT_PROPOSALS_SECS", "86400"),
];

pub(crate) struct Node {
    pub(crate) cache: Arc<MetricsCacheService>,
    pub(crate) db: TrackedConnection,
    pub(crate) source: Arc<RowSource>,
}

/// Reads the number in each user's name, and how many rows there are.
pub(crate) struct RowSource {
    db: TrackedConnection,
    pub(crate) loads: AtomicU64,
    running: AtomicU64,
    most_running: AtomicU64,
    failing: AtomicBool,
    held: watch::Sender<bool>,
    holding: Semaphore,
}

#[derive(Default)]
pub(crate) struct Options<'a> {
    pub(crate) redis: Option<(&'a str, &'a str)>,
    pub(crate) ca_file: Option<&'a str>,
    pub(crate) settings: &'a [(&'a str, &'a str)],
    /// What stands between the engine and Redis.
    pub(crate) faults: Option<Arc<Faults>>,
    /// Another notion of time.
    pub(crate) runtime: Option<Arc<dyn Runtime>>,
}

impl Node {
    pub(crate) async fn start(database_url: &secrecy::SecretString, options: Options<'_>) -> Self {
        let mut variables = NOTHING_IS_URGENT.to_vec();
        variables.extend(options.settings);
        if let Some((url, namespace)) = options.redis {
            variables.extend([("REDIS_URL", url), ("CACHE_NAMESPACE", namespace)]);
        }
        variables.extend(options.ca_file.map(|file| ("REDIS_CA_FILE", file)));
        let env: Env = variables.into_iter().collect();
        let config = CacheConfig::from_env(&env).unwrap();
        let l2: Arc<dyn L2> = match RedisConfig::from_env(&env).unwrap() {
            None => Arc::new(NoL2::new()),
            Some(redis) => {
                let origin = Uuid::new_v4().to_string();
                Arc::new(RedisL2::new(&redis, &config.namespace, origin, config.l2_timeout).unwrap())
            }
        };
        let l2 = match options.faults {
            Some(faults) => Arc::new(Faulty::new(l2, faults)),
            None => l2,
        };
        let runtime = options.runtime.unwrap_or_else(|| Arc::new(TokioRuntime::new()));
        let sink = LateSink::default();
        let inner = connect_untracked(database_url, 8, PATIENCE).await.unwrap();
        let db = TrackedConnection::new(inner, Arc::new(sink.clone()));
        let source = Arc::new(RowSource {
            db: db.clone(),
            loads: AtomicU64::new(0),
            running: AtomicU64::new(0),
            most_running: AtomicU64::new(0),
            failing: AtomicBool::new(false),
            held: watch::Sender::new(false),
            holding: Semaphore::new(0),
        });
        let source_too: Arc<dyn Source> = Arc::<RowSource>::clone(&source);
        let clock = Arc::new(SystemClock);
        let cache = Arc::new(MetricsCacheService::with_runtime(config, runtime, l2, source_too, clock));
        sink.connect(Arc::clone(&cache) as Arc<dyn InvalidationSink>);
        Self { cache, db, source }
    }

    /// A node that shares `redis` (URL, namespace) with others.
    pub(crate) async fn with_redis(
        database_url: &secrecy::SecretString,
        redis: &test_support::TestRedis,
    ) -> Self {
        let redis = Some((redis.url(), redis.namespace()));
        Self::start(database_url, Options { redis, ..Options::default() }).await
    }

    /// The number in the user's name, out of the cache.
    pub(crate) async fn number(&self, id: Uuid) -> u64 {
        number_of(&self.recent_users().await, id)
    }

    /// The same out of another part, which nothing else here reads.
    pub(crate) async fn number_in_charts(&self, id: Uuid) -> u64 {
        number_of(&self.charts().await, id)
    }

    pub(crate) async fn charts(&self) -> Served {
        self.cache.charts(MetricsQuery::default(), None).await.unwrap()
    }

    pub(crate) async fn recent_users(&self) -> Served {
        self.cache.recent_users(RecentLimit::default(), None).await.unwrap()
    }

    pub(crate) async fn dashboard(&self) -> Served {
        self.cache.dashboard(MetricsQuery::default(), None).await.unwrap()
    }

    /// Writes the number into the user's name through the hooks and waits for the acknowledgement.
    pub(crate) async fn write(&self, id: Uuid, number: u64) {
        let txn = self.db.begin_write().await.unwrap();
        let row = user::Entity::find_by_id(id).one(&txn).await.unwrap().unwrap();
        let change = user::ActiveModel { display_name: Set(number.to_string()), ..row.into() };
        change.update(&txn).await.unwrap();
        txn.commit().await.unwrap();
    }

    /// A new user whose number is 0.
    pub(crate) async fn add_user(&self) -> Uuid {
        new_user(0).insert(&self.db).await.unwrap().id
    }

    /// Waits until this node's bus is up.
    pub(crate) async fn bus_is_up(&self) {
        // The bus opens with the first use of L2.
        self.recent_users().await;
        eventually("the bus is up", || async {
            let up = self.cache.counts().instance.l2.unwrap().bus.state == "healthy";
            if !up {
                self.recent_users().await;
            }
            up
        })
        .await;
    }

    /// Waits until this node knows a version of `tag` at least as new as `other` does.
    pub(crate) async fn hears_of(&self, other: &Self, tag: CacheTag) {
        let version = other.tag_version(tag);
        eventually("the bus brings the version", || async { self.tag_version(tag) >= version }).await;
    }

    /// The version of `tag` that this node knows.
    pub(crate) fn tag_version(&self, tag: CacheTag) -> u64 {
        self.cache.counts().instance.tag_versions[tag.as_str()]
    }

    /// Waits until nothing that was invalidated here is pending.
    pub(crate) async fn has_told_all(&self) {
        eventually("what was invalidated is acknowledged", || async {
            self.cache.counts().instance.pending_tags.is_empty()
        })
        .await;
    }

    pub(crate) fn commands(&self, kind: &str) -> u64 {
        self.cache.counts().instance.l2.unwrap().commands.by_kind[kind]
    }
}

/// Waits until `count` entries lie in the Redis at `url` under `namespace`.
pub(crate) async fn entries_are_stored(url: &str, namespace: &str, count: usize) {
    let client = redis::Client::open(url).unwrap();
    let connection = client.get_multiplexed_async_connection().await.unwrap();
    eventually("the entries are stored", || async {
        let pattern = format!("{{{namespace}}}:v*");
        let keys: Vec<String> =
            redis::cmd("KEYS").arg(pattern).query_async(&mut connection.clone()).await.unwrap();
        keys.len() >= count
    })
    .await;
}

impl RowSource {
    /// From here on loads stop after they have read their rows, until [`Self::release`].
    pub(crate) fn hold(&self) {
        self.held.send_replace(true);
    }

    /// Waits until a load stands held.
    pub(crate) async fn is_holding(&self) {
        tokio::time::timeout(PATIENCE, self.holding.acquire()).await.unwrap().unwrap().forget();
    }

    pub(crate) fn release(&self) {
        self.held.send_replace(false);
    }

    pub(crate) fn fail(&self, failing: bool) {
        self.failing.store(failing, Ordering::SeqCst);
    }

    pub(crate) fn loads(&self) -> u64 {
        self.loads.load(Ordering::SeqCst)
    }

    /// How many loads run now.
    pub(crate) fn running(&self) -> u64 {
        self.running.load(Ordering::SeqCst)
    }

    /// How many loads ran at once at most.
    pub(crate) fn most_running(&self) -> u64 {
        self.most_running.load(Ordering::SeqCst)
    }

    async fn rows(&self) -> Result<String, sea_orm::DbErr> {
        let backend = sea_orm::ConnectionTrait::get_database_backend(&self.db);
        let sql = "SELECT id, display_name FROM users ORDER BY id";
        let rows = self.db.query_all_raw(Statement::from_string(backend, sql)).await?;
        let members: Vec<_> = rows
            .iter()
            .map(|row| {
                let (id, name): (Uuid, String) =
                    (row.try_get("", "id").unwrap(), row.try_get("", "display_name").unwrap());
                format!("\"{id}\":{name}")
            })
            .collect();
        Ok(format!("{{\"meta\":{{}},{}}}", members.join(",")).replace(",}", "}"))
    }
}

/// A load under way, also one that is dropped in the middle.
struct Running<'a>(&'a AtomicU64);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[async_trait]
impl Source for RowSource {
    async fn load(&self, _key: &Key) -> Result<Bytes, LoadError> {
        self.loads.fetch_add(1, Ordering::SeqCst);
        let running = self.running.fetch_add(1, Ordering::SeqCst) + 1;
        let _running = Running(&self.running);
        self.most_running.fetch_max(running, Ordering::SeqCst);
        if self.failing.load(Ordering::SeqCst) {
            return Err(LoadError("told to fail".into()));
        }
        let rows = self.rows().await.map_err(|error| LoadError(error.to_string().into()))?;
        if *self.held.borrow() {
            self.holding.add_permits(1);
            let _ = self.held.subscribe().wait_for(|held| !held).await;
        }
        Ok(rows.into())
    }

    fn assemble(&self, _key: &Key, parts: &[Arc<Entry>]) -> Result<Bytes, LoadError> {
        let bodies: Vec<_> =
            parts.iter().map(|part| std::str::from_utf8(&part.body.identity.bytes).unwrap()).collect();
        Ok(format!("[{}]", bodies.join(",")).into())
    }
}

pub(crate) fn number_of(served: &Served, id: Uuid) -> u64 {
    let body: serde_json::Value = serde_json::from_slice(&served.body.identity.bytes).unwrap();
    body[id.to_string()].as_u64().unwrap()
}

pub(crate) fn new_user(number: u64) -> user::ActiveModel {
    let id = Uuid::now_v7();
    let new = user::NewUser {
        email: format!("{id}@example.org"),
        display_name: number.to_string(),
        role: user::Role::default(),
        status: user::UserStatus::default(),
    };
    new.into_active_model(SystemClock.now()).unwrap()
}

/// Waits until `condition` holds, looking again and again; what it says is named where it never does.
pub(crate) async fn eventually<F: Future<Output = bool>>(what: &str, condition: impl Fn() -> F) {
    let waiting = async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("never came true: {what}"));
}

impl Drop for Node {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{:#?}", self.cache.counts());
        }
    }
}
