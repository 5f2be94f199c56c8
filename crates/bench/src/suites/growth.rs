//! Suite `growth`: a cold dashboard, and each part of it alone, as the tables grow: on PostgreSQL and on SQLite, beside the
//! same on ten thousand leads.

use std::time::Instant;

use anyhow::ensure;
use api::startup::Node;
use domain::metrics::period::{MetricsQuery, Period, RecentLimit};
use infra::{cache::Served, metrics_cache::MetricsCacheService};

use crate::{
    figure::{Figure, Quantity},
    ground::{Engine, Ground, Size},
    sample::Turns,
};

/// What the others are compared with.
const LEAST: u32 = 10_000;
/// More rows take longer to load than a server would allow.
const PATIENT: (&str, &str) = ("CACHE_LOAD_HARD_MS", "600000");

/// What is asked for.
#[derive(Clone, Copy, Debug)]
enum Part {
    Dashboard,
    Overview,
    Charts,
    RecentUsers,
    RecentProposals,
}

pub async fn run(ground: &Ground) -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for engine in [Engine::Postgres, Engine::Sqlite] {
        figures.extend(grow(ground, engine).await?);
    }
    Ok(figures)
}

/// The numbers of leads beside [`LEAST`].
fn sizes(ground: &Ground) -> Vec<u32> {
    let mut sizes = ground.pick(vec![100_000, 1_000_000], vec![30_000]);
    if ground.ten_million {
        sizes.push(10_000_000);
    }
    sizes
}

async fn grow(ground: &Ground, engine: Engine) -> anyhow::Result<Vec<Figure>> {
    let least = node(ground, engine, LEAST).await?;
    let mut nodes = Vec::new();
    for leads in sizes(ground) {
        nodes.push((leads, node(ground, engine, leads).await?));
    }
    let mut figures = Vec::new();
    for (part, query) in questions() {
        let mut turns = vec![Turns::default(); nodes.len()];
        // The first turn prepares statements and warms the database's own cache.
        for turn in 0..=ground.pick(7, 5) {
            let baseline = cold(&least, part, query).await?;
            for ((_, node), turns) in nodes.iter().zip(&mut turns) {
                let measured = cold(node, part, query).await?;
                if turn > 0 {
                    turns.add(measured, baseline);
                }
            }
        }
        for ((leads, _), turns) in nodes.iter().zip(turns) {
            figures.push(Figure::new(
                format!("{}, {}, {} leads", engine.name(), part.name(query), short(*leads)),
                Quantity::seconds(turns.measured()),
                format!("{} leads", short(LEAST)),
                Quantity::seconds(turns.baseline()),
                turns.ratio(),
            ));
        }
    }
    for (_, node) in nodes {
        node.stop().await;
    }
    least.stop().await;
    Ok(figures)
}

/// A node without Redis on a database with so many leads.
async fn node(ground: &Ground, engine: Engine, leads: u32) -> anyhow::Result<Node> {
    let url = ground.database(engine, Size::of_leads(leads)).await?;
    ground.node(&[("DATABASE_URL", &url), PATIENT]).await
}

/// The whole and its parts, those with a period for each.
fn questions() -> Vec<(Part, MetricsQuery)> {
    let of_a_period = [Part::Dashboard, Part::Overview, Part::Charts].into_iter().flat_map(|part| {
        Period::EVERY.map(|period| (part, MetricsQuery { period, ..MetricsQuery::default() }))
    });
    let lists = [Part::RecentUsers, Part::RecentProposals].map(|part| (part, MetricsQuery::default()));
    of_a_period.chain(lists).collect()
}

/// Seconds until `part` is there after everything cached was made old.
async fn cold(node: &Node, part: Part, query: MetricsQuery) -> anyhow::Result<f64> {
    let metrics = &node.state().metrics;
    metrics.invalidate_all().await;
    let begun = Instant::now();
    let served = part.ask(metrics, query).await?;
    let took = begun.elapsed().as_secs_f64();
    ensure!(!served.cache_status().contains("; hit"), "not from the database: {}", served.cache_status());
    Ok(took)
}

impl Part {
    async fn ask(self, metrics: &MetricsCacheService, query: MetricsQuery) -> anyhow::Result<Served> {
        let served = match self {
            Self::Dashboard => metrics.dashboard(query, None).await,
            Self::Overview => metrics.overview(query, None).await,
            Self::Charts => metrics.charts(query, None).await,
            Self::RecentUsers => metrics.recent_users(RecentLimit::default(), None).await,
            Self::RecentProposals => metrics.recent_proposals(RecentLimit::default(), None).await,
        };
        Ok(served?)
    }

    fn name(self, query: MetricsQuery) -> String {
        match self {
            Self::Dashboard => format!("dashboard {}", query.period),
            Self::Overview => format!("overview {}", query.period),
            Self::Charts => format!("charts {}", query.period),
            Self::RecentUsers => "recent users".to_owned(),
            Self::RecentProposals => "recent proposals".to_owned(),
        }
    }
}

/// `10k`, `1M`.
fn short(number: u32) -> String {
    if number.is_multiple_of(1_000_000) {
        format!("{}M", number / 1_000_000)
    } else {
        format!("{}k", number / 1_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_leads_are_short() {
        assert_eq!([10_000, 100_000, 1_000_000, 10_000_000].map(short), ["10k", "100k", "1M", "10M"]);
    }

    #[test]
    fn every_part_is_asked_for_and_those_with_a_period_for_each() {
        let names: Vec<String> = questions().into_iter().map(|(part, query)| part.name(query)).collect();
        assert_eq!(names.len(), 3 * 3 + 2);
        assert!(names.iter().any(|name| name == "charts 365d"));
    }
}
