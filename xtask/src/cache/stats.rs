//! `cargo xtask cache stats`: how full Redis is, and with what.

use std::{collections::BTreeMap, fmt::Write as _};

use clap::Args;
use infra::{
    cache::{
        budget::{Kind, Outlook, Tally},
        inspect::{Contents, Server, State},
    },
    config::CacheConfig,
};
use serde::Serialize;

use super::{
    Report, Settings,
    connect::{ServerReport, described},
    describe::{TagReport, place_in_time, tag_table},
    list::PARTS,
    table::Table,
    words::{bytes, count, plain},
};

/// Show how full Redis is and with what: memory against its limit, entries and bytes by part, tags, listeners.
///
/// What the server does not tell (managed ones often allow no INFO) is shown as unknown. Reads all entries, as `list` does;
/// one instance's hits and misses are in the service's own GET /api/v1/cache/stats.
#[derive(Debug, Args)]
pub struct Stats {}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Figures {
    place: String,
    namespace: String,
    server: ServerReport,
    memory: Memory,
    connected_clients: Option<u64>,
    /// Connections that hear of invalidations.
    bus_subscribers: Option<u64>,
    evicted_keys: Option<u64>,
    expired_keys: Option<u64>,
    keyspace_hits: Option<u64>,
    keyspace_misses: Option<u64>,
    parts: Vec<PartFigures>,
    tags: Vec<TagReport>,
    /// What all instances have spent in the newest month that was counted; null where none was.
    spent: Option<Spent>,
    /// How many names under the prefix are not this service's.
    foreign: usize,
    commands: u64,
}

/// Redis commands of a month, those that scripts ran inside Redis included.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Spent {
    /// `2026-11`, UTC.
    month: String,
    commands: u64,
    /// By its end, as this machine's clock tells how much of it is left.
    forecast: u64,
    /// `CACHE_L2_COMMANDS_PER_MONTH`.
    budget: Option<u64>,
    /// By `CACHE_L2_PRICE_PER_100K`.
    cost: Option<f64>,
    cost_forecast: Option<f64>,
    by_kind: BTreeMap<&'static str, u64>,
}

impl Spent {
    fn new(tally: &Tally, config: &CacheConfig) -> Self {
        let now = u64::try_from(chrono::Utc::now().timestamp()).unwrap_or_default();
        let outlook = Outlook::new(tally, now);
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let cost = |commands: u64| config.l2_price_per_100k.map(|price| price * commands as f64 / 100_000.0);
        Self {
            month: tally.month.to_string(),
            commands: outlook.month,
            forecast: outlook.forecast,
            budget: config.l2_commands_per_month,
            cost: cost(outlook.month),
            cost_forecast: cost(outlook.forecast),
            by_kind: Kind::EVERY.iter().map(|kind| kind.name()).zip(tally.kinds).collect(),
        }
    }

    /// `1234 in 2026-11, 5678 by its end, of 500000; they cost 0.01, 0.05 by its end`.
    fn described(&self) -> String {
        let mut text = format!("{} in {}, {} by its end", self.commands, self.month, self.forecast);
        if let Some(budget) = self.budget {
            let _ = write!(text, ", of {budget}");
        }
        if let (Some(cost), Some(forecast)) = (self.cost, self.cost_forecast) {
            let _ = write!(text, "; they cost {cost:.2}, {forecast:.2} by its end");
        }
        text
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Memory {
    used_bytes: Option<u64>,
    /// 0: no limit set.
    max_bytes: Option<u64>,
    policy: Option<String>,
}

#[derive(Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct PartFigures {
    part: String,
    entries: usize,
    fresh: usize,
    stale: usize,
    expired: usize,
    unreadable: usize,
    stored_bytes: usize,
    body_bytes: usize,
}

impl Stats {
    pub(super) async fn run(self, settings: &Settings) -> anyhow::Result<Report> {
        let (mut console, _) = settings.open().await?;
        let failed = |trouble| settings.failed(&trouble);
        let server = console.server().await.map_err(failed)?;
        let bus_subscribers = console.subscribers().await.map_err(failed)?;
        let contents = console.contents().await.map_err(failed)?;
        let spent = match contents.months.last() {
            Some(month) => console.spent(*month).await.map_err(failed)?,
            None => None,
        };
        let figures = Figures {
            place: settings.place(),
            namespace: settings.cache.namespace.clone(),
            server: ServerReport::from(&server),
            memory: Memory {
                used_bytes: server.used_memory,
                max_bytes: server.max_memory,
                policy: server.policy.clone(),
            },
            connected_clients: server.clients,
            bus_subscribers,
            evicted_keys: server.evicted_keys,
            expired_keys: server.expired_keys,
            keyspace_hits: server.keyspace_hits,
            keyspace_misses: server.keyspace_misses,
            parts: by_part(&contents),
            tags: TagReport::all(&contents.tags),
            spent: spent.map(|tally| Spent::new(&tally, &settings.cache)),
            foreign: contents.foreign.len(),
            commands: console.commands(),
        };
        let text = text(&figures, &server, &contents)?;
        Report::new(figures, &text)
    }
}

fn by_part(contents: &Contents) -> Vec<PartFigures> {
    let mut parts: Vec<PartFigures> =
        PARTS.iter().map(|part| PartFigures { part: (*part).to_owned(), ..PartFigures::default() }).collect();
    for item in &contents.entries {
        let part = place_in_time(item).part;
        let index = parts.iter().position(|known| known.part == part).unwrap_or_else(|| {
            parts.push(PartFigures { part, ..PartFigures::default() });
            parts.len() - 1
        });
        let figures = &mut parts[index];
        figures.entries += 1;
        match item.state {
            State::Fresh => figures.fresh += 1,
            State::Stale(_) => figures.stale += 1,
            State::Expired => figures.expired += 1,
            State::Unreadable(_) => figures.unreadable += 1,
        }
        figures.stored_bytes += item.stored_bytes;
        figures.body_bytes += item.header.as_ref().map_or(0, |header| header.body_bytes);
    }
    parts
}

fn text(figures: &Figures, server: &Server, contents: &Contents) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    let mut line = |name: &str, what: &str| writeln!(text, "{name:<17}{what}");
    let unknown = || "unknown: the server does not tell".to_owned();
    let told = |number: Option<u64>| number.map_or_else(unknown, |number| number.to_string());
    line("server", &format!("{} on {}", described(server), figures.place))?;
    line("memory", &memory(&figures.memory).unwrap_or_else(unknown))?;
    line("evicted keys", &told(figures.evicted_keys))?;
    line("expired keys", &told(figures.expired_keys))?;
    line("keys found", &found(figures).unwrap_or_else(unknown))?;
    line("clients", &told(figures.connected_clients))?;
    line("bus subscribers", &told(figures.bus_subscribers))?;
    let none = || "none counted".to_owned();
    line("commands", &figures.spent.as_ref().map_or_else(none, Spent::described))?;
    text.push('\n');
    let mut table = Table::new(&[
        "PART",
        ">ENTRIES",
        ">FRESH",
        ">STALE",
        ">EXPIRED",
        ">UNREADABLE",
        ">IN REDIS",
        ">BODIES",
    ]);
    let mut all = PartFigures { part: "all".to_owned(), ..PartFigures::default() };
    for part in &figures.parts {
        table.row(row(part));
        all.entries += part.entries;
        all.fresh += part.fresh;
        all.stale += part.stale;
        all.expired += part.expired;
        all.unreadable += part.unreadable;
        all.stored_bytes += part.stored_bytes;
        all.body_bytes += part.body_bytes;
    }
    table.row(row(&all));
    writeln!(text, "{table}\n{}", tag_table(&contents.tags))?;
    if figures.foreign > 0 {
        let names = count(figures.foreign as u64, "key", "keys");
        writeln!(text, "{names} under the prefix not this service's: `list` names them.")?;
    }
    writeln!(text, "{} spent.", count(figures.commands, "Redis command", "Redis commands"))?;
    Ok(text)
}

fn memory(memory: &Memory) -> Option<String> {
    let size = |number: u64| bytes(usize::try_from(number).unwrap_or(usize::MAX));
    let used = memory.used_bytes?;
    let limit = match memory.max_bytes {
        None => "the server does not tell its limit".to_owned(),
        Some(0) => "no limit set".to_owned(),
        Some(max) => format!("{} % of {}", used.saturating_mul(100) / max, size(max)),
    };
    let policy = memory.policy.as_deref().unwrap_or("unknown");
    Some(format!("{} used, {limit}; when full: {policy}", size(used)))
}

/// How many reads found a key: of all clients of the server.
fn found(figures: &Figures) -> Option<String> {
    let (hits, misses) = (figures.keyspace_hits?, figures.keyspace_misses?);
    let all = hits.checked_add(misses).filter(|all| *all > 0);
    let share = all.map_or_else(|| "none".to_owned(), |all| format!("{} % of {all}", hits * 100 / all));
    Some(format!("{share} looked up, by whatever client, since the server's start"))
}

fn row(part: &PartFigures) -> [String; 8] {
    [
        plain(&part.part),
        part.entries.to_string(),
        part.fresh.to_string(),
        part.stale.to_string(),
        part.expired.to_string(),
        part.unreadable.to_string(),
        bytes(part.stored_bytes),
        bytes(part.body_bytes),
    ]
}
