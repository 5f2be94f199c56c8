//! Suite `staleness`: from a write that node A has acknowledged to the first read on node B that shows it. The write
//! renames the newest user through A's repository; B's list of the newest users is warm before, and is then read over and
//! over until the new name stands in its bytes.
//!
//! Beside it, turn by turn, the least that it could take: a message on a bare Redis channel from one connection to
//! another, and the same statement on the same database. Also told is the part of the time in which B still answered
//! with what it had, and whether any answer was older than the versions B knew when it was asked for: that would be a
//! bug.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use api::startup::Node;
use domain::{
    entities::user::UserPatch, invalidation::CacheTag, metrics::period::RecentLimit, ports::SystemClock,
};
use futures_util::{Stream, StreamExt as _};
use hdrhistogram::Histogram;
use infra::{
    cache::{key::Key, source::Source as _},
    config::{DatabaseConfig, Env},
    database::connect,
    metrics::MetricsService,
    metrics_cache::{LateSink, MetricsCacheService},
    repositories::{Expected, UserRepository, metrics::SqlMetricsReader},
};
use redis::{Msg, aio::MultiplexedConnection};
use uuid::Uuid;

use crate::{
    bare_redis,
    figure::{Figure, Goal, Quantity, Ratio},
    fleet::{self, Counts},
    ground::{Engine, Ground},
    sample::Turns,
};

const CHANNEL: &str = "staleness-bare";
/// A read that does not show the write after this is an error.
const PATIENCE: Duration = Duration::from_secs(30);

pub async fn run(ground: &Ground) -> anyhow::Result<Vec<Figure>> {
    let nodes = fleet::start(ground, 2, "staleness", &[]).await?;
    let pair = Pair::of(&nodes).await?;
    let before = [0, 1].map(|node: usize| Counts::of(&nodes[node].state().metrics));
    let mut bare = Bare::of(ground).await?;
    let mut taken = Taken::new()?;
    let writes = ground.pick(10_000, 300);
    // The first turn does not count.
    for turn in 0..=writes {
        let (seen, bare) = if turn % 2 == 0 {
            let seen = pair.write_and_see(turn).await?;
            (seen, bare.message_and_read().await?)
        } else {
            let bare = bare.message_and_read().await?;
            (pair.write_and_see(turn).await?, bare)
        };
        if turn > 0 {
            taken.add(&seen, &bare)?;
        }
    }
    for (node, before) in nodes.iter().zip(&before) {
        Counts::of(&node.state().metrics).since(before).expect_no_failures()?;
    }
    fleet::stop(nodes).await;
    Ok(taken.figures(writes))
}

/// Node A, which writes, and node B, which reads.
struct Pair {
    writer: UserRepository,
    reader: Arc<MetricsCacheService>,
    user: Uuid,
}

/// What came of one write.
struct Seen {
    /// From the acknowledgement until a read that B answered with the write ended.
    fresh: Duration,
    /// From the acknowledgement until that read began: up to then B answered with what it had.
    old: Duration,
    /// Answers that were older than what B knew when they were asked for.
    older_than_known: u64,
}

impl Pair {
    async fn of(nodes: &[Node]) -> anyhow::Result<Self> {
        let reader = Arc::clone(&nodes[1].state().metrics);
        let newest: serde_json::Value = serde_json::from_slice(
            &reader.recent_users(RecentLimit::default(), None).await?.body.identity.bytes,
        )?;
        let user = newest["items"][0]["id"].as_str().context("the newest user's id")?.parse()?;
        Ok(Self { writer: nodes[0].state().users.clone(), reader, user })
    }

    /// Renames the user on A while a thread of its own reads on B, from before the write on.
    async fn write_and_see(&self, turn: u32) -> anyhow::Result<Seen> {
        let name = format!("Name {turn} of the newest");
        // Warm, whatever the turn before has left.
        self.reader.recent_users(RecentLimit::default(), None).await?;
        let (reader, awaited) = (Arc::clone(&self.reader), name.clone());
        let seeing = tokio::task::spawn_blocking(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(see(&reader, &awaited))
        });
        let patch = UserPatch { display_name: Some(name), ..UserPatch::default() };
        self.writer.update(self.user, patch, Expected::Anything).await.context("a write failed")?;
        let acknowledged = Instant::now();
        let sight = seeing.await??;
        Ok(Seen {
            fresh: sight.answered.saturating_duration_since(acknowledged),
            old: sight.asked.saturating_duration_since(acknowledged),
            older_than_known: sight.older_than_known,
        })
    }
}

/// The first read that showed a write.
struct Sight {
    asked: Instant,
    answered: Instant,
    older_than_known: u64,
}

/// Reads until `name` stands in an answer.
async fn see(reader: &MetricsCacheService, name: &str) -> anyhow::Result<Sight> {
    let begun = Instant::now();
    let mut older_than_known = 0;
    loop {
        let known = reader.data_version().get(CacheTag::Users);
        let asked = Instant::now();
        let served = reader.recent_users(RecentLimit::default(), None).await?;
        if served.data_version.get(CacheTag::Users) < known {
            older_than_known += 1;
        }
        if holds(&served.body.identity.bytes, name) {
            return Ok(Sight { asked, answered: Instant::now(), older_than_known });
        }
        ensure!(begun.elapsed() < PATIENCE, "after {PATIENCE:?} B does not show the write");
        // The message comes in on other threads.
        std::thread::yield_now();
    }
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// A bare channel, and the statement without a cache.
struct Bare {
    publisher: MultiplexedConnection,
    messages: Box<dyn Stream<Item = Msg> + Send + Unpin>,
    source: MetricsService<SqlMetricsReader>,
}

/// What the bare ones took.
struct BareTimes {
    message: Duration,
    read: Duration,
}

impl Bare {
    async fn of(ground: &Ground) -> anyhow::Result<Self> {
        let publisher = bare_redis::connection(ground).await?;
        let mut subscriber = bare_redis::client(ground).await?.get_async_pubsub().await?;
        subscriber.subscribe(CHANNEL).await?;
        let url = ground.database(Engine::Postgres, ground.standard_size()).await?;
        let env: Env = [("DATABASE_URL", &*url)].into_iter().collect();
        // It reads only: there is nobody to tell.
        let db = connect(&DatabaseConfig::from_env(&env)?, Arc::new(LateSink::default())).await?;
        let source = MetricsService::new(SqlMetricsReader::new(db), Arc::new(SystemClock));
        Ok(Self { publisher, messages: Box::new(subscriber.into_on_message()), source })
    }

    async fn message_and_read(&mut self) -> anyhow::Result<BareTimes> {
        let begun = Instant::now();
        let mut publish = redis::cmd("PUBLISH");
        publish.arg(CHANNEL).arg("a message");
        let (receivers, message) =
            tokio::join!(publish.query_async::<u64>(&mut self.publisher), self.messages.next());
        ensure!(receivers? == 1 && message.is_some(), "the message had no receiver");
        let message = begun.elapsed();
        let begun = Instant::now();
        let loaded = self.source.load(&Key::RecentUsers(RecentLimit::default())).await;
        loaded.map_err(|error| anyhow::anyhow!("cannot read the newest users: {}", error.0))?;
        Ok(BareTimes { message, read: begun.elapsed() })
    }
}

/// All turns. Histograms hold nanoseconds with three digits.
struct Taken {
    fresh: Histogram<u64>,
    old: Histogram<u64>,
    least: Histogram<u64>,
    message: Histogram<u64>,
    turns: Turns,
    older_than_known: u64,
}

impl Taken {
    fn new() -> anyhow::Result<Self> {
        let histogram = || Histogram::new(3);
        Ok(Self {
            fresh: histogram()?,
            old: histogram()?,
            least: histogram()?,
            message: histogram()?,
            turns: Turns::default(),
            older_than_known: 0,
        })
    }

    fn add(&mut self, seen: &Seen, bare: &BareTimes) -> anyhow::Result<()> {
        let least = bare.message + bare.read;
        self.fresh.record(nanos(seen.fresh))?;
        self.old.record(nanos(seen.old))?;
        self.least.record(nanos(least))?;
        self.message.record(nanos(bare.message))?;
        self.turns.add(seen.fresh.as_secs_f64(), least.as_secs_f64());
        self.older_than_known += seen.older_than_known;
        Ok(())
    }

    fn figures(&self, writes: u32) -> Vec<Figure> {
        let beside = |name: String, ours: f64, baseline_name: String, theirs: f64, ratio: Ratio| {
            Figure::new(name, Quantity::seconds(ours), baseline_name, Quantity::seconds(theirs), ratio)
        };
        let mut figures = Vec::new();
        for (which, q) in [("p50", 0.5), ("p99", 0.99), ("max", 1.0)] {
            let (ours, theirs) = (seconds(&self.fresh, q), seconds(&self.least, q));
            let ratio = if q > 0.5 { Ratio::of(ours, theirs) } else { self.turns.ratio() };
            let (name, least) = (
                format!("write on A to fresh read on B, {which}"),
                format!("message and statement, {which}"),
            );
            let figure = beside(name, ours, least, theirs, ratio);
            figures.push(if which == "p99" { figure.goal(Goal::AtMost(0.01)) } else { figure });
        }
        for (name, q) in [("p50", 0.5), ("p99", 0.99), ("max", 1.0)] {
            let (ours, theirs) = (seconds(&self.old, q), seconds(&self.message, q));
            let (name, message) = (format!("B answers with what it had, {name}"), format!("message, {name}"));
            figures.push(beside(name, ours, message, theirs, Ratio::of(ours, theirs)));
        }
        let writes = f64::from(writes);
        let older = self.older_than_known as f64;
        let older = Figure::new(
            "answers older than what B knew",
            Quantity::count(older),
            "writes",
            Quantity::count(writes),
            Ratio::of(older, writes),
        );
        figures.push(older.goal(Goal::AtMost(0.0)));
        figures
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// The `q`-quantile, in seconds.
fn seconds(histogram: &Histogram<u64>, q: f64) -> f64 {
    histogram.value_at_quantile(q) as f64 / 1e9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_quantiles_of_all_turns() {
        let mut taken = Taken::new().unwrap();
        for n in 1..=100 {
            let millis = Duration::from_millis;
            let seen = Seen { fresh: millis(2 * n), old: millis(n), older_than_known: 0 };
            taken.add(&seen, &BareTimes { message: millis(n) / 2, read: millis(n) / 2 }).unwrap();
        }
        let figures = taken.figures(100);
        let [p50, p99, max, old, .., older] = &figures[..] else { panic!("{figures:?}") };
        for (figure, expected) in [(p50, 0.1), (p99, 0.198), (max, 0.2), (old, 0.05)] {
            assert!((figure.measured.value / expected - 1.0).abs() < 0.01, "{figure:?}");
            assert!((figure.ratio.median - 2.0).abs() < 0.02, "{figure:?}");
        }
        assert_eq!(older.met, Some(true));
        taken.older_than_known = 1;
        assert_eq!(taken.figures(100).last().unwrap().met, Some(false));
    }

    #[test]
    fn a_name_is_found_in_bytes() {
        assert!(holds(b"{\"displayName\":\"Name 7 of the newest\"}", "Name 7 of the newest"));
        assert!(!holds(b"{}", "Name 7 of the newest"));
    }
}
