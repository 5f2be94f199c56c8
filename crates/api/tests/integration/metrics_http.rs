//! The figures over HTTP: entity tags, encodings, headers, and that a write is seen by whoever asks afterwards.

use prometheus_parse::{Scrape, Value as Sampled};
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use test_support::{TestDatabase, each_backend};

use crate::app::{Answer, TestApp, read};

const PARTS: [&str; 5] = ["dashboard", "overview", "charts", "recent-users", "recent-proposals"];

fn metrics(part: &str) -> String {
    format!("/api/v1/metrics/{part}")
}

async fn user(app: &TestApp) -> Answer {
    let email = format!("{}@example.org", uuid::Uuid::new_v4().simple());
    app.post("/api/v1/users", &json!({"email": email, "displayName": "Ada"})).await
}

fn users_total(overview: &Value) -> i64 {
    let kpis = overview["kpis"].as_array().unwrap();
    kpis.iter().find(|kpi| kpi["key"] == "usersTotal").unwrap()["value"].as_i64().unwrap()
}

#[tokio::test]
async fn the_dashboard_is_made_of_what_its_parts_answer() {
    each_backend(async |database| {
        let app = TestApp::on(database).await;
        assert_eq!(user(&app).await.status, 201);
        let whole = app.get(&metrics("dashboard?period=7d&tz=UTC")).await;
        assert_eq!(whole.status, 200, "{whole:?}");
        for (name, path) in [
            ("overview", "overview?period=7d&tz=UTC"),
            ("charts", "charts?period=7d&tz=UTC"),
            ("recentUsers", "recent-users"),
            ("recentProposals", "recent-proposals"),
        ] {
            assert_eq!(whole.body[name], app.get(&metrics(path)).await.body, "{name}");
        }
        assert_eq!(whole.body["meta"], whole.body["overview"]["meta"]);
        // And who asks.
        assert_eq!(whole.body["recentUsers"]["items"].as_array().unwrap().len(), 2);
        app.stop().await;
    })
    .await;
}

#[tokio::test]
async fn every_answer_says_where_it_comes_from() {
    let database = TestDatabase::sqlite().await;
    let app = TestApp::on(&database).await;
    for part in PARTS {
        let people = part != "overview" && part != "charts";
        for expected in ["fwd=", "hit; ttl="] {
            let answer = app.get(&metrics(part)).await;
            assert_eq!(answer.header("content-type"), "application/json");
            assert_eq!(answer.header("cache-control"), if people { "no-store" } else { "private, no-cache" });
            assert_eq!(answer.header("vary"), "Accept-Encoding, Cookie, Authorization");
            assert!(answer.header("age").parse::<u64>().is_ok(), "{answer:?}");
            // The dashboard may have filled its parts already.
            if part == "dashboard" || expected != "fwd=" {
                assert!(answer.header("cache-status").contains(expected), "{part}: {answer:?}");
            }
            assert!(answer.header("server-timing").contains(";dur="), "{answer:?}");
            assert!(answer.header("etag").starts_with('"'), "{answer:?}");
        }
    }
    app.stop().await;
}

#[tokio::test]
async fn what_the_client_has_is_not_sent_again() {
    let database = TestDatabase::sqlite().await;
    let app = TestApp::on(&database).await;
    let first = app.get(&metrics("overview")).await;
    let tag = first.header("etag").to_owned();
    let with = |value: String| app.request("GET", &metrics("overview")).header("if-none-match", value);
    for value in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".to_owned()] {
        let answer = read(with(value.clone())).await;
        assert_eq!((answer.status.as_u16(), &answer.body), (304, &Value::Null), "{value}");
        assert_eq!(answer.header("etag"), tag);
        for header in ["age", "cache-status", "cache-control", "vary", "x-request-id"] {
            assert!(!answer.header(header).is_empty(), "{header}: {answer:?}");
        }
        assert!(answer.header("cache-status").contains("l1; hit"), "{answer:?}");
    }
    assert_eq!(read(with("\"other\"".to_owned())).await.status, 200);

    // A write makes the entry old, and its tag with it.
    assert_eq!(user(&app).await.status, 201);
    let fresh = read(with(tag.clone())).await;
    assert_eq!(fresh.status, 200);
    assert_ne!(fresh.header("etag"), tag);
    assert_eq!(users_total(&fresh.body), users_total(&first.body) + 1);
    app.stop().await;
}

async fn bytes(request: RequestBuilder) -> (String, String, Vec<u8>) {
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    let header = |name| response.headers().get(name).map_or("", |v| v.to_str().unwrap()).to_owned();
    let (coding, tag) = (header("content-encoding"), header("etag"));
    (coding, tag, response.bytes().await.unwrap().to_vec())
}

#[tokio::test]
async fn each_encoding_is_ready_and_has_a_tag_of_its_own() {
    let database = TestDatabase::sqlite().await;
    let app = TestApp::on(&database).await;
    let get = |accept: &'static str| {
        bytes(app.request("GET", &metrics("charts?period=365d")).header("accept-encoding", accept))
    };
    let (coding, plain_tag, plain) = get("identity").await;
    assert_eq!(coding, "");
    serde_json::from_slice::<Value>(&plain).unwrap();
    let mut tags = vec![plain_tag];
    for (accept, expected) in [("gzip", "gzip"), ("br", "br")] {
        let (coding, tag, packed) = get(accept).await;
        assert_eq!(coding, expected);
        assert!(packed.len() < plain.len());
        assert!(!tags.contains(&tag), "{tag} is another encoding's");
        tags.push(tag);
    }
    for (accept, expected) in [("gzip, br", "br"), ("br;q=0.5, gzip", "gzip"), ("zstd", ""), ("*;q=0", "")] {
        assert_eq!(get(accept).await.0, expected, "{accept}");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_write_is_seen_by_whoever_asks_afterwards() {
    each_backend(async |database| {
        let app = TestApp::on(database).await;
        for _ in 0..3 {
            let before = users_total(&app.get(&metrics("overview")).await.body);
            assert_eq!(user(&app).await.status, 201);
            assert_eq!(users_total(&app.get(&metrics("overview")).await.body), before + 1);
        }
        app.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_data_version_that_cannot_be_is_refused() {
    let database = TestDatabase::sqlite().await;
    let app = TestApp::on(&database).await;
    let with = |value: &'static str| {
        read(app.request("GET", &metrics("overview")).header("x-min-data-version", value))
    };
    for value in ["", "users", "users=x", "users=1,users=1", "cats=1", "all=1", "users=99999999999999999999"]
    {
        let answer = with(value).await;
        assert_eq!(answer.status, 400, "{value}: {answer:?}");
        assert_eq!(answer.errors(), [("X-Min-Data-Version", "format")], "{value}");
    }
    // Without Redis no version is known, so none can be asked for.
    let ahead = with("users=9999999999999999").await;
    assert_eq!(
        (ahead.status.as_u16(), ahead.errors()),
        (400, vec![("X-Min-Data-Version", "range")]),
        "{ahead:?}"
    );
    app.stop().await;
}

#[tokio::test]
async fn figures_are_recomputed_on_demand() {
    let database = TestDatabase::sqlite().await;
    let app = TestApp::on(&database).await;
    let first = app.get(&metrics("dashboard?period=7d")).await;
    let again = read(app.request("POST", &metrics("refresh?period=7d")).header("if-none-match", "*")).await;
    assert_eq!(again.status, 200);
    assert_eq!(again.header("cache-control"), "no-store");
    assert!(again.body["meta"]["generatedAt"].as_str() > first.body["meta"]["generatedAt"].as_str());
    assert_eq!(app.get(&metrics("dashboard?period=7d")).await.body, again.body);
    app.stop().await;
}

#[tokio::test]
async fn the_cache_shows_what_it_does_and_forgets_on_demand() {
    let database = TestDatabase::sqlite().await;
    let app = TestApp::on(&database).await;
    let stats = async || app.get("/api/v1/cache/stats").await.body["instance"].clone();
    app.get(&metrics("overview")).await;
    app.get(&metrics("overview")).await;
    let before = stats().await;
    assert_eq!(before["parts"]["overview"]["l1Hits"], 1, "{before}");
    assert_eq!(before["parts"]["overview"]["loads"], 1, "{before}");
    assert_eq!(before["l2"], Value::Null);
    assert_eq!(
        (&before["changeFeed"]["state"], &before["changeFeed"]["takeovers"]),
        (&json!("off"), &json!(0))
    );

    let done = app.post("/api/v1/cache/invalidations", &json!({"tags": ["leads", "all"]})).await;
    assert_eq!((done.status.as_u16(), &done.body), (200, &json!({"outcome": "applied"})));
    app.get(&metrics("overview")).await;
    let after = stats().await;
    assert_eq!(after["parts"]["overview"]["loads"], 2, "{after}");
    assert_eq!(after["invalidations"]["leads"], 1, "{after}");
    app.stop().await;
}

#[tokio::test]
async fn an_answer_with_redis_carries_versions_that_ask_for_no_older_one() {
    let (database, redis) = (TestDatabase::postgres().await, test_support::TestRedis::new().await);
    let start = || TestApp::with_redis(&database, &redis);
    let (here, there) = (start().await, start().await);
    there.get(&metrics("overview")).await;
    let made = user(&here).await;
    let version = made.header("x-data-version");
    assert!(version.starts_with("users="), "{made:?}");
    let seen = read(there.request("GET", &metrics("overview")).header("x-min-data-version", version)).await;
    assert_eq!((seen.status.as_u16(), users_total(&seen.body)), (200, 2), "{seen:?}");
    let ready = there.get("/health/ready").await.body;
    assert_eq!(ready["dependencies"], json!({"database": "up", "redis": "up"}));
    assert_eq!(ready["status"], "ok");
    here.stop().await;
    there.stop().await;
}

#[tokio::test]
async fn without_a_redis_that_is_configured_the_service_goes_on() {
    let database = TestDatabase::sqlite().await;
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let redis = format!("redis://127.0.0.1:{port}");
    let app = TestApp::with(&[
        ("DATABASE_URL", secrecy::ExposeSecret::expose_secret(database.url())),
        ("REDIS_URL", &redis),
    ])
    .await;
    assert_eq!(app.get(&metrics("overview")).await.status, 200);
    assert_eq!(user(&app).await.status, 201);
    assert_eq!(users_total(&app.get(&metrics("overview")).await.body), 2);
    let queued = app.post("/api/v1/cache/invalidations", &json!({"tags": ["users"]})).await;
    assert_eq!((queued.status.as_u16(), &queued.body), (202, &json!({"outcome": "queued"})));
    let ready = app.get("/health/ready").await;
    assert_eq!((ready.status.as_u16(), &ready.body["status"]), (200, &json!("degraded")), "{ready:?}");
    assert_eq!(ready.body["dependencies"]["redis"], "down");
    let l2 = app.get("/api/v1/cache/stats").await.body["instance"]["l2"].clone();
    assert_eq!(l2["trouble"], "unreachable", "{l2}");
    assert!(l2["troubles"]["unreachable"].as_u64().unwrap() > 0 && l2["troubles"]["tls"] == 0, "{l2}");
    let text = app.get("/metrics").await.body;
    let met = |line: &str| {
        line.starts_with(r#"cache_redis_trouble_total{kind="unreachable"} "#) && !line.ends_with(" 0")
    };
    assert!(text.as_str().unwrap().lines().any(met), "{text}");
    app.stop().await;
}

#[tokio::test]
async fn what_the_cache_counts_is_collected() {
    let database = TestDatabase::sqlite().await;
    let app = TestApp::on(&database).await;
    for _ in 0..3 {
        app.get(&metrics("overview")).await;
    }
    assert_eq!(user(&app).await.status, 201);
    let text = app.get("/metrics").await.body;
    let text = text.as_str().unwrap();
    for line in [
        r#"cache_lookups_total{layer="l1",part="overview",result="hit"} 2"#,
        r#"cache_lookups_total{layer="l1",part="overview",result="miss"} 1"#,
        r#"cache_loads_total{part="overview"} 1"#,
        r#"cache_invalidations_total{tag="users"} 1"#,
        "cache_l1_items 1",
    ] {
        assert!(text.lines().any(|there| there == line), "{line} is not in\n{text}");
    }
    // A parser that is not ours reads it whole: each line is a sample, each histogram's buckets are one sample.
    let lines = || text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let parsed = Scrape::parse(text.lines().map(|line| Ok(line.to_owned()))).unwrap();
    let buckets = lines().filter(|line| line.contains("_bucket{")).count();
    let read = parsed.samples.iter().map(|sample| match &sample.value {
        Sampled::Histogram(counts) => counts.len() - 1,
        _ => 0,
    });
    assert_eq!(parsed.samples.len() + read.sum::<usize>(), lines().count(), "{buckets} buckets in\n{text}");
    let load = parsed
        .samples
        .iter()
        .find(|sample| {
            sample.metric == "cache_load_duration_seconds" && sample.labels.get("part") == Some("overview")
        })
        .unwrap();
    let Sampled::Histogram(counts) = &load.value else { panic!("{load:?}") };
    assert!(counts.is_sorted_by(|a, b| a.less_than < b.less_than && a.count <= b.count), "{counts:?}");
    assert_eq!(counts.last().map(|last| (last.less_than, last.count)), Some((f64::INFINITY, 1.0)));
    app.stop().await;
}

#[tokio::test]
async fn a_refresh_that_cannot_recompute_is_not_answered_with_old_figures() {
    use infra::database::connect_untracked;
    use sea_orm::ConnectionTrait as _;
    let database = TestDatabase::sqlite().await;
    let app = TestApp::on(&database).await;
    assert_eq!(app.get(&metrics("dashboard")).await.status, 200);
    let refreshed = read(app.request("POST", &metrics("refresh"))).await;
    assert_eq!(refreshed.status, 200, "{refreshed:?}");
    assert!(refreshed.header("cache-status").contains("fwd=request"), "{refreshed:?}");
    let db = connect_untracked(database.url(), 1, std::time::Duration::from_secs(5)).await.unwrap();
    db.execute_unprepared("ALTER TABLE leads RENAME TO gone").await.unwrap();
    let refused = read(app.request("POST", &metrics("refresh"))).await;
    assert_eq!(refused.status, 503, "{refused:?}");
    let old = app.get(&metrics("dashboard")).await;
    assert!(old.header("cache-status").contains("stale-if-error"), "{old:?}");
    app.stop().await;
}
