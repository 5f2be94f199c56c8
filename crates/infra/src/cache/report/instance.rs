//! What is told of one process.

use std::collections::BTreeMap;

use domain::{invalidation::CacheTag, schema::one_of};
use serde::Serialize;
use serde_json::Value;
use utoipa::{
    ToSchema,
    openapi::{
        ObjectBuilder, RefOr,
        schema::{Schema, SchemaType, Type},
    },
};

use super::by_kind;
use crate::{
    cache::{
        BusState, TroubleKind,
        budget::{ByKind, Kind},
    },
    change_feed::ChangeFeedStatus,
};

/// The cache of one process, counted since its start.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct InstanceStats {
    /// The process's own memory.
    pub l1: L1Stats,
    /// Redis; null where none is configured.
    #[schema(required)]
    pub l2: Option<L2Stats>,
    /// Each part's counts, by its name.
    #[schema(example = json!({"overview": {
        "l1Hits": 1840, "l1Misses": 61, "l2Hits": 22, "l2Misses": 39, "loads": 39, "loadFailures": 0, "coalesced": 7,
        "joinsRefused": 0, "stale": 0, "refreshes": 4, "loadLatency": {"p50Micros": 16384, "p99Micros": 65536},
    }}))]
    pub parts: BTreeMap<&'static str, PartReport>,
    /// How old an answer can be at most, as things stand now.
    pub staleness_bound: StalenessBound,
    /// The versions known, by tag; 0 = none.
    pub tag_versions: BTreeMap<&'static str, u64>,
    /// Tags whose invalidation Redis has not yet acknowledged.
    #[schema(value_type = Vec<CacheTag>)]
    pub pending_tags: Vec<&'static str>,
    /// For how long the oldest of them has been waiting, seconds; 0 where none is.
    pub pending_oldest_secs: u64,
    /// Tasks of the cache that panicked and were started anew.
    pub task_panics: u64,
    /// Invalidations made by this instance, by tag.
    pub invalidations: BTreeMap<&'static str, u64>,
    /// How it follows the changes that are made past the service. The engine knows nothing of it: whoever runs the feed
    /// fills it in.
    pub change_feed: ChangeFeedStatus,
}

/// Hits, latency and size of L1.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct L1Stats {
    /// Lookups.
    pub lookups: LayerStats,
    /// Entries now.
    pub items: u64,
    /// Most entries.
    pub max_items: u64,
    /// Bytes now, every encoding counted.
    pub bytes: u64,
    /// Most bytes.
    pub max_bytes: u64,
    /// Entries pushed out by others.
    pub evictions: u64,
    /// Entries too large to be kept.
    pub rejected: u64,
}

/// Hits and latency of L2, and how Redis does.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct L2Stats {
    /// Lookups.
    pub lookups: LayerStats,
    /// Commands sent by this instance.
    pub commands: CommandReport,
    /// Calls that failed or took too long.
    pub failures: u64,
    /// What is wrong with Redis as far as commands go, by the last call of each kind; null where nothing is.
    #[schema(required, schema_with = trouble_names)]
    pub trouble: Option<&'static str>,
    /// How often Redis was met in each kind of trouble, the bus included.
    #[schema(example = json!({
        "unreachable": 2, "timed_out": 1, "authentication_failed": 0, "no_permission": 0, "tls": 0, "read_only": 0,
        "loading": 0, "busy": 0, "out_of_memory": 0, "wrong_type": 0, "script_unavailable": 0, "protocol": 0,
        "versions_lost": 0, "other": 0,
    }))]
    pub troubles: BTreeMap<&'static str, u64>,
    /// Entries that did not decode.
    pub undecodable: u64,
    /// Stores given up because too many waited.
    pub stores_dropped: u64,
    /// Loads that wait to be stored.
    pub stores_waiting: u64,
    /// Loads not stored for the budget's sake.
    pub stores_spared: u64,
    /// Loads not stored because Redis refused the last ones: its memory is full, say.
    pub stores_withheld: u64,
    /// Times that versions were found gone or lower in Redis: it was emptied, evicts tags, or lost writes in a fail-over.
    pub versions_lost: u64,
    /// Parts not asked for, for the budget's sake.
    pub reads_spared: u64,
    /// Times invalidations had to wait for the budget's sake.
    pub invalidations_withheld: u64,
    /// Whether calls are made at all: `closed`, `open` or `half_open`.
    #[schema(schema_with = breaker_names)]
    pub breaker: &'static str,
    /// The bus.
    pub bus: BusStats,
}

/// The bus of this instance.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BusStats {
    /// `closed` (also before the first use of L2), `connecting`, `healthy`, or `backing_off` (connecting failed and is tried
    /// again after a while).
    #[schema(schema_with = bus_names)]
    pub state: &'static str,
    /// What is wrong with its connection; null where nothing is.
    #[schema(required, schema_with = trouble_names)]
    pub trouble: Option<&'static str>,
    /// Times it was connected.
    pub connections: u64,
    /// Messages heard.
    pub messages: u64,
    /// Messages that could not be decoded or never came.
    pub gaps: u64,
}

/// Commands by kind.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CommandReport {
    /// Sent, each retry counted: all kinds but `inner`.
    pub total: u64,
    /// The same and `inner`: what a vendor bills that counts what scripts run inside Redis too.
    pub billed: u64,
    /// `read`, `store`, `invalidate`, `start`, `subscribe`, `info`; `budget` (counts exchanged where no other call carried
    /// them), `connect` (setting connections up), `script` (scripts sent once more as text) and `inner` (run by scripts
    /// inside Redis; where an answer was lost, the most it can have been).
    #[schema(example = json!({
        "read": 12, "store": 4, "invalidate": 3, "start": 1, "subscribe": 1, "info": 1, "budget": 1, "connect": 2, "script": 3, "inner": 41,
    }))]
    pub by_kind: BTreeMap<&'static str, u64>,
}

impl CommandReport {
    pub(super) fn new(counts: &ByKind) -> Self {
        let by_kind = by_kind(counts);
        let billed = counts.iter().sum();
        Self { total: billed - by_kind[Kind::Inner.name()], billed, by_kind }
    }
}

/// Lookups in one layer.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LayerStats {
    /// Fresh values found.
    pub hits: u64,
    /// Lookups that found none.
    pub misses: u64,
    /// hits ÷ (hits + misses); null before the first lookup.
    #[schema(required)]
    pub hit_rate: Option<f64>,
    /// How long it took.
    pub latency: Latency,
}

/// How long something took: upper bounds of the share of all times, in powers of two.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Latency {
    /// Half took at most this, µs.
    pub p50_micros: u64,
    /// 99 of 100 took at most this, µs.
    pub p99_micros: u64,
}

/// One part's counts.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PartReport {
    /// Fresh values found in L1.
    pub l1_hits: u64,
    /// Lookups in L1 that found none.
    pub l1_misses: u64,
    /// Fresh values found in L2.
    pub l2_hits: u64,
    /// Lookups in L2 that found none.
    pub l2_misses: u64,
    /// Loads begun.
    pub loads: u64,
    /// Loads that failed or took too long.
    pub load_failures: u64,
    /// Readers that waited for another's load.
    pub coalesced: u64,
    /// Readers that found only loads that began too early for them.
    pub joins_refused: u64,
    /// Values served past their time because loading failed.
    pub stale: u64,
    /// Refreshes begun behind a hit, before the value's time ended.
    pub refreshes: u64,
    /// How long loads took.
    pub load_latency: Latency,
}

fn breaker_names() -> RefOr<Schema> {
    let about = "Whether calls are made at all: after some failures (`open`) they are not, then one is tried (`half_open`).";
    one_of(about, ["closed", "half_open", "open"].into_iter(), "closed")
}

fn bus_names() -> RefOr<Schema> {
    let about = "`closed` (also before the first use of L2), `connecting`, `healthy`, or `backing_off` (connecting failed and \
        is tried again after a while).";
    one_of(about, BusState::EVERY.into_iter().map(BusState::as_str), "healthy")
}

fn trouble_names() -> RefOr<Schema> {
    let names = TroubleKind::EVERY.into_iter().map(|kind| Value::from(kind.as_str()));
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .description(Some("What is wrong, in one word; null where nothing is."))
        .enum_values(Some(names.chain([Value::Null])))
        .examples([Value::Null])
        .into()
}

fn bound_names() -> RefOr<Schema> {
    let about = "What ends it: `local` (there is no other instance), `bus` (a message; a connection that died unnoticed is found \
        by keep-alive), `round_trip` (the bus is down; Redis is asked first), `budget` (the same two, but the budget of \
        commands is used up: invalidations are withheld for a while first) or `ttl` (Redis cannot be reached).";
    one_of(about, ["local", "bus", "round_trip", "budget", "ttl"].into_iter(), "bus")
}

/// How old an answer of this instance can be at most, in regard to writes made elsewhere.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StalenessBound {
    /// What ends it: `local` (there is no other instance), `bus` (a message; a connection that died unnoticed is found
    /// by keep-alive), `round_trip` (the bus is down; Redis is asked first), `budget` (the same two, but the budget of
    /// commands is used up: invalidations are withheld for a while first) or `ttl` (Redis cannot be reached).
    #[schema(schema_with = bound_names)]
    pub kind: &'static str,
    /// The worst case, seconds.
    pub max_secs: u64,
}
