//! What an operator's console asks of Redis: how to reach it, step by step; what lies in it under this service's names and
//! what each entry is worth; its memory; invalidating and clearing. It judges by the engine's own rules (codec, names,
//! versions, scripts) and never stands in a request's way: it has a connection of its own, and no server uses it.
//!
//! [`dial()`] makes the connection and says how each step went; an [`Inspector`] works on it; a [`Trouble`] says what is
//! wrong in words for people, and what to try.

mod clear;
mod dial;
mod entries;
mod server;
mod tls;

use std::time::{Duration, Instant};

use domain::invalidation::{CacheTag, CacheTags};
use redis::{FromRedisValue, RedisError, aio::MultiplexedConnection};

pub use self::{
    clear::Cleared,
    dial::{Dialled, Step, StepKind, dial},
    entries::{Contents, Found, Header, Item, State, TagState},
    server::Server,
    tls::{Certificate, TlsFacts},
};
pub use super::trouble::{Trouble, TroubleKind};
use super::{
    key::Namespace,
    l2::{
        ScriptReply,
        scripts::{self, Scripts},
    },
    stats::Counter,
    versions::PerTag,
};
use crate::config::{CacheConfig, CacheTtls};

/// The least time an answer may take: a console may be further from Redis than the service is, which
/// `CACHE_L2_TIMEOUT_MS` is made for.
pub const LEAST_PATIENCE: Duration = Duration::from_secs(5);

/// How long the console waits for any one answer: `CACHE_L2_TIMEOUT_MS`, or [`LEAST_PATIENCE`] where that is more.
pub fn patience(config: &CacheConfig) -> Duration {
    config.l2_timeout.max(LEAST_PATIENCE)
}

/// A console's connection to Redis.
pub struct Inspector {
    connection: MultiplexedConnection,
    names: Namespace,
    ttls: CacheTtls,
    patience: Duration,
    scripts: Scripts,
    commands: u64,
}

impl Inspector {
    /// Works on the connection that was made, under the names of `namespace`; `ttls` are those by which entries are judged,
    /// and no answer is waited for longer than `patience`. `None` where none was made.
    pub fn new(dialled: &Dialled, namespace: &str, ttls: CacheTtls, patience: Duration) -> Option<Self> {
        let connection = dialled.connection.clone()?;
        let (names, scripts, commands) = (Namespace::new(namespace), Scripts::new(), dialled.commands);
        Some(Self { connection, names, ttls, patience, scripts, commands })
    }

    /// How many commands were sent, connecting included: those that are billed, what scripts do inside not counted.
    pub fn commands(&self) -> u64 {
        self.commands
    }

    /// The names it looks at.
    pub fn names(&self) -> &Namespace {
        &self.names
    }

    /// How long a PING takes to be answered.
    ///
    /// # Errors
    /// [`Trouble`]
    pub async fn ping(&mut self) -> Result<Duration, Trouble> {
        let sent = Instant::now();
        self.ask::<redis::Value>(&redis::cmd("PING")).await?;
        Ok(sent.elapsed())
    }

    /// Makes everything old that carries one of `tags`, on every instance: the engine's own script, told the versions
    /// that lie in Redis, on behalf of `origin`.
    ///
    /// # Errors
    /// [`Trouble`]; nothing was invalidated, unless the answer was lost on its way, or the user may write but not publish:
    /// then the versions are raised, and nobody was told.
    pub async fn invalidate(
        &mut self,
        tags: CacheTags,
        origin: &str,
    ) -> Result<(PerTag<Option<u64>>, ScriptReply), Trouble> {
        let before = self.tags().await?.map(|state| state.version);
        let known = before.map(Option::unwrap_or_default);
        self.commands += 1;
        let call = self.scripts.bump(&self.names, origin, tags, &known, None);
        let mut connection = self.connection.clone();
        let again = Counter::default();
        let numbers = bounded(self.patience, call.run(&mut connection, &again)).await;
        self.commands += again.get();
        Ok((before, scripts::reply(&numbers?, tags, None)))
    }

    /// Each tag's version as it lies in Redis.
    ///
    /// # Errors
    /// [`Trouble`]
    pub async fn tags(&mut self) -> Result<PerTag<TagState>, Trouble> {
        Ok(self.look(&[]).await?.tags)
    }

    async fn ask<T: FromRedisValue>(&mut self, command: &redis::Cmd) -> Result<T, Trouble> {
        self.commands += 1;
        bounded(self.patience, command.query_async(&mut self.connection)).await
    }

    /// The same where the server may not allow the command: `None`, then.
    async fn ask_if_allowed<T: FromRedisValue>(
        &mut self,
        command: &redis::Cmd,
    ) -> Result<Option<T>, Trouble> {
        match self.ask(command).await {
            Ok(value) => Ok(Some(value)),
            Err(trouble) if trouble.is_refusal() => Ok(None),
            Err(trouble) => Err(trouble),
        }
    }
}

/// What an answer is, or what is wrong; no longer than `patience`.
async fn bounded<T>(
    patience: Duration,
    answer: impl Future<Output = Result<T, RedisError>>,
) -> Result<T, Trouble> {
    match tokio::time::timeout(patience, answer).await {
        Ok(outcome) => outcome.map_err(|error| Trouble::of_redis(&error)),
        Err(_) => Err(Trouble::no_answer(patience)),
    }
}

/// The tags whose version in `now` is not the one in `stamped`.
fn changed(tags: CacheTags, stamped: &PerTag<u64>, now: &PerTag<TagState>) -> CacheTags {
    tags.iter().filter(|tag: &CacheTag| now[*tag].version != Some(stamped[*tag])).collect()
}
