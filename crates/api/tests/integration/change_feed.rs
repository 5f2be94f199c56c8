//! With the change feed on, what an operator changes in the database takes effect at once: figures, and who may come in.

use std::time::Duration;

use domain::entities::user::Role;
use infra::{change_feed::ChangeFeedState, database::connect_untracked};
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use test_support::{TestDatabase, TestRedis};

use crate::{
    app::{TestApp, read},
    sign_in,
};

/// Longer than anything may take on a slow machine; reaching it fails the test.
const PATIENCE: Duration = Duration::from_mins(2);
const LASTING: [(&str, &str); 6] = [
    ("CHANGE_FEED", "postgres"),
    ("CACHE_TTL_DASHBOARD_SECS", "86400"),
    ("CACHE_TTL_OVERVIEW_SECS", "86400"),
    ("CACHE_TTL_CHARTS_SECS", "86400"),
    ("CACHE_TTL_RECENT_USERS_SECS", "86400"),
    ("CACHE_TTL_RECENT_PROPOSALS_SECS", "86400"),
];

async fn eventually(what: &str, condition: impl AsyncFn() -> bool) {
    let waiting = async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("never came true: {what}"));
}

async fn node(database: &TestDatabase, redis: &TestRedis) -> TestApp {
    let variables: Vec<_> = LASTING
        .into_iter()
        .chain([("REDIS_URL", redis.url()), ("CACHE_NAMESPACE", redis.namespace())])
        .collect();
    TestApp::configured_by(database, &variables).await
}

async fn psql(database: &TestDatabase, statement: &str) {
    let db = connect_untracked(database.url(), 1, PATIENCE).await.unwrap();
    db.execute_unprepared(statement).await.unwrap();
}

fn is_listening(app: &TestApp) -> bool {
    app.state().change_feed.status().state == ChangeFeedState::Listening
}

#[tokio::test]
async fn what_psql_changes_is_in_force_on_every_instance_at_once() {
    let (database, redis) = (TestDatabase::postgres().await, TestRedis::new().await);
    let apps = [node(&database, &redis).await, node(&database, &redis).await];
    eventually("one of them listens", async || apps.iter().any(is_listening)).await;
    let mut listening = Vec::new();
    for app in &apps {
        let state = app.get("/api/v1/cache/stats").await.body["instance"]["changeFeed"]["state"].clone();
        let gauge = app.get("/metrics").await.body;
        let is_one = gauge.as_str().unwrap().lines().any(|line| line == "change_feed_listening 1");
        assert_eq!(state == "listening", is_one, "{state}");
        listening.push(is_one);
    }
    assert_eq!(listening.iter().filter(|listens| **listens).count(), 1);
    let viewer = sign_in::session_of(&apps[0].node, database.url(), Role::Viewer).await.unwrap();
    let asked = async |app: &TestApp| {
        let answer = read(app.request_with(&viewer, "GET", "/api/v1/metrics/recent-users")).await;
        (answer.status.as_u16(), answer.body.to_string())
    };
    for app in &apps {
        assert_eq!(asked(app).await.0, 200);
    }
    psql(&database, "UPDATE users SET display_name = 'Renamed By Hand' WHERE role = 'viewer'").await;
    for app in &apps {
        eventually("the name is new", async || asked(app).await.1.contains("Renamed By Hand")).await;
    }
    psql(&database, "UPDATE users SET status = 'suspended' WHERE role = 'viewer'").await;
    // What is remembered of a session would be good for another 30 s.
    for app in &apps {
        eventually("the session is over", async || asked(app).await.0 == 401).await;
    }
    for app in apps {
        app.stop().await;
    }
}

#[tokio::test]
async fn a_node_that_stops_leaves_the_feed_to_another() {
    let (database, redis) = (TestDatabase::postgres().await, TestRedis::new().await);
    let first = node(&database, &redis).await;
    eventually("it listens", async || is_listening(&first)).await;
    first.stop().await;
    // Although this process goes on.
    let db = connect_untracked(database.url(), 1, PATIENCE).await.unwrap();
    eventually("the lock is free", async || {
        let held = "SELECT 1 FROM pg_locks JOIN pg_database ON pg_database.oid = database \
                    WHERE locktype = 'advisory' AND datname = current_database()";
        let rows = db.query_all_raw(Statement::from_string(DbBackend::Postgres, held)).await;
        rows.unwrap().is_empty()
    })
    .await;
    let second = node(&database, &redis).await;
    eventually("it listens", async || is_listening(&second)).await;
    second.stop().await;
}

#[tokio::test]
async fn it_is_off_unless_it_is_asked_for() {
    let database = TestDatabase::postgres().await;
    let app = TestApp::on(&database).await;
    assert_eq!(app.state().change_feed.status().state, ChangeFeedState::Off);
    app.stop().await;
}
