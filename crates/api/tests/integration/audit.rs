//! The audit log over HTTP: whatever changes something leaves an entry that says who did it, from where, in which request.

use std::collections::BTreeSet;

use domain::entities::user::Role;
use serde_json::{Value, json};
use test_support::{TestDatabase, each_backend};

use crate::{
    app::{Answer, TestApp, read},
    sign_in,
};

const PASSWORD: &str = "correct horse battery staple";

/// Who is said to have done something.
#[derive(Clone, Copy, Debug)]
enum Actor {
    /// The admin of [`TestApp`].
    Admin,
    /// The user that the test made.
    Ada,
}

/// An operation, what it is called with, and what its entry says: of one that does two things there are two.
struct Row {
    operation: &'static str,
    path: String,
    body: Value,
    actor: Actor,
    actions: Vec<&'static str>,
}

fn row(operation: &'static str, path: impl Into<String>, body: Value, action: &'static str) -> Row {
    Row { operation, path: path.into(), body, actor: Actor::Admin, actions: vec![action] }
}

/// The same, and it starts a session besides.
fn signs_in(mut row: Row) -> Row {
    row.actions.push("session.started");
    row.actions.sort_unstable();
    row
}

/// What the rows work on.
struct Ground {
    ada: String,
    link: String,
    cookie: String,
}

async fn id_of(app: &TestApp, path: &str, body: Value) -> String {
    app.create(path, &body).await["id"].as_str().unwrap().to_owned()
}

fn user(email: &str) -> Value {
    json!({"email": email, "displayName": "Ada", "role": "viewer"})
}

impl Ground {
    async fn prepare(app: &TestApp) -> Self {
        let ada = id_of(app, "/api/v1/users", user("ada@example.org")).await;
        let link = app.create(&format!("/api/v1/users/{ada}/sign-in-link"), &Value::Null).await;
        let link = link["token"].as_str().unwrap().to_owned();
        let cookie = String::new();
        Self { ada, link, cookie }
    }
}

/// Everything that changes something, in an order in which it can be done.
async fn rows(app: &TestApp, ground: &Ground) -> Vec<Row> {
    let ada = &ground.ada;
    let proposal =
        json!({"userId": ada, "title": "T", "clientName": "C", "amountMinor": 1, "currency": "EUR"});
    let p = id_of(app, "/api/v1/proposals", proposal.clone()).await;
    let lead = json!({"proposalId": p, "name": "L", "email": "l@example.org"});
    let l = id_of(app, "/api/v1/leads", lead.clone()).await;
    let b = id_of(app, "/api/v1/users", user("bob@example.org")).await;
    let token = json!({"name": "x", "role": "viewer"});
    let t = id_of(app, "/api/v1/api-tokens", token.clone()).await;
    let own = |row: Row| Row { actor: Actor::Ada, ..row };
    vec![
        row("POST /api/v1/users", "/api/v1/users", user("eve@example.org"), "user.created"),
        row(
            "PATCH /api/v1/users/{id}",
            format!("/api/v1/users/{b}"),
            json!({"displayName": "B"}),
            "user.updated",
        ),
        row("DELETE /api/v1/users/{id}", format!("/api/v1/users/{b}"), Value::Null, "user.deleted"),
        row("POST /api/v1/proposals", "/api/v1/proposals", proposal, "proposal.created"),
        row(
            "PATCH /api/v1/proposals/{id}",
            format!("/api/v1/proposals/{p}"),
            json!({"title": "U"}),
            "proposal.updated",
        ),
        row(
            "POST /api/v1/proposals/bulk-status",
            "/api/v1/proposals/bulk-status",
            json!({"ids": [p], "status": "sent"}),
            "proposal.updated",
        ),
        row("POST /api/v1/leads", "/api/v1/leads", lead, "lead.created"),
        row("PATCH /api/v1/leads/{id}", format!("/api/v1/leads/{l}"), json!({"name": "M"}), "lead.updated"),
        row(
            "POST /api/v1/leads/bulk-status",
            "/api/v1/leads/bulk-status",
            json!({"ids": [l], "status": "contacted"}),
            "lead.updated",
        ),
        row("DELETE /api/v1/leads/{id}", format!("/api/v1/leads/{l}"), Value::Null, "lead.deleted"),
        row(
            "DELETE /api/v1/proposals/{id}",
            format!("/api/v1/proposals/{p}"),
            Value::Null,
            "proposal.deleted",
        ),
        row("GET /api/v1/users.csv", "/api/v1/users.csv", Value::Null, "users.exported"),
        row("GET /api/v1/proposals.csv", "/api/v1/proposals.csv", Value::Null, "proposals.exported"),
        row("GET /api/v1/leads.csv", "/api/v1/leads.csv", Value::Null, "leads.exported"),
        row("POST /api/v1/api-tokens", "/api/v1/api-tokens", token, "apiToken.created"),
        row(
            "DELETE /api/v1/api-tokens/{id}",
            format!("/api/v1/api-tokens/{t}"),
            Value::Null,
            "apiToken.revoked",
        ),
        row(
            "POST /api/v1/cache/invalidations",
            "/api/v1/cache/invalidations",
            json!({"tags": ["all"]}),
            "cache.invalidated",
        ),
        row("POST /api/v1/metrics/refresh", "/api/v1/metrics/refresh", Value::Null, "metrics.refreshed"),
        own(signs_in(row(
            "POST /api/v1/session/redeem",
            "/api/v1/session/redeem",
            json!({"token": ground.link, "password": PASSWORD}),
            "signInLink.redeemed",
        ))),
        own(row(
            "POST /api/v1/session",
            "/api/v1/session",
            json!({"email": "ada@example.org", "password": PASSWORD}),
            "session.started",
        )),
        own(signs_in(row(
            "PUT /api/v1/session/password",
            "/api/v1/session/password",
            json!({"currentPassword": PASSWORD, "newPassword": "another good password"}),
            "password.changed",
        ))),
        own(row("DELETE /api/v1/session", "/api/v1/session", Value::Null, "session.ended")),
        row(
            "POST /api/v1/users/{id}/sign-in-link",
            format!("/api/v1/users/{ada}/sign-in-link"),
            Value::Null,
            "signInLink.created",
        ),
    ]
}

/// The operations of the document that change something or take data out.
fn operations() -> BTreeSet<String> {
    let document: Value = serde_json::from_str(&api::openapi::document_json().unwrap()).unwrap();
    let mut found = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys().map(|method| method.to_uppercase()) {
            let changes = ["POST", "PUT", "PATCH", "DELETE"].contains(&method.as_str());
            if changes || path.rsplit_once('.').is_some_and(|(_, ending)| ending == "csv") {
                found.insert(format!("{method} {path}"));
            }
        }
    }
    found
}

#[tokio::test]
async fn whatever_changes_something_leaves_its_entry() {
    each_backend(async |database| {
        let app = TestApp::on(database).await;
        let mut ground = Ground::prepare(&app).await;
        let documented = operations();
        let mut rows = rows(&app, &ground).await;
        // Those that this version does not have.
        rows.retain(|row| documented.contains(row.operation));
        let told: BTreeSet<_> = rows.iter().map(|row| row.operation.to_owned()).collect();
        let untold: Vec<_> = documented.difference(&told).collect();
        assert!(untold.is_empty(), "give each a row in rows(): {untold:?}");
        for (number, row) in rows.iter().enumerate() {
            let request_id = format!("request-{number}");
            let answer = call(&app, &ground, row, &request_id).await;
            assert!(answer.status.is_success(), "{}: {answer:?}", row.operation);
            if let Some(cookie) = answer.headers.get("set-cookie") {
                cookie.to_str().unwrap().split(';').next().unwrap().clone_into(&mut ground.cookie);
            }
            let log = app.get(&format!("/api/v1/audit?requestId={request_id}")).await.body;
            let entries = log["items"].as_array().unwrap();
            let mut actions: Vec<_> = entries.iter().map(|entry| entry["action"].as_str().unwrap()).collect();
            actions.sort_unstable();
            assert_eq!(actions, row.actions, "{}: {entries:?}", row.operation);
            let actor = match row.actor {
                Actor::Admin => {
                    json!({"kind": "user", "id": sign_in::id_of(Role::Admin), "name": "admin@sign-in.test"})
                }
                Actor::Ada => json!({"kind": "user", "id": ground.ada, "name": "ada@example.org"}),
            };
            for entry in entries {
                assert_eq!(entry["actor"], actor, "{}", row.operation);
                let (address, request) = (&entry["address"], &entry["requestId"]);
                assert_eq!((address, request), (&"127.0.0.1".into(), &request_id.as_str().into()));
            }
            let shown = log.to_string();
            assert!(!shown.contains(PASSWORD) && !shown.contains(&ground.link), "{shown}");
        }
        app.stop().await;
    })
    .await;
}

async fn call(app: &TestApp, ground: &Ground, row: &Row, request_id: &str) -> Answer {
    let (method, _) = row.operation.split_once(' ').unwrap();
    let request = match row.actor {
        Actor::Admin => app.request(method, &row.path),
        Actor::Ada => app.request_with(&ground.cookie, method, &row.path),
    };
    let request = request.header("x-request-id", request_id);
    read(if row.body.is_null() { request } else { request.json(&row.body) }).await
}

#[tokio::test]
async fn what_is_refused_leaves_none_but_a_refused_sign_in_does() {
    each_backend(async |database| {
        let app = TestApp::on(database).await;
        let count =
            async || app.get("/api/v1/audit?count=true").await.body["page"]["total"].as_u64().unwrap();
        let before = count().await;
        assert_eq!(app.post("/api/v1/users", &json!({"email": "nobody"})).await.status, 422);
        assert_eq!(app.delete("/api/v1/users/00000000-0000-7000-8000-000000000000").await.status, 404);
        assert_eq!(app.post("/api/v1/cache/invalidations", &json!({"tags": []})).await.status, 422);
        assert_eq!(read(app.anonymous("POST", "/api/v1/metrics/refresh")).await.status, 401);
        assert_eq!(count().await, before);
        let wrong = json!({"email": "admin@sign-in.test", "password": "a wrong one, surely"});
        let refused = read(app.anonymous("POST", "/api/v1/session").json(&wrong)).await;
        assert_eq!(refused.status, 401);
        let log = app.get("/api/v1/audit?actorKind=anonymous").await.body;
        assert_eq!(log["items"][0]["action"], "session.refused");
        assert_eq!(log["items"][0]["actor"], json!({"kind": "anonymous", "id": null, "name": null}));
        assert!(!log.to_string().contains("a wrong one"), "{log}");
        assert_eq!(count().await, before + 1);
        app.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_token_is_named_as_what_it_is() {
    let database = TestDatabase::sqlite().await;
    let app = TestApp::on(&database).await;
    let made = app.create("/api/v1/api-tokens", &json!({"name": "CI", "role": "admin"})).await;
    let bearer = format!("Bearer {}", made["token"].as_str().unwrap());
    let create = app.anonymous("POST", "/api/v1/users").header("authorization", bearer);
    assert_eq!(read(create.json(&user("ada@example.org"))).await.status, 201);
    let log = app.get(&format!("/api/v1/audit?actorId={}", made["id"].as_str().unwrap())).await.body;
    assert_eq!(log["items"].as_array().unwrap().len(), 1);
    let entry = &log["items"][0];
    assert_eq!(entry["actor"], json!({"kind": "token", "id": made["id"], "name": "CI"}));
    assert_eq!((&entry["action"], &entry["subject"]["kind"]), (&"user.created".into(), &"user".into()));
    app.stop().await;
}

#[tokio::test]
async fn the_log_is_listed_page_by_page_by_its_filters() {
    each_backend(async |database| {
        let app = TestApp::on(database).await;
        let mut ids = Vec::new();
        for n in 0..5 {
            ids.push(id_of(&app, "/api/v1/users", user(&format!("u{n}@example.org"))).await);
        }
        app.delete(&format!("/api/v1/users/{}", ids[0])).await;
        let first = app.get("/api/v1/audit?action=user.created&action=user.deleted&limit=4&count=true").await;
        assert_eq!(first.header("cache-control"), "no-store");
        assert_eq!(first.body["page"]["total"], 6);
        assert_eq!(first.body["items"][0]["action"], "user.deleted");
        let cursor = first.body["page"]["nextCursor"].as_str().unwrap();
        let rest = app
            .get(&format!("/api/v1/audit?action=user.created&action=user.deleted&limit=4&cursor={cursor}"))
            .await;
        assert_eq!(rest.body["items"].as_array().map(Vec::len), Some(2));
        assert_eq!(
            app.get(&format!("/api/v1/audit?limit=4&cursor={cursor}")).await.status,
            400,
            "other filters"
        );

        let of = async |query: &str| {
            let items = app.get(&format!("/api/v1/audit?{query}")).await.body["items"].take();
            items.as_array().unwrap_or_else(|| panic!("{query}")).len()
        };
        assert_eq!(of(&format!("subjectId={}", ids[0])).await, 2);
        assert_eq!(of(&format!("subjectKind=user&subjectId={}&action=user.deleted", ids[0])).await, 1);
        assert_eq!(of("subjectKind=lead").await, 0);
        assert_eq!(of("actorKind=operator&action=user.created").await, 0);
        let newest = first.body["items"][0]["createdAt"].as_str().unwrap();
        assert_eq!(of(&format!("createdFrom={newest}")).await, 1);
        assert!(of(&format!("createdTo={newest}")).await >= 5);
        app.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_wrong_filter_is_told_what_there_is() {
    let database = TestDatabase::sqlite().await;
    let app = TestApp::on(&database).await;
    let long = "x".repeat(65);
    for (query, field, expected) in [
        ("action=user.eaten", "action", "`user.created`"),
        ("actorKind=king", "actorKind", "`operator`"),
        ("subjectKind=users", "subjectKind", "`apiToken`"),
        ("actorId=7", "actorId", "UUID"),
        ("subjectId=", "subjectId", "UUID"),
        ("requestId=a%20b", "requestId", "1 to 64 letters"),
        (&format!("requestId={long}"), "requestId", "1 to 64 letters"),
        ("createdFrom=now", "createdFrom", "RFC 3339"),
        ("actor=ada", "actor", "expected only"),
        ("actorKind=user&actorKind=token", "actorKind", "at most once"),
    ] {
        let answer = app.get(&format!("/api/v1/audit?{query}")).await;
        assert_eq!(answer.status, 400, "{query}");
        assert_eq!(answer.errors()[0].0, field, "{query}");
        let detail = answer.body["errors"][0]["detail"].as_str().unwrap();
        assert!(detail.contains(expected), "{query}: {detail}");
    }
    app.stop().await;
}

/// An operator needs it most when something else is in trouble.
#[tokio::test]
async fn invalidating_works_while_the_log_cannot_be_written() {
    let database = TestDatabase::sqlite().await;
    let app = TestApp::on(&database).await;
    let db = sea_orm::Database::connect(secrecy::ExposeSecret::expose_secret(database.url())).await.unwrap();
    let run = async |sql: &str| sea_orm::ConnectionTrait::execute_unprepared(&db, sql).await.unwrap();
    run("ALTER TABLE audit_log RENAME TO elsewhere").await;
    let done = app.post("/api/v1/cache/invalidations", &json!({"tags": ["all"]})).await;
    assert_eq!((done.status.as_u16(), &done.body["outcome"]), (200, &"applied".into()), "{done:?}");
    // A row that changes is another matter.
    assert_eq!(app.post("/api/v1/users", &user("ada@example.org")).await.status, 500);
    run("ALTER TABLE elsewhere RENAME TO audit_log").await;
    assert_eq!(app.get("/api/v1/users?q=ada").await.body["items"], json!([]));
    app.stop().await;
}
