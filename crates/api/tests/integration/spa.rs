//! The dashboard's page and its files over HTTP: who gets which, how long it may be kept, and that nobody has to be asked
//! for it.

use std::fs;

use test_support::TestDatabase;

use crate::app::{Answer, TestApp, read};

/// What a browser that opens a page sends.
const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
const PAGE: &str = "<!doctype html><title>the dashboard</title>";
const SCRIPT: &str = "/assets/index-Bk3x_1a.js";

/// A dashboard that is built; packed variants say what they are instead of being it.
fn built() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("assets")).unwrap();
    for (name, text) in [
        ("index.html", PAGE),
        ("index.html.br", "page as br"),
        ("index.html.gz", "page as gzip"),
        ("favicon.svg", "<svg/>"),
        ("assets/index-Bk3x_1a.js", "run()"),
        ("assets/index-Bk3x_1a.js.br", "script as br"),
        ("assets/index-Bk3x_1a.js.gz", "script as gzip"),
        ("assets/index-9f.css", "body{}"),
    ] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

async fn serving(database: &TestDatabase, folder: &tempfile::TempDir) -> TestApp {
    TestApp::configured_by(database, &[("WEB_DIR", folder.path().to_str().unwrap())]).await
}

async fn get(app: &TestApp, path: &str, headers: &[(&'static str, &str)]) -> Answer {
    let request = app.anonymous("GET", path);
    read(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))).await
}

fn is_page(answer: &Answer) -> bool {
    answer.status == 200 && answer.body == PAGE && answer.header("content-type") == "text/html; charset=utf-8"
}

#[tokio::test]
async fn a_browser_gets_the_page_wherever_nothing_else_is() {
    let (database, folder) = (TestDatabase::sqlite().await, built());
    let app = serving(&database, &folder).await;
    assert!(is_page(&get(&app, "/", &[]).await));
    for path in
        ["/", "/?period=7d&tz=Europe%2FParis", "/users", "/users?status=active", "/a/b.c/d", "/no.such"]
    {
        let answer = get(&app, path, &[("accept", BROWSER)]).await;
        assert!(is_page(&answer), "{path}: {answer:?}");
        assert_eq!(answer.header("cache-control"), "no-cache", "{path}");
        assert!(answer.header("vary").ends_with("Accept-Encoding"), "{path}: {answer:?}");
        assert_eq!(answer.header("set-cookie"), "", "{path}");
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'self';") && !policy.contains("unsafe"), "{policy}");
        for part in ["object-src 'none'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'"] {
            assert!(policy.contains(part), "{policy}");
        }
        let known = get(&app, path, &[("accept", BROWSER), ("if-none-match", answer.header("etag"))]).await;
        assert_eq!((known.status.as_u16(), known.header("content-type")), (304, ""), "{path}");
        // A browser takes it over for the page that it has.
        assert_eq!(known.header("content-security-policy"), policy, "{path}");
        let head = read(app.anonymous("HEAD", path).header("accept", BROWSER)).await;
        assert_eq!((head.status.as_u16(), head.header("etag")), (200, answer.header("etag")), "{path}");
        assert_eq!(head.header("content-length"), PAGE.len().to_string(), "{path}");
    }
    app.stop().await;
}

#[tokio::test]
async fn whatever_else_is_nothing_is_a_problem() {
    let (database, folder) = (TestDatabase::sqlite().await, built());
    let app = serving(&database, &folder).await;
    let expect = async |method: &str, path: &str, accept: &str| {
        let answer = read(app.anonymous(method, path).header("accept", accept)).await;
        assert_eq!(answer.status, 404, "{method} {path} {accept}: {answer:?}");
        assert_eq!(answer.header("content-type"), "application/problem+json", "{method} {path}");
        assert!(answer.body["type"].as_str().is_some_and(|kind| kind.ends_with(":unknown-route")), "{path}");
    };
    for path in [
        "/api",
        "/api/",
        "/api/v1",
        "/api/v1/nothing",
        "/api/v2/users",
        "/health",
        "/health/nothing",
        "/metrics/x",
        "/docs/no.js",
        "/assets/",
        "/assets/gone-1a.js",
        "/assets/index-Bk3x_1a.js.br",
        "/assets/..%2findex.html",
        "/assets/..%2f..%2findex.html",
    ] {
        expect("GET", path, BROWSER).await;
    }
    for path in ["/users", "/favicon.ico", "/a/b", "/index.html"] {
        expect("GET", path, "*/*").await;
        expect("GET", path, "application/json, text/html;q=0").await;
    }
    for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
        expect(method, "/users", BROWSER).await;
        expect(method, SCRIPT, BROWSER).await;
    }
    app.stop().await;
}

#[tokio::test]
async fn a_file_is_kept_for_ever_where_its_name_says_what_it_holds() {
    let (database, folder) = (TestDatabase::sqlite().await, built());
    let app = serving(&database, &folder).await;
    for (path, media, kept) in [
        (SCRIPT, "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"),
        ("/assets/index-9f.css", "text/css; charset=utf-8", "public, max-age=31536000, immutable"),
        ("/favicon.svg", "image/svg+xml", "no-cache"),
    ] {
        let answer = get(&app, path, &[("accept", "*/*")]).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        assert_eq!((answer.header("content-type"), answer.header("cache-control")), (media, kept), "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        let known = get(&app, path, &[("if-none-match", answer.header("etag"))]).await;
        assert_eq!((known.status.as_u16(), &known.body), (304, &serde_json::Value::Null), "{path}");
        assert_eq!(known.header("cache-control"), kept, "{path}");
    }
    app.stop().await;
}

#[tokio::test]
async fn what_was_packed_goes_to_whoever_takes_it() {
    let (database, folder) = (TestDatabase::sqlite().await, built());
    let app = serving(&database, &folder).await;
    for (path, plain, name) in [(SCRIPT, "run()", "script"), ("/", PAGE, "page"), ("/users", PAGE, "page")] {
        let mut tags = Vec::new();
        for (accept, coding) in [
            ("gzip, deflate, br, zstd", "br"),
            ("gzip", "gzip"),
            ("gzip;q=1, br;q=0.1", "gzip"),
            ("identity", ""),
            ("", ""),
        ] {
            let answer = get(&app, path, &[("accept", BROWSER), ("accept-encoding", accept)]).await;
            let expected = if coding.is_empty() { plain.to_owned() } else { format!("{name} as {coding}") };
            assert_eq!(
                (answer.status.as_u16(), answer.body.as_str()),
                (200, Some(&*expected)),
                "{path} {accept}"
            );
            assert_eq!(answer.header("content-encoding"), coding, "{path} {accept}");
            assert!(answer.header("vary").contains("Accept-Encoding"), "{path}");
            let tag = answer.header("etag").to_owned();
            assert!(tag.starts_with('"'), "a strong one: {tag}");
            tags.push(tag);
        }
        assert!(tags[0] != tags[1] && tags[1] != tags[3] && tags[0] != tags[3], "{path}: {tags:?}");
        // A tag is of one encoding.
        let headers = [("accept", BROWSER), ("accept-encoding", "br"), ("if-none-match", &*tags[1])];
        assert_eq!(get(&app, path, &headers).await.status, 200, "{path}");
    }
    // Nothing was packed of it.
    let style = get(&app, "/assets/index-9f.css", &[("accept-encoding", "br, gzip")]).await;
    assert_eq!((style.body.as_str(), style.header("content-encoding")), (Some("body{}"), ""));
    app.stop().await;
}

#[tokio::test]
async fn nobody_is_asked_for_the_page() {
    // There is no database, and a Redis that nobody answers for.
    let folder = built();
    let app = TestApp::with(&[
        ("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none"),
        ("DATABASE_CONNECT_TIMEOUT_MS", "500"),
        ("REDIS_URL", "redis://127.0.0.1:1"),
        ("WEB_DIR", folder.path().to_str().unwrap()),
    ])
    .await;
    for path in ["/", "/users", SCRIPT, "/favicon.svg"] {
        // A session that somebody would have to be asked about, were it looked at.
        let answer = read(app.request("GET", path).header("accept", BROWSER)).await;
        assert_eq!((answer.status.as_u16(), answer.header("set-cookie")), (200, ""), "{path}: {answer:?}");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_page_that_is_not_built_says_so() {
    let (database, folder) = (TestDatabase::sqlite().await, built());
    let app = serving(&database, &folder).await;
    fs::remove_file(folder.path().join("index.html")).unwrap();
    for path in ["/", "/users"] {
        let answer = get(&app, path, &[("accept", BROWSER)]).await;
        let said = answer.body.as_str().unwrap();
        assert!(
            answer.status == 200 && said.contains("cargo xtask web") && said.contains("/docs/"),
            "{said}"
        );
        assert!(!said.contains("<style") && !said.contains("<script"), "the policy would refuse it: {said}");
    }
    app.stop().await;
}
