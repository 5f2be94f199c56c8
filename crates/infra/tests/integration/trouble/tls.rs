//! TLS that does not come about, for each of its usual reasons.

use infra::cache::{L2Health, TroubleKind};
use test_support::{RedisServer, TestAuthority, TestDatabase};

use crate::{
    log::Log,
    node::{Node, Options, eventually},
};

/// A node for which this goes wrong; nothing fails for it.
async fn node(database: &TestDatabase, url: &str, ca_file: Option<&str>) -> Node {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let redis = Some((url, "metrics"));
    let settings = &[("REDIS_CONNECT_TIMEOUT_MS", "500")];
    let node = Node::start(database.url(), Options { redis, ca_file, settings, ..Options::default() }).await;
    let id = node.add_user().await;
    for number in 1..4 {
        node.write(id, number).await;
        assert_eq!(node.number(id).await, number);
    }
    assert_eq!(node.cache.l2_health(), L2Health::Down);
    node
}

#[tokio::test]
async fn a_certificate_that_is_not_accepted_is_named() {
    let (right, other) = (TestAuthority::new(), TestAuthority::new());
    let (elsewhere, expired) = (TestAuthority::for_names(&["cache.example.net"]), TestAuthority::expired());
    for (authority, ca_file, problem, advice) in [
        (&right, None, "not trusted", "name the PEM file"),
        (&right, Some(&other), "not trusted", "give the right one"),
        (&elsewhere, Some(&elsewhere), "not for", "REDIS_HOST"),
        (&expired, Some(&expired), "expired", "renew"),
    ] {
        let (log, database) = (Log::start(), TestDatabase::sqlite().await);
        let redis = authority.redis().start().unwrap();
        let ca_file = ca_file.map(TestAuthority::ca_file);
        let node = node(&database, &redis.url(), ca_file.as_ref().and_then(|file| file.to_str())).await;
        assert_eq!(node.cache.trouble(), Some(TroubleKind::Tls), "{}", log.text());
        log.says("tls", problem, advice);
        eventually("the bus's line says the same", || async {
            node.recent_users().await;
            node.cache.bus_trouble() == Some(TroubleKind::Tls)
        })
        .await;
    }
}

#[tokio::test]
async fn a_plain_port_for_tls_and_a_tls_port_for_plain_make_nothing_fail() {
    let (log, database) = (Log::start(), TestDatabase::sqlite().await);
    let plain = RedisServer::start().unwrap();
    let node_too_secure = node(&database, &plain.url().replace("redis:", "rediss:"), None).await;
    // A plain Redis waits for the end of what it takes for a command.
    eventually("it is named", || async {
        node_too_secure.recent_users().await;
        let trouble = node_too_secure.cache.trouble();
        trouble.is_some_and(|kind| [TroubleKind::TimedOut, TroubleKind::Tls].contains(&kind))
    })
    .await;
    let secure = TestAuthority::new().redis().start().unwrap();
    let node_too_plain = node(&database, &secure.url().replace("rediss:", "redis:"), None).await;
    eventually("it is named", || async {
        node_too_plain.recent_users().await;
        let trouble = node_too_plain.cache.trouble();
        trouble.is_some_and(|kind| [TroubleKind::Unreachable, TroubleKind::Protocol].contains(&kind))
    })
    .await;
    assert!(log.saying("TLS").len() >= 2, "each names TLS as a cause: {}", log.text());
}
