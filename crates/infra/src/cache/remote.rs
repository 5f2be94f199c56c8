//! The one way to L2: every call is bounded in time, counted, asked of the breaker, and its versions and clock are
//! merged into what is known before its caller sees the outcome.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use domain::invalidation::CacheTags;

use super::{
    breaker::Breaker,
    budget::ByKind,
    l2::{L2, L2Error, RedisMemory, ScriptReply, Storing, Subscription},
    redis_clock::RedisClock,
    runtime::{Runtime, within},
    stats::{Counter, Stats},
    versions::{Known, Merged, PerTag, Versions},
};

/// L2 could not be asked: it failed, took too long, or has failed so often that it is left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unreachable;

/// A version over this much ahead of Redis's clock cannot be one.
pub(super) const DAY_MICROS: u64 = 86_400_000_000;

/// L2 with its bounds.
pub(super) struct Remote {
    l2: Arc<dyn L2>,
    runtime: Arc<dyn Runtime>,
    versions: Arc<Versions>,
    stats: Arc<Stats>,
    timeout: Duration,
    /// Opens after calls that failed.
    pub(super) breaker: Breaker,
    /// Redis's clock.
    pub(super) clock: RedisClock,
}

/// What a read gave, its versions already merged.
#[derive(Debug)]
pub(super) struct Read {
    /// What lies under each key asked for.
    pub(super) entries: Vec<Option<Bytes>>,
    /// What merging the versions showed.
    pub(super) merged: Merged,
}

impl Remote {
    /// `l2` with every call bounded by `timeout`.
    pub(super) fn new(
        l2: Arc<dyn L2>,
        runtime: Arc<dyn Runtime>,
        versions: Arc<Versions>,
        stats: Arc<Stats>,
        timeout: Duration,
    ) -> Self {
        let breaker = Breaker::new(Arc::clone(&runtime));
        Self { l2, runtime, versions, stats, timeout, breaker, clock: RedisClock::default() }
    }

    /// Whether other processes share it.
    pub(super) fn is_shared(&self) -> bool {
        self.l2.is_shared()
    }

    /// No version is higher than this: a day ahead of Redis's clock.
    pub(super) fn newest_plausible(&self) -> u64 {
        let clock = self.clock.micros(self.runtime.now()).unwrap_or_else(|| self.runtime.wall_micros());
        clock.saturating_add(DAY_MICROS)
    }

    /// Reads entries and versions: one command.
    pub(super) async fn read(&self, keys: &[String], tags: CacheTags) -> Result<Read, Unreachable> {
        let asked = self.versions.known();
        let mut reading = self.call("read", &self.stats.commands.read, 0, self.l2.read(keys, tags)).await?;
        let newest = self.newest_plausible();
        for tag in tags.iter() {
            reading.versions[tag] = reading.versions[tag].filter(|version| *version <= newest);
        }
        let merged = self.versions.merge_read(tags, &reading.versions, &asked);
        Ok(Read { entries: reading.entries, merged })
    }

    /// Starts unknown tags: one command.
    pub(super) async fn start(&self, tags: CacheTags) -> Result<(), Unreachable> {
        let asked = self.versions.known();
        let call = self.l2.start(tags, &asked.versions, None);
        let most = 1 + 2 * number(tags);
        let reply = self.script("start", &self.stats.commands.start, most, call).await?;
        self.versions.merge_started(tags, &reply.versions, &asked);
        Ok(())
    }

    /// Sends the invalidation of `tags`, which `carried` had bumped, and acknowledges it: one command.
    pub(super) async fn bump(&self, tags: CacheTags, carried: &Known) -> Result<(), Unreachable> {
        let call = self.l2.bump(tags, &carried.versions, None);
        let most = 2 + 2 * number(tags);
        let reply = self.script("invalidate", &self.stats.commands.invalidate, most, call).await?;
        self.versions.acknowledge(tags, &carried.sequences, &reply.versions, carried);
        Ok(())
    }

    /// Stores entries and merges the versions that ride on the reply: one command.
    pub(super) async fn store(&self, entries: &[Storing], tags: CacheTags) -> Result<Merged, Unreachable> {
        let asked = self.versions.known();
        let call = self.l2.store(entries, tags, None);
        let most = 2 + entries.len() as u64;
        let reply = self.script("store", &self.stats.commands.store, most, call).await?;
        let mut versions = PerTag::default();
        for tag in tags.iter() {
            versions[tag] = Some(reply.versions[tag]).filter(|version| *version > 0);
        }
        Ok(self.versions.merge_read(tags, &versions, &asked))
    }

    /// Subscribes to the bus: one command. Not bounded by the time limit of calls, and not asked of the breaker: the
    /// bus has its own back-off.
    pub(super) async fn subscribe(&self) -> Result<Box<dyn Subscription>, L2Error> {
        self.stats.commands.subscribe.count();
        self.l2.subscribe().await
    }

    /// Asks for memory used: one command.
    pub(super) async fn memory(&self) -> Result<Option<RedisMemory>, Unreachable> {
        self.call("info", &self.stats.commands.info, 0, self.l2.memory()).await
    }

    /// Commands sent since the start, by kind.
    pub(super) fn commands(&self) -> ByKind {
        self.stats.commands.by_kind(self.l2.beside())
    }

    /// Calls a script that runs at `most` so many commands inside.
    async fn script(
        &self,
        kind: &'static str,
        counter: &Counter,
        most: u64,
        call: impl Future<Output = Result<ScriptReply, L2Error>>,
    ) -> Result<ScriptReply, Unreachable> {
        let sent = self.runtime.now();
        let mut reply = self.call(kind, counter, most, call).await?;
        self.stats.commands.inner.add(reply.ran);
        self.clock.learn(sent, reply.clock_micros);
        // A store tells what lies there, which may be anything.
        let newest = self.newest_plausible();
        reply.versions = reply.versions.map(|version| if version <= newest { version } else { 0 });
        Ok(reply)
    }

    async fn call<T>(
        &self,
        kind: &'static str,
        counter: &Counter,
        most: u64,
        call: impl Future<Output = Result<T, L2Error>>,
    ) -> Result<T, Unreachable> {
        if !self.l2.is_shared() {
            return call.await.map_err(|_| Unreachable);
        }
        let leave = self.breaker.leave().ok_or(Unreachable)?;
        counter.count();
        let sent = self.runtime.now();
        let outcome = within(&*self.runtime, self.timeout, call).await;
        self.stats.l2_time.record(self.runtime.now().since(sent));
        leave.tell(matches!(outcome, Some(Ok(_))));
        let problem = match outcome {
            Some(Ok(value)) => return Ok(value),
            Some(Err(error)) => error.to_string(),
            None => format!("no answer within {:?}", self.timeout),
        };
        self.stats.l2_failures.count();
        // It may have run all the same.
        self.stats.commands.inner.add(most);
        tracing::warn!(redis.call = kind, redis.error = problem, "Redis could not be asked");
        Err(Unreachable)
    }
}

fn number(tags: CacheTags) -> u64 {
    tags.iter().count() as u64
}
