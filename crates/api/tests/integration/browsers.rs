//! What keeps pages of others out: who may send what with a session's cookie, who may read answers, and what a browser is
//! told not to do with them.

use serde_json::{Value, json};
use test_support::TestDatabase;

use crate::app::{Answer, TestApp, read};

const INVALIDATIONS: &str = "/api/v1/cache/invalidations";

/// A change with a session's cookie and these headers. The body is none, so that nothing is done.
async fn with_cookie(app: &TestApp, headers: &[(&str, &str)]) -> Answer {
    let mut request = app.anonymous("POST", INVALIDATIONS).header("cookie", format!("a=b; {}", app.cookie));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    read(request).await
}

fn is_cross_origin(answer: &Answer) -> bool {
    let kind = answer.body["type"].as_str().unwrap_or_default();
    answer.status == 403 && kind == "urn:problem-type:admin-metrics:cross-origin"
}

#[tokio::test]
async fn a_page_of_somebody_else_changes_nothing() {
    let database = TestDatabase::sqlite().await;
    let app = TestApp::on(&database).await;
    let ours = format!("http://{}", app.address());
    for headers in [
        &[("sec-fetch-site", "same-origin")][..],
        &[("sec-fetch-site", "same-origin"), ("origin", "http://whatever.example")],
        &[("origin", &ours)],
    ] {
        let answer = with_cookie(&app, headers).await;
        assert!(!is_cross_origin(&answer), "{headers:?}: {answer:?}");
    }
    for headers in [
        &[][..],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "none")],
        &[("sec-fetch-site", "cross-site"), ("origin", &ours)],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[("origin", &ours.replace("http", "https"))],
    ] {
        let answer = with_cookie(&app, headers).await;
        assert!(is_cross_origin(&answer), "{headers:?}: {answer:?}");
        let detail = answer.body["detail"].as_str().unwrap();
        assert!(detail.contains("Sec-Fetch-Site: same-origin") && detail.contains(&ours), "{detail}");
    }
    // Without a session there is nothing that somebody else could use; and who only reads changes nothing.
    let answer = read(app.anonymous("POST", INVALIDATIONS).header("origin", "https://evil.example")).await;
    assert!(!is_cross_origin(&answer), "{answer:?}");
    let read_only = app.anonymous("GET", "/api/v1/users").header("cookie", &app.cookie);
    assert_eq!(read(read_only.header("sec-fetch-site", "cross-site")).await.status, 200);
    app.stop().await;
}

#[tokio::test]
async fn nobody_is_signed_in_by_a_page_of_somebody_else() {
    let database = TestDatabase::sqlite().await;
    let app = TestApp::on(&database).await;
    let ours = format!("http://{}", app.address());
    for path in ["/api/v1/session", "/api/v1/session/redeem"] {
        let with = |headers: &[(&'static str, &str)]| {
            let request = app.anonymous("POST", path);
            read(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)))
        };
        for headers in [
            &[("sec-fetch-site", "cross-site")][..],
            &[("sec-fetch-site", "same-site")],
            &[("origin", "https://evil.example")],
            &[("origin", "null")],
        ] {
            let answer = with(headers).await;
            assert!(is_cross_origin(&answer), "{path} {headers:?}: {answer:?}");
        }
        // A program says nothing of all this.
        for headers in [&[][..], &[("sec-fetch-site", "same-origin")], &[("origin", &ours)]] {
            let answer = with(headers).await;
            assert!(!is_cross_origin(&answer), "{path} {headers:?}: {answer:?}");
        }
    }
    app.stop().await;
}

#[tokio::test]
async fn behind_a_proxy_the_origin_is_the_one_that_browsers_see() {
    let database = TestDatabase::sqlite().await;
    let app = TestApp::configured_by(&database, &[("PUBLIC_ORIGIN", "https://metrics.example.com")]).await;
    let ours = with_cookie(&app, &[("origin", "https://metrics.example.com")]).await;
    assert!(!is_cross_origin(&ours), "{ours:?}");
    let direct = format!("http://{}", app.address());
    assert!(is_cross_origin(&with_cookie(&app, &[("origin", &direct)]).await));
    assert!(app.get("/health/live").await.header("strict-transport-security").starts_with("max-age="));
    app.stop().await;

    let app = TestApp::configured_by(&database, &[("TRUSTED_PROXIES", "127.0.0.1")]).await;
    let secure = format!("https://{}", app.address());
    let over_tls = with_cookie(&app, &[("origin", &secure), ("x-forwarded-proto", "https")]).await;
    assert!(!is_cross_origin(&over_tls), "{over_tls:?}");
    assert!(is_cross_origin(&with_cookie(&app, &[("origin", &secure)]).await));
    app.stop().await;
}

#[tokio::test]
async fn only_pages_of_allowed_origins_read_answers() {
    const OTHER: &str = "https://admin.example.com";
    let database = TestDatabase::sqlite().await;
    let app = TestApp::configured_by(&database, &[("CORS_ALLOWED_ORIGINS", OTHER)]).await;
    let preflight = |origin: &'static str, method: &'static str| {
        let request = app.anonymous("OPTIONS", "/api/v1/users").header("origin", origin);
        read(request.header("access-control-request-method", method))
    };
    let may = preflight(OTHER, "POST").await;
    assert_eq!((may.status.as_u16(), &may.body), (204, &Value::Null), "{may:?}");
    assert_eq!(may.header("access-control-allow-origin"), OTHER);
    assert_eq!(may.header("access-control-allow-credentials"), "true");
    assert_eq!(may.header("access-control-allow-methods"), "GET, HEAD, POST");
    assert!(may.header("access-control-allow-headers").contains("If-Match"));
    let may_not = preflight("https://evil.example", "POST").await;
    assert_eq!((may_not.status.as_u16(), may_not.header("access-control-allow-origin")), (405, ""));

    let from = |origin: &'static str| read(app.request("GET", "/nowhere").header("origin", origin));
    let answer = from(OTHER).await;
    assert_eq!(answer.header("access-control-allow-origin"), OTHER);
    assert!(answer.header("access-control-expose-headers").contains("X-Data-Version"));
    assert!(answer.header("vary").contains("Origin"));
    let answer = from("https://evil.example").await;
    assert_eq!((answer.header("access-control-allow-origin"), answer.header("vary")), ("", "Origin"));
    let change = with_cookie(&app, &[("sec-fetch-site", "same-site"), ("origin", OTHER)]).await;
    assert!(!is_cross_origin(&change), "{change:?}");
    app.stop().await;

    let app = TestApp::on(&database).await;
    let request = app.request("OPTIONS", "/api/v1/users").header("origin", OTHER);
    let answer = read(request.header("access-control-request-method", "POST")).await;
    assert_eq!((answer.status.as_u16(), answer.header("access-control-allow-origin")), (405, ""));
    app.stop().await;
}

#[tokio::test]
async fn a_browser_is_told_what_an_answer_may_do() {
    let database = TestDatabase::sqlite().await;
    let app = TestApp::on(&database).await;
    for path in ["/health/live", "/nowhere", "/docs/", "/openapi.json"] {
        let answer = app.get(path).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
        assert_eq!(answer.header("referrer-policy"), "same-origin", "{path}");
        assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin", "{path}");
        assert_eq!(answer.header("strict-transport-security"), "", "{path}");
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        let is_page = path == "/docs/";
        assert_eq!(policy.starts_with("default-src 'none'"), !is_page, "{path}: {policy}");
        assert_eq!(answer.header("cross-origin-opener-policy") == "same-origin", is_page, "{path}");
        assert!(!policy.contains("script-src") && !policy.contains("unsafe-eval"), "{path}: {policy}");
    }
    app.stop().await;
}

#[tokio::test]
async fn the_counters_can_be_opened_to_anyone() {
    let database = TestDatabase::sqlite().await;
    let app = TestApp::configured_by(&database, &[("METRICS_PUBLIC", "true")]).await;
    let answer = read(app.anonymous("GET", "/metrics")).await;
    assert_eq!(answer.status, 200);
    app.stop().await;
}

#[tokio::test]
async fn the_document_is_not_sent_again_and_is_small() {
    let database = TestDatabase::sqlite().await;
    let app = TestApp::on(&database).await;
    let plain = app.get("/openapi.json").await;
    assert_eq!((plain.header("cache-control"), plain.header("vary")), ("no-cache", "Accept-Encoding"));
    let mut tags = vec![plain.header("etag").to_owned()];
    for coding in ["gzip", "br"] {
        let packed = read(app.request("GET", "/openapi.json").header("accept-encoding", coding)).await;
        assert_eq!(packed.header("content-encoding"), coding);
        let length = |answer: &Answer| answer.header("content-length").parse::<usize>().unwrap();
        assert!(length(&packed) * 5 < length(&plain), "{} bytes", length(&packed));
        tags.push(packed.header("etag").to_owned());
    }
    for (tag, coding) in tags.iter().zip(["identity", "gzip", "br"]) {
        let request = app.request("GET", "/openapi.json").header("accept-encoding", coding);
        let known = read(request.header("if-none-match", tag)).await;
        assert_eq!((known.status.as_u16(), &known.body), (304, &json!(null)), "{coding}");
        assert_eq!(known.header("etag"), tag);
    }
    app.stop().await;
}
