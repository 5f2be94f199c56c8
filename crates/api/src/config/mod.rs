//! The server's configuration: one struct a topic, read once at the start.

mod origin;
mod proxies;
mod server;

use infra::config::{
    CacheConfig, ChangeFeedConfig, ConfigError, DatabaseConfig, Env, RedisConfig, SessionConfig,
};

use crate::{cookie::Reached, events::EventsConfig};

pub use origin::Origin;
pub use proxies::TrustedProxies;
pub use server::{Limits, ServerConfig};

/// Everything a node needs to know.
#[derive(Clone, Debug)]
pub struct AppConfig {
    /// The server.
    pub server: ServerConfig,
    /// The database.
    pub database: DatabaseConfig,
    /// Whether changes made past the service are followed.
    pub change_feed: ChangeFeedConfig,
    /// Redis, if there is one.
    pub redis: Option<RedisConfig>,
    /// The cache.
    pub cache: CacheConfig,
    /// Live updates.
    pub events: EventsConfig,
    /// Sessions, and the secret.
    pub session: SessionConfig,
}

impl AppConfig {
    /// Reads every variable.
    ///
    /// # Errors
    /// Names the first variable that cannot be used.
    pub fn from_env(env: &Env) -> Result<Self, ConfigError> {
        let server = ServerConfig::from_env(env)?;
        let database = DatabaseConfig::from_env(env)?;
        let change_feed = ChangeFeedConfig::from_env(env, &database)?;
        let session = SessionConfig::from_env(env, &database)?;
        let (redis, cache) = (RedisConfig::from_env(env)?, CacheConfig::from_env(env)?);
        let events = EventsConfig::default();
        Ok(Self { server, database, change_feed, redis, cache, events, session })
    }

    /// How browsers reach the server: as its public origin says, else by what it listens on.
    pub fn reached(&self) -> Reached {
        let plain = match &self.server.public_origin {
            // On this machine, then: another one has to be reached over TLS.
            Some(origin) => !origin.is_https(),
            None => self.server.bind_addr.ip().is_loopback(),
        };
        if plain { Reached::OnLoopback } else { Reached::OverTls }
    }
}
