//! What an operator is shown: the counts, the bounds, and how each piece stands. Reading it costs no command.

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

use super::{
    BusState, TroubleKind,
    breaker::BreakerState,
    budget::{ByKind, Kind, Level, Spent, WITHHELD_FOR},
    core::Core,
    l2::RedisMemory,
    stats::{BUCKETS, Counter, PartStats, Timing},
};
use crate::change_feed::ChangeFeedStatus;

/// How the cache of this instance, and what the instances share, does.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CacheStats {
    /// Of this process, since its start.
    pub instance: InstanceStats,
    /// Of what all instances share.
    pub fleet: FleetStats,
}

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
    fn new(counts: &ByKind) -> Self {
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

/// What all instances share.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FleetStats {
    /// Redis's memory, measured at most once a minute; null where there is no Redis, or it cannot be reached.
    #[schema(required)]
    pub redis_memory: Option<RedisMemoryReport>,
    /// Redis commands of all instances; null where there is no Redis.
    #[schema(required)]
    pub commands: Option<FleetCommands>,
}

/// Redis commands of all instances in the month of Redis's clock (UTC), as a vendor bills them who counts what scripts run
/// inside Redis too; as of this instance's last script call, its own later commands included.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FleetCommands {
    /// Since midnight.
    #[schema(example = 6_210)]
    pub today: u64,
    /// Since the month began.
    #[schema(example = 143_020)]
    pub month: u64,
    /// By the month's end: the month so far and, for the rest of it, the mean rate since midnight six days ago.
    #[schema(example = 191_400)]
    pub forecast: u64,
    /// `CACHE_L2_COMMANDS_PER_MONTH`; null where none is set.
    #[schema(required, example = 500_000)]
    pub budget: Option<u64>,
    /// What is given up for the budget's sake. 0: nothing. 1: eager refresh, and L2 reads of parts that L1 holds, though no
    /// longer fresh. 2: L2 reads and stores. 3, the budget being used up: also the promptness of invalidations, which are sent together.
    #[schema(minimum = 0, maximum = 3, example = 0)]
    pub level: u8,
    /// What today costs by `CACHE_L2_PRICE_PER_100K`, in its currency; null where no price is set, here and below.
    #[schema(required, example = 0.012)]
    pub cost_today: Option<f64>,
    /// What the month has cost so far.
    #[schema(required, example = 0.286)]
    pub cost_month: Option<f64>,
    /// What it will have cost by its end.
    #[schema(required, example = 0.383)]
    pub cost_forecast: Option<f64>,
    /// Whether the other instances' commands are in it: not before this instance's first script call, and not where Redis
    /// cannot be reached or refuses to count.
    #[schema(example = true)]
    pub complete: bool,
    /// The month's commands by kind, as in `instance.l2.commands.byKind`.
    #[schema(example = json!({
        "read": 5210, "store": 2011, "invalidate": 804, "start": 3, "subscribe": 9, "info": 44, "budget": 46, "connect": 18, "script": 6, "inner": 15120,
    }))]
    pub by_kind: BTreeMap<&'static str, u64>,
}

impl FleetCommands {
    fn new(core: &Core) -> Self {
        let Spent { tally, outlook, level, of_fleet } = core.remote.spent();
        let budget = &core.remote.budget;
        Self {
            today: outlook.today,
            month: outlook.month,
            forecast: outlook.forecast,
            budget: budget.limit(),
            level: level.number(),
            cost_today: budget.cost(outlook.today),
            cost_month: budget.cost(outlook.month),
            cost_forecast: budget.cost(outlook.forecast),
            complete: of_fleet,
            by_kind: by_kind(&tally.kinds),
        }
    }
}

fn by_kind(counts: &ByKind) -> BTreeMap<&'static str, u64> {
    Kind::EVERY.iter().map(|kind| kind.name()).zip(*counts).collect()
}

/// How long something took, in full.
#[derive(Clone, Debug)]
pub struct Times {
    /// What: `l1`, `l2`, `load`, `invalidation` or `bus`.
    pub what: &'static str,
    /// Of `l2` the kind of call, of `load` the part.
    pub of: Option<&'static str>,
    /// How often it took less than 1 µs, 2 µs, 4 µs and so on; the last: how often at all.
    pub cumulative: [u64; BUCKETS],
    /// The time in all, µs.
    pub total_micros: u64,
}

impl Times {
    fn new(what: &'static str, of: Option<&'static str>, timing: &Timing) -> Self {
        Self { what, of, cumulative: timing.cumulative(), total_micros: timing.total_micros() }
    }
}

/// Calls of these kinds are timed.
const TIMED: [Kind; 6] = [Kind::Read, Kind::Store, Kind::Invalidate, Kind::Start, Kind::Info, Kind::Budget];

pub(super) fn times(core: &Core) -> Vec<Times> {
    let stats = &core.stats;
    let mut times = vec![Times::new("l1", None, &stats.l1_time)];
    // The dashboard is assembled, not loaded.
    times.extend(
        stats
            .parts()
            .filter(|(name, _)| *name != "dashboard")
            .map(|(name, part)| Times::new("load", Some(name), &part.load_time)),
    );
    if core.remote.is_shared() {
        let of_kind = |kind: Kind| Times::new("l2", Some(kind.name()), &stats.l2_time_by_kind[kind as usize]);
        times.extend(TIMED.map(of_kind));
        times.push(Times::new("invalidation", None, &stats.invalidation_time));
        times.push(Times::new("bus", None, &stats.bus_time));
    }
    times
}

/// Redis's memory.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RedisMemoryReport {
    /// Bytes used.
    pub used_bytes: u64,
    /// Most bytes; 0 = no limit told.
    pub max_bytes: u64,
}

impl From<RedisMemory> for RedisMemoryReport {
    fn from(memory: RedisMemory) -> Self {
        Self { used_bytes: memory.used, max_bytes: memory.max }
    }
}

/// How L2 does, by the outcome of the last calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum L2Health {
    /// None is configured.
    Absent,
    /// The last calls succeeded, or none was made yet.
    Up,
    /// Calls fail, or invalidations do, as where the user may read but not write; the service goes on without.
    Down,
}

/// Keep-alive finds a dead connection within this.
const DEAD_CONNECTION_SECS: u64 = 60;

pub(super) fn stats(core: &Core) -> CacheStats {
    let stats = &core.stats;
    let known = core.versions.known();
    let sum = |of: fn(&PartStats) -> &Counter| stats.parts().map(|(_, part)| of(part).get()).sum::<u64>();
    let (max_bytes, max_items) = core.l1.bounds();
    let by_tag = |of: &dyn Fn(CacheTag) -> u64| {
        CacheTag::OF_ANSWERS.into_iter().map(|tag| (tag.as_str(), of(tag))).collect()
    };
    let l1 = L1Stats {
        lookups: layer(sum(|part| &part.l1_hits), sum(|part| &part.l1_misses), &stats.l1_time),
        items: core.l1.items(),
        max_items,
        bytes: core.l1.bytes(),
        max_bytes,
        evictions: core.l1.evicted(),
        rejected: core.l1.rejected(),
    };
    let l2 = core.remote.is_shared().then(|| L2Stats {
        lookups: layer(sum(|part| &part.l2_hits), sum(|part| &part.l2_misses), &stats.l2_time),
        commands: CommandReport::new(&core.remote.commands()),
        failures: stats.l2_failures.get(),
        trouble: core.remote.troubles.current().map(TroubleKind::as_str),
        troubles: TroubleKind::EVERY.map(|kind| (kind.as_str(), stats.trouble(kind).get())).into(),
        undecodable: stats.l2_undecodable.get(),
        stores_dropped: stats.stores_dropped.get(),
        stores_waiting: core.write_behind.waiting() as u64,
        stores_spared: stats.stores_spared.get(),
        stores_withheld: stats.stores_withheld.get(),
        versions_lost: stats.versions_lost.get(),
        reads_spared: stats.reads_spared.get(),
        invalidations_withheld: stats.invalidations_withheld.get(),
        breaker: match core.remote.breaker.state() {
            BreakerState::Closed => "closed",
            BreakerState::Open => "open",
            BreakerState::HalfOpen => "half_open",
        },
        bus: BusStats {
            state: core.bus.state().as_str(),
            trouble: core.bus.troubles.current().map(TroubleKind::as_str),
            connections: stats.bus_connections.get(),
            messages: stats.bus_messages.get(),
            gaps: stats.bus_gaps.get(),
        },
    });
    let instance = InstanceStats {
        l1,
        l2,
        parts: stats.parts().map(|(name, part)| (name, part_report(part))).collect(),
        staleness_bound: staleness_bound(core),
        tag_versions: by_tag(&|tag| known.versions[tag]),
        pending_tags: known.pending().iter().map(CacheTag::as_str).collect(),
        pending_oldest_secs: core.invalidator.waiting_for().as_secs(),
        task_panics: stats.task_panics.get(),
        invalidations: by_tag(&|tag| stats.invalidations(tag)),
        change_feed: ChangeFeedStatus::default(),
    };
    let commands = core.remote.is_shared().then(|| FleetCommands::new(core));
    CacheStats { instance, fleet: FleetStats { redis_memory: None, commands } }
}

pub(super) fn l2_health(core: &Core) -> L2Health {
    if !core.remote.is_shared() {
        L2Health::Absent
    } else if core.remote.is_in_trouble() || core.invalidator.is_failing() {
        L2Health::Down
    } else {
        L2Health::Up
    }
}

fn staleness_bound(core: &Core) -> StalenessBound {
    let ttls = &core.config.ttls;
    let longest = [ttls.dashboard, ttls.overview, ttls.charts, ttls.recent_users, ttls.recent_proposals]
        .into_iter()
        .max();
    let longest = longest.unwrap_or_default().as_secs();
    let (kind, max_secs) = if !core.remote.is_shared() {
        ("local", 0)
    } else if core.remote.breaker.has_failed() {
        ("ttl", longest)
    } else {
        let (kind, max_secs) =
            if core.bus.is_healthy() { ("bus", DEAD_CONNECTION_SECS) } else { ("round_trip", 0) };
        let (kind, withheld) = match core.remote.level() {
            Level::Promptness => ("budget", WITHHELD_FOR.as_secs()),
            _ => (kind, 0),
        };
        (kind, longest.min(max_secs + withheld))
    };
    StalenessBound { kind, max_secs }
}

fn layer(hits: u64, misses: u64, timing: &Timing) -> LayerStats {
    let asked = hits + misses;
    #[expect(clippy::cast_precision_loss, reason = "a share")]
    let hit_rate = (asked > 0).then(|| hits as f64 / asked as f64);
    LayerStats { hits, misses, hit_rate, latency: latency(timing) }
}

fn latency(timing: &Timing) -> Latency {
    Latency { p50_micros: timing.quantile_micros(0.5), p99_micros: timing.quantile_micros(0.99) }
}

fn part_report(part: &PartStats) -> PartReport {
    PartReport {
        l1_hits: part.l1_hits.get(),
        l1_misses: part.l1_misses.get(),
        l2_hits: part.l2_hits.get(),
        l2_misses: part.l2_misses.get(),
        loads: part.loads.get(),
        load_failures: part.load_failures.get(),
        coalesced: part.coalesced.get(),
        joins_refused: part.joins_refused.get(),
        stale: part.stale.get(),
        refreshes: part.refreshes.get(),
        load_latency: latency(&part.load_time),
    }
}
