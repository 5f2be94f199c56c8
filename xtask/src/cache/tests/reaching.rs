//! `connect` and `ping`.

use test_support::{TestAuthority, servers::free_port};

use super::settings;
use crate::cache::{connect::Connect, list::List, ping::Ping};

#[tokio::test]
async fn connect_over_tls_tells_every_step_and_the_certificate_and_no_secret() {
    let authority = TestAuthority::new();
    let redis = authority.redis().user("dashboard", "p@ss:w/rd").start().expect("a server");
    let (url, ca_file) = (redis.url(), authority.ca_file());
    let settings = settings(&[("REDIS_URL", &url), ("REDIS_CA_FILE", ca_file.to_str().expect("a path"))]);
    let report = Connect {}.run(&settings).await.expect("a report");
    assert!(report.is_well, "{}", report.text);
    for word in [
        "✓ resolve",
        "✓ connect",
        "✓ tls",
        "TLSv1.3",
        "valid until",
        "✓ sign in",
        "as dashboard",
        "✓ ping",
        "primary",
    ] {
        assert!(report.text.contains(word), "{word}: {}", report.text);
    }
    assert!(!report.text.contains("p@ss") && !report.json.contains("p@ss"), "{}", report.text);
    let value = report.value();
    assert_eq!(value["connected"], true);
    assert_eq!(value["steps"].as_array().map(Vec::len), Some(5));
    assert!(value["tls"]["certificate"]["daysLeft"].as_i64().expect("a number") > 0);
    assert_eq!(value["server"]["role"], "primary");

    let report = Ping { count: 5 }.run(&settings).await.expect("a report");
    assert!(
        report.text.contains("5 round trips: min ") && report.text.contains("TLSv1.3"),
        "{}",
        report.text
    );
    let value = report.value();
    assert!(value["minMicros"].as_u64() <= value["medianMicros"].as_u64());
    assert!(value["p95Micros"].as_u64() <= value["maxMicros"].as_u64());
}

#[tokio::test]
async fn a_port_where_nobody_listens_fails_with_what_to_try() {
    let port = free_port().expect("a port").to_string();
    let settings = settings(&[("REDIS_HOST", "127.0.0.1"), ("REDIS_PORT", &port)]);
    let report = Connect {}.run(&settings).await.expect("a report");
    assert!(!report.is_well);
    assert!(report.text.contains("✗ connect") && report.text.contains("Try this: "), "{}", report.text);
    let value = report.value();
    assert_eq!((&value["connected"], &value["steps"][1]["ok"]), (&false.into(), &false.into()));
    assert!(value["steps"][1]["advice"].is_string());

    let error = List { part: None }.run(&settings).await.expect_err("nobody listens").to_string();
    assert!(
        error.contains("nobody listens") && error.contains("REDIS_PORT") && error.contains(&port),
        "{error}"
    );
}
