//! The look-up of routes and the router agree: what the table finds is what answers, however it is spelled, and what it does
//! not find reaches nobody.

use api::access::ROWS;
use test_support::TestDatabase;

use crate::app::{TestApp, read};

/// Every letter of the last segment's name as `%XX`, which the router decodes.
fn spelled_out(path: &str) -> String {
    let (before, last) = path.rsplit_once('/').unwrap();
    let digit = |number: u8| char::from_digit(number.into(), 16).unwrap();
    let last: String = last.bytes().flat_map(|byte| ['%', digit(byte >> 4), digit(byte & 15)]).collect();
    format!("{before}/{last}")
}

#[tokio::test]
async fn what_the_table_finds_is_what_answers() {
    let database = TestDatabase::sqlite().await;
    let app = TestApp::on(&database).await;
    for (method, template, _) in ROWS {
        let path = template.replace("{id}", "01920000-0000-7000-8000-000000000001");
        let before = counted(&app, method, template).await;
        for path in [path.clone(), spelled_out(&path)] {
            // A parameter that no route takes: the route is found, and nothing is done.
            let answer = read(app.request(method, &format!("{path}?no-such-parameter=1"))).await;
            let kind = answer.body["type"].as_str().unwrap_or_default();
            assert!(!kind.ends_with("unknown-route") && answer.status != 405, "{method} {path}: {answer:?}");
        }
        // Reading the counters is counted as well, after it was answered.
        let own = u64::from(*template == "/metrics");
        assert_eq!(counted(&app, method, template).await, before + 2 + own, "{method} {template}");
    }
    app.stop().await;
}

/// How many requests were counted for a route.
async fn counted(app: &TestApp, method: &str, template: &str) -> u64 {
    let counters = app.get("/metrics").await.body;
    let labels = format!(r#"http_requests_total{{method="{method}",route="{template}","#);
    let lines = counters.as_str().unwrap().lines().filter(|line| line.starts_with(&labels));
    lines.map(|line| line.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap()).sum()
}

#[tokio::test]
async fn what_the_table_does_not_find_reaches_nobody() {
    let database = TestDatabase::sqlite().await;
    let app = TestApp::on(&database).await;
    for path in [
        "/api/v1/users%2f",
        "/api/v1//users",
        "/api/v1/users/%2e%2e/users/x/y",
        "/api%2fv1/users",
        "/api/v1/users%00",
        "/api/v1/users;x=1",
        "/API/V1/USERS",
        "/docs%2f",
        "/metrics/",
    ] {
        let answer = app.get(path).await;
        assert_eq!(answer.status, 404, "{path}: {answer:?}");
        assert!(answer.body["type"].as_str().unwrap().ends_with("unknown-route"), "{path}");
    }
    app.stop().await;
}
