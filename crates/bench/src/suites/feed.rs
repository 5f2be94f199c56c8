//! Suite `feed`: what the change feed costs, and how soon it tells. Writes past the service are taken turn by turn with the
//! triggers and without; one of two nodes listens all the while. Then the delay from a commit that nobody announced until
//! the other node knows, beside that of a write through the hooks; and what the second invalidation of hooked writes comes
//! to, in commands and in loads.
//!
//! The server does not flush to disk (as in every suite), so what is not seen here is that commits that notify wait for
//! each other's flush.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use api::startup::Node;
use domain::{
    entities::user::UserPatch,
    invalidation::CacheTag,
    metrics::period::{MetricsQuery, RecentLimit},
};
use infra::{
    change_feed::ChangeFeedState,
    metrics_cache::MetricsCacheService,
    repositories::{Expected, UserRepository},
};
use sea_orm::{ConnectOptions, ConnectionTrait as _, Database};
use uuid::Uuid;

use crate::{
    figure::{Figure, Quantity, Ratio},
    fleet::{self, Counts},
    ground::{Engine, Ground},
    sample::Turns,
};

/// Longer than notifications are gathered.
const QUIET: Duration = Duration::from_millis(150);
/// A version that is not known after this is an error.
const PATIENCE: Duration = Duration::from_secs(30);

pub async fn run(ground: &Ground) -> anyhow::Result<Vec<Figure>> {
    let nodes = fleet::start(ground, 2, "feed", &[("CHANGE_FEED", "postgres")]).await?;
    fleet::until("one of the nodes listens", async || {
        let listens = |node: &Node| node.state().change_feed.status().state == ChangeFeedState::Listening;
        Ok(nodes.iter().any(listens))
    })
    .await?;
    let suite = Suite::of(ground, &nodes).await?;
    let mut figures = Vec::new();
    let (turns, writes) = (ground.pick(20, 4), ground.pick(300, 40));
    let name = |what: &str| format!("{what}, with the triggers");
    figures.push(suite.writes(&name("insert of a lead"), INSERT, turns, writes).await?);
    figures.push(suite.writes(&name("update of a lead"), UPDATE, turns, writes).await?);
    figures.push(suite.writes(&name("insert of 10,000 leads"), BULK, ground.pick(10, 2), 1).await?);
    figures.push(suite.delay(ground.pick(100, 8)).await?);
    figures.extend(suite.second_invalidation(ground.pick(40, 4)).await?);
    // Other suites have the same database.
    suite.triggers(false).await?;
    fleet::stop(nodes).await;
    Ok(figures)
}

const INSERT: &str = "INSERT INTO leads SELECT gen_random_uuid(), id, 'Jean', 'j@example.org', 'website', 'new', NULL, now(), now() \
     FROM proposals LIMIT 1";
const UPDATE: &str = "UPDATE leads SET name = 'Marius' WHERE id = (SELECT id FROM leads LIMIT 1)";
const BULK: &str = "INSERT INTO leads SELECT gen_random_uuid(), p.id, 'Jean', 'j@example.org', 'other', 'new', NULL, now(), now() \
     FROM (SELECT id FROM proposals LIMIT 1) AS p CROSS JOIN generate_series(1, 10000)";

struct Suite {
    #[expect(clippy::disallowed_types, reason = "what is written past the service")]
    past: sea_orm::DatabaseConnection,
    writer: UserRepository,
    /// Of the node that writes, and of the one that reads.
    caches: [Arc<MetricsCacheService>; 2],
    user: Uuid,
}

impl Suite {
    async fn of(ground: &Ground, nodes: &[Node]) -> anyhow::Result<Self> {
        let url = ground.database(Engine::Postgres, ground.standard_size()).await?;
        let mut options = ConnectOptions::new(url);
        options.max_connections(1).sqlx_logging(false);
        let caches = [0, 1].map(|node: usize| Arc::clone(&nodes[node].state().metrics));
        let newest: serde_json::Value = serde_json::from_slice(
            &caches[1].recent_users(RecentLimit::default(), None).await?.body.identity.bytes,
        )?;
        let user = newest["items"][0]["id"].as_str().context("the newest user's id")?.parse()?;
        let writer = nodes[0].state().users.clone();
        Ok(Self { past: Database::connect(options).await?, writer, caches, user })
    }

    async fn triggers(&self, on: bool) -> anyhow::Result<()> {
        let statement = if on { "SELECT change_feed_on()" } else { "SELECT change_feed_off()" };
        self.past.execute_unprepared(statement).await.map(drop).context(statement)
    }

    /// `statement` with the triggers and without, so many a turn.
    async fn writes(&self, name: &str, statement: &str, turns: usize, writes: u32) -> anyhow::Result<Figure> {
        let turn = async |on: bool| {
            self.triggers(on).await?;
            // The statement is planned anew when triggers come or go.
            self.past.execute_unprepared(statement).await?;
            let begun = Instant::now();
            for _ in 0..writes {
                self.past.execute_unprepared(statement).await?;
            }
            Ok(begun.elapsed().as_secs_f64() / f64::from(writes))
        };
        let turns = Turns::take(turns, async || turn(true).await, async || turn(false).await).await?;
        self.past.execute_unprepared("DELETE FROM leads WHERE name IN ('Jean', 'Marius')").await?;
        let (ours, theirs) = (Quantity::seconds(turns.measured()), Quantity::seconds(turns.baseline()));
        Ok(Figure::new(name, ours, "without", theirs, turns.ratio()))
    }

    /// From a commit until the reading node knows.
    async fn delay(&self, turns: usize) -> anyhow::Result<Figure> {
        self.triggers(true).await?;
        let mut number = 0_u32;
        let taken = Turns::take(
            turns,
            async || {
                self.told_after(async || {
                    self.past.execute_unprepared(UPDATE).await?;
                    Ok(CacheTag::Leads)
                })
                .await
            },
            async || {
                number += 1;
                self.told_after(async || self.rename(number).await.map(|()| CacheTag::Users)).await
            },
        )
        .await?;
        let (ours, theirs) = (Quantity::seconds(taken.measured()), Quantity::seconds(taken.baseline()));
        let baseline = "of a write through the hooks";
        Ok(Figure::new(
            "until another node knows of a write past the service",
            ours,
            baseline,
            theirs,
            taken.ratio(),
        ))
    }

    /// Seconds from before a write until the reading node knows a new version of the tag that it returns.
    async fn told_after(&self, write: impl AsyncFnOnce() -> anyhow::Result<CacheTag>) -> anyhow::Result<f64> {
        let reader = &self.caches[1];
        tokio::time::sleep(QUIET).await;
        let mut moves = reader.moves();
        let before = reader.data_version();
        let begun = Instant::now();
        let tag = write().await?;
        let told = async {
            while reader.data_version().get(tag) <= before.get(tag) {
                moves.changed().await?;
            }
            anyhow::Ok(begun.elapsed().as_secs_f64())
        };
        tokio::time::timeout(PATIENCE, told).await.context("the node was never told")?
    }

    async fn rename(&self, number: u32) -> anyhow::Result<()> {
        let patch =
            UserPatch { display_name: Some(format!("Name {number} past the feed")), ..UserPatch::default() };
        self.writer.update(self.user, patch, Expected::Anything).await.context("a write failed")?;
        Ok(())
    }

    /// Commands and loads for each write through the hooks, with the triggers and without. Single ones, with a read on the
    /// other node right after and another once all is quiet; and one right after the other, with no reads.
    async fn second_invalidation(&self, writes: u32) -> anyhow::Result<Vec<Figure>> {
        let mut single = [Counts::default(), Counts::default()];
        let mut at_once = [Counts::default(), Counts::default()];
        for turn in 0..4_u32 {
            let on = usize::from(turn % 2 == 0);
            self.triggers(on == 1).await?;
            let before = self.counts();
            for number in 0..writes {
                self.rename(turn * writes + number).await?;
                self.caches[1].dashboard(MetricsQuery::default(), None).await?;
                tokio::time::sleep(QUIET).await;
                self.caches[1].dashboard(MetricsQuery::default(), None).await?;
            }
            single[on].add(&self.counts().since(&before));
            let before = self.counts();
            for number in 0..10 * writes {
                self.rename(turn * writes + number).await?;
            }
            tokio::time::sleep(QUIET).await;
            at_once[on].add(&self.counts().since(&before));
        }
        let each = |name: &str, writes: u32, of: &dyn Fn(&Counts) -> u64, counts: &[Counts; 2]| {
            let [off, on] = [0, 1].map(|on: usize| of(&counts[on]) as f64 / f64::from(2 * writes));
            let name = format!("{name} a hooked write, with the triggers");
            Figure::new(name, Quantity::count(on), "without", Quantity::count(off), Ratio::of(on, off))
        };
        let invalidations = |counts: &Counts| counts.commands_of("invalidate");
        Ok(vec![
            each("invalidations, EVALSHA,", writes, &invalidations, &single),
            each("loads of parts for two reads after", writes, &|counts| counts.loads, &single),
            each("invalidations, one write after the other,", 10 * writes, &invalidations, &at_once),
        ])
    }

    /// Those of both nodes.
    fn counts(&self) -> Counts {
        let mut counts = Counts::of(&self.caches[0]);
        counts.add(&Counts::of(&self.caches[1]));
        counts
    }
}
