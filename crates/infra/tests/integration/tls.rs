//! Redis behind TLS with a private certificate authority, user and password; and what happens with the wrong ones.

use infra::cache::L2Health;
use test_support::{RedisServer, TestAuthority, TestDatabase};

use crate::node::{Node, Options, eventually};

fn redis(authority: &TestAuthority) -> RedisServer {
    authority.redis().user("dashboard", "p@ss:w/rd").start().unwrap()
}

async fn node(database: &TestDatabase, url: &str, ca_file: Option<&str>) -> Node {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Node::start(database.url(), Options { redis: Some((url, "metrics")), ca_file, ..Options::default() })
        .await
}

#[tokio::test]
async fn reads_stores_invalidates_and_hears_over_tls_with_user_and_password() {
    let authority = TestAuthority::new();
    let redis = redis(&authority);
    let ca_file = authority.ca_file();
    let database = TestDatabase::sqlite().await;
    assert!(redis.url().starts_with("rediss://dashboard:"));
    let a = node(&database, &redis.url(), ca_file.to_str()).await;
    let b = node(&database, &redis.url(), ca_file.to_str()).await;
    let id = a.add_user().await;
    b.bus_is_up().await;
    a.write(id, 1).await;
    b.hears_of(&a, domain::invalidation::CacheTag::Users).await;
    assert_eq!(b.number(id).await, 1);
    eventually("a store is sent", || async { b.commands("store") > 0 }).await;
    assert_eq!((a.cache.l2_health(), b.cache.l2_health()), (L2Health::Up, L2Health::Up));
}
