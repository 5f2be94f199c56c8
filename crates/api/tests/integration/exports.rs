//! Exports: what they hold, and that they take neither memory nor a connection while a client takes its time.

use reqwest::Response;
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use test_support::{TestDatabase, each_backend};

use crate::app::{TestApp, read};

/// As many users as make a file that no socket holds.
const MANY: usize = 60_000;

async fn rows(app: &TestApp) {
    let ada = json!({"email": "+ada@example.org", "displayName": "=HYPERLINK(\"http://x\")"});
    let ada = app.create("/api/v1/users", &ada).await;
    app.create("/api/v1/users", &json!({"email": "bob@example.org", "displayName": "Bob, \"Bobby\""})).await;
    let roof = json!({"userId": ada["id"], "title": "-1", "clientName": "@Mairie", "amountMinor": 125, "currency": "EUR"});
    let roof = app.create("/api/v1/proposals", &roof).await;
    app.create(
        "/api/v1/leads",
        &json!({"proposalId": roof["id"], "name": "'=Jean", "email": "j@example.org"}),
    )
    .await;
}

/// A line, of which the last cells hold no comma.
fn cells(line: &str) -> Vec<&str> {
    line.split(',').collect()
}

#[tokio::test]
async fn a_file_holds_what_the_list_holds() {
    each_backend(async |database| {
        let app = TestApp::on(database).await;
        for family in ["users", "proposals", "leads"] {
            let empty = app.get(&format!("/api/v1/{family}.csv")).await;
            assert_eq!(empty.status, 200);
            // The one user is who asks.
            let lines = if family == "users" { 2 } else { 1 };
            assert_eq!(empty.body.as_str().unwrap().lines().count(), lines, "a header always");
        }
        rows(&app).await;
        for family in ["users", "proposals", "leads"] {
            let answer = app.get(&format!("/api/v1/{family}.csv")).await;
            assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8; header=present");
            assert_eq!(answer.header("cache-control"), "no-store");
            let name = answer.header("content-disposition").to_owned();
            assert!(
                name.starts_with(&format!("attachment; filename=\"{family}-20")) && name.ends_with(".csv\"")
            );
            let text = answer.body.as_str().unwrap();
            let (head, lines) = text.split_once("\r\n").unwrap();
            // The columns are the JSON's fields, in their order.
            let listed = read(app.request("GET", &format!("/api/v1/{family}"))).await.body;
            let bytes =
                app.request("GET", &format!("/api/v1/{family}")).send().await.unwrap().text().await.unwrap();
            let places: Vec<_> =
                head.split(',').map(|field| bytes.find(&format!("\"{field}\":")).unwrap()).collect();
            assert!(places.is_sorted(), "{head}");
            let items = listed["items"].as_array().unwrap();
            assert_eq!(head.split(',').count(), items[0].as_object().unwrap().len());
            assert_eq!(lines.lines().count(), items.len());
            for (line, item) in lines.lines().zip(items) {
                assert_eq!(cells(line)[0], item["id"].as_str().unwrap());
                assert_eq!(*cells(line).last().unwrap(), item["updatedAt"].as_str().unwrap());
            }
        }
        let users = app.get("/api/v1/users.csv").await.body;
        let users = users.as_str().unwrap();
        assert!(
            users.contains(",'+ada@example.org,\"'=HYPERLINK(\"\"http://x\"\")\",user,invited,,20"),
            "{users}"
        );
        assert!(users.contains(",\"Bob, \"\"Bobby\"\"\","), "{users}");
        let proposals = app.get("/api/v1/proposals.csv").await.body;
        assert!(proposals.as_str().unwrap().contains(",'-1,'@Mairie,125,EUR,draft,,,20"), "{proposals}");
        let leads = app.get("/api/v1/leads.csv").await.body;
        assert!(leads.as_str().unwrap().contains(",''=Jean,j@example.org,other,new,,20"), "{leads}");

        let found = |path: &'static str| app.get(path);
        assert_eq!(found("/api/v1/users.csv?q=bob").await.body.as_str().unwrap().lines().count(), 2);
        assert_eq!(
            found("/api/v1/users.csv?status=suspended").await.body.as_str().unwrap().lines().count(),
            1
        );
        for wrong in ["limit=5", "cursor=x", "count=true", "status=gone", "nothing=1"] {
            let refused = app.get(&format!("/api/v1/users.csv?{wrong}")).await;
            assert_eq!(refused.status, 400, "{wrong}");
            assert_eq!(refused.body["type"], "urn:problem-type:admin-metrics:invalid-query");
        }
        let head = read(app.request("HEAD", "/api/v1/users.csv")).await;
        assert_eq!((head.status.as_u16(), &head.body), (200, &Value::Null));
        assert!(head.header("content-disposition").starts_with("attachment"));

        // Each is in the audit log; what was refused, or sent no rows, is not.
        let db = infra::database::connect_untracked(database.url(), 1, std::time::Duration::from_secs(10))
            .await
            .unwrap();
        let entries = "SELECT details FROM audit_log WHERE action = 'users.exported' ORDER BY created_at, id";
        let entries = Statement::from_string(db.get_database_backend(), entries);
        let entries = db.query_all_raw(entries).await.unwrap();
        let entries: Vec<String> = entries.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
        let none = r#"{"filters":{}}"#;
        assert_eq!(entries[..3], [none, none, none]);
        assert_eq!(entries[3..], [r#"{"filters":{"q":["…"]}}"#, r#"{"filters":{"status":["suspended"]}}"#]);
        app.stop().await;
    })
    .await;
}

/// Inserts [`MANY`] users, with names as long as they may be.
async fn many_users(database: &TestDatabase) {
    let db = infra::database::connect_untracked(database.url(), 1, std::time::Duration::from_secs(10))
        .await
        .unwrap();
    let made = match db.get_database_backend() {
        DbBackend::Sqlite => format!(
            "INSERT INTO users (id, email, display_name, role, status, created_at, updated_at)
             WITH RECURSIVE made(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM made WHERE n < {MANY}),
             timed AS (SELECT n, strftime('%Y-%m-%dT%H:%M:%S', 'now', '-' || n || ' seconds') || '+00:00' AS at FROM made)
             SELECT randomblob(16), 'u' || n || '@example.org', hex(zeroblob(100)), 'user', 'active', at, at FROM timed"
        ),
        _ => format!(
            "INSERT INTO users (id, email, display_name, role, status, created_at, updated_at)
             SELECT gen_random_uuid(), 'u' || n || '@example.org', repeat('0', 200), 'user', 'active', at, at
             FROM (SELECT n, now() - n * interval '1 second' AS at FROM generate_series(1, {MANY}) n) made"
        ),
    };
    db.execute_unprepared(&made).await.unwrap();
}

/// An export of which only the beginning has been taken.
async fn stalled(app: &TestApp) -> Response {
    let mut response = app.request("GET", "/api/v1/users.csv").send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.chunk().await.unwrap().unwrap().starts_with(b"id,email"));
    response
}

/// The only connection there is serves others while the client of an export waits in its middle; then the client gets the
/// rest, each row once.
#[tokio::test]
async fn a_client_who_takes_its_time_holds_no_connection() {
    each_backend(async |database| {
        many_users(database).await;
        let url = database.url().expose_secret();
        let app = TestApp::with(&[("DATABASE_URL", url), ("DATABASE_MAX_CONNECTIONS", "1")]).await;
        let mut exports = Vec::new();
        for _ in 0..3 {
            exports.push(stalled(&app).await);
        }
        for _ in 0..3 {
            assert_eq!(app.get("/api/v1/users?limit=1").await.status, 200);
        }
        let mut export = exports.pop().unwrap();
        // These go away in the middle.
        drop(exports);
        let mut bytes = 0;
        let mut lines = 0;
        while let Some(chunk) = export.chunk().await.unwrap() {
            bytes += chunk.len();
            lines += chunk.split(|byte| *byte == b'\n').count() - 1;
        }
        assert!(bytes > 15_000_000 && lines > MANY / 2, "{bytes} bytes, {lines} lines");
        assert_eq!(app.get("/api/v1/users?limit=1").await.status, 200);
        app.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_failure_in_the_middle_is_no_complete_file() {
    each_backend(async |database| {
        many_users(database).await;
        let app = TestApp::on(database).await;
        let mut export = stalled(&app).await;
        let db = infra::database::connect_untracked(database.url(), 1, std::time::Duration::from_secs(10))
            .await
            .unwrap();
        db.execute_unprepared("ALTER TABLE users RENAME TO gone").await.unwrap();
        let ended = loop {
            match export.chunk().await {
                Ok(Some(_)) => {}
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        assert!(ended.is_err(), "the body is cut off, not ended");
        let before_anything_is_sent = app.get("/api/v1/users.csv").await;
        assert!(before_anything_is_sent.status.is_server_error());
        assert_eq!(before_anything_is_sent.header("content-type"), "application/problem+json");
        drop(export);
        app.stop().await;
    })
    .await;
}
