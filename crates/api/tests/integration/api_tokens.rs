//! Bearer tokens over HTTP.

use domain::entities::user::Role;
use serde_json::{Value, json};
use test_support::{TestDatabase, TestRedis, each_backend};

use crate::{
    app::{Answer, TestApp, read},
    sign_in,
};

const TOKENS: &str = "/api/v1/api-tokens";

async fn with_token(app: &TestApp, token: &str, method: &str, path: &str) -> Answer {
    read(app.anonymous(method, path).header("authorization", format!("Bearer {token}"))).await
}

async fn make(app: &TestApp, body: Value) -> (String, String) {
    let made = app.create(TOKENS, &body).await;
    let text = |field: &str| made[field].as_str().unwrap().to_owned();
    (text("id"), text("token"))
}

#[tokio::test]
async fn a_token_is_shown_once_listed_and_revoked() {
    each_backend(async |database| {
        let app = TestApp::on(database).await;
        let made = app.post(TOKENS, &json!({"name": " Prometheus ", "role": "viewer"})).await;
        assert_eq!((made.status.as_u16(), made.header("cache-control")), (201, "no-store"));
        let (id, token) = (made.body["id"].as_str().unwrap(), made.body["token"].as_str().unwrap());
        assert_eq!(made.header("location"), format!("{TOKENS}/{id}"));
        assert_eq!(token.len(), 86);
        assert_eq!(made.body["name"], "Prometheus");
        assert_eq!(made.body["createdBy"]["email"], "admin@sign-in.test");

        let figures = "/api/v1/metrics/overview";
        assert_eq!(with_token(&app, token, "GET", figures).await.status, 200);
        assert_eq!(with_token(&app, token, "GET", "/metrics").await.status, 200);

        let list = app.get(&format!("{TOKENS}?count=true")).await;
        assert_eq!((list.status.as_u16(), list.header("cache-control")), (200, "no-store"));
        assert_eq!(list.body["page"]["total"], 1);
        let mut expected = made.body.clone();
        expected.as_object_mut().unwrap().remove("token");
        let mut listed = list.body["items"][0].clone();
        // When that is written depends on nobody but the clock.
        listed["lastUsedAt"] = Value::Null;
        assert_eq!(listed, expected);
        assert!(!list.body.to_string().contains(&token[37..80]), "{list:?}");

        let revoked = app.delete(&format!("{TOKENS}/{id}")).await;
        assert_eq!((revoked.status.as_u16(), revoked.header("cache-control")), (204, "no-store"));
        let refused = with_token(&app, token, "GET", figures).await;
        assert_eq!(refused.status, 401);
        assert!(refused.header("www-authenticate").starts_with("Bearer"), "{refused:?}");
        assert!(!refused.body.to_string().contains(&token[37..80]), "{refused:?}");
        assert_eq!(app.delete(&format!("{TOKENS}/{id}")).await.status, 204, "again changes nothing");
        let listed = app.get(TOKENS).await.body["items"][0].clone();
        assert!(listed["revokedAt"].is_string(), "{listed}");
        let unknown = app.delete(&format!("{TOKENS}/00000000-0000-7000-8000-000000000000")).await;
        assert_eq!(unknown.status, 404);
        app.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_wrong_token_is_told_what_would_be_right() {
    let database = TestDatabase::sqlite().await;
    let app = TestApp::on(&database).await;
    let (_, token) = make(&app, json!({"name": "x", "role": "viewer"})).await;
    let last = if token.ends_with('0') { "1" } else { "0" };
    let mistyped = format!("{}{last}", &token[..85]);
    let figures = "/api/v1/metrics/overview";
    for (text, expected) in [
        (mistyped.as_str(), "not copied whole"),
        (&token[..80], "86 characters"),
        ("amt_", "86 characters"),
        ("eyJhbGciOiJub25lIn0", "begins with amt_"),
    ] {
        let answer = with_token(&app, text, "GET", figures).await;
        assert_eq!(answer.status, 401);
        let detail = answer.body["detail"].as_str().unwrap();
        let shows = text.len() > 4 && detail.contains(text);
        assert!(detail.contains(expected) && !shows, "{text}: {detail}");
    }
    // Whatever the scheme's case; and no cookie stands in for a token that is wrong.
    let lower = read(app.anonymous("GET", figures).header("authorization", format!("bearer {token}"))).await;
    assert_eq!(lower.status, 200);
    let both = read(app.request("GET", figures).header("authorization", "Bearer amt_")).await;
    assert_eq!(both.status, 401);
    app.stop().await;
}

#[tokio::test]
async fn a_token_does_what_its_role_may_and_nothing_that_needs_a_person() {
    let database = TestDatabase::sqlite().await;
    let app = TestApp::on(&database).await;
    let (_, viewer) = make(&app, json!({"name": "x", "role": "viewer"})).await;
    let (id, admin) = make(&app, json!({"name": "y", "role": "admin", "expiresAt": null})).await;
    for (path, status) in [("/api/v1/users", 200), ("/api/v1/audit", 403), (TOKENS, 403)] {
        assert_eq!(with_token(&app, &viewer, "GET", path).await.status, status, "{path}");
    }
    assert_eq!(with_token(&app, &viewer, "DELETE", &format!("{TOKENS}/{id}")).await.status, 403);
    for path in ["/api/v1/users", "/api/v1/audit", TOKENS] {
        assert_eq!(with_token(&app, &admin, "GET", path).await.status, 200, "{path}");
    }
    let somebody = sign_in::id_of(Role::Admin);
    for (method, path) in [
        ("POST", TOKENS.to_owned()),
        ("POST", format!("/api/v1/users/{somebody}/sign-in-link")),
        ("GET", "/api/v1/session".to_owned()),
        ("DELETE", "/api/v1/session".to_owned()),
        ("PUT", "/api/v1/session/password".to_owned()),
    ] {
        let answer = with_token(&app, &admin, method, &path).await;
        assert_eq!(answer.status, 403, "{method} {path}: {answer:?}");
        let detail = answer.body["detail"].as_str().unwrap();
        assert!(detail.contains("signed in; the caller is a token"), "{method} {path}: {detail}");
    }
    // A machine whose token leaked may end it.
    assert_eq!(with_token(&app, &admin, "DELETE", &format!("{TOKENS}/{id}")).await.status, 204);
    assert_eq!(with_token(&app, &admin, "GET", "/api/v1/users").await.status, 401);
    app.stop().await;
}

#[tokio::test]
async fn a_token_outlives_whoever_made_it() {
    let database = TestDatabase::sqlite().await;
    let app = TestApp::on(&database).await;
    let maker = app
        .create(
            "/api/v1/users",
            &json!({"email": "m@example.org", "displayName": "M", "role": "admin", "status": "active"}),
        )
        .await;
    let maker_id: uuid::Uuid = maker["id"].as_str().unwrap().parse().unwrap();
    let cookie = sign_in::session_of_id(&app.node, maker_id).await;
    let made =
        read(app.request_with(&cookie, "POST", TOKENS).json(&json!({"name": "x", "role": "viewer"}))).await;
    assert_eq!(made.status, 201, "{made:?}");
    let token = made.body["token"].as_str().unwrap();
    assert_eq!(app.delete(&format!("/api/v1/users/{maker_id}")).await.status, 204);
    assert_eq!(with_token(&app, token, "GET", "/api/v1/metrics/overview").await.status, 200);
    let listed = app.get(TOKENS).await.body["items"][0].clone();
    assert_eq!(listed["createdBy"], json!({"id": maker_id, "email": "m@example.org"}));
    app.stop().await;
}

#[tokio::test]
async fn a_new_token_is_checked_field_by_field() {
    let database = TestDatabase::sqlite().await;
    let app = TestApp::on(&database).await;
    let body = |expiry: &str| json!({"name": "x", "role": "viewer", "expiresAt": expiry});
    for (body, errors) in [
        (json!({}), vec![("name", "required")]),
        (json!({"name": "x"}), vec![("role", "required")]),
        (json!({"name": "x", "role": "user"}), vec![("role", "unknown_value")]),
        (json!({"name": "", "role": "viewer"}), vec![("name", "length")]),
        (json!({"name": "x".repeat(101), "role": "viewer"}), vec![("name", "length")]),
        (body("2020-01-01T00:00:00Z"), vec![("expiresAt", "range")]),
        (body("2999-01-01T00:00:00Z"), vec![("expiresAt", "range")]),
        (body("+262142-12-31T23:59:59Z"), vec![("expiresAt", "range")]),
        (json!({"name": "x", "role": "viewer", "token": "mine"}), vec![("token", "unknown_field")]),
    ] {
        let answer = app.post(TOKENS, &body).await;
        assert_eq!((answer.status.as_u16(), answer.errors()), (422, errors), "{body}");
    }
    for body in [body("tomorrow"), body(""), json!({"name": "x", "role": "viewer", "expiresAt": 5})] {
        let answer = app.post(TOKENS, &body).await;
        assert_eq!(answer.status, 422, "{body}");
        assert_eq!(answer.errors()[0].0, "expiresAt", "{body}");
    }
    assert_eq!(app.get(TOKENS).await.body["items"], json!([]));
    app.stop().await;
}

#[tokio::test]
async fn a_revoked_token_ends_on_every_instance() {
    let (database, redis) = (TestDatabase::postgres().await, TestRedis::new().await);
    let here = TestApp::with_redis(&database, &redis).await;
    let there = TestApp::with_redis(&database, &redis).await;
    let (id, token) = make(&here, json!({"name": "x", "role": "viewer"})).await;
    let figures = "/api/v1/metrics/overview";
    // While an instance cannot hear of others, it remembers for 5 s only.
    while !there.state().metrics.hears_of_others() {
        assert_eq!(there.get(figures).await.status, 200);
    }
    for app in [&here, &there] {
        assert_eq!(with_token(app, &token, "GET", figures).await.status, 200);
    }
    assert_eq!(here.delete(&format!("{TOKENS}/{id}")).await.status, 204);
    assert_eq!(with_token(&here, &token, "GET", figures).await.status, 401);
    let ended = async {
        while with_token(&there, &token, "GET", figures).await.status != 401 {
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
    };
    // Less than the 30 s that it is remembered for.
    tokio::time::timeout(std::time::Duration::from_secs(20), ended).await.expect("it ends elsewhere too");
    here.stop().await;
    there.stop().await;
}

#[tokio::test]
async fn forged_tokens_are_limited_by_address() {
    let database = TestDatabase::sqlite().await;
    let url = secrecy::ExposeSecret::expose_secret(database.url());
    let app = TestApp::with(&[("DATABASE_URL", url), ("TRUSTED_PROXIES", "127.0.0.1")]).await;
    let from = async |address: &str, token: &str| {
        let request = app.anonymous("GET", "/api/v1/metrics/overview").header("x-forwarded-for", address);
        read(request.header("authorization", format!("Bearer {token}"))).await
    };
    let (_, token) = make(&app, json!({"name": "x", "role": "viewer"})).await;
    let figures = "/api/v1/metrics/overview";
    assert_eq!(with_token(&app, &token, "GET", figures).await.status, 200);
    // Good ones, of somebody else's.
    let elsewhere = TestDatabase::sqlite().await;
    let other = TestApp::on(&elsewhere).await;
    let mut forged = Vec::new();
    for n in 0..31 {
        forged.push(make(&other, json!({"name": n.to_string(), "role": "viewer"})).await.1);
    }
    other.stop().await;
    for (n, text) in forged.iter().enumerate() {
        let answer = from("203.0.113.7", text).await;
        assert_eq!(answer.status, if n < 30 { 401 } else { 429 }, "{n}");
        if n == 30 {
            let secs: u64 = answer.header("retry-after").parse().unwrap();
            assert!((1..=31).contains(&secs), "{answer:?}");
        }
    }
    assert_eq!(from("203.0.113.7", &token).await.status, 200, "it was good before");
    assert_eq!(from("203.0.113.8", &forged[30]).await.status, 401, "another client of the same proxy");
    assert_eq!(app.get(figures).await.status, 200, "a session is no token");
    app.stop().await;
}

#[tokio::test]
async fn an_operator_makes_one_before_anybody_has_signed_in() {
    each_backend(async |database| {
        let run = async |arguments: &[&str]| {
            let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_api"));
            let url = secrecy::ExposeSecret::expose_secret(database.url());
            command.args(["token", "create"]).args(arguments).env_clear().env("DATABASE_URL", url);
            command.current_dir(std::env::temp_dir()).output().await.unwrap()
        };
        let made = run(&["--name", "Prometheus", "--role", "viewer", "--expires-days", "7"]).await;
        assert!(made.status.success(), "{made:?}");
        let told = String::from_utf8(made.stderr).unwrap();
        assert!(told.contains("works until 20") && !told.contains("amt_"), "{told}");
        let token = String::from_utf8(made.stdout).unwrap();
        let app = TestApp::on(database).await;
        assert_eq!(with_token(&app, token.trim_end(), "GET", "/metrics").await.status, 200);
        let listed = app.get(TOKENS).await.body["items"][0].clone();
        assert_eq!((&listed["name"], &listed["createdBy"]), (&"Prometheus".into(), &Value::Null));
        let log = app.get("/api/v1/audit?action=apiToken.created").await.body;
        assert_eq!(log["items"][0]["actor"], json!({"kind": "operator", "id": null, "name": null}));
        let wrong = run(&["--name", " ", "--role", "viewer", "--never-expires"]).await;
        assert_eq!(wrong.status.code(), Some(1));
        assert!(String::from_utf8(wrong.stderr).unwrap().contains("1 to 100 characters"));
        app.stop().await;
    })
    .await;
}
