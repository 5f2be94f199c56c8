//! Whatever is sent, on either database: never a 500, and never a refusal that does not say what was wrong.

use std::fmt::Write as _;

use serde_json::json;
use test_support::{TestDatabase, each_backend};

use crate::app::{Answer, TestApp, read};

/// Neither an answer of ours that failed, nor one without words.
fn check(name: &str, answer: &Answer) {
    assert!(answer.status.as_u16() < 500, "{name}: {answer:?}");
    if answer.status.is_client_error() {
        assert_eq!(answer.header("content-type"), "application/problem+json", "{name}: {answer:?}");
        assert!(answer.body["detail"].as_str().is_some_and(|detail| detail.len() > 3), "{name}: {answer:?}");
    }
}

async fn bodies(app: &TestApp) {
    let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
    let nested = format!("{{\"email\":{}1{}}}", "{\"a\":".repeat(5_000), "}".repeat(5_000));
    let proposal = |amount: &str| {
        format!(
            r#"{{"userId":"01920000-0000-7000-8000-000000000001","title":"T","clientName":"C","amountMinor":{amount},"currency":"EUR"}}"#
        )
    };
    let mut cases: Vec<(&str, Vec<u8>)> = vec![
        ("/api/v1/users", br#"{"email":"a@example.org","displayName":"\ud800"}"#.to_vec()),
        ("/api/v1/users", br#"{"email":"a@example.org","displayName":"A\u0000"}"#.to_vec()),
        ("/api/v1/users", br#"{"email":"a\u0000@example.org","displayName":"A"}"#.to_vec()),
        ("/api/v1/users", br#"{"email":"a@example.org","displayName":"A","displayName":"B"}"#.to_vec()),
        ("/api/v1/users", b"{\"email\":\"\xff\xfe@example.org\",\"displayName\":\"A\"}".to_vec()),
        ("/api/v1/users", b"\xef\xbb\xbf{}".to_vec()),
        ("/api/v1/users", deep.clone().into_bytes()),
        ("/api/v1/users", nested.into_bytes()),
        ("/api/v1/leads/bulk-status", deep.into_bytes()),
        ("/api/v1/cache/invalidations", br#"{"tags":["users","users"]}"#.to_vec()),
        ("/api/v1/api-tokens", br#"{"name":"\u0000","role":"viewer"}"#.to_vec()),
        ("/api/v1/session", br#"{"email":"a\u0000@example.org","password":"x"}"#.to_vec()),
        ("/api/v1/session", br#"{"email":"\u0000","password":"\u0000"}"#.to_vec()),
        ("/api/v1/session/redeem", br#"{"token":"\u0000","password":"\u0000\u0000\u0000"}"#.to_vec()),
    ];
    for amount in [
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775809",
        "1e400",
        "1e2",
        "-0",
        "100000000001",
        "0.0",
        "NaN",
        &"9".repeat(5_000),
    ] {
        cases.push(("/api/v1/proposals", proposal(amount).into_bytes()));
    }
    for (path, body) in cases {
        let name = format!("{path} {}", String::from_utf8_lossy(&body[..body.len().min(120)]));
        let request = app.request("POST", path).header("content-type", "application/json");
        let answer = read(request.body(body)).await;
        check(&name, &answer);
        assert!(!answer.status.is_success() || path.starts_with("/api/v1/cache"), "{name}: {answer:?}");
    }
}

async fn queries(app: &TestApp) {
    let mut many = String::from("/api/v1/users?status=active");
    for _ in 0..400 {
        let _ = write!(many, "&status=active");
    }
    check("many statuses", &app.get(&many).await);
    for query in [
        "q=%EF%BF%BD",
        "q=%F0%9F%98%80",
        "q=%25_%5C%27%22;--",
        "q=%00",
        "q=%ff",
        "q=%",
        "q=%zz",
        "q=a&&&",
        "=",
        "&",
        "%00=1",
        "limit=99999999999999999999",
        "limit=%2B5",
        "limit=-0",
        "limit=1e1",
        "createdFrom=0000-01-01T00:00:00Z",
        "createdFrom=9999-12-31T23:59:59.999999999Z",
        "createdFrom=9999-12-31T23:59:60Z",
        "createdFrom=%2B262000-01-01T00:00:00Z",
        "createdFrom=-262000-01-01T00:00:00Z",
        "createdTo=0000-01-01T00:00:00%2B23:59",
        "createdTo=9999-12-31T23:59:59-23:59",
        "activatedBefore=0000-01-01T00:00:00Z",
        "cursor=",
        "cursor=AAAA",
        "cursor=%00",
        "cursor=....",
    ] {
        for family in ["users", "proposals", "leads", "audit", "api-tokens"] {
            let path = format!("/api/v1/{family}?{query}");
            check(&path, &app.get(&path).await);
        }
    }
    // What was sent is UTF-8, and the character is one like any other.
    assert_eq!(app.get("/api/v1/users?q=%EF%BF%BD").await.status, 200);
    for path in
        ["/api/v1/metrics/overview?tz=Europe/Paris%00", "/api/v1/metrics/overview?tz=../../etc/passwd"]
    {
        check(path, &app.get(path).await);
    }
}

async fn paths_and_headers(app: &TestApp) {
    for id in [
        "%2e%2e",
        "%2F",
        "%00",
        "%ff",
        "%zz",
        "{01920000-0000-7000-8000-000000000001}",
        "urn:uuid:01920000-0000-7000-8000-000000000001",
        "01920000-0000-7000-8000-00000000000G",
        "00000000-0000-0000-0000-000000000000",
        "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
        "0192000%30-0000-7000-8000-000000000001",
    ] {
        for method in ["GET", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT-ISH"] {
            let path = format!("/api/v1/users/{id}");
            let answer = read(app.request(method, &path)).await;
            if method != "HEAD" {
                check(&format!("{method} {path}"), &answer);
            }
            assert!(answer.status.is_client_error(), "{method} {path}: {answer:?}");
        }
    }
    for (name, value) in [
        ("x-min-data-version", "users=99999999999999999999"),
        ("x-min-data-version", "users=9999999999999999999"),
        ("x-min-data-version", "users=1,users=1"),
        ("x-min-data-version", "é"),
        ("if-none-match", "\"\\\""),
        ("accept-encoding", ";;;q=9e9,,"),
        ("accept", "text/\u{e9}"),
    ] {
        let answer = read(app.request("GET", "/api/v1/metrics/overview").header(name, value)).await;
        check(&format!("{name}: {value}"), &answer);
    }
    for value in ["\"", "W/", "\"a\" \"b\"", "*, \"a\"", "\"9999999-01-01T00:00:00Z\""] {
        let path = "/api/v1/users/01920000-0000-7000-8000-000000000001";
        let answer = read(app.request("DELETE", path).header("if-match", value)).await;
        check(&format!("if-match: {value}"), &answer);
    }
}

#[tokio::test]
async fn nothing_that_can_be_sent_fails_the_service() {
    each_backend(async |database: &TestDatabase| {
        let app = TestApp::on(database).await;
        bodies(&app).await;
        queries(&app).await;
        paths_and_headers(&app).await;
        // And what is in order still is.
        let user = json!({"email": "a@example.org", "displayName": "\u{1F600} \u{FFFD}"});
        assert_eq!(app.post("/api/v1/users", &user).await.status, 201);
        app.stop().await;
    })
    .await;
}
