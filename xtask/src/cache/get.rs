//! `cargo xtask cache get`: one entry, decoded.

use std::fmt::Write as _;

use anyhow::bail;
use bytes::Bytes;
use clap::Args;
use domain::invalidation::CacheTag;
use infra::cache::{
    inspect::{Found, Header, Item, TagState},
    versions::PerTag,
};
use serde::Serialize;

use super::{
    Report, Settings,
    describe::{EntryReport, TagReport, made, state},
    table::Table,
    words::{bytes, instant, span, time},
};

/// Show one entry, decoded: its header, its stamp beside the versions now, and its body if asked for.
#[derive(Debug, Args)]
pub struct Get {
    /// The key as `cargo xtask cache list` shows it, with or without the namespace before it.
    pub(super) key: String,
    /// Show the body too. The newest users and proposals name people.
    #[arg(long)]
    pub(super) body: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Got {
    #[serde(flatten)]
    entry: EntryReport,
    tags: Vec<TagReport>,
    /// With `--body`: JSON, or a string where it is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<serde_json::Value>,
}

impl Get {
    pub(super) async fn run(self, settings: &Settings) -> anyhow::Result<Report> {
        let (mut console, _) = settings.open().await?;
        let prefix = console.names().prefix().to_owned();
        let text = self.key.strip_prefix(&prefix).unwrap_or(&self.key).to_owned();
        let found = console.find(&text).await.map_err(|trouble| settings.failed(&trouble))?;
        match found {
            Found::Nothing => {
                bail!("there is no key {prefix}{text}: `cargo xtask cache list` shows those there are")
            }
            Found::Foreign(kind) => {
                bail!(
                    "{prefix}{text} is not this service's (a {kind} in Redis): it is neither an entry nor a tag"
                )
            }
            Found::Budget(month) => {
                bail!(
                    "{prefix}{text} counts the Redis commands of {month}: `cargo xtask cache stats` shows them"
                )
            }
            Found::Tag(tag, found) => tag_report(tag, &found, &prefix),
            Found::Entry(item, body, tags) => {
                let body = body.filter(|_| self.body);
                let mut text = entry_text(&item, &tags, &prefix)?;
                let body = body.map(|body| json(&body));
                if let Some(body) = &body {
                    write!(text, "\n{body:#}\n")?;
                }
                let is_readable = item.header.is_some();
                let entry = EntryReport::new(&item, &prefix);
                let report = Report::new(Got { entry, tags: TagReport::all(&tags), body }, &text)?;
                Ok(if is_readable { report } else { report.failed() })
            }
        }
    }
}

fn tag_report(tag: CacheTag, found: &TagState, prefix: &str) -> anyhow::Result<Report> {
    let mut tags = PerTag::default();
    tags[tag] = found.clone();
    let report = TagReport::all(&tags).into_iter().nth(tag.index());
    let version = match (found.version, &found.problem) {
        (Some(version), _) => format!("its version is {version}, made {}", made(version)),
        (None, problem) => {
            format!("its version is unknown: {}", problem.as_deref().unwrap_or("there is none"))
        }
    };
    Report::new(report, &format!("{prefix}{tag} is a tag, not an entry; {version}\n"))
}

fn entry_text(item: &Item, tags: &PerTag<TagState>, prefix: &str) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    let mut line = |name: &str, what: &str| writeln!(text, "{name:<10}{what}");
    line("key", &format!("{prefix}{}", item.text))?;
    line("state", &state(&item.state))?;
    let kept = match item.kept_for {
        Some(left) => format!("{} more by Redis, to stand in while the database fails", span(left)),
        None => "without end by Redis: not stored by this service".to_owned(),
    };
    let Some(header) = &item.header else {
        line("kept", &kept)?;
        line("size", &format!("{} in Redis", bytes(item.stored_bytes)))?;
        return Ok(text);
    };
    line("format", &format!("{}; checksum right, and it names this key", header.format))?;
    let created = instant(header.created_micros).map(time).unwrap_or_default();
    line("created", &format!("{created} on Redis's clock, {} ago", span(header.age)))?;
    let fresh = if header.ttl_left.is_zero() {
        "no more".to_owned()
    } else {
        format!("{} more", span(header.ttl_left))
    };
    line("fresh", &format!("{fresh}, of {}", span(header.ttl)))?;
    line("kept", &kept)?;
    line("size", &size(item, header))?;
    text.push('\n');
    let mut stamp = Table::new(&["TAG", "COMPUTED AT", "NOW", ""]);
    for tag in header.tags.iter() {
        let now = tags[tag].version;
        let verdict = match now {
            Some(now) if now == header.versions[tag] => "the same",
            Some(_) => "invalidated since",
            None => "unknown: nothing that carries it is fresh",
        };
        let now = now.map_or_else(|| "-".to_owned(), |now| now.to_string());
        stamp.row([tag.to_string(), header.versions[tag].to_string(), now, verdict.to_owned()]);
    }
    write!(text, "{stamp}")?;
    Ok(text)
}

fn size(item: &Item, header: &Header) -> String {
    let body = bytes(header.body_bytes);
    let packed = if header.packed_bytes == header.body_bytes {
        format!("the body {body}, as it is")
    } else {
        format!("the body {}, unpacked {body}", bytes(header.packed_bytes))
    };
    format!("{} in Redis, {packed}", bytes(item.stored_bytes))
}

fn json(body: &Bytes) -> serde_json::Value {
    serde_json::from_slice(body)
        .unwrap_or_else(|_| serde_json::Value::String(String::from_utf8_lossy(body).into_owned()))
}
