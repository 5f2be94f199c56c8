//! The one way to L2: every call is bounded in time, counted, asked of the breaker, and its versions and clock are
//! merged into what is known before its caller sees the outcome.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use domain::invalidation::CacheTags;
use tokio::sync::Notify;
use tracing::Instrument as _;

use super::{
    breaker::Breaker,
    budget::{Budget, ByKind, Flush, Kind, Level, MOST_INNER, Spent},
    l2::{L2, L2Error, RedisMemory, ScriptReply, Storing, Subscription},
    mutation::{Mutation, is_on},
    redis_clock::RedisClock,
    rest::Rest,
    runtime::{Moment, Runtime, within},
    stats::{Counter, Stats},
    trouble::{Channel, Trouble, TroubleKind, Troubles},
    versions::{Known, Merged, PerTag, Versions},
};

/// L2 could not be asked: it failed, took too long, or has failed so often that it is left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unreachable;

/// A version over this much ahead of Redis's clock cannot be one.
pub(super) const DAY_MICROS: u64 = 86_400_000_000;

/// A server that turns out to be a replica makes the bus look for another at most this often.
const MOVED_EVERY: Duration = Duration::from_secs(30);

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
    /// What is wrong, on the connection for commands.
    pub(super) troubles: Troubles,
    /// Told when the server turns out to be a replica: its name may lead to another one now, and the bus must follow.
    pub(super) moved: Notify,
    moved_at: Mutex<Option<Moment>>,
    stores: Rest,
    starts: Rest,
    /// What was spent, and what may be.
    pub(super) budget: Budget,
}

/// A kind of call.
#[derive(Clone, Copy)]
struct Call<'a> {
    kind: Kind,
    name: &'static str,
    counter: &'a Counter,
    /// A script runs at most so many commands inside.
    most: u64,
    /// Where refused calls of its kind are not worth a command for a while.
    rest: Option<&'a Rest>,
}

impl Call<'_> {
    /// Whether `trouble` says nothing about the server as a whole. Where reads are refused it is of no use, whatever else
    /// it may do.
    fn is_refused_alone(&self, trouble: &Trouble) -> bool {
        self.name != READ && trouble.is_of_one_call()
    }
}

const READ: &str = "read";
const START: &str = "start";
const INFO: &str = "info";

/// What a read gave, its versions already merged.
#[derive(Debug)]
pub(super) struct Read {
    /// What lies under each key asked for.
    pub(super) entries: Vec<Option<Bytes>>,
    /// What merging the versions showed.
    pub(super) merged: Merged,
    /// The versions as they came.
    #[cfg(feature = "mutations")]
    pub(super) told: PerTag<Option<u64>>,
}

impl Remote {
    /// `l2` with every call bounded by `timeout`.
    pub(super) fn new(
        l2: Arc<dyn L2>,
        runtime: Arc<dyn Runtime>,
        versions: Arc<Versions>,
        stats: Arc<Stats>,
        timeout: Duration,
        budget: Budget,
    ) -> Self {
        Self {
            breaker: Breaker::new(Arc::clone(&runtime)),
            clock: RedisClock::default(),
            troubles: Troubles::new(Arc::clone(&runtime), Channel::Commands),
            moved: Notify::new(),
            moved_at: Mutex::default(),
            stores: Rest::new(Arc::clone(&runtime)),
            starts: Rest::new(Arc::clone(&runtime)),
            l2,
            runtime,
            versions,
            stats,
            timeout,
            budget,
        }
    }

    /// Whether the last call failed, or the last store or start was refused although other calls are answered.
    pub(super) fn is_in_trouble(&self) -> bool {
        self.breaker.has_failed() || self.stores.is_needed() || self.starts.is_needed()
    }

    /// Whether other processes share it.
    pub(super) fn is_shared(&self) -> bool {
        self.l2.is_shared()
    }

    /// No version is higher than this: a day ahead of Redis's clock.
    pub(super) fn newest_plausible(&self) -> u64 {
        self.clock_micros().saturating_add(DAY_MICROS)
    }

    /// Reads entries and versions: one command.
    pub(super) async fn read(&self, keys: &[String], tags: CacheTags) -> Result<Read, Unreachable> {
        let asked = self.versions.known();
        let call =
            Call { kind: Kind::Read, name: READ, counter: &self.stats.commands.read, most: 0, rest: None };
        let mut reading = self.call(call, self.l2.read(keys, tags)).await?;
        let newest = self.newest_plausible();
        for tag in tags.iter() {
            reading.versions[tag] = reading.versions[tag].filter(|version| *version <= newest);
        }
        let merged = self.merge(tags, &reading.versions, &asked);
        if self.starts.is_needed() && self.versions.known().unknown.is_empty() {
            // Somebody else has started what was refused here: there is nothing left to be tried.
            self.starts.end();
            self.troubles.over(START);
        }
        Ok(Read {
            entries: reading.entries,
            merged,
            #[cfg(feature = "mutations")]
            told: reading.versions,
        })
    }

    /// Starts unknown tags: one command.
    pub(super) async fn start(&self, tags: CacheTags) -> Result<(), Unreachable> {
        let asked = self.versions.known();
        let flush = self.flush(Kind::Start);
        let (counter, rest) = (&self.stats.commands.start, Some(&self.starts));
        let call = Call { kind: Kind::Start, name: START, counter, most: 1 + 2 * number(tags), rest };
        let asking = self.l2.start(tags, &asked.versions, flush.as_ref());
        let reply = self.script(call, flush.as_ref(), asking).await?;
        self.versions.merge_started(tags, &reply.versions, &asked);
        Ok(())
    }

    /// Sends the invalidation of `tags`, which `carried` had bumped, and acknowledges it: one command.
    pub(super) async fn bump(&self, tags: CacheTags, carried: &Known) -> Result<(), Unreachable> {
        self.budget.bumping(self.runtime.now());
        let flush = self.flush(Kind::Invalidate);
        // Its sender has a back-off of its own.
        let (counter, most) = (&self.stats.commands.invalidate, 2 + 2 * number(tags));
        let call = Call { kind: Kind::Invalidate, name: "invalidate", counter, most, rest: None };
        let asking = self.l2.bump(tags, &carried.versions, flush.as_ref());
        let reply = self.script(call, flush.as_ref(), asking).await?;
        self.versions.acknowledge(tags, &carried.sequences, &reply.versions, carried);
        Ok(())
    }

    /// Stores entries and merges the versions that ride on the reply: one command.
    pub(super) async fn store(&self, entries: &[Storing], tags: CacheTags) -> Result<Merged, Unreachable> {
        if self.stores.lasts() {
            self.stats.stores_withheld.count();
            return Err(Unreachable);
        }
        let asked = self.versions.known();
        let flush = self.flush(Kind::Store);
        let (counter, rest) = (&self.stats.commands.store, Some(&self.stores));
        let most = 2 + entries.len() as u64;
        let call = Call { kind: Kind::Store, name: "store", counter, most, rest };
        let asking = self.l2.store(entries, tags, flush.as_ref());
        let reply = self.script(call, flush.as_ref(), asking).await?;
        let mut versions = PerTag::default();
        for tag in tags.iter() {
            versions[tag] = Some(reply.versions[tag]).filter(|version| *version > 0);
        }
        Ok(self.merge(tags, &versions, &asked))
    }

    /// Subscribes to the bus: one command. Bounded by the time limit of connecting, not by that of calls, and not asked of
    /// the breaker: the bus has its own back-off.
    pub(super) async fn subscribe(&self) -> Result<Box<dyn Subscription>, L2Error> {
        self.stats.commands.subscribe.count();
        self.l2.subscribe().await
    }

    /// Asks for memory used: one command.
    pub(super) async fn memory(&self) -> Result<Option<RedisMemory>, Unreachable> {
        let call =
            Call { kind: Kind::Info, name: INFO, counter: &self.stats.commands.info, most: 0, rest: None };
        self.call(call, self.l2.memory()).await
    }

    /// Merges versions that Redis told on the question asked when `asked` was known; notes those that it has lost.
    fn merge(&self, tags: CacheTags, told: &PerTag<Option<u64>>, asked: &Known) -> Merged {
        let merged = self.versions.merge_read(tags, told, asked);
        // Those that were unknown before are noted already, and a tag never heard of cannot be lost.
        let lost: CacheTags = merged
            .unknown
            .difference(asked.unknown)
            .iter()
            .filter(|tag| {
                asked.versions[*tag] > 0 && told[*tag].is_none_or(|told| told < asked.versions[*tag])
            })
            .collect();
        if !lost.is_empty() {
            self.stats.versions_lost.count();
            self.stats.trouble(TroubleKind::VersionsLost).count();
            if let Some(left_out) = self.troubles.may_tell(TroubleKind::VersionsLost) {
                tracing::warn!(
                    redis.trouble = TroubleKind::VersionsLost.as_str(),
                    redis.left_out = left_out,
                    cache.tags = ?lost,
                    "Redis has lost the versions of tags: it was emptied, it evicts them, or a fail-over lost writes; they get \
                     new, higher ones, and what carries them is loaded again. If its maxmemory-policy is one of allkeys-…, \
                     volatile-lru would evict entries and keep tags"
                );
            }
        }
        merged
    }

    /// The server is a replica: the bus is to follow the name, too.
    fn may_have_moved(&self) {
        let now = self.runtime.now();
        let mut at = self.moved_at.lock().unwrap_or_else(PoisonError::into_inner);
        if at.is_none_or(|at| now.since(at) >= MOVED_EVERY) {
            *at = Some(now);
            self.moved.notify_one();
        }
    }

    /// Exchanges counts with the fleet, whether or not they are due: one command.
    pub(super) async fn exchange_counts(&self) -> Result<(), Unreachable> {
        let now = self.runtime.now();
        let flush = self.budget.flush(&self.commands(), Kind::Budget, now, self.clock_micros(), true);
        let Some(flush) = flush else { return Ok(()) };
        let known = PerTag::default();
        let counter = &self.stats.commands.budget;
        let call = Call { kind: Kind::Budget, name: "budget", counter, most: 1, rest: None };
        let asking = self.l2.start(CacheTags::NONE, &known, Some(&flush));
        self.script(call, Some(&flush), asking).await.map(drop)
    }

    /// Whether this instance has counted what the fleet does not know of.
    pub(super) fn has_untold_counts(&self) -> bool {
        self.is_shared() && self.budget.has_untold(&self.commands())
    }

    /// What the fleet has spent, as far as is known here.
    pub(super) fn spent(&self) -> Spent {
        self.budget.spent(&self.commands(), self.clock_micros())
    }

    /// What is given up for the budget's sake.
    pub(super) fn level(&self) -> Level {
        self.budget.level(|| self.clock_micros())
    }

    /// The same, looked at anew if that was long ago: who gives up much sends little, and nothing else may look for days.
    pub(super) fn level_by_now(&self) -> Level {
        if self.budget.claim_look(self.runtime.now()) { self.spent().level } else { self.level() }
    }

    /// For how long an invalidation of `tags` is withheld for the budget's sake.
    pub(super) fn withheld(&self, tags: CacheTags) -> Duration {
        self.budget.withheld(self.level(), tags, self.runtime.now())
    }

    fn flush(&self, kind: Kind) -> Option<Flush> {
        let now = self.runtime.now();
        self.is_shared()
            .then(|| self.budget.flush(&self.commands(), kind, now, self.clock_micros(), false))
            .flatten()
    }

    /// Redis's clock or, until a script has replied, the machine's.
    fn clock_micros(&self) -> u64 {
        self.clock.micros(self.runtime.now()).unwrap_or_else(|| self.runtime.wall_micros())
    }

    /// Commands sent since the start, by kind.
    pub(super) fn commands(&self) -> ByKind {
        self.stats.commands.by_kind(self.l2.beside())
    }

    /// Calls a script; what adding counts runs inside is not in `most`.
    async fn script(
        &self,
        mut call: Call<'_>,
        flush: Option<&Flush>,
        asking: impl Future<Output = Result<ScriptReply, L2Error>>,
    ) -> Result<ScriptReply, Unreachable> {
        let sent = self.runtime.now();
        call.most += if flush.is_some() { MOST_INNER } else { 0 };
        let mut outcome = self.call(call, asking).await;
        if let Ok(reply) = &mut outcome {
            self.stats.commands.inner.add(reply.ran);
            self.clock.learn(sent, self.runtime.now(), reply.clock_micros);
            // A store tells what lies there, which may be anything.
            let newest = self.newest_plausible();
            reply.versions = reply.versions.map(|version| if version <= newest { version } else { 0 });
        }
        if let Some(flush) = flush {
            self.budget.flushed(flush, outcome.as_ref().ok());
            self.spent();
        }
        outcome
    }

    async fn call<T>(
        &self,
        call: Call<'_>,
        asking: impl Future<Output = Result<T, L2Error>>,
    ) -> Result<T, Unreachable> {
        if !self.l2.is_shared() {
            return asking.await.map_err(|_| Unreachable);
        }
        if call.rest.is_some_and(Rest::lasts) {
            return Err(Unreachable);
        }
        let leave = self.breaker.leave().ok_or(Unreachable)?;
        call.counter.count();
        let sent = self.runtime.now();
        let limit = if is_on(Mutation::NoL2Limit) { Duration::MAX } else { self.timeout };
        let span = tracing::debug_span!("redis", redis.call = call.name);
        let outcome = within(&*self.runtime, limit, asking.instrument(span)).await;
        let took = self.runtime.now().since(sent);
        self.stats.l2_time.record(took);
        self.stats.l2_time_by_kind[call.kind as usize].record(took);
        let trouble = match outcome {
            Some(Ok(value)) => {
                leave.tell(true);
                call.rest.inspect(|rest| rest.end());
                self.troubles.over(call.name);
                return Ok(value);
            }
            Some(Err(trouble)) => trouble,
            None => Trouble::no_answer(self.timeout),
        };
        // It may have run all the same.
        self.stats.commands.inner.add(call.most);
        let refused = call.is_refused_alone(&trouble);
        leave.tell(refused);
        if let Some(rest) = call.rest
            && refused
        {
            rest.begin();
        }
        if trouble.kind == TroubleKind::ReadOnly {
            self.may_have_moved();
        }
        // A server may keep its figures to itself; nothing depends on them.
        if call.name != INFO {
            self.stats.l2_failures.count();
            self.stats.trouble(trouble.kind).count();
            self.troubles.met(call.name, &trouble);
        }
        Err(Unreachable)
    }
}

fn number(tags: CacheTags) -> u64 {
    tags.iter().count() as u64
}
