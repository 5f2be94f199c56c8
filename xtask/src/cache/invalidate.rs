//! `cargo xtask cache invalidate`: makes old what was computed from a table, on every instance.

use std::fmt::Write as _;

use clap::Args;
use domain::invalidation::{CacheTag, CacheTags};
use infra::cache::{l2::ScriptReply, versions::PerTag};
use serde::Serialize;

use super::{ORIGIN, Report, Settings, describe::made, table::Table, words::count};

/// Make old whatever was computed from a table, on every instance: as a write through the service does.
///
/// For writes past the service: psql, a restored backup. One script call raises the versions and tells the bus.
#[derive(Debug, Args)]
pub struct Invalidate {
    /// users, proposals, leads, or all.
    #[arg(required = true, value_name = "TAG", value_parser = tag)]
    pub(super) tags: Vec<CacheTag>,
}

fn tag(name: &str) -> Result<CacheTag, String> {
    CacheTag::from_name(name).ok_or_else(|| "expected users, proposals, leads, all or sessions".to_owned())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invalidated {
    namespace: String,
    tags: Vec<Raised>,
    heard_by: Option<u64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Raised {
    tag: &'static str,
    /// Null where there was none.
    before: Option<u64>,
    after: u64,
}

impl Invalidate {
    pub(super) async fn run(self, settings: &Settings) -> anyhow::Result<Report> {
        let tags: CacheTags = self.tags.iter().copied().collect();
        let (mut console, _) = settings.open().await?;
        let (before, reply) =
            console.invalidate(tags, ORIGIN).await.map_err(|trouble| settings.failed(&trouble))?;
        let text = text(tags, &before, &reply)?;
        let raised =
            |tag: CacheTag| Raised { tag: tag.as_str(), before: before[tag], after: reply.versions[tag] };
        let (namespace, heard_by) = (settings.cache.namespace.clone(), reply.heard_by);
        Report::new(Invalidated { namespace, tags: tags.iter().map(raised).collect(), heard_by }, &text)
    }
}

fn text(
    tags: CacheTags,
    before: &PerTag<Option<u64>>,
    reply: &ScriptReply,
) -> Result<String, std::fmt::Error> {
    let mut table = Table::new(&["TAG", "VERSION BEFORE", "VERSION NOW", "MADE BEFORE"]);
    for tag in tags.iter() {
        let (version, at) = match before[tag] {
            Some(version) => (version.to_string(), made(version)),
            None => ("none".to_owned(), "-".to_owned()),
        };
        table.row([tag.to_string(), version, reply.versions[tag].to_string(), at]);
    }
    let mut text = table.to_string();
    writeln!(text, "{}", heard(reply.heard_by))?;
    Ok(text)
}

/// Who was told of an invalidation.
pub(super) fn heard(by: Option<u64>) -> String {
    match by {
        None => "The bus was told; the server does not say how many listen.".to_owned(),
        Some(0) => "Nobody listens to the bus now: an instance that begins to asks for the versions first."
            .to_owned(),
        Some(number) => format!("Told to {}.", count(number, "listening instance", "listening instances")),
    }
}
