//! The server's configuration: one struct a topic, read once at the start.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Duration,
};

use infra::config::{CacheConfig, ConfigError, DatabaseConfig, Env, RedisConfig, SessionConfig, unexpected};

use crate::cookie::Reached;

/// The variable that says where the server listens.
const BIND_ADDR: &str = "BIND_ADDR";

/// Everything a node needs to know.
#[derive(Clone, Debug)]
pub struct AppConfig {
    /// The server.
    pub server: ServerConfig,
    /// The database.
    pub database: DatabaseConfig,
    /// Redis, if there is one.
    pub redis: Option<RedisConfig>,
    /// The cache.
    pub cache: CacheConfig,
    /// Sessions, and the secret.
    pub session: SessionConfig,
}

/// How requests are taken.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// Where the server listens; a loopback address.
    pub bind_addr: SocketAddr,
    /// How many threads answer requests.
    pub workers: usize,
    /// How long requests in flight may take once the server has been told to stop.
    pub shutdown_timeout: Duration,
}

/// More workers cost memory and gain nothing: what takes long happens in the database.
const MAX_WORKERS: usize = 4;
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(30);

impl AppConfig {
    /// Reads every variable.
    ///
    /// # Errors
    /// Names the first variable that cannot be used.
    pub fn from_env(env: &Env) -> Result<Self, ConfigError> {
        let server = ServerConfig::from_env(env)?;
        let database = DatabaseConfig::from_env(env)?;
        let session = SessionConfig::from_env(env, &database)?;
        let (redis, cache) = (RedisConfig::from_env(env)?, CacheConfig::from_env(env)?);
        Ok(Self { server, database, redis, cache, session })
    }

    /// How browsers reach the server.
    pub fn reached(&self) -> Reached {
        if self.server.bind_addr.ip().is_loopback() { Reached::OnLoopback } else { Reached::OverTls }
    }
}

impl ServerConfig {
    /// Reads `BIND_ADDR`.
    ///
    /// # Errors
    /// Where it is no address, or not a loopback one: there is no sign-in yet, so nobody else may ask.
    pub fn from_env(env: &Env) -> Result<Self, ConfigError> {
        Ok(Self {
            bind_addr: bind_addr(env.get(BIND_ADDR).unwrap_or("127.0.0.1:8080"))?,
            workers: std::thread::available_parallelism().map_or(1, usize::from).min(MAX_WORKERS),
            shutdown_timeout: SHUTDOWN_TIMEOUT,
        })
    }
}

fn bind_addr(text: &str) -> Result<SocketAddr, ConfigError> {
    const EXPECTED: &str = "a loopback address and port such as 127.0.0.1:8080";
    let address = match text.strip_prefix("localhost:") {
        Some(port) => port.parse().ok().map(|port| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)),
        None => text.parse().ok(),
    };
    let address = address.ok_or_else(|| unexpected(BIND_ADDR, text, EXPECTED))?;
    if !address.ip().is_loopback() {
        let expected = format!(
            "{EXPECTED} (anyone who can reach the server could read and change everything, as it has no sign-in yet)"
        );
        return Err(unexpected(BIND_ADDR, text, &expected));
    }
    Ok(address)
}
