//! What the cache has counted, as Prometheus's series. The cache counts by itself; its counts are copied when somebody
//! collects them, so that counting costs a request nothing more.

use infra::{
    cache::{BusState, CacheStats, FleetCommands},
    change_feed::{ChangeFeedState, ChangeFeedStatus},
};
use metrics::{Key, Label, Level, Metadata, Recorder};

const METADATA: Metadata<'static> = Metadata::new(module_path!(), Level::INFO, None);

/// Copies `stats` into `recorder`. Every label has few values: layers, parts, tags, kinds of commands.
pub(crate) fn copy(stats: &CacheStats, recorder: &impl Recorder) {
    let counter = |name: &'static str, labels: &[(&'static str, &'static str)], value: u64| {
        recorder.register_counter(&key(name, labels), &METADATA).absolute(value);
    };
    let gauge = |name: &'static str, value: u64| {
        #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
        recorder.register_gauge(&key(name, &[]), &METADATA).set(value as f64);
    };
    let cache = &stats.instance;
    for (name, part) in &cache.parts {
        let of_part = [("part", *name)];
        for (layer, result, count) in [
            ("l1", "hit", part.l1_hits),
            ("l1", "miss", part.l1_misses),
            ("l2", "hit", part.l2_hits),
            ("l2", "miss", part.l2_misses),
        ] {
            counter("cache_lookups_total", &[("layer", layer), ("part", name), ("result", result)], count);
        }
        counter("cache_loads_total", &of_part, part.loads);
        counter("cache_load_failures_total", &of_part, part.load_failures);
        counter("cache_coalesced_readers_total", &of_part, part.coalesced);
        counter("cache_joins_refused_total", &of_part, part.joins_refused);
        counter("cache_stale_answers_total", &of_part, part.stale);
        counter("cache_refreshes_total", &of_part, part.refreshes);
    }
    for (tag, count) in &cache.invalidations {
        counter("cache_invalidations_total", &[("tag", tag)], *count);
    }
    counter("cache_task_panics_total", &[], cache.task_panics);
    gauge("cache_pending_tags", cache.pending_tags.len() as u64);
    gauge("cache_pending_oldest_seconds", cache.pending_oldest_secs);
    gauge("cache_staleness_bound_seconds", cache.staleness_bound.max_secs);
    gauge("cache_l1_items", cache.l1.items);
    gauge("cache_l1_bytes", cache.l1.bytes);
    counter("cache_l1_evictions_total", &[], cache.l1.evictions);
    counter("cache_l1_rejected_total", &[], cache.l1.rejected);
    copy_feed(&cache.change_feed, recorder);
    let Some(redis) = &cache.l2 else { return };
    for (kind, count) in &redis.commands.by_kind {
        counter("cache_redis_commands_total", &[("kind", kind)], *count);
    }
    counter("cache_redis_failures_total", &[], redis.failures);
    for (kind, count) in &redis.troubles {
        counter("cache_redis_trouble_total", &[("kind", kind)], *count);
    }
    counter("cache_redis_undecodable_total", &[], redis.undecodable);
    counter("cache_redis_stores_dropped_total", &[], redis.stores_dropped);
    counter("cache_redis_stores_spared_total", &[], redis.stores_spared);
    counter("cache_redis_stores_withheld_total", &[], redis.stores_withheld);
    counter("cache_redis_versions_lost_total", &[], redis.versions_lost);
    counter("cache_redis_reads_spared_total", &[], redis.reads_spared);
    counter("cache_invalidations_withheld_total", &[], redis.invalidations_withheld);
    gauge("cache_redis_stores_waiting", redis.stores_waiting);
    gauge("cache_redis_breaker_closed", u64::from(redis.breaker == "closed"));
    gauge("cache_bus_healthy", u64::from(redis.bus.state == BusState::Healthy.as_str()));
    counter("cache_bus_messages_total", &[], redis.bus.messages);
    counter("cache_bus_gaps_total", &[], redis.bus.gaps);
    counter("cache_bus_connections_total", &[], redis.bus.connections);
    if let Some(fleet) = &stats.fleet.commands {
        copy_fleet(fleet, recorder);
    }
}

/// Nothing where the feed is off: its absence is then no fault.
fn copy_feed(feed: &ChangeFeedStatus, recorder: &impl Recorder) {
    if feed.state == ChangeFeedState::Off {
        return;
    }
    let listens = if feed.state == ChangeFeedState::Listening { 1.0 } else { 0.0 };
    recorder.register_gauge(&key("change_feed_listening", &[]), &METADATA).set(listens);
    for (name, count) in [
        ("change_feed_notifications_total", feed.notifications),
        ("change_feed_invalidations_total", feed.invalidations),
        ("change_feed_takeovers_total", feed.takeovers),
    ] {
        recorder.register_counter(&key(name, &[]), &METADATA).absolute(count);
    }
}

/// What all instances have spent: the same on each of them, but for how lately it heard of the others.
fn copy_fleet(fleet: &FleetCommands, recorder: &impl Recorder) {
    let gauge = |name: &'static str, value: f64| {
        recorder.register_gauge(&key(name, &[]), &METADATA).set(value);
    };
    #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
    let counted = |name: &'static str, value: u64| gauge(name, value as f64);
    counted("cache_fleet_commands_today", fleet.today);
    counted("cache_fleet_commands_month", fleet.month);
    counted("cache_fleet_commands_forecast", fleet.forecast);
    counted("cache_fleet_commands_complete", u64::from(fleet.complete));
    counted("cache_budget_level", u64::from(fleet.level));
    for (kind, count) in &fleet.by_kind {
        #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
        recorder
            .register_gauge(&key("cache_fleet_commands_month_by_kind", &[("kind", kind)]), &METADATA)
            .set(*count as f64);
    }
    if let Some(budget) = fleet.budget {
        counted("cache_budget_commands", budget);
    }
    for (name, cost) in [
        ("cache_fleet_cost_today", fleet.cost_today),
        ("cache_fleet_cost_month", fleet.cost_month),
        ("cache_fleet_cost_forecast", fleet.cost_forecast),
    ] {
        if let Some(cost) = cost {
            gauge(name, cost);
        }
    }
}

fn key(name: &'static str, labels: &[(&'static str, &'static str)]) -> Key {
    Key::from_parts(name, labels.iter().map(|(name, value)| Label::new(*name, *value)).collect::<Vec<_>>())
}
