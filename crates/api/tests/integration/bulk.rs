//! Moving many rows at once, on both databases.

use serde_json::{Value, json};
use test_support::{TestDatabase, TestRedis, each_backend};
use uuid::Uuid;

use crate::{
    app::{Answer, TestApp, read},
    crud::{lead, path, proposal, user},
};

const PROPOSALS: &str = "/api/v1/proposals/bulk-status";
const LEADS: &str = "/api/v1/leads/bulk-status";
const NOBODY: &str = "01920000-0000-7000-8000-000000000001";

fn ids(rows: &[Value]) -> Vec<Value> {
    rows.iter().map(|row| row["id"].clone()).collect()
}

/// A user with `count` proposals.
async fn proposals(app: &TestApp, count: usize) -> (Value, Vec<Value>) {
    let owner = user(app, &format!("{}@example.org", Uuid::new_v4().simple())).await;
    let mut rows = Vec::new();
    for _ in 0..count {
        rows.push(proposal(app, &owner).await);
    }
    (owner, rows)
}

fn outcomes(answer: &Answer) -> Vec<&str> {
    let items = answer.body["items"].as_array().unwrap();
    items.iter().map(|item| item["outcome"].as_str().unwrap()).collect()
}

async fn kpi(app: &TestApp, key: &str) -> Value {
    let overview = app.get("/api/v1/metrics/overview?period=7d&tz=UTC").await.body;
    let kpis = overview["kpis"].as_array().unwrap();
    kpis.iter().find(|kpi| kpi["key"] == key).unwrap()["value"].clone()
}

#[tokio::test]
async fn many_proposals_move_and_the_dashboard_shows_it_at_once() {
    each_backend(async |database| {
        let app = TestApp::on(database).await;
        let (owner, rows) = proposals(&app, 3).await;
        assert_eq!(kpi(&app, "proposalsSent").await, 0);
        let sent = app.post(PROPOSALS, &json!({"ids": ids(&rows), "status": "sent"})).await;
        assert_eq!(sent.status, 200, "{sent:?}");
        assert_eq!(sent.header("cache-control"), "no-store");
        let item = |row: &Value| json!({"id": row["id"], "outcome": "moved"});
        assert_eq!(
            sent.body,
            json!({
                "status": "sent",
                "counts": {"moved": 3, "unchanged": 0, "notFound": 0},
                "items": rows.iter().map(item).collect::<Vec<_>>(),
            })
        );
        assert_eq!(kpi(&app, "proposalsSent").await, 3);
        let row = app.get(&path("proposals", &rows[2])).await.body;
        assert_eq!((&row["status"], &row["sentAt"]), (&json!("sent"), &row["updatedAt"]));
        assert_eq!(app.get(&path("users", &owner)).await.body["firstSentAt"], row["sentAt"]);

        let won = app.post(PROPOSALS, &json!({"ids": ids(&rows[..2]), "status": "accepted"})).await;
        assert_eq!(won.body["counts"]["moved"], 2, "{won:?}");
        let row = app.get(&path("proposals", &rows[0])).await.body;
        assert_eq!((&row["status"], &row["decidedAt"]), (&json!("accepted"), &row["updatedAt"]));
        let listed = app.get("/api/v1/proposals?status=accepted&count=true").await.body;
        assert_eq!(listed["page"]["total"], 2);
        app.stop().await;
    })
    .await;
}

#[tokio::test]
async fn each_lead_has_its_outcome_in_the_order_of_the_request() {
    each_backend(async |database| {
        let app = TestApp::on(database).await;
        let (_, parents) = proposals(&app, 1).await;
        let (first, second) = (lead(&app, &parents[0]).await, lead(&app, &parents[0]).await);
        let converted = app.patch(&path("leads", &first), &json!({"status": "converted"})).await.body;
        let request = json!({"ids": [second["id"], NOBODY, first["id"]], "status": "converted"});
        let mixed = app.post(LEADS, &request).await;
        assert_eq!(mixed.status, 200, "{mixed:?}");
        assert_eq!(outcomes(&mixed), ["moved", "notFound", "unchanged"]);
        assert_eq!(mixed.body["counts"], json!({"moved": 1, "unchanged": 1, "notFound": 1}));
        assert_eq!(mixed.body["items"][1]["id"], NOBODY);
        assert_eq!(app.get(&path("leads", &first)).await.body, converted, "not even its updatedAt changed");
        let row = app.get(&path("leads", &second)).await.body;
        assert_eq!(row["convertedAt"], row["updatedAt"]);
        assert_eq!(kpi(&app, "leadConversionRate").await.as_f64(), Some(1.0), "two of two");

        // The same once more changes nothing.
        let again = app.post(LEADS, &request).await;
        assert_eq!(outcomes(&again), ["unchanged", "notFound", "unchanged"]);
        assert_eq!(app.get(&path("leads", &second)).await.body, row);
        app.stop().await;
    })
    .await;
}

#[tokio::test]
async fn where_one_may_not_move_none_does() {
    each_backend(async |database| {
        let app = TestApp::on(database).await;
        let (_, rows) = proposals(&app, 3).await;
        let sent = app.post(PROPOSALS, &json!({"ids": ids(&rows[1..2]), "status": "sent"})).await;
        assert_eq!(sent.status, 200, "{sent:?}");
        let before = app.get("/api/v1/proposals").await.body;
        let figures = app.get("/api/v1/metrics/overview").await;

        let request =
            json!({"ids": [rows[0]["id"], rows[1]["id"], NOBODY, rows[2]["id"]], "status": "viewed"});
        let refused = app.post(PROPOSALS, &request).await;
        assert_eq!(refused.status, 409, "{refused:?}");
        assert_eq!(refused.header("content-type"), "application/problem+json");
        assert_eq!(refused.body["type"], "urn:problem-type:admin-metrics:illegal-move");
        assert_eq!(refused.body["detail"], "2 of 4 proposals cannot move to viewed, so none was moved");
        let why = "a proposal cannot move from draft to viewed; from here it can move to sent";
        let error = |field: &str| json!({"field": field, "code": "illegal_move", "detail": why});
        assert_eq!(refused.body["errors"], json!([error("ids[0]"), error("ids[3]")]));

        assert_eq!(app.get("/api/v1/proposals").await.body, before);
        let same = app.get("/api/v1/metrics/overview").await;
        assert_eq!(same.header("etag"), figures.header("etag"), "nothing became old");
        assert!(same.header("cache-status").contains("l1; hit"), "{same:?}");
        app.stop().await;
    })
    .await;
}

#[tokio::test]
async fn up_to_500_rows_move_at_once() {
    each_backend(async |database| {
        let app = TestApp::on(database).await;
        let (_, rows) = proposals(&app, 1).await;
        let mut many: Vec<_> = (1..500).map(|n| json!(Uuid::from_u128(n))).collect();
        many.push(rows[0]["id"].clone());
        let done = app.post(PROPOSALS, &json!({"ids": many, "status": "sent"})).await;
        assert_eq!(done.status, 200, "{done:?}");
        assert_eq!(done.body["counts"], json!({"moved": 1, "unchanged": 0, "notFound": 499}));
        many.push(json!(Uuid::from_u128(500)));
        let refused = app.post(PROPOSALS, &json!({"ids": many, "status": "viewed"})).await;
        assert_eq!((refused.status.as_u16(), refused.errors()), (422, vec![("ids", "length")]));
        assert_eq!(refused.body["errors"][0]["detail"], "expected 1 to 500 ids, got 501");
        app.stop().await;
    })
    .await;
}

#[tokio::test]
async fn another_instance_shows_a_bulk_move_to_whoever_has_seen_it() {
    let (database, redis) = (TestDatabase::postgres().await, TestRedis::new().await);
    let start = || TestApp::with_redis(&database, &redis);
    let (here, there) = (start().await, start().await);
    let (_, rows) = proposals(&here, 2).await;
    let overview = "/api/v1/metrics/overview?period=7d&tz=UTC";
    assert_eq!(kpi(&there, "proposalsSent").await, 0);
    let sent = here.post(PROPOSALS, &json!({"ids": ids(&rows), "status": "sent"})).await;
    let version = sent.header("x-data-version");
    assert!(version.contains("users=") && version.contains("proposals="), "{sent:?}");
    let seen = read(there.request("GET", overview).header("x-min-data-version", version)).await;
    assert_eq!(seen.status, 200, "{seen:?}");
    assert_eq!(kpi(&there, "proposalsSent").await, 2);
    // What moves nothing leaves the versions as they are.
    let again = here.post(PROPOSALS, &json!({"ids": ids(&rows), "status": "sent"})).await;
    assert_eq!(again.header("x-data-version"), version);
    here.stop().await;
    there.stop().await;
}

/// The path looks like that of a proposal whose id is `bulk-status`.
#[tokio::test]
async fn only_post_is_allowed() {
    let database = TestDatabase::sqlite().await;
    let app = TestApp::on(&database).await;
    for route in [PROPOSALS, LEADS] {
        for method in ["GET", "HEAD", "PATCH", "DELETE", "PUT"] {
            let answer = read(app.request(method, route).json(&json!({}))).await;
            assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, "POST"), "{method} {route}");
        }
    }
    app.stop().await;
}

#[tokio::test]
async fn a_change_that_changes_nothing_makes_nothing_old() {
    each_backend(async |database| {
        let app = TestApp::on(database).await;
        let (owner, rows) = proposals(&app, 1).await;
        let below = lead(&app, &rows[0]).await;
        let figures = app.get("/api/v1/metrics/overview").await;
        for (family, row, body) in [
            ("users", &owner, json!({"displayName": " Ada Lovelace "})),
            ("proposals", &rows[0], json!({"status": "draft", "amountMinor": 100})),
            ("leads", &below, json!({})),
        ] {
            let answer = app.patch(&path(family, row), &body).await;
            assert_eq!((answer.status.as_u16(), &answer.body), (200, row), "{family}");
            assert_eq!(&app.get(&path(family, row)).await.body, row);
        }
        let same = app.get("/api/v1/metrics/overview").await;
        assert_eq!(same.header("etag"), figures.header("etag"));
        app.stop().await;
    })
    .await;
}
