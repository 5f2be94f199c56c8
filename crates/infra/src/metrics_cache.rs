//! The dashboard's numbers, out of the cache: get-or-set for each part and the whole, refresh, invalidation. It is also
//! where the tracked connection sends what writes make old.

use std::{
    cell::Cell,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use domain::{
    invalidation::{CacheTag, CacheTags, InvalidationOutcome, InvalidationSink},
    metrics::period::{MetricsQuery, RecentLimit},
    ports::Clock,
};
use tokio::sync::{Mutex, watch};

use crate::{
    cache::{
        BusState, CacheError, CacheStats, DataVersion, L2Health, LayerOutcome, News, Served, Times,
        TroubleKind, TwoLevel,
        budget::Level,
        key::Key,
        l2::{L2, L2Error, NoL2, RedisL2, RedisMemory},
        runtime::{Runtime, TokioRuntime},
        source::Source,
        stats::Stats,
        versions::Stamp,
    },
    config::{CacheConfig, RedisConfig},
};

/// Redis is asked for its memory at most this often.
const MEMORY_EVERY: Duration = Duration::from_mins(1);

/// Get-or-set for the dashboard and its parts, refresh and invalidation.
pub struct MetricsCacheService {
    cache: TwoLevel,
    clock: Arc<dyn Clock>,
    memory: Mutex<Option<(Instant, Option<RedisMemory>)>>,
}

/// The L2 that the configuration asks for: Redis, or none.
///
/// # Errors
/// [`L2Error`] where the configuration cannot be used; a Redis that cannot be reached is no error.
pub fn l2(redis: Option<&RedisConfig>, cache: &CacheConfig, origin: String) -> Result<Arc<dyn L2>, L2Error> {
    Ok(match redis {
        Some(redis) => Arc::new(RedisL2::new(redis, &cache.namespace, origin, cache.l2_timeout)?),
        None => Arc::new(NoL2::new()),
    })
}

impl MetricsCacheService {
    /// A cache over `source`, in this process and `l2`. Nothing is connected until it is asked.
    pub fn new(config: CacheConfig, l2: Arc<dyn L2>, source: Arc<dyn Source>, clock: Arc<dyn Clock>) -> Self {
        Self::with_runtime(config, Arc::new(TokioRuntime::new()), l2, source, clock)
    }

    /// The same under another notion of time.
    pub fn with_runtime(
        config: CacheConfig,
        runtime: Arc<dyn Runtime>,
        l2: Arc<dyn L2>,
        source: Arc<dyn Source>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { cache: TwoLevel::new(config, runtime, l2, source), clock, memory: Mutex::default() }
    }

    /// The whole dashboard. `min`, here and below, is the least data version the answer may be computed from
    /// (`X-Min-Data-Version`).
    ///
    /// # Errors
    /// [`CacheError`]
    pub async fn dashboard(
        &self,
        query: MetricsQuery,
        min: Option<&DataVersion>,
    ) -> Result<Served, CacheError> {
        self.cache.get(Key::Dashboard(query, self.local_date(query)), min).await
    }

    /// Key figures, breakdowns and the funnel.
    ///
    /// # Errors
    /// [`CacheError`]
    pub async fn overview(
        &self,
        query: MetricsQuery,
        min: Option<&DataVersion>,
    ) -> Result<Served, CacheError> {
        self.cache.get(Key::Overview(query, self.local_date(query)), min).await
    }

    /// The chart series.
    ///
    /// # Errors
    /// [`CacheError`]
    pub async fn charts(&self, query: MetricsQuery, min: Option<&DataVersion>) -> Result<Served, CacheError> {
        self.cache.get(Key::Charts(query, self.local_date(query)), min).await
    }

    /// The newest users.
    ///
    /// # Errors
    /// [`CacheError`]
    pub async fn recent_users(
        &self,
        limit: RecentLimit,
        min: Option<&DataVersion>,
    ) -> Result<Served, CacheError> {
        self.cache.get(Key::RecentUsers(limit), min).await
    }

    /// The newest proposals.
    ///
    /// # Errors
    /// [`CacheError`]
    pub async fn recent_proposals(
        &self,
        limit: RecentLimit,
        min: Option<&DataVersion>,
    ) -> Result<Served, CacheError> {
        self.cache.get(Key::RecentProposals(limit), min).await
    }

    /// The dashboard recomputed from the database, past both layers, and stored: an invalidation of everything, then a
    /// read.
    ///
    /// # Errors
    /// [`CacheError`], also where an older value could stand in: it would not be recomputed.
    pub async fn refresh(&self, query: MetricsQuery) -> Result<Served, CacheError> {
        self.cache.invalidate(CacheTag::All.into()).await;
        let mut served = self.dashboard(query, None).await?;
        if served.is_stale() {
            return Err(CacheError::LoadFailed("an older value was all there was".into()));
        }
        for lookup in &mut served.lookups {
            if lookup.outcome == LayerOutcome::NotFresh {
                lookup.outcome = LayerOutcome::Request;
            }
        }
        Ok(served)
    }

    /// Makes everything computed from `users` old.
    pub async fn invalidate_users(&self) -> InvalidationOutcome {
        self.cache.invalidate(CacheTag::Users.into()).await
    }

    /// Makes everything computed from `proposals` old.
    pub async fn invalidate_proposals(&self) -> InvalidationOutcome {
        self.cache.invalidate(CacheTag::Proposals.into()).await
    }

    /// Makes everything computed from `leads` old.
    pub async fn invalidate_leads(&self) -> InvalidationOutcome {
        self.cache.invalidate(CacheTag::Leads.into()).await
    }

    /// Makes everything old.
    pub async fn invalidate_all(&self) -> InvalidationOutcome {
        self.cache.invalidate(CacheTag::All.into()).await
    }

    /// Makes everything that carries one of `tags` old, by one command.
    pub async fn invalidate(&self, tags: CacheTags) -> InvalidationOutcome {
        self.cache.invalidate(tags).await
    }

    /// The versions known now, without the tags whose invalidation is pending: what the answer to a write carries.
    pub fn data_version(&self) -> DataVersion {
        self.cache.data_version()
    }

    /// How the data stands, for those who only listen; costs no command.
    pub fn news(&self) -> News {
        self.cache.news()
    }

    /// What is known of the sessions' tag now: to be taken before something is read from the database that is to be
    /// remembered while the stamp [is current](Self::is_current).
    pub fn sessions_stamp(&self) -> Stamp {
        self.cache.sessions_stamp()
    }

    /// Whether nothing that `stamp` carries has been invalidated since, as far as is known here; costs no command.
    pub fn is_current(&self, stamp: &Stamp) -> bool {
        self.cache.is_current(stamp)
    }

    /// Whether every invalidation elsewhere is told here as it happens (always, where there is no Redis). Where it is not,
    /// the bus is opened behind the caller's back.
    pub fn hears_of_others(&self) -> bool {
        self.cache.hears_of_others()
    }

    /// Wakes whoever waits for it each time a tag is invalidated, here or elsewhere, and when Redis has acknowledged it;
    /// several may come as one.
    pub fn moves(&self) -> watch::Receiver<()> {
        self.cache.moves()
    }

    /// What the cache has counted, and how it stands. Asks Redis for its memory, and for what the fleet has spent, at most
    /// once a minute.
    pub async fn stats(&self) -> CacheStats {
        let memory = match self.cache.l2_health() {
            L2Health::Absent => None,
            L2Health::Up | L2Health::Down => self.redis_memory().await,
        };
        let mut stats = self.cache.stats();
        stats.fleet.redis_memory = memory.map(Into::into);
        stats
    }

    /// How long everything took; costs no command.
    pub fn times(&self) -> Vec<Times> {
        self.cache.times()
    }

    /// The counts alone: costs no command.
    pub fn counts(&self) -> CacheStats {
        self.cache.stats()
    }

    /// How Redis does, by the outcome of the last calls; costs no command.
    pub fn l2_health(&self) -> L2Health {
        self.cache.l2_health()
    }

    /// How the bus stands; where there is no Redis it means nothing.
    pub fn bus_state(&self) -> BusState {
        self.cache.bus_state()
    }

    /// What is wrong with Redis as far as commands go, by the last call of each kind.
    pub fn trouble(&self) -> Option<TroubleKind> {
        self.cache.trouble()
    }

    /// What is wrong with the bus's connection.
    pub fn bus_trouble(&self) -> Option<TroubleKind> {
        self.cache.bus_trouble()
    }

    /// What the engine counts.
    pub fn counters(&self) -> &Stats {
        self.cache.counters()
    }

    /// Asks Redis for a sign of life: one command, unless it failed so often that it is left alone for now.
    pub async fn probe_l2(&self) {
        self.cache.probe_l2().await;
    }

    /// Sends what is pending, no longer than `limit`. Says whether nothing is left.
    pub async fn shut_down(&self, limit: Duration) -> bool {
        self.cache.shut_down(limit).await
    }

    async fn redis_memory(&self) -> Option<RedisMemory> {
        let mut memory = self.memory.lock().await;
        if let Some((at, known)) = *memory
            && at.elapsed() < MEMORY_EVERY
        {
            return known;
        }
        // Noted before it is asked: a client that hangs up makes nobody ask again at once.
        let before = memory.and_then(|(_, known)| known);
        *memory = Some((Instant::now(), None));
        self.cache.exchange_counts().await;
        // The first thing that can be gone without.
        let fresh =
            if self.cache.level() == Level::Nothing { self.cache.redis_memory().await } else { before };
        *memory = Some((Instant::now(), fresh));
        fresh
    }

    /// Today's date where the query's time zone is.
    fn local_date(&self, query: MetricsQuery) -> NaiveDate {
        local_date(self.clock.now(), query.tz)
    }
}

/// The date that the clocks of `tz` show at `now`. A thread keeps what it found last: clocks of our time show one date for
/// the whole of a minute, and to find it takes as long as all else of a hit in L1.
fn local_date(now: DateTime<Utc>, tz: Tz) -> NaiveDate {
    thread_local! {
        static LAST: Cell<Option<(i64, Tz, NaiveDate)>> = const { Cell::new(None) };
    }
    let minute = now.timestamp().div_euclid(60);
    match LAST.get() {
        Some((then, there, date)) if then == minute && there == tz => date,
        _ => {
            let date = now.with_timezone(&tz).date_naive();
            LAST.set(Some((minute, tz, date)));
            date
        }
    }
}

#[async_trait]
impl InvalidationSink for MetricsCacheService {
    async fn invalidate(&self, tags: CacheTags) -> InvalidationOutcome {
        self.cache.invalidate(tags).await
    }

    fn invalidate_uncertain(&self, tags: CacheTags) {
        self.cache.invalidate_uncertain(tags);
    }
}

/// A sink for the connection that the cache itself loads from: the two need each other, so the connection is made with
/// this one first, and the cache connected to it afterwards.
#[derive(Clone, Default)]
pub struct LateSink(Arc<OnceLock<Arc<dyn InvalidationSink>>>);

impl LateSink {
    /// From here on `sink` gets what is announced. Only the first call counts.
    pub fn connect(&self, sink: Arc<dyn InvalidationSink>) {
        let _ = self.0.set(sink);
    }
}

#[async_trait]
impl InvalidationSink for LateSink {
    async fn invalidate(&self, tags: CacheTags) -> InvalidationOutcome {
        match self.0.get() {
            Some(sink) => sink.invalidate(tags).await,
            // Nothing is cached yet.
            None => InvalidationOutcome::Applied,
        }
    }

    fn invalidate_uncertain(&self, tags: CacheTags) {
        if let Some(sink) = self.0.get() {
            sink.invalidate_uncertain(tags);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_date_is_that_of_the_zone_and_the_minute() {
        let at = |text: &str| DateTime::parse_from_rfc3339(text).unwrap().to_utc();
        let (paris, auckland) = (Tz::Europe__Paris, Tz::Pacific__Auckland);
        for (instant, tz, date) in [
            ("2026-11-23T22:59:59.999999Z", paris, "2026-11-23"),
            ("2026-11-23T22:59:59.999999Z", auckland, "2026-11-24"),
            ("2026-11-23T22:59:00Z", paris, "2026-11-23"),
            ("2026-11-23T23:00:00Z", paris, "2026-11-24"),
            ("2026-11-23T22:59:59Z", paris, "2026-11-23"),
        ] {
            assert_eq!(local_date(at(instant), tz).to_string(), date, "{instant} {tz}");
        }
    }
}
