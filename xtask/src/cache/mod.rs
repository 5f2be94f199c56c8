//! `cargo xtask cache`: an operator's console for the cache's second level. It reads the same configuration as the
//! service, reaches Redis in the same way, and judges and acts by the engine's own code (`infra::cache::inspect`); here is
//! only what is shown. One sub-command a file.

mod clear;
mod connect;
mod describe;
mod get;
mod invalidate;
mod list;
mod ping;
mod stats;
mod table;
#[cfg(test)]
mod tests;
mod words;

use std::{
    io::{ErrorKind, Write as _},
    process::ExitCode,
};

use anyhow::anyhow;
use clap::{Args, Subcommand};
use infra::{
    cache::inspect::{Dialled, Inspector, TlsFacts, Trouble, dial, patience},
    config::{CacheConfig, ConfigError, Env, RedisConfig},
};
use serde::Serialize;

/// Who invalidates, for those who hear of it on the bus.
const ORIGIN: &str = "xtask";

/// Look into the cache in Redis, and act on it.
///
/// Redis and the namespace are those of the service: REDIS_URL, or REDIS_HOST and its like, and CACHE_NAMESPACE; `.env` is
/// read. Connecting may take REDIS_CONNECT_TIMEOUT_MS; any one answer CACHE_L2_TIMEOUT_MS, or 5 s where that is more. Ends
/// with 0 where all is well, 1 where something failed, 2 where the configuration cannot be used.
#[derive(Debug, Args)]
pub struct Cache {
    #[command(subcommand)]
    action: Action,
    /// Write JSON, for machines.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Action {
    Ping(ping::Ping),
    Connect(connect::Connect),
    List(list::List),
    Get(get::Get),
    Stats(stats::Stats),
    Invalidate(invalidate::Invalidate),
    Clear(clear::Clear),
}

impl Cache {
    /// Does it and says what came of it.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let report = self.action.run(&Settings::from_env(&Env::of_process())?).await?;
        let shown = if self.json { report.json + "\n" } else { report.text };
        match std::io::stdout().write_all(shown.as_bytes()) {
            // Whoever reads has seen enough: `| head`.
            Err(error) if error.kind() != ErrorKind::BrokenPipe => return Err(error.into()),
            _ => {}
        }
        Ok(if report.is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

impl Action {
    async fn run(self, settings: &Settings) -> anyhow::Result<Report> {
        match self {
            Self::Ping(ping) => ping.run(settings).await,
            Self::Connect(connect) => connect.run(settings).await,
            Self::List(list) => list.run(settings).await,
            Self::Get(get) => get.run(settings).await,
            Self::Stats(stats) => stats.run(settings).await,
            Self::Invalidate(invalidate) => invalidate.run(settings).await,
            Self::Clear(clear) => clear.run(settings).await,
        }
    }
}

/// What a sub-command has to say.
#[derive(Debug)]
struct Report {
    /// For people, with its line ends.
    text: String,
    /// For machines: JSON.
    json: String,
    /// Whether what was asked for is the case, or done.
    is_well: bool,
}

impl Report {
    fn new(json: impl Serialize, text: &str) -> anyhow::Result<Self> {
        let text: String = text.split_inclusive('\n').map(line).collect();
        Ok(Self { text, json: serde_json::to_string_pretty(&json)?, is_well: true })
    }

    fn failed(self) -> Self {
        Self { is_well: false, ..self }
    }
}

/// A line, whose only control character is its end.
fn line(text: &str) -> String {
    match text.strip_suffix('\n') {
        Some(line) => words::plain(line) + "\n",
        None => words::plain(text),
    }
}

/// The service's configuration, as far as it is about Redis.
#[derive(Debug)]
struct Settings {
    redis: RedisConfig,
    cache: CacheConfig,
}

impl Settings {
    fn from_env(env: &Env) -> anyhow::Result<Self> {
        let cache = CacheConfig::from_env(env)?;
        let redis = RedisConfig::from_env(env)?.ok_or_else(|| {
            let problem = "expected a Redis to look into, and none is configured: set REDIS_HOST (with REDIS_PORT, \
                           REDIS_USERNAME, REDIS_PASSWORD, REDIS_TLS) or REDIS_URL";
            ConfigError::new("REDIS_HOST", problem)
        })?;
        Ok(Self { redis, cache })
    }

    /// Where Redis is, for people.
    fn place(&self) -> String {
        let host = &self.redis.host;
        let port = self.redis.port;
        if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
    }

    fn console(&self, dialled: &Dialled) -> Option<Inspector> {
        let CacheConfig { namespace, ttls, .. } = &self.cache;
        Inspector::new(dialled, namespace, ttls.clone(), patience(&self.cache))
    }

    /// A connection, and what is known of its encryption.
    async fn open(&self) -> anyhow::Result<(Inspector, Option<TlsFacts>)> {
        let dialled = dial(&self.redis).await;
        match (self.console(&dialled), dialled.trouble()) {
            (Some(console), _) => Ok((console, dialled.tls)),
            (None, Some(trouble)) => Err(self.failed(trouble)),
            (None, None) => Err(anyhow!("Redis on {} cannot be reached", self.place())),
        }
    }

    fn failed(&self, trouble: &Trouble) -> anyhow::Error {
        anyhow!("Redis on {}: {}", self.place(), words::plain(&trouble.to_string()))
    }
}
