//! Redis dies, then PostgreSQL: the dashboard keeps answering, says how old its figures are, and heals by itself.

use std::time::Duration;

use serde_json::json;
use test_support::{PostgresServer, RedisServer};

use crate::app::{Answer, TestApp};

/// Longer than anything may take on a slow machine; reaching it fails the test.
const PATIENCE: Duration = Duration::from_mins(1);
const DASHBOARD: &str = "/api/v1/metrics/dashboard";

async fn eventually(app: &TestApp, path: &str, what: &str, holds: impl Fn(&Answer) -> bool) -> Answer {
    let waiting = async {
        loop {
            let answer = app.get(path).await;
            if holds(&answer) {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("never came true: {what}"))
}

async fn add_user(app: &TestApp, name: &str) -> Answer {
    let email = format!("{name}@example.org");
    app.post("/api/v1/users", &json!({"email": email, "displayName": name})).await
}

fn names(dashboard: &Answer) -> Vec<String> {
    let users = dashboard.body["recentUsers"]["items"].as_array().unwrap();
    let names = users.iter().map(|user| user["displayName"].as_str().unwrap().to_owned());
    // Without who asks.
    names.filter(|name| name != "Some Admin").collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_then_postgresql_die_and_the_dashboard_keeps_answering() {
    let mut postgres = PostgresServer::start().unwrap();
    let mut redis = RedisServer::start().unwrap();
    let app = TestApp::with(&[
        ("DATABASE_URL", &postgres.url()),
        ("AUTO_MIGRATE", "true"),
        ("DATABASE_CONNECT_TIMEOUT_MS", "500"),
        ("CACHE_TTL_RECENT_USERS_SECS", "1"),
        ("REDIS_URL", &redis.url()),
    ])
    .await;
    assert_eq!(add_user(&app, "ada").await.status, 201);
    assert_eq!(names(&app.get(DASHBOARD).await), ["ada"]);
    let ready = app.get("/health/ready").await;
    assert_eq!(ready.body, json!({"status": "ok", "dependencies": {"database": "up", "redis": "up"}}));

    redis.stop();
    let written = add_user(&app, "bob").await;
    assert_eq!(written.status, 201, "a write goes on without Redis: {written:?}");
    assert!(!written.header("x-data-version").contains("users="), "its invalidation is pending");
    let fresh = app.get(DASHBOARD).await;
    assert_eq!((names(&fresh), fresh.status.as_u16()), (vec!["bob".to_owned(), "ada".into()], 200));
    let ready = app.get("/health/ready").await;
    assert_eq!((ready.status.as_u16(), &ready.body["status"]), (200, &json!("degraded")));
    let queued = app.post("/api/v1/cache/invalidations", &json!({"tags": ["leads"]})).await;
    assert_eq!((queued.status.as_u16(), queued.body), (202, json!({"outcome": "queued"})));

    // Leads were made old just now, so that every part has to be loaded again once its time has passed.
    assert_eq!(app.get(DASHBOARD).await.status, 200);
    postgres.stop();
    let stale = eventually(&app, DASHBOARD, "an old answer stands in", |answer| {
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.header("cache-status").contains("detail=stale-if-error")
    })
    .await;
    assert_eq!(names(&stale), ["bob", "ada"]);
    assert!(stale.header("age").parse::<u64>().is_ok());
    let ready = app.get("/health/ready").await;
    assert_eq!((ready.status.as_u16(), &ready.body["status"]), (200, &json!("degraded")));
    let refused = add_user(&app, "eve").await;
    assert_eq!((refused.status.as_u16(), refused.header("content-type")), (503, "application/problem+json"));
    assert!(!refused.header("retry-after").is_empty());

    postgres.resume().unwrap();
    redis.restart_empty().unwrap();
    eventually(&app, DASHBOARD, "fresh figures again", |answer| {
        answer.status == 200 && !answer.header("cache-status").contains("stale-if-error")
    })
    .await;
    assert_eq!(add_user(&app, "eve").await.status, 201);
    assert_eq!(names(&app.get(DASHBOARD).await), ["eve", "bob", "ada"]);
    eventually(&app, "/health/ready", "all is well", |ready| ready.body["status"] == "ok").await;
    app.stop().await;
}

#[tokio::test]
async fn a_database_that_was_never_there_is_503_and_says_nothing_of_why() {
    let app = TestApp::with(&[
        ("DATABASE_URL", "postgres://somebody:hunter2@127.0.0.1:1/nowhere"),
        ("DATABASE_CONNECT_TIMEOUT_MS", "500"),
    ])
    .await;
    let answer = app.get(DASHBOARD).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (503, "application/problem+json"));
    let text = answer.body.to_string();
    for secret in ["hunter2", "somebody", "127.0.0.1", "SELECT", "sqlx"] {
        assert!(!text.contains(secret), "{text}");
    }
    let ready = app.get("/health/ready").await;
    assert_eq!((ready.status.as_u16(), &ready.body["status"]), (503, &json!("down")));
    app.stop().await;
}
