//! Fourteen holes that were measured in other caches, each a test that it is none here: two or three real nodes over a real
//! Redis. The list is at the end of docs/CACHING.md.

mod clocks;
mod layers;
mod loads;
mod redis;

use domain::metrics::period::RecentLimit;
use infra::cache::Served;
use test_support::{RedisServer, TestDatabase, TestRedis};
use tokio::task::JoinHandle;

use crate::{
    faulty::Faults,
    node::{Node, Options, PATIENCE},
};

/// Nodes on one database and one Redis.
struct Nodes {
    database: TestDatabase,
    redis: TestRedis,
}

impl Nodes {
    async fn new() -> Self {
        Self { database: TestDatabase::postgres().await, redis: TestRedis::new().await }
    }

    async fn start(&self) -> Node {
        Node::with_redis(self.database.url(), &self.redis).await
    }

    async fn with_faults(&self, faults: &std::sync::Arc<Faults>) -> Node {
        let redis = Some((self.redis.url(), self.redis.namespace()));
        let faults = Some(std::sync::Arc::clone(faults));
        Node::start(self.database.url(), Options { redis, faults, ..Options::default() }).await
    }

    fn key(&self, name: &str) -> String {
        format!("{{{}}}:{name}", self.redis.namespace())
    }

    async fn admin(&self) -> ::redis::aio::MultiplexedConnection {
        connection(self.redis.url()).await
    }
}

async fn connection(url: &str) -> ::redis::aio::MultiplexedConnection {
    ::redis::Client::open(url).unwrap().get_multiplexed_async_connection().await.unwrap()
}

/// A node on a Redis of the test's own, to be stopped and the like.
async fn node_on(database: &TestDatabase, redis: &RedisServer) -> Node {
    let url = redis.url();
    Node::start(database.url(), Options { redis: Some((&url, "metrics")), ..Options::default() }).await
}

/// A reader that goes on by itself.
fn reader(node: &Node) -> JoinHandle<Served> {
    let cache = std::sync::Arc::clone(&node.cache);
    tokio::spawn(async move { cache.recent_users(RecentLimit::default(), None).await.unwrap() })
}

async fn answer(reader: JoinHandle<Served>) -> Served {
    tokio::time::timeout(PATIENCE, reader).await.unwrap().unwrap()
}
