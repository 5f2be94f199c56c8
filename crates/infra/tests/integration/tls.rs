//! Redis behind TLS with a private certificate authority, user and password; and what happens with the wrong ones.

use std::path::PathBuf;

use infra::cache::L2Health;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use test_support::{RedisServer, TestDatabase};

use crate::node::{Node, Options, eventually};

struct Authority {
    folder: tempfile::TempDir,
}

impl Authority {
    /// Writes `ca.pem`, and `server.pem` and `server.key` signed by it for 127.0.0.1.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let server = CertificateParams::new(vec!["127.0.0.1".into(), "localhost".into()]).unwrap();
        let server = server.signed_by(&key, &authority).unwrap();
        std::fs::write(folder.path().join("ca.pem"), authority.pem()).unwrap();
        std::fs::write(folder.path().join("server.pem"), server.pem()).unwrap();
        std::fs::write(folder.path().join("server.key"), key.serialize_pem()).unwrap();
        Self { folder }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn redis(&self) -> RedisServer {
        RedisServer::options()
            .user("dashboard", "p@ss:w/rd")
            .tls(self.file("server.pem"), self.file("server.key"), self.file("ca.pem"))
            .start()
            .unwrap()
    }
}

async fn node(database: &TestDatabase, url: &str, ca_file: Option<&str>) -> Node {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Node::start(database.url(), Options { redis: Some((url, "metrics")), ca_file, ..Options::default() })
        .await
}

#[tokio::test]
async fn reads_stores_invalidates_and_hears_over_tls_with_user_and_password() {
    let authority = Authority::new();
    let redis = authority.redis();
    let ca_file = authority.file("ca.pem");
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

#[tokio::test]
async fn an_authority_nobody_told_us_of_is_not_trusted_and_the_service_goes_on_without() {
    let authority = Authority::new();
    let redis = authority.redis();
    let database = TestDatabase::sqlite().await;
    let other = Authority::new();
    for ca_file in [None, Some(other.file("ca.pem"))] {
        let ca_file = ca_file.as_ref().and_then(|file| file.to_str());
        let node = node(&database, &redis.url(), ca_file).await;
        let id = node.add_user().await;
        assert_eq!(node.number(id).await, 0);
        assert_eq!(node.cache.l2_health(), L2Health::Down);
    }
}

#[tokio::test]
async fn a_wrong_password_is_not_let_in_and_the_service_goes_on_without() {
    let authority = Authority::new();
    let redis = authority.redis();
    let database = TestDatabase::sqlite().await;
    let url = redis.url().replace("dashboard", "somebody");
    let ca_file = authority.file("ca.pem");
    let node = node(&database, &url, ca_file.to_str()).await;
    let id = node.add_user().await;
    assert_eq!(node.number(id).await, 0);
    assert_eq!(node.cache.l2_health(), L2Health::Down);
}
