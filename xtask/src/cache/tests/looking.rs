//! `list`, `get` and `stats`.

use std::time::Duration;

use domain::invalidation::{CacheTag, CacheTags};
use infra::{
    cache::{
        budget::{ByKind, Flush, Kind, Month, Tally},
        l2::{L2 as _, RedisL2},
        versions::PerTag,
    },
    config::CacheConfig,
};
use test_support::TestRedis;

use super::{of, set, store};
use crate::cache::{Report, Settings, get::Get, invalidate::Invalidate, list::List, stats::Stats};

const OVERVIEW: &str = "v1:overview:30d:Europe/Paris:2026-11-23";
const USERS: &str = "v1:recentUsers:10";

async fn list(settings: &Settings, part: Option<&str>) -> Report {
    List { part: part.map(str::to_owned) }.run(settings).await.expect("a list")
}

#[tokio::test]
async fn list_shows_each_entry_and_what_it_is_worth() {
    let redis = TestRedis::new().await;
    let settings = of(&redis);
    let report = list(&settings, None).await;
    assert!(report.text.starts_with("No entries"), "{}", report.text);

    store(&settings, &[OVERVIEW, USERS]).await;
    Invalidate { tags: vec![CacheTag::Leads] }.run(&settings).await.expect("invalidated");
    set(&settings, "v1:charts:7d:UTC:2026-11-23", b"garbage").await;
    set(&settings, "notes", b"17").await;
    set(&settings, "a\u{1b}[2J\nb", b"17").await;
    let report = list(&settings, None).await;
    let lines: Vec<&str> = report.text.lines().collect();
    assert!(lines[0].starts_with("PART") && lines[0].ends_with("KEY"), "{}", report.text);
    assert!(lines[1].starts_with("overview") && lines[1].contains("stale: leads"), "{}", report.text);
    for word in ["30d", "Europe/Paris", "2026-11-23", OVERVIEW] {
        assert!(lines[1].contains(word), "{word}: {}", report.text);
    }
    assert!(lines[2].starts_with("charts") && lines[2].contains(" unreadable "), "{}", report.text);
    assert!(lines[3].starts_with("recentUsers") && lines[3].contains(" fresh "), "{}", report.text);
    assert!(report.text.contains("v1:charts:7d:UTC:2026-11-23: it is not between"), "{}", report.text);
    assert!(report.text.contains("3 entries (1 fresh, 1 stale, 1 unreadable)"), "{}", report.text);
    assert!(
        report.text.contains("Not this service's: {test-") && report.text.contains(":notes\n"),
        "{}",
        report.text
    );

    assert!(report.text.contains(r":a\u{1b}[2J\nb"), "{}", report.text);
    let value = report.value();
    let entry = value["entries"].as_array().expect("entries").iter();
    let entry = entry.clone().find(|entry| entry["part"] == "overview").expect("the overview");
    assert_eq!((&entry["state"], &entry["staleTags"][0]), (&"stale".into(), &"leads".into()));
    assert_eq!((&entry["period"], &entry["timeZone"]), (&"30d".into(), &"Europe/Paris".into()));
    assert_eq!(entry["ttlMillis"], 1_200_000);
    // The reader's settings bound how long it is fresh: two minutes for key figures.
    assert!(entry["ttlLeftMillis"].as_u64().expect("a number") <= 120_000);
    assert!(entry["bodyBytes"].as_u64() > entry["storedBytes"].as_u64(), "it is packed");
    assert!(entry["stamp"]["leads"].as_u64() < value["tags"][2]["version"].as_u64());
    assert_eq!(value["foreign"].as_array().map(Vec::len), Some(2));

    let report = list(&settings, Some("recentUsers")).await;
    assert_eq!(report.value()["entries"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn get_decodes_one_entry_and_says_what_else_a_key_is() {
    let redis = TestRedis::new().await;
    let settings = of(&redis);
    store(&settings, &[OVERVIEW]).await;
    let get = async |key: &str, body| Get { key: key.to_owned(), body }.run(&settings).await;
    let full = format!("{{{}}}:{OVERVIEW}", redis.namespace());
    for key in [OVERVIEW, &full] {
        let report = get(key, false).await.expect("a report");
        assert!(report.is_well);
        for word in [full.as_str(), "fresh", "AMC1", "checksum right", "the same"] {
            assert!(report.text.contains(word), "{word}: {}", report.text);
        }
        assert!(!report.text.contains("xxx") && report.value().get("body").is_none());
    }
    let report = get(OVERVIEW, true).await.expect("a report");
    assert!(report.text.contains("\n  \"meta\": {}"), "{}", report.text);
    assert_eq!(report.value()["body"]["of"], OVERVIEW);

    let report = get("users", false).await.expect("a report");
    assert!(report.text.contains("is a tag, not an entry"), "{}", report.text);
    assert_eq!(report.value()["tag"], "users");
    let error = get("v1:recentUsers:9", false).await.expect_err("there is none").to_string();
    assert!(error.contains("there is no key") && error.contains(":v1:recentUsers:9"), "{error}");
    set(&settings, USERS, b"garbage").await;
    let report = get(USERS, true).await.expect("a report");
    assert!(!report.is_well && report.text.contains("unreadable"), "{}", report.text);
    set(&settings, "notes", b"17").await;
    let error = get("notes", false).await.expect_err("not ours").to_string();
    assert!(error.contains("not this service's"), "{error}");
}

#[tokio::test]
async fn stats_show_memory_parts_and_listeners() {
    let redis = TestRedis::new().await;
    let settings = of(&redis);
    store(&settings, &[OVERVIEW, USERS]).await;
    let report = Stats {}.run(&settings).await.expect("figures");
    assert!(report.text.contains("commands         none counted\n"), "{}", report.text);
    assert!(report.value()["spent"].is_null());
    count_reads(&settings, 7).await;
    let settings = Settings { cache: with_budget(settings.cache), ..settings };
    let report = Stats {}.run(&settings).await.expect("figures");
    let spent = &report.value()["spent"];
    assert_eq!((&spent["byKind"]["read"], &spent["budget"]), (&7.into(), &500_000.into()), "{spent}");
    assert!(spent["commands"].as_u64() > Some(7) && spent["cost"].as_f64() > Some(0.0), "{spent}");
    let listed = list(&settings, None).await;
    assert_eq!(listed.value()["foreign"], serde_json::json!([]), "{}", listed.text);
    for word in ["memory", " used, ", "bus subscribers  0\n", "overview               1      1"] {
        assert!(report.text.contains(word), "{word}: {}", report.text);
    }
    let value = report.value();
    assert!(value["memory"]["usedBytes"].as_u64().expect("a number") > 0);
    assert_eq!(value["busSubscribers"], 0);
    let parts = value["parts"].as_array().expect("parts");
    let names: Vec<_> = parts.iter().filter_map(|part| part["part"].as_str()).collect();
    assert_eq!(names, ["overview", "charts", "recentUsers", "recentProposals"]);
    let entries: Vec<_> = parts.iter().filter_map(|part| part["fresh"].as_u64()).collect();
    assert_eq!(entries, [1, 0, 1, 0]);
}

/// Adds `reads` to the counts of the month, as an instance would.
async fn count_reads(settings: &Settings, reads: u64) {
    let l2 =
        RedisL2::new(&settings.redis, &settings.cache.namespace, "test".to_owned(), Duration::from_secs(30))
            .expect("a good configuration");
    let now = u64::try_from(chrono::Utc::now().timestamp_micros()).expect("a time");
    let mut added = ByKind::default();
    added[Kind::Read as usize] = reads;
    let flush = Flush { known: Tally::new(Month::of(now)), added };
    let reply = l2.start(CacheTags::NONE, &PerTag::default(), Some(&flush)).await.expect("an answer");
    assert!(reply.fleet.is_some(), "{reply:?}");
}

fn with_budget(cache: CacheConfig) -> CacheConfig {
    CacheConfig { l2_commands_per_month: Some(500_000), l2_price_per_100k: Some(0.2), ..cache }
}
