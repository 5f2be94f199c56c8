//! Entries and tags, as tables and as JSON.

use domain::invalidation::{CacheTag, CacheTags};
use infra::cache::{
    inspect::{Contents, Item, State, TagState},
    key::Key,
    versions::PerTag,
};
use serde::Serialize;

use super::{
    table::Table,
    words::{count, instant, rfc3339, span, time, whole_millis},
};

/// What an entry's name says.
pub(super) struct Place {
    pub(super) part: String,
    pub(super) period: Option<String>,
    pub(super) rows: Option<u8>,
    pub(super) time_zone: Option<String>,
    pub(super) local_date: Option<String>,
}

/// What the name of `item` says; of another release's, the part only.
pub(super) fn place_in_time(item: &Item) -> Place {
    let part = match &item.key {
        Some(key) => key.part().to_owned(),
        None => item.text.split(':').nth(1).filter(|part| !part.is_empty()).unwrap_or("-").to_owned(),
    };
    let mut place = Place { part, period: None, rows: None, time_zone: None, local_date: None };
    match &item.key {
        Some(Key::Dashboard(query, date) | Key::Overview(query, date) | Key::Charts(query, date)) => {
            place.period = Some(query.period.to_string());
            place.time_zone = Some(query.tz.name().to_owned());
            place.local_date = Some(date.to_string());
        }
        Some(Key::RecentUsers(limit) | Key::RecentProposals(limit)) => place.rows = Some(limit.get()),
        None => {}
    }
    place
}

/// An entry, for machines.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EntryReport {
    key: String,
    part: String,
    period: Option<String>,
    rows: Option<u8>,
    time_zone: Option<String>,
    local_date: Option<String>,
    /// `fresh`, `stale`, `expired` or `unreadable`.
    state: &'static str,
    stale_tags: Vec<&'static str>,
    unreadable_because: Option<String>,
    format: Option<&'static str>,
    created_at: Option<String>,
    age_millis: Option<u64>,
    /// How long it is fresh from its creation.
    ttl_millis: Option<u64>,
    /// How long it is fresh from now on.
    ttl_left_millis: Option<u64>,
    /// How long Redis keeps it; null: without end.
    kept_for_millis: Option<u64>,
    stored_bytes: usize,
    body_bytes: Option<usize>,
    /// The versions it was computed at.
    stamp: Option<serde_json::Map<String, serde_json::Value>>,
}

impl EntryReport {
    pub(super) fn new(item: &Item, prefix: &str) -> Self {
        let place = place_in_time(item);
        let header = item.header.as_ref();
        let (state, stale_tags, unreadable_because) = match &item.state {
            State::Fresh => ("fresh", CacheTags::NONE, None),
            State::Stale(tags) => ("stale", *tags, None),
            State::Expired => ("expired", CacheTags::NONE, None),
            State::Unreadable(why) => ("unreadable", CacheTags::NONE, Some(why.clone())),
        };
        Self {
            key: format!("{prefix}{}", item.text),
            part: place.part,
            period: place.period,
            rows: place.rows,
            time_zone: place.time_zone,
            local_date: place.local_date,
            state,
            stale_tags: stale_tags.iter().map(CacheTag::as_str).collect(),
            unreadable_because,
            format: header.map(|header| header.format),
            created_at: header.and_then(|header| instant(header.created_micros)).map(rfc3339),
            age_millis: header.map(|header| whole_millis(header.age)),
            ttl_millis: header.map(|header| whole_millis(header.ttl)),
            ttl_left_millis: header.map(|header| whole_millis(header.ttl_left)),
            kept_for_millis: item.kept_for.map(whole_millis),
            stored_bytes: item.stored_bytes,
            body_bytes: header.map(|header| header.body_bytes),
            stamp: header.map(|header| {
                let version = |tag: CacheTag| (tag.as_str().to_owned(), header.versions[tag].into());
                header.tags.iter().map(version).collect()
            }),
        }
    }
}

/// `fresh`, `stale: users, leads`, `expired`, `unreadable: …`.
pub(super) fn state(state: &State) -> String {
    match state {
        State::Fresh => "fresh".to_owned(),
        State::Stale(tags) => {
            format!("stale: {}", tags.iter().map(CacheTag::as_str).collect::<Vec<_>>().join(", "))
        }
        State::Expired => "expired".to_owned(),
        State::Unreadable(why) => format!("unreadable: {why}"),
    }
}

/// `5 entries (3 fresh, 2 stale)`.
pub(super) fn tally(contents: &Contents) -> String {
    let of = |wanted: fn(&State) -> bool| contents.entries.iter().filter(|item| wanted(&item.state)).count();
    let kinds = [
        (of(|state| *state == State::Fresh), "fresh"),
        (of(|state| matches!(state, State::Stale(_))), "stale"),
        (of(|state| *state == State::Expired), "expired"),
        (of(|state| matches!(state, State::Unreadable(_))), "unreadable"),
    ];
    let kinds: Vec<_> = kinds
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, kind)| format!("{number} {kind}"))
        .collect();
    match contents.entries.len() {
        0 => "No entries".to_owned(),
        number => format!("{} ({})", count(number as u64, "entry", "entries"), kinds.join(", ")),
    }
}

/// A tag, for machines.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TagReport {
    tag: &'static str,
    /// Null where it is unknown.
    version: Option<u64>,
    made_at: Option<String>,
    /// Why it is unknown, where something lies there.
    problem: Option<String>,
}

impl TagReport {
    pub(super) fn all(tags: &PerTag<TagState>) -> Vec<Self> {
        let report = |tag: CacheTag| Self {
            tag: tag.as_str(),
            version: tags[tag].version,
            made_at: tags[tag].version.and_then(instant).map(rfc3339),
            problem: tags[tag].problem.clone(),
        };
        CacheTag::EVERY.into_iter().map(report).collect()
    }
}

/// Each tag with its version, and when that was made: a version is a time on Redis's clock.
pub(super) fn tag_table(tags: &PerTag<TagState>) -> Table {
    let mut table = Table::new(&["TAG", "VERSION", "MADE"]);
    for tag in CacheTag::EVERY {
        let state = &tags[tag];
        let (version, at) = match (state.version, &state.problem) {
            (Some(version), _) => (version.to_string(), made(version)),
            (None, Some(problem)) => ("unknown".to_owned(), problem.clone()),
            (None, None) => ("none".to_owned(), "never, or evicted: the next read makes one".to_owned()),
        };
        table.row([tag.to_string(), version, at]);
    }
    table
}

/// When a version was made: `2026-11-23 08:00:01 UTC (12 s ago)`.
pub(super) fn made(version: u64) -> String {
    let Some(at) = instant(version) else { return "-".to_owned() };
    match (chrono::Utc::now() - at).to_std() {
        Ok(ago) => format!("{} ({} ago)", time(at), span(ago)),
        Err(_) => time(at),
    }
}
