//! Suite `storm`: reads of the dashboard on one node while another one writes. A write is a new lead through the
//! repository, so that hook, commit, script and bus are all part of it; every one makes the readers' dashboard old.
//!
//! Writers are open-loop: writes begin at fixed instants, whether or not those before have ended. Readers are closed-loop,
//! a fixed number of them on threads with runtimes of their own, as on a server's workers. Each rate is taken turn by turn
//! with a time in which nobody writes.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use api::startup::Node;
use domain::{
    entities::lead::{LeadSource, NewLead},
    metrics::period::MetricsQuery,
};
use infra::{
    metrics_cache::MetricsCacheService,
    repositories::{LeadFilter, LeadRepository, PageRequest},
};
use tokio::task::{JoinHandle, JoinSet};
use uuid::Uuid;

use crate::{
    figure::{Figure, Goal, Quantity, Ratio},
    fleet::{self, Counts, PARTS},
    ground::Ground,
    sample::Turns,
};

/// Writes a second.
const RATES: [u32; 2] = [10, 100];
/// Threads that read, as many as a server has workers on the machine the figures are from, and readers on each.
const READING_THREADS: usize = 2;
const READERS_A_THREAD: usize = 8;

pub async fn run(ground: &Ground) -> anyhow::Result<Vec<Figure>> {
    let nodes = fleet::start(ground, 2, "storm", &[]).await?;
    let storm = Storm::on(&nodes, ground.pick(Duration::from_secs(4), Duration::from_millis(800))).await?;
    let turns = ground.pick(6, 2);
    let mut figures = Vec::new();
    for rate in RATES {
        figures.extend(storm.take(rate, turns).await?);
    }
    fleet::stop(nodes).await;
    Ok(figures)
}

/// The readers' node, the writers', and how long a turn lasts.
struct Storm {
    readers: Arc<MetricsCacheService>,
    writers: LeadRepository,
    writers_cache: Arc<MetricsCacheService>,
    /// The proposal that all new leads come from.
    proposal: Uuid,
    turn: Duration,
}

/// What happened in a turn.
#[derive(Clone, Debug, Default)]
struct Weather {
    seconds: f64,
    reads: u64,
    writes: u64,
    /// On the readers' node.
    reading: Counts,
    /// On the writers' node.
    writing: Counts,
}

impl Storm {
    async fn on(nodes: &[Node], turn: Duration) -> anyhow::Result<Self> {
        let (readers, writers) = (nodes[0].state(), nodes[1].state());
        let leads = writers.leads.list(&LeadFilter::default(), PageRequest::default()).await?;
        let proposal = leads.items.first().context("a lead")?.proposal_id;
        Ok(Self {
            readers: Arc::clone(&readers.metrics),
            writers: writers.leads.clone(),
            writers_cache: Arc::clone(&writers.metrics),
            proposal,
            turn,
        })
    }

    /// The figures of `rate` writes a second.
    async fn take(&self, rate: u32, turns: usize) -> anyhow::Result<Vec<Figure>> {
        let mut stormy = Weather::default();
        let mut reads = Turns::default();
        // The first turn does not count.
        for turn in 0..=turns {
            let (storm, calm) = if turn % 2 == 0 {
                let storm = self.weather(rate).await?;
                (storm, self.weather(0).await?)
            } else {
                let calm = self.weather(0).await?;
                (self.weather(rate).await?, calm)
            };
            if turn > 0 {
                reads.add(storm.reads as f64 / storm.seconds, calm.reads as f64 / calm.seconds);
                stormy.add(&storm);
            }
        }
        let writes = stormy.writes as f64;
        let loads = stormy.reading.loads as f64 / writes;
        let parts = f64::from(PARTS);
        let reading_commands = stormy.reading.all_commands() as f64;
        let writing_commands = stormy.writing.all_commands() as f64 / writes;
        let count = |name: &str, measured: f64, baseline_name: &str, baseline: f64| {
            Figure::new(
                format!("{rate} writes/s: {name}"),
                Quantity::count(measured),
                baseline_name,
                Quantity::count(baseline),
                Ratio::of(measured, baseline),
            )
        };
        Ok(vec![
            Figure::new(
                format!("{rate} writes/s: reads"),
                Quantity::per_second(reads.measured()),
                "reads while nobody writes",
                Quantity::per_second(reads.baseline()),
                reads.ratio(),
            ),
            Figure::new(
                format!("{rate} writes/s: loads"),
                Quantity::per_second(stormy.reading.loads as f64 / stormy.seconds),
                "writes that came through",
                Quantity::per_second(writes / stormy.seconds),
                Ratio::of(loads, 1.0),
            ),
            count("loads a write", loads, "parts of a dashboard", parts).goal(Goal::RatioAtMost(1.0)),
            count("Redis commands a write, writer", writing_commands, "an invalidation", 1.0)
                .goal(Goal::RatioAtMost(1.0)),
            // A read and a store for each time that the dashboard was made old.
            count("Redis commands a write, readers", reading_commands / writes, "a read and a store", 2.0),
            count(
                "Redis commands in 1,000 reads",
                1000.0 * reading_commands / stormy.reads as f64,
                "one in 1,000",
                1.0,
            ),
        ])
    }

    /// A turn with `rate` writes a second.
    async fn weather(&self, rate: u32) -> anyhow::Result<Weather> {
        // Warm, and nothing under way from the turn before.
        self.readers.dashboard(MetricsQuery::default(), None).await?;
        let before = (Counts::of(&self.readers), Counts::of(&self.writers_cache));
        let begun = Instant::now();
        let over = Arc::new(AtomicBool::new(false));
        let reads = Arc::new(AtomicU64::new(0));
        let reading: Vec<_> = (0..READING_THREADS)
            .map(|_| read_until(&over, &reads, &self.readers))
            .collect::<Result<_, _>>()?;
        let writing = self.write(rate, begun).await?;
        tokio::time::sleep_until((begun + self.turn).into()).await;
        // Those that are awaited past the end count for neither.
        let (reads, seconds) = (reads.load(Ordering::Relaxed), begun.elapsed().as_secs_f64());
        let reading_counts = Counts::of(&self.readers).since(&before.0);
        over.store(true, Ordering::Relaxed);
        let mut writes = 0;
        for written in writing.join_all().await {
            written?;
            writes += 1;
        }
        for reader in reading {
            tokio::task::spawn_blocking(move || reader.join())
                .await?
                .map_err(|_| anyhow::anyhow!("a reader panicked"))??;
        }
        let writing_counts = Counts::of(&self.writers_cache).since(&before.1);
        reading_counts.expect_no_failures()?;
        writing_counts.expect_no_failures()?;
        ensure!(writes >= u64::from(rate > 0), "no write came through");
        Ok(Weather { seconds, reads, writes, reading: reading_counts, writing: writing_counts })
    }

    /// Begins `rate` writes a second, each at its instant, until the turn is over.
    async fn write(&self, rate: u32, begun: Instant) -> anyhow::Result<JoinSet<anyhow::Result<()>>> {
        let mut writes = JoinSet::new();
        for at in instants(rate, self.turn) {
            tokio::time::sleep_until((begun + at).into()).await;
            let (leads, proposal_id) = (self.writers.clone(), self.proposal);
            writes.spawn(async move {
                let lead = NewLead {
                    proposal_id,
                    name: "A lead of the storm".to_owned(),
                    email: "storm@example.org".to_owned(),
                    source: LeadSource::Campaign,
                };
                leads.create(lead).await.map(drop).context("a write failed")
            });
        }
        Ok(writes)
    }
}

impl Weather {
    fn add(&mut self, other: &Self) {
        self.seconds += other.seconds;
        self.reads += other.reads;
        self.writes += other.writes;
        self.reading.add(&other.reading);
        self.writing.add(&other.writing);
    }
}

/// When `rate` events a second begin within `turn`, from its start: half an interval after it, then each an interval
/// later.
fn instants(rate: u32, turn: Duration) -> impl Iterator<Item = Duration> {
    let interval = Duration::from_secs(1).checked_div(rate);
    let first = interval.map(|interval| interval / 2);
    std::iter::successors(first, move |at| Some(*at + interval?)).take_while(move |at| *at < turn)
}

/// A thread with readers that read until it is over.
fn read_until(
    over: &Arc<AtomicBool>,
    reads: &Arc<AtomicU64>,
    metrics: &Arc<MetricsCacheService>,
) -> std::io::Result<thread::JoinHandle<anyhow::Result<()>>> {
    let (over, reads, metrics) = (Arc::clone(over), Arc::clone(reads), Arc::clone(metrics));
    thread::Builder::new().name("readers".to_owned()).spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let readers: Vec<JoinHandle<anyhow::Result<()>>> = (0..READERS_A_THREAD)
                .map(|_| {
                    let (over, reads, metrics) =
                        (Arc::clone(&over), Arc::clone(&reads), Arc::clone(&metrics));
                    tokio::spawn(async move {
                        while !over.load(Ordering::Relaxed) {
                            metrics.dashboard(MetricsQuery::default(), None).await?;
                            reads.fetch_add(1, Ordering::Relaxed);
                            // A hit never waits: without this the other readers would never have their turn.
                            tokio::task::yield_now().await;
                        }
                        Ok(())
                    })
                })
                .collect();
            for reader in readers {
                reader.await??;
            }
            Ok(())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_are_spread_evenly_over_a_turn() {
        let millis = |rate, turn| -> Vec<u128> {
            instants(rate, Duration::from_millis(turn)).map(|at| at.as_millis()).collect()
        };
        assert_eq!(millis(10, 400), [50, 150, 250, 350]);
        assert_eq!(millis(100, 1000).len(), 100);
        assert!(millis(0, 1000).is_empty());
    }
}
