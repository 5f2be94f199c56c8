//! `cargo xtask cache list`: everything in Redis under the namespace, and what it is worth.

use std::fmt::Write as _;

use clap::{Args, builder::PossibleValuesParser};
use infra::cache::inspect::{Contents, Item, State};

use super::{
    Report, Settings,
    describe::{EntryReport, TagReport, place_in_time, state, tag_table, tally},
    table::Table,
    words::{bytes, count, plain, span},
};

/// The parts that lie in Redis: the dashboard is assembled of them in each process.
pub(super) const PARTS: [&str; 4] = ["overview", "charts", "recentUsers", "recentProposals"];

/// List what lies in Redis: each entry with its age, how long it is fresh, its size, and whether it would be served.
///
/// TTL LEFT is how long it is fresh, KEPT FOR how long Redis keeps it, to stand in while the database fails. STATE is
/// fresh; stale, with the tags invalidated since it was computed; expired; or unreadable, the reason below. Goes through
/// all keys of the Redis database (SCAN, a thousand a command) and reads a hundred entries a command.
#[derive(Debug, Args)]
pub struct List {
    /// This part only.
    #[arg(long, value_parser = PossibleValuesParser::new(PARTS))]
    pub(super) part: Option<String>,
}

#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    namespace: String,
    entries: Vec<EntryReport>,
    tags: Vec<TagReport>,
    /// Months of which the commands of all instances are counted.
    months: Vec<String>,
    /// Names under the prefix that are not this service's.
    foreign: Vec<String>,
    /// Entries that went while they were being read.
    vanished: u64,
    commands: u64,
}

impl List {
    pub(super) async fn run(self, settings: &Settings) -> anyhow::Result<Report> {
        let (mut console, _) = settings.open().await?;
        let mut contents = console.contents().await.map_err(|trouble| settings.failed(&trouble))?;
        if let Some(part) = &self.part {
            contents.entries.retain(|item| place_in_time(item).part == part.as_str());
        }
        let prefix = console.names().prefix();
        let text = text(&contents, &settings.cache.namespace, prefix, console.commands());
        let listed = Listed {
            namespace: settings.cache.namespace.clone(),
            entries: contents.entries.iter().map(|item| EntryReport::new(item, prefix)).collect(),
            tags: TagReport::all(&contents.tags),
            months: contents.months.iter().map(ToString::to_string).collect(),
            foreign: contents.foreign.iter().map(|name| format!("{prefix}{name}")).collect(),
            vanished: contents.vanished,
            commands: console.commands(),
        };
        Report::new(listed, &text)
    }
}

fn text(contents: &Contents, namespace: &str, prefix: &str, commands: u64) -> String {
    let mut text = String::new();
    if !contents.entries.is_empty() {
        let mut table = Table::new(&[
            "PART",
            "PERIOD",
            "TIME ZONE",
            "LOCAL DATE",
            ">AGE",
            ">TTL LEFT",
            ">KEPT FOR",
            ">IN REDIS",
            ">BODY",
            "STATE",
            "KEY",
        ]);
        for item in sorted(&contents.entries) {
            table.row(row(item));
        }
        let _ = writeln!(text, "{table}");
    }
    let _ = writeln!(text, "{} in the namespace {namespace}.\n", tally(contents));
    let _ = write!(text, "{}", tag_table(&contents.tags));
    text.push('\n');
    for item in sorted(&contents.entries) {
        if let State::Unreadable(why) = &item.state {
            let _ = writeln!(text, "Unreadable: {prefix}{}: {}.", plain(&item.text), plain(why));
        }
    }
    for month in &contents.months {
        let _ = writeln!(text, "Commands counted: {prefix}budget:{month} (`stats` shows the newest)");
    }
    for name in &contents.foreign {
        let _ = writeln!(text, "Not this service's: {prefix}{}", plain(name));
    }
    if contents.vanished > 0 {
        let _ = writeln!(text, "{} went while being read.", count(contents.vanished, "entry", "entries"));
    }
    let _ = writeln!(text, "{} spent.", count(commands, "Redis command", "Redis commands"));
    text
}

/// In the order of the parts, and within one by name.
fn sorted(items: &[Item]) -> Vec<&Item> {
    let mut sorted: Vec<&Item> = items.iter().collect();
    sorted.sort_by_key(|item| {
        let part = place_in_time(item).part;
        (PARTS.iter().position(|known| *known == part).unwrap_or(PARTS.len()), &item.text)
    });
    sorted
}

fn row(item: &Item) -> [String; 11] {
    let place = place_in_time(item);
    let header = item.header.as_ref();
    let dash = || "-".to_owned();
    [
        plain(&place.part),
        place.period.or_else(|| place.rows.map(|rows| format!("{rows} rows"))).unwrap_or_else(dash),
        place.time_zone.unwrap_or_else(dash),
        place.local_date.unwrap_or_else(dash),
        header.map_or_else(dash, |header| span(header.age)),
        header.map_or_else(dash, |header| span(header.ttl_left)),
        item.kept_for.map_or_else(|| "ever".to_owned(), span),
        bytes(item.stored_bytes),
        header.map_or_else(dash, |header| bytes(header.body_bytes)),
        match &item.state {
            State::Unreadable(_) => "unreadable".to_owned(),
            other => state(other),
        },
        plain(&item.text),
    ]
}
