//! L2 in Redis. Connections come out of a deadpool pool, which would test each at every checkout with two commands of
//! its own; so one is taken out once and its multiplexed connection is shared until it fails, and nothing but our own
//! commands is sent. A connection attempt runs in a task of its own: a caller that gives up after the time limit does
//! not end it for the next one.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use deadpool_redis::{Manager, Pool, PoolError, Runtime};
use domain::invalidation::CacheTags;
use futures_util::StreamExt as _;
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ErrorKind, IntoConnectionInfo as _, RedisConnectionInfo,
    RedisError, TlsCertificates, Value,
    aio::{MultiplexedConnection, PubSubStream},
    io::tcp::{TcpSettings, socket2::TcpKeepalive},
};
use secrecy::ExposeSecret as _;
use tokio::{runtime::Handle, sync::watch};

use super::{
    Beside, BusMessage, L2, L2Error, Reading, ScriptReply, Storing, Subscription,
    info::Info,
    scripts::{self, Call, Scripts},
};
use crate::{
    cache::{
        budget::Flush,
        key::Namespace,
        stats::Counter,
        trouble::{Peer, Trouble, TroubleKind, tls_error},
        versions::PerTag,
    },
    config::{RedisConfig, RedisTls},
};

/// Finds a dead peer within a minute without spending a command.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(15);
const KEEPALIVE_PROBES: u32 = 3;
/// The connection gives a call up after this share of the caller's limit, so that it is seen to have failed.
const RESPONSE_SHARE: f64 = 0.9;

/// L2 in Redis.
pub struct RedisL2 {
    client: Client,
    pool: Pool,
    names: Namespace,
    origin: String,
    target: Arc<Target>,
    connection: Mutex<Connection>,
    tasks: Handle,
    scripts: Scripts,
    /// How many commands set a connection up.
    to_set_up: u64,
    /// Commands that set connections up.
    set_up: Arc<Counter>,
    /// Scripts that had to be sent as text.
    sent_again: Counter,
}

/// Memory that Redis says it uses, and may use.
#[derive(Clone, Copy, Debug, Default)]
pub struct RedisMemory {
    /// Bytes used.
    pub used: u64,
    /// Most bytes; 0 = no limit told.
    pub max: u64,
}

/// What is tried to be reached, for the words about what went wrong.
struct Target {
    host: String,
    tls: RedisTls,
    connect_timeout: Duration,
}

impl Target {
    /// What an error that connecting gave means.
    fn told(&self, error: &RedisError) -> L2Error {
        match tls_error(error) {
            Some(error) => Trouble::of_tls(error, &Peer { host: &self.host, tls: &self.tls, shown: None }),
            None => Trouble::of_redis(error),
        }
    }

    /// Connecting took too long.
    fn too_late(&self) -> L2Error {
        let advice = match self.tls {
            RedisTls::Off => "an allow-list of addresses or a firewall may be in the way",
            RedisTls::WebPki | RedisTls::PrivateCa(_) => {
                "an allow-list of addresses or a firewall may be in the way, or the port is one without TLS"
            }
        };
        Trouble::new(
            TroubleKind::TimedOut,
            format!("no connection within {} ms", self.connect_timeout.as_millis()),
            format!("{advice}; `cargo xtask cache connect` finds out which step fails"),
        )
    }
}

#[derive(Default)]
enum Connection {
    #[default]
    None,
    Connecting(watch::Receiver<Option<Result<MultiplexedConnection, L2Error>>>),
    Ready(MultiplexedConnection, u64),
}

impl RedisL2 {
    /// L2 in the Redis of `config`, under the names of `namespace`; `origin` tells this instance from others on the bus.
    /// Nothing is connected yet; connections will live on the runtime that this is called in.
    ///
    /// # Errors
    /// [`L2Error`] where the configuration cannot be used: a certificate file that cannot be read, say.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn new(
        config: &RedisConfig,
        namespace: &str,
        origin: String,
        call_timeout: Duration,
    ) -> Result<Self, L2Error> {
        let client = client(config)?;
        let timeouts = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(config.connect_timeout))
            .set_response_timeout(Some(call_timeout.mul_f64(RESPONSE_SHARE)));
        let target = Target {
            host: config.host.clone(),
            tls: config.tls.clone(),
            connect_timeout: config.connect_timeout,
        };
        let manager = Manager::new_with_config(client.get_connection_info().clone(), timeouts)
            .map_err(|error| target.told(&error))?;
        let pool = Pool::builder(manager)
            .max_size(2)
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| L2Error::other(error.to_string()))?;
        Ok(Self {
            client,
            pool,
            names: Namespace::new(namespace),
            origin,
            target: Arc::new(target),
            connection: Mutex::default(),
            tasks: Handle::current(),
            scripts: Scripts::new(),
            to_set_up: u64::from(config.password.is_some()) + u64::from(config.database != 0),
            set_up: Arc::default(),
            sent_again: Counter::default(),
        })
    }

    async fn connection(&self) -> Result<(MultiplexedConnection, u64), L2Error> {
        let mut attempt = {
            let mut connection = self.lock();
            match &*connection {
                Connection::Ready(ready, number) => return Ok((ready.clone(), *number)),
                Connection::Connecting(attempt) => attempt.clone(),
                Connection::None => {
                    let attempt = self.connect();
                    *connection = Connection::Connecting(attempt.clone());
                    attempt
                }
            }
        };
        let outcome = attempt.wait_for(Option::is_some).await.map(|outcome| outcome.clone());
        let outcome = outcome.ok().flatten().unwrap_or_else(|| Err(Trouble::closed()));
        let mut connection = self.lock();
        match (&*connection, outcome) {
            // Another reader of the same attempt was here first.
            (Connection::Ready(ready, number), _) => Ok((ready.clone(), *number)),
            (Connection::Connecting(current), Ok(ready)) if current.same_channel(&attempt) => {
                let number = rand::random();
                *connection = Connection::Ready(ready.clone(), number);
                Ok((ready, number))
            }
            (Connection::Connecting(current), Err(error)) => {
                if current.same_channel(&attempt) {
                    *connection = Connection::None;
                }
                Err(error)
            }
            // The attempt this call waited for was replaced meanwhile: its connection has failed already.
            (_, Ok(_)) => Err(Trouble::closed()),
            (Connection::None, Err(error)) => Err(error),
        }
    }

    fn connect(&self) -> watch::Receiver<Option<Result<MultiplexedConnection, L2Error>>> {
        let (tell, attempt) = watch::channel(None);
        let (pool, target) = (self.pool.clone(), Arc::clone(&self.target));
        let (set_up, to_set_up) = (Arc::clone(&self.set_up), self.to_set_up);
        // A server's workers have runtimes of their own, which end before the cache is drained.
        self.tasks.spawn(async move {
            let connecting = tokio::time::timeout(target.connect_timeout, pool.get()).await;
            // One that did not come about is counted too: as far as can be told, it may have been refused by its password.
            set_up.add(to_set_up);
            let outcome = match connecting {
                // Taken out for good: put back, it would be tested with commands of the pool's own.
                Ok(Ok(pooled)) => Ok(deadpool_redis::Connection::take(pooled)),
                Ok(Err(PoolError::Backend(error))) => Err(target.told(&error)),
                Ok(Err(error)) => Err(L2Error::other(error.to_string())),
                Err(_) => Err(target.too_late()),
            };
            tell.send_replace(Some(outcome));
        });
        attempt
    }

    /// What a call gave; a connection that failed is not used again.
    fn checked<T>(&self, number: u64, outcome: Result<T, RedisError>) -> Result<T, L2Error> {
        outcome.map_err(|error| {
            let trouble = Trouble::of_redis(&error);
            // A primary that was demoted refuses writes and keeps its connections: the name may lead elsewhere now.
            let demoted = trouble.kind == TroubleKind::ReadOnly;
            if error.is_unrecoverable_error()
                || error.is_timeout()
                || error.kind() == ErrorKind::Io
                || demoted
            {
                let mut connection = self.lock();
                if matches!(*connection, Connection::Ready(_, current) if current == number) {
                    *connection = Connection::None;
                }
            }
            trouble
        })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn run(
        &self,
        call: &Call<'_>,
        tags: CacheTags,
        flush: Option<&Flush>,
    ) -> Result<ScriptReply, L2Error> {
        let (mut connection, number) = self.connection().await?;
        let outcome = call.run(&mut connection, &self.sent_again).await;
        Ok(scripts::reply(&self.checked(number, outcome)?, tags, flush))
    }
}

#[async_trait]
impl L2 for RedisL2 {
    fn is_shared(&self) -> bool {
        true
    }

    async fn read(&self, keys: &[String], tags: CacheTags) -> Result<Reading, L2Error> {
        let mut command = redis::cmd("MGET");
        for key in keys {
            command.arg(self.names.entry(key));
        }
        for tag in tags.iter() {
            command.arg(self.names.tag(tag));
        }
        let (mut connection, number) = self.connection().await?;
        let outcome = command.query_async::<Vec<Value>>(&mut connection).await;
        let mut values = self.checked(number, outcome)?.into_iter().map(|value| match value {
            Value::BulkString(bytes) => Some(Bytes::from(bytes)),
            _ => None,
        });
        let entries: Vec<_> = values.by_ref().take(keys.len()).collect();
        let mut reading = Reading { entries, ..Reading::default() };
        for (tag, version) in tags.iter().zip(values) {
            reading.versions[tag] = version.and_then(|text| scripts::version_of(&text));
        }
        Ok(reading)
    }

    async fn bump(
        &self,
        tags: CacheTags,
        known: &PerTag<u64>,
        flush: Option<&Flush>,
    ) -> Result<ScriptReply, L2Error> {
        self.run(&self.scripts.bump(&self.names, &self.origin, tags, known, flush), tags, flush).await
    }

    async fn start(
        &self,
        tags: CacheTags,
        known: &PerTag<u64>,
        flush: Option<&Flush>,
    ) -> Result<ScriptReply, L2Error> {
        self.run(&self.scripts.start(&self.names, tags, known, flush), tags, flush).await
    }

    async fn store(
        &self,
        entries: &[Storing],
        tags: CacheTags,
        flush: Option<&Flush>,
    ) -> Result<ScriptReply, L2Error> {
        self.run(&self.scripts.store(&self.names, entries, tags, flush), tags, flush).await
    }

    async fn subscribe(&self) -> Result<Box<dyn Subscription>, L2Error> {
        self.set_up.add(self.to_set_up);
        let subscribing = async {
            let mut connection = self.client.get_async_pubsub().await?;
            connection.subscribe(self.names.bus()).await?;
            Ok(connection.into_on_message())
        };
        match tokio::time::timeout(self.target.connect_timeout, subscribing).await {
            Ok(Ok(messages)) => Ok(Box::new(RedisSubscription(messages))),
            Ok(Err(error)) => Err(self.target.told(&error)),
            Err(_) => Err(self.target.too_late()),
        }
    }

    async fn memory(&self) -> Result<Option<RedisMemory>, L2Error> {
        let (mut connection, number) = self.connection().await?;
        let outcome = redis::cmd("INFO").arg("memory").query_async::<String>(&mut connection).await;
        let text = self.checked(number, outcome)?;
        let info = Info::parse(&text);
        let field = |name| info.field(name).unwrap_or_default();
        Ok(Some(RedisMemory { used: field("used_memory"), max: field("maxmemory") }))
    }

    fn beside(&self) -> Beside {
        Beside { connect: self.set_up.get(), script: self.sent_again.get() }
    }
}

struct RedisSubscription(PubSubStream);

#[async_trait]
impl Subscription for RedisSubscription {
    async fn next(&mut self) -> Option<Result<BusMessage, L2Error>> {
        let message = self.0.next().await?;
        let decoded = BusMessage::decode(message.get_payload_bytes());
        Some(decoded.ok_or_else(|| {
            Trouble::new(
                TroubleKind::Protocol,
                "a message on the bus could not be decoded",
                "somebody else publishes on this channel; set CACHE_NAMESPACE",
            )
        }))
    }
}

fn client(config: &RedisConfig) -> Result<Client, L2Error> {
    let (host, port) = (config.host.clone(), config.port);
    let address = match config.tls {
        RedisTls::Off => ConnectionAddr::Tcp(host, port),
        RedisTls::WebPki | RedisTls::PrivateCa(_) => {
            ConnectionAddr::TcpTls { host, port, insecure: false, tls_params: None }
        }
    };
    let mut user = RedisConnectionInfo::default().set_db(config.database).set_skip_set_lib_name();
    if let Some(name) = &config.username {
        user = user.set_username(name);
    }
    if let Some(password) = &config.password {
        user = user.set_password(password.expose_secret());
    }
    let keepalive = TcpKeepalive::new()
        .with_time(KEEPALIVE_INTERVAL)
        .with_interval(KEEPALIVE_INTERVAL)
        .with_retries(KEEPALIVE_PROBES);
    let info = address
        .into_connection_info()
        .map_err(|error| Trouble::of_redis(&error))?
        .set_redis_settings(user)
        .set_tcp_settings(TcpSettings::default().set_nodelay(true).set_keepalive(keepalive));
    match &config.tls {
        RedisTls::PrivateCa(file) => {
            let root_cert = std::fs::read(file).map_err(|error| {
                Trouble::new(
                    TroubleKind::Tls,
                    format!("REDIS_CA_FILE: cannot read {}: {error}", file.display()),
                    "let it name a PEM file with the authority's certificate",
                )
            })?;
            let certificates = TlsCertificates { client_tls: None, root_cert: Some(root_cert) };
            Client::build_with_tls(info, certificates).map_err(|error| Trouble::of_redis(&error))
        }
        RedisTls::Off | RedisTls::WebPki => Client::open(info).map_err(|error| Trouble::of_redis(&error)),
    }
}
