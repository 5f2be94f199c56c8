//! Suite `stampede`: readers that ask for one cold dashboard at the same instant. What they need is one load of each
//! part, however many they are; what a reader waits is told beside a cold read by one alone, taken turn by turn.
//!
//! Cold means that everything has just been invalidated: what lies in L1 and L2 is old, and Redis and the database are
//! asked. A reader's time runs from the instant at which all were let go until it has its answer, so that waiting for a
//! turn on the processor counts.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use api::startup::Node;
use domain::{invalidation::InvalidationOutcome, metrics::period::MetricsQuery};
use infra::{cache::DataVersion, metrics_cache::MetricsCacheService};
use tokio::{sync::watch, task::JoinSet};

use crate::{
    figure::{Figure, Goal, Quantity, Ratio},
    fleet::{self, Counts, PARTS},
    ground::Ground,
    sample::{Turns, quantile},
};

/// How many readers ask at once.
const CROWDS: [usize; 3] = [1, 100, 5_000];
/// On so many nodes the largest crowd asks once more.
const NODES: usize = 3;

pub async fn run(ground: &Ground) -> anyhow::Result<Vec<Figure>> {
    let nodes = fleet::start(ground, NODES, "stampede", &[]).await?;
    let turns = ground.pick(20, 3);
    let mut figures = Vec::new();
    for readers in CROWDS {
        figures.extend(crowd(&nodes[..1], readers, turns).await?);
    }
    figures.extend(crowd(&nodes, CROWDS[CROWDS.len() - 1], turns).await?);
    fleet::stop(nodes).await;
    Ok(figures)
}

/// `readers` on `nodes`, beside one reader on the first of them.
async fn crowd(nodes: &[Node], readers: usize, turns: usize) -> anyhow::Result<Vec<Figure>> {
    let (mut halves, mut slowest) = (Turns::default(), Turns::default());
    let mut loads = Vec::new();
    // The first turn does not count.
    for turn in 0..=turns {
        let (crowd, alone) = if turn % 2 == 0 {
            let crowd = stampede(nodes, readers).await?;
            (crowd, stampede(&nodes[..1], 1).await?)
        } else {
            let alone = stampede(&nodes[..1], 1).await?;
            (stampede(nodes, readers).await?, alone)
        };
        if turn > 0 {
            halves.add(quantile(&crowd.waits, 0.5), alone.waits[0]);
            slowest.add(quantile(&crowd.waits, 0.99), alone.waits[0]);
            loads.push(crowd.loads as f64);
        }
    }
    let who = match (readers, nodes.len()) {
        (1, _) => "1 reader".to_owned(),
        (_, 1) => format!("{} readers", thousands(readers)),
        (_, nodes) => format!("{} readers on {nodes} nodes", thousands(readers)),
    };
    let needed = f64::from(PARTS) * nodes.len() as f64;
    let most = quantile(&loads, 1.0);
    let needed_name = if nodes.len() == 1 { "parts" } else { "parts × nodes" };
    let loads = Figure::new(
        format!("{who}: loads, most of {turns} times"),
        Quantity::count(most),
        needed_name,
        Quantity::count(needed),
        Ratio::of(most, needed),
    );
    let waits = |name: &str, turns: &Turns| {
        Figure::new(
            format!("{who}: {name}"),
            Quantity::seconds(turns.measured()),
            "a cold read alone",
            Quantity::seconds(turns.baseline()),
            turns.ratio(),
        )
    };
    Ok(vec![loads.goal(Goal::RatioAtMost(1.0)), waits("p50", &halves), waits("p99", &slowest)])
}

/// What one stampede came to.
struct Stampede {
    /// Seconds until each reader had its answer.
    waits: Vec<f64>,
    /// Loads on all nodes.
    loads: u64,
}

/// Makes everything old everywhere, then lets `readers`, spread over `nodes`, ask for the same dashboard.
async fn stampede(nodes: &[Node], readers: usize) -> anyhow::Result<Stampede> {
    let services: Vec<_> = nodes.iter().map(|node| Arc::clone(&node.state().metrics)).collect();
    make_cold(&services).await?;
    let before: Vec<_> = services.iter().map(|metrics| Counts::of(metrics)).collect();
    let (go, gone) = watch::channel(None);
    let mut crowd = JoinSet::new();
    for reader in 0..readers {
        let metrics = Arc::clone(&services[reader % services.len()]);
        let mut gone = gone.clone();
        crowd.spawn(async move {
            let begun: Instant = gone.wait_for(Option::is_some).await?.context("an instant")?;
            metrics.dashboard(MetricsQuery::default(), None).await?;
            anyhow::Ok(begun.elapsed())
        });
    }
    go.send(Some(Instant::now()))?;
    let mut waits: Vec<f64> = Vec::with_capacity(readers);
    while let Some(wait) = crowd.join_next().await {
        let wait: Duration = wait??;
        waits.push(wait.as_secs_f64());
    }
    let counted =
        services.iter().zip(&before).map(|(metrics, before)| Counts::of(metrics).since(before).loads);
    Ok(Stampede { waits, loads: counted.sum() })
}

/// Invalidates everything on the first and waits until all have heard of it.
async fn make_cold(services: &[Arc<MetricsCacheService>]) -> anyhow::Result<()> {
    let outcome = services[0].invalidate_all().await;
    ensure!(
        outcome == InvalidationOutcome::Applied,
        "Redis did not take an invalidation: is the machine busy?"
    );
    let newest = services[0].data_version().newest();
    fleet::until("every node has heard of the invalidation", async || {
        let versions = services.iter().map(|metrics| metrics.data_version());
        Ok(versions.map(|known: DataVersion| known.newest()).all(|known| known >= newest))
    })
    .await
}

/// `5000` as `5,000`.
fn thousands(number: usize) -> String {
    if number < 1000 { number.to_string() } else { format!("{},{:03}", number / 1000, number % 1000) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!([1, 100, 1_000, 5_000].map(thousands), ["1", "100", "1,000", "5,000"]);
    }
}
