//! Every way to be refused: each answer is a problem that names what was wrong, and nothing is written.

use serde_json::{Value, json};
use test_support::TestDatabase;

use crate::app::{Answer, TestApp, read};

/// A request that is refused, and how.
struct Case {
    method: &'static str,
    path: &'static str,
    body: Option<&'static str>,
    content_type: Option<&'static str>,
    status: u16,
    kind: &'static str,
    errors: &'static [(&'static str, &'static str)],
}

const JSON: Option<&str> = Some("application/json");

const fn get(path: &'static str, status: u16, kind: &'static str, errors: &'static [(&str, &str)]) -> Case {
    Case { method: "GET", path, body: None, content_type: None, status, kind, errors }
}

const fn post(
    path: &'static str,
    body: &'static str,
    status: u16,
    kind: &'static str,
    errors: &'static [(&str, &str)],
) -> Case {
    Case { method: "POST", path, body: Some(body), content_type: JSON, status, kind, errors }
}

const USERS: &str = "/api/v1/users";
const ROW: &str = "/api/v1/users/01920000-0000-7000-8000-000000000001";
const BULK: &str = "/api/v1/proposals/bulk-status";

const CASES: &[Case] = &[
    // Routes and methods.
    get("/nowhere", 404, "unknown-route", &[]),
    get("/api/v1", 404, "unknown-route", &[]),
    get("/api/v1/users/", 404, "unknown-route", &[]),
    get("/api/v1/users/a/b", 404, "unknown-route", &[]),
    get("/docs/nothing-here.js", 404, "unknown-route", &[]),
    Case { method: "PUT", ..get(USERS, 405, "method-not-allowed", &[]) },
    Case { method: "POST", ..get(ROW, 405, "method-not-allowed", &[]) },
    Case { method: "DELETE", ..get("/", 405, "method-not-allowed", &[]) },
    Case { method: "POST", ..get("/api/v1/metrics/dashboard", 405, "method-not-allowed", &[]) },
    get("/api/v1/metrics/refresh", 405, "method-not-allowed", &[]),
    Case { method: "OPTIONS", ..get(USERS, 405, "method-not-allowed", &[]) },
    Case { method: "BREW", ..get(USERS, 405, "method-not-allowed", &[]) },
    // Ids.
    get("/api/v1/users/17", 422, "invalid-id", &[("id", "format")]),
    get("/api/v1/users/01920000000070008000000000000001", 422, "invalid-id", &[("id", "format")]),
    get("/api/v1/proposals/%00", 422, "invalid-id", &[("id", "format")]),
    Case { method: "DELETE", ..get("/api/v1/leads/x", 422, "invalid-id", &[("id", "format")]) },
    get(ROW, 404, "not-found", &[]),
    get("/api/v1/leads/01920000-0000-7000-8000-000000000001", 404, "not-found", &[]),
    // Query strings.
    get("/api/v1/users?colour=red", 400, "invalid-query", &[("colour", "unknown_field")]),
    get("/api/v1/users?Limit=5", 400, "invalid-query", &[("Limit", "unknown_field")]),
    get("/api/v1/users?limit=5&limit=5", 400, "invalid-query", &[("limit", "repeated")]),
    get("/api/v1/users?limit=0", 400, "invalid-query", &[("limit", "unknown_value")]),
    get("/api/v1/users?limit=101", 400, "invalid-query", &[("limit", "unknown_value")]),
    get("/api/v1/users?limit=", 400, "invalid-query", &[("limit", "unknown_value")]),
    get("/api/v1/users?status=gone", 400, "invalid-query", &[("status", "unknown_value")]),
    get(
        "/api/v1/users?role=king&q=",
        400,
        "invalid-query",
        &[("role", "unknown_value"), ("q", "unknown_value")],
    ),
    get("/api/v1/users?count=maybe", 400, "invalid-query", &[("count", "unknown_value")]),
    get("/api/v1/users?createdFrom=yesterday", 400, "invalid-query", &[("createdFrom", "unknown_value")]),
    get(
        "/api/v1/users?createdFrom=10000-01-01T00:00:00Z",
        400,
        "invalid-query",
        &[("createdFrom", "unknown_value")],
    ),
    get(
        "/api/v1/users?createdFrom=2026-01-02T00:00:00Z&createdTo=2026-01-01T00:00:00Z",
        400,
        "invalid-query",
        &[("createdTo", "range")],
    ),
    get("/api/v1/users?q=%00", 400, "invalid-query", &[("q", "unknown_value")]),
    get("/api/v1/users?q=%FF", 400, "invalid-query", &[("q", "unknown_value")]),
    get("/api/v1/proposals?userId=1", 400, "invalid-query", &[("userId", "unknown_value")]),
    get(
        "/api/v1/leads?sentFrom=2026-01-01T00:00:00Z",
        400,
        "invalid-query",
        &[("sentFrom", "unknown_field")],
    ),
    get(
        "/api/v1/users/01920000-0000-7000-8000-000000000001?x=1",
        400,
        "invalid-query",
        &[("x", "unknown_field")],
    ),
    get("/api/v1/metrics/overview?period=1d", 400, "invalid-query", &[("period", "unknown_value")]),
    get("/api/v1/metrics/overview?tz=Mars/Olympus", 400, "invalid-query", &[("tz", "unknown_value")]),
    get("/api/v1/metrics/charts?period=7d&period=7d", 400, "invalid-query", &[("period", "repeated")]),
    get("/api/v1/metrics/recent-users?limit=51", 400, "invalid-query", &[("limit", "unknown_value")]),
    get("/api/v1/metrics/recent-proposals?period=7d", 400, "invalid-query", &[("period", "unknown_field")]),
    Case {
        method: "POST",
        ..get("/api/v1/metrics/refresh?tz=x", 400, "invalid-query", &[("tz", "unknown_value")])
    },
    // Bodies.
    post(USERS, "", 400, "malformed-json", &[]),
    post(USERS, "{", 400, "malformed-json", &[]),
    post(USERS, "{} trailing", 400, "malformed-json", &[]),
    post(USERS, "[]", 422, "invalid-fields", &[("(body)", "type")]),
    post(USERS, "null", 422, "invalid-fields", &[("(body)", "type")]),
    post(USERS, "{}", 422, "invalid-fields", &[("email", "required")]),
    post(
        USERS,
        r#"{"email": "a@example.org", "displayName": "A", "createdAt": "2020-01-01T00:00:00Z"}"#,
        422,
        "invalid-fields",
        &[("createdAt", "unknown_field")],
    ),
    post(USERS, r#"{"email": 5, "displayName": "A"}"#, 422, "invalid-fields", &[("email", "type")]),
    post(
        USERS,
        r#"{"email": "a@example.org", "email": "b@example.org"}"#,
        422,
        "invalid-fields",
        &[("email", "repeated")],
    ),
    post(
        USERS,
        r#"{"email": "nobody", "displayName": " "}"#,
        422,
        "invalid-fields",
        &[("email", "format"), ("displayName", "length")],
    ),
    post(
        USERS,
        r#"{"email": "a@example.org", "displayName": "A\u0000B"}"#,
        422,
        "invalid-fields",
        &[("displayName", "format")],
    ),
    post(
        USERS,
        r#"{"email": "a@example.org", "displayName": "A", "role": "king"}"#,
        422,
        "invalid-fields",
        &[("role", "unknown_value")],
    ),
    post(
        "/api/v1/proposals",
        r#"{"userId": "01920000-0000-7000-8000-000000000001", "title": "T", "clientName": "C", "amountMinor": -5, "currency": "EURO"}"#,
        422,
        "invalid-fields",
        &[("amountMinor", "range"), ("currency", "unknown_value")],
    ),
    post(
        "/api/v1/proposals",
        r#"{"userId": "01920000-0000-7000-8000-000000000001", "title": "T", "clientName": "C", "amountMinor": 1.5, "currency": "EUR"}"#,
        422,
        "invalid-fields",
        &[("amountMinor", "type")],
    ),
    post(
        "/api/v1/leads",
        r#"{"proposalId": "x", "name": "N", "email": "n@example.org"}"#,
        422,
        "invalid-fields",
        &[("proposalId", "format")],
    ),
    Case { method: "PATCH", ..post(ROW, r#"{"email": null}"#, 422, "invalid-fields", &[("email", "type")]) },
    Case { method: "PATCH", ..post(ROW, "{}", 404, "not-found", &[]) },
    Case { content_type: None, ..post(USERS, "{}", 415, "unsupported-media-type", &[]) },
    Case { content_type: Some("text/plain"), ..post(USERS, "{}", 415, "unsupported-media-type", &[]) },
    Case { content_type: Some("application/jsonp"), ..post(USERS, "{}", 415, "unsupported-media-type", &[]) },
    // Many rows at once.
    post(BULK, r#"{"ids": [], "status": "sent"}"#, 422, "invalid-fields", &[("ids", "length")]),
    post(BULK, r#"{"status": "sent"}"#, 422, "invalid-fields", &[("ids", "required")]),
    post(BULK, r#"{"ids": [], "to": "sent"}"#, 422, "invalid-fields", &[("to", "unknown_field")]),
    post(BULK, r#"{"ids": "x", "status": "sent"}"#, 422, "invalid-fields", &[("ids", "type")]),
    post(
        BULK,
        r#"{"ids": ["01920000-0000-7000-8000-000000000001", "x"], "status": "sent"}"#,
        422,
        "invalid-fields",
        &[("ids[1]", "format")],
    ),
    post(
        BULK,
        r#"{"ids": ["01920000-0000-7000-8000-000000000001"], "status": "contacted"}"#,
        422,
        "invalid-fields",
        &[("status", "unknown_value")],
    ),
    post(
        BULK,
        r#"{"ids": ["01920000-0000-7000-8000-00000000000a", "01920000-0000-7000-8000-00000000000b", "01920000-0000-7000-8000-00000000000A", "01920000-0000-7000-8000-00000000000a"], "status": "sent"}"#,
        422,
        "invalid-fields",
        &[("ids[2]", "repeated"), ("ids[3]", "repeated")],
    ),
    post(BULK, "[]", 422, "invalid-fields", &[("(body)", "type")]),
    post(
        "/api/v1/leads/bulk-status",
        r#"{"ids": [], "status": "lost"}"#,
        422,
        "invalid-fields",
        &[("ids", "length")],
    ),
    post("/api/v1/users/bulk-status", "{}", 405, "method-not-allowed", &[]),
    post("/api/v1/cache/invalidations", r#"{"tags": []}"#, 422, "invalid-fields", &[("tags", "length")]),
    post(
        "/api/v1/cache/invalidations",
        r#"{"tags": ["users", "cats"]}"#,
        422,
        "invalid-fields",
        &[("tags[1]", "unknown_value")],
    ),
    post("/api/v1/cache/invalidations", r#"{"tags": "users"}"#, 422, "invalid-fields", &[("tags", "type")]),
];

fn check(answer: &Answer, path: &str, status: u16, kind: &str) {
    assert_eq!(answer.status, status, "{path}: {answer:?}");
    assert_eq!(answer.header("content-type"), "application/problem+json", "{path}");
    assert_eq!(answer.header("cache-control"), "no-store", "{path}");
    assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
    let body = &answer.body;
    assert_eq!(body["type"], format!("urn:problem-type:admin-metrics:{kind}"), "{path}: {body}");
    assert_eq!(body["status"], status, "{path}");
    assert_eq!(body["instance"], path.split('?').next().unwrap(), "{path}");
    assert_eq!(body["requestId"], answer.header("x-request-id"), "{path}");
    assert!(!body["detail"].as_str().unwrap().is_empty() && !body["title"].as_str().unwrap().is_empty());
}

#[tokio::test]
async fn whatever_is_wrong_is_named() {
    let database = TestDatabase::sqlite().await;
    let app = TestApp::on(&database).await;
    for case in CASES {
        let mut request = app.request(case.method, case.path);
        if let Some(content_type) = case.content_type {
            request = request.header("content-type", content_type);
        }
        let answer = read(request.body(case.body.unwrap_or_default())).await;
        let name = format!("{} {} {:?}", case.method, case.path, case.body);
        check(&answer, case.path, case.status, case.kind);
        assert_eq!(answer.errors(), case.errors, "{name}: {answer:?}");
        assert_eq!(answer.status == 405, !answer.header("allow").is_empty(), "{name}");
    }
    for family in ["users", "proposals", "leads"] {
        let rows = app.get(&format!("/api/v1/{family}?count=true")).await.body;
        // One user there is: who asks.
        assert_eq!(rows["page"]["total"], u32::from(family == "users"), "nothing was written to {family}");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_wrong_method_is_told_which_are_right() {
    let database = TestDatabase::sqlite().await;
    let app = TestApp::on(&database).await;
    let answer = read(app.request("PUT", "/api/v1/users")).await;
    assert_eq!(answer.header("allow"), "GET, HEAD, POST");
    assert_eq!(answer.body["detail"], "got PUT, expected GET, HEAD, POST");
    app.stop().await;
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let database = TestDatabase::sqlite().await;
    let app = TestApp::on(&database).await;
    let body = |bytes: usize| {
        let padding = "x".repeat(bytes - "{\"email\":\"\"}".len());
        format!("{{\"email\":\"{padding}\"}}")
    };
    let send = |body: String| {
        read(app.request("POST", "/api/v1/users").header("content-type", "application/json").body(body))
    };
    check(&send(body(64 * 1024 + 1)).await, "/api/v1/users", 413, "body-too-large");
    check(&send(body(64 * 1024)).await, "/api/v1/users", 422, "invalid-fields");
    app.stop().await;
}

#[tokio::test]
async fn a_compressed_body_is_refused() {
    let database = TestDatabase::sqlite().await;
    let app = TestApp::on(&database).await;
    let request = app
        .request("POST", "/api/v1/users")
        .header("content-type", "application/json")
        .header("content-encoding", "gzip")
        .body("x");
    check(&read(request).await, "/api/v1/users", 415, "unsupported-media-type");
    app.stop().await;
}

#[tokio::test]
async fn a_request_keeps_a_sane_id_of_its_own() {
    let database = TestDatabase::sqlite().await;
    let app = TestApp::on(&database).await;
    let with = |id: &'static str| read(app.request("GET", "/nowhere").header("x-request-id", id));
    let kept = with("checkout-7.a_B").await;
    assert_eq!(
        (kept.header("x-request-id"), &kept.body["requestId"]),
        ("checkout-7.a_B", &json!("checkout-7.a_B"))
    );
    for odd in ["a b", "<script>", "x".repeat(65).leak()] {
        let answer = with(odd).await;
        assert_eq!(answer.header("x-request-id").len(), 36);
    }
    app.stop().await;
}

#[tokio::test]
async fn a_database_that_is_gone_is_no_secret_and_no_story() {
    // Nothing listens on this port, whoever had it before.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("postgres://someone:s3cret@127.0.0.1:{port}/nothing");
    let app = TestApp::with(&[("DATABASE_URL", &url), ("DATABASE_CONNECT_TIMEOUT_MS", "300")]).await;
    let ready = app.get("/health/ready").await;
    assert_eq!((ready.status.as_u16(), &ready.body["dependencies"]["database"]), (200, &json!("unknown")));

    let body = json!({"email": "a@example.org", "displayName": "A"});
    for answer in [app.get("/api/v1/users").await, app.post("/api/v1/users", &body).await] {
        check(&answer, "/api/v1/users", 503, "unavailable");
        assert_eq!(answer.header("retry-after"), "2");
        let text = answer.body.to_string();
        for secret in ["s3cret", "someone", "127.0.0.1", "onnection", "SELECT", "INSERT"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
    let ready = app.get("/health/ready").await;
    assert_eq!((ready.status.as_u16(), &ready.body["status"]), (503, &json!("down")));
    assert_eq!(app.get("/health/live").await.status, 200);
    app.stop().await;
}

#[tokio::test]
async fn a_table_that_is_missing_is_an_error_of_ours() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/empty.db?mode=rwc", folder.path().display());
    let app = TestApp::with(&[("DATABASE_URL", &url)]).await;
    let answer = app.get("/api/v1/users").await;
    check(&answer, "/api/v1/users", 500, "internal");
    assert!(!answer.body.to_string().contains("no such table"), "{answer:?}");
    app.stop().await;
}

#[tokio::test]
async fn head_is_answered_as_get_without_the_body() {
    let database = TestDatabase::sqlite().await;
    let app = TestApp::on(&database).await;
    for (path, status) in [("/health/live", 200), ("/api/v1/users", 200), ("/nowhere", 404)] {
        let (head, get) = (read(app.request("HEAD", path)).await, app.get(path).await);
        assert_eq!((head.status.as_u16(), get.status.as_u16()), (status, status), "{path}");
        assert_eq!(head.body, Value::Null);
        assert_eq!(head.header("content-type"), get.header("content-type"));
        if status == 200 {
            assert_eq!(head.header("content-length"), get.header("content-length"), "{path}");
        }
    }
    app.stop().await;
}

#[tokio::test]
async fn requests_are_counted_by_route_and_not_by_path() {
    let database = TestDatabase::sqlite().await;
    let app = TestApp::on(&database).await;
    let other = TestApp::on(&database).await;
    for path in [ROW, "/nowhere/1", "/nowhere/2"] {
        app.get(path).await;
    }
    let counters = app.get("/metrics").await.body;
    let counters = counters.as_str().unwrap();
    let row = r#"http_requests_total{method="GET",route="/api/v1/users/{id}",status="404"} 1"#;
    assert!(counters.contains(row), "{counters}");
    let unmatched = r#"http_requests_total{method="GET",route="unmatched",status="404"} 2"#;
    assert!(counters.contains(unmatched), "{counters}");
    assert!(counters.contains("http_request_duration_seconds_bucket{"), "{counters}");
    let of_other = other.get("/metrics").await.body;
    assert!(!of_other.to_string().contains("unmatched"), "{of_other}");
    app.stop().await;
    other.stop().await;
}
