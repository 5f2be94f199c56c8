//! Nodes as a deployment has them: on one PostgreSQL and one Redis, in a namespace of their own, their buses up.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context as _, ensure};
use api::startup::Node;
use domain::metrics::period::MetricsQuery;
use infra::{cache::CacheStats, metrics_cache::MetricsCacheService};

use crate::ground::{Engine, Ground};

/// How many parts a dashboard has: a cold read loads each of them once.
pub const PARTS: u32 = 4;

/// Longer than anything waited for takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// Starts `number` nodes that share a database of the standard size and the Redis namespace `name`; their buses are up
/// and their dashboards warm.
pub async fn start(
    ground: &Ground,
    number: usize,
    name: &str,
    settings: &[(&str, &str)],
) -> anyhow::Result<Vec<Node>> {
    let database = ground.database(Engine::Postgres, ground.standard_size()).await?;
    let redis = ground.redis().await?.url();
    let mut variables = vec![("DATABASE_URL", &*database), ("REDIS_URL", &*redis), ("CACHE_NAMESPACE", name)];
    variables.extend(settings);
    let mut nodes = Vec::with_capacity(number);
    for _ in 0..number {
        let node = ground.node(&variables).await?;
        bus_is_up(&node.state().metrics).await?;
        nodes.push(node);
    }
    Ok(nodes)
}

/// Stops them.
pub async fn stop(nodes: Vec<Node>) {
    for node in nodes {
        node.stop().await;
    }
}

async fn bus_is_up(metrics: &MetricsCacheService) -> anyhow::Result<()> {
    until("the bus is up", async || {
        // It opens with the first use of L2.
        metrics.dashboard(MetricsQuery::default(), None).await?;
        Ok(metrics.counts().instance.l2.is_some_and(|l2| l2.bus.state == "healthy"))
    })
    .await
}

/// Waits until a node that was the first to read has stored what it loaded, which happens behind the answer.
pub async fn stored(metrics: &MetricsCacheService) -> anyhow::Result<()> {
    until("the parts are stored", async || Ok(Counts::of(metrics).commands_of("store") > 0)).await
}

/// Waits until `holds` does; an error that says `what` did not, where it takes longer than anything should.
pub async fn until(what: &str, mut holds: impl AsyncFnMut() -> anyhow::Result<bool>) -> anyhow::Result<()> {
    let waiting = async {
        while !holds().await? {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(())
    };
    let held = tokio::time::timeout(PATIENCE, waiting).await;
    held.with_context(|| format!("waited {PATIENCE:?} in vain until {what}"))?
}

/// What a node has counted, as far as suites compare it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Loads from the database.
    pub loads: u64,
    /// Commands to Redis, by kind.
    pub commands: BTreeMap<&'static str, u64>,
    /// Calls to Redis that failed.
    pub failures: u64,
}

impl Counts {
    /// Those of `metrics` until now.
    pub fn of(metrics: &MetricsCacheService) -> Self {
        let CacheStats { instance, .. } = metrics.counts();
        let l2 = instance.l2;
        Self {
            loads: instance.parts.values().map(|part| part.loads).sum(),
            failures: l2.as_ref().map_or(0, |l2| l2.failures),
            commands: l2.map(|l2| l2.commands.by_kind).unwrap_or_default(),
        }
    }

    /// What was counted since `earlier`.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let commands = self.commands.iter().map(|(kind, count)| {
            let before = earlier.commands.get(kind).copied().unwrap_or_default();
            (*kind, count - before)
        });
        Self {
            loads: self.loads - earlier.loads,
            failures: self.failures - earlier.failures,
            commands: commands.collect(),
        }
    }

    /// Counts `more` too.
    pub fn add(&mut self, more: &Self) {
        self.loads += more.loads;
        self.failures += more.failures;
        for (kind, count) in &more.commands {
            *self.commands.entry(kind).or_default() += count;
        }
    }

    /// Commands of that kind.
    pub fn commands_of(&self, kind: &str) -> u64 {
        self.commands.get(kind).copied().unwrap_or_default()
    }

    /// All commands sent; what scripts run inside Redis is none.
    pub fn all_commands(&self) -> u64 {
        self.commands.values().sum::<u64>() - self.commands_of("inner")
    }

    /// An error where a call to Redis has failed: what was measured then is something else.
    pub fn expect_no_failures(&self) -> anyhow::Result<()> {
        ensure!(self.failures == 0, "{} calls to Redis failed: is the machine busy?", self.failures);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_told_from_those_before() {
        let counts = |loads, read| Counts { loads, commands: [("read", read)].into(), failures: 0 };
        let since = counts(9, 5).since(&counts(4, 3));
        assert_eq!((since.loads, since.commands_of("read"), since.all_commands()), (5, 2, 2));
        let mut all = since.clone();
        all.add(&counts(1, 1));
        assert_eq!(all, counts(6, 3));
        assert!(since.expect_no_failures().is_ok());
        assert!(Counts { failures: 1, ..since }.expect_no_failures().is_err());
    }
}
