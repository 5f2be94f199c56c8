//! When Redis fails in the middle of things: who gets what, and that all agree in the end.

use domain::{
    invalidation::{CacheTag, InvalidationOutcome},
    metrics::period::RecentLimit,
};
use test_support::{RedisServer, TestDatabase};

use super::{
    time::{sleep, virtually},
    world::{Store, WorldNode, secs, users},
};
use crate::node::{Node, Options, eventually};

struct Fleet {
    _database: TestDatabase,
    redis: RedisServer,
    nodes: Vec<Node>,
}

impl Fleet {
    async fn new(size: usize) -> Self {
        let database = TestDatabase::postgres().await;
        let redis = RedisServer::start().unwrap();
        let url = redis.url();
        let mut nodes = Vec::new();
        for _ in 0..size {
            let options = Options { redis: Some((&url, "metrics")), ..Options::default() };
            nodes.push(Node::start(database.url(), options).await);
        }
        for node in &nodes {
            node.bus_is_up().await;
        }
        Self { _database: database, redis, nodes }
    }

    async fn admin(&self, command: &[&str]) {
        let client = redis::Client::open(self.redis.url()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        let [name, arguments @ ..] = command else { panic!("a command has a name") };
        redis::cmd(name).arg(arguments).exec_async(&mut connection).await.unwrap();
    }

    /// From here on nodes may not do what `rule` takes away, e.g. `-subscribe`; connections stay.
    async fn forbid(&self, rules: &[&str]) {
        self.admin(&[&["ACL", "SETUSER", "default"], rules].concat()).await;
    }

    async fn cut_the_bus(&self) {
        self.admin(&["CLIENT", "KILL", "TYPE", "pubsub"]).await;
        for node in &self.nodes {
            eventually("the node notices", || async { bus(node) != "healthy" }).await;
        }
    }

    async fn all_see(&self, id: sea_orm::prelude::Uuid, number: u64) {
        for node in &self.nodes {
            eventually("all agree", || async { node.number(id).await == number }).await;
        }
    }
}

fn bus(node: &Node) -> &'static str {
    node.cache.counts().instance.l2.unwrap().bus.state
}

#[tokio::test]
async fn a_store_that_redis_refuses_announces_nothing_and_the_value_is_in_l1() {
    let fleet = Fleet::new(2).await;
    let [a, b] = &fleet.nodes[..] else { panic!("two nodes") };
    let id = a.add_user().await;
    b.hears_of(a, CacheTag::Users).await;
    let heard = b.cache.counts().instance.l2.unwrap().bus.messages;
    let failures = a.cache.counts().instance.l2.unwrap().failures;
    // A store is a script, an invalidation too; reading goes on.
    fleet.forbid(&["-evalsha", "-eval"]).await;
    let loads = a.source.loads();
    assert_eq!(a.number(id).await, 0);
    eventually("the store fails", || async { a.cache.counts().instance.l2.unwrap().failures > failures })
        .await;
    assert!(a.recent_users().await.cache_status().starts_with("l1; hit"));
    assert_eq!(a.source.loads(), loads + 1);
    fleet.forbid(&["+evalsha", "+eval"]).await;
    // Whatever had been announced would have been heard before this.
    eventually("stores succeed again", || async {
        a.cache.invalidate_leads().await == InvalidationOutcome::Applied
    })
    .await;
    b.hears_of(a, CacheTag::Leads).await;
    let invalidations = a.cache.counts().instance.invalidations["leads"];
    let told = b.cache.counts().instance.l2.unwrap().bus.messages - heard;
    assert!(told <= invalidations, "{told} messages of {invalidations} invalidations");
}

#[tokio::test]
async fn redis_and_bus_down_while_a_node_writes_and_back_again_all_agree() {
    let mut fleet = Fleet::new(3).await;
    let id = fleet.nodes[0].add_user().await;
    fleet.all_see(id, 0).await;
    fleet.redis.stop();
    for number in 1..4 {
        fleet.nodes[1].write(id, number).await;
        assert_eq!(fleet.nodes[1].number(id).await, number, "a node reads its own writes");
    }
    fleet.redis.restart_empty().unwrap();
    fleet.all_see(id, 3).await;
    fleet.nodes[2].write(id, 4).await;
    fleet.all_see(id, 4).await;
}

#[tokio::test]
async fn redis_back_without_the_bus_shows_nothing_false() {
    let fleet = Fleet::new(3).await;
    let id = fleet.nodes[0].add_user().await;
    fleet.forbid(&["-subscribe"]).await;
    fleet.cut_the_bus().await;
    for number in 1..6 {
        let writer = &fleet.nodes[usize::try_from(number).unwrap() % 3];
        writer.write(id, number).await;
        // Acknowledged by Redis: whoever asks it first, as all do, sees it at once.
        for node in &fleet.nodes {
            assert_eq!(node.number(id).await, number);
            // Whether it waits or just tries again.
            assert_ne!(bus(node), "healthy");
        }
    }
    fleet.forbid(&["+subscribe"]).await;
    for node in &fleet.nodes {
        node.bus_is_up().await;
    }
    fleet.nodes[0].write(id, 6).await;
    fleet.all_see(id, 6).await;
}

#[tokio::test]
async fn the_bus_back_without_redis_answering_reads_is_not_trusted() {
    let fleet = Fleet::new(3).await;
    let id = fleet.nodes[0].add_user().await;
    fleet.all_see(id, 0).await;
    // Reads are refused: a subscription succeeds, but what was missed meanwhile cannot be told.
    fleet.forbid(&["-mget"]).await;
    fleet.cut_the_bus().await;
    let connections = |node: &Node| node.cache.counts().instance.l2.unwrap().bus.connections;
    let before: Vec<u64> = fleet.nodes.iter().map(connections).collect();
    fleet.nodes[1].write(id, 1).await;
    for (node, before) in fleet.nodes.iter().zip(before) {
        eventually("it is connected again", || async {
            node.recent_users().await;
            connections(node) > before
        })
        .await;
        assert_ne!(bus(node), "healthy", "not before all versions have been read");
    }
    assert_eq!(fleet.nodes[1].number(id).await, 1);
    fleet.forbid(&["+mget"]).await;
    fleet.all_see(id, 1).await;
    for node in &fleet.nodes {
        node.bus_is_up().await;
        assert_eq!(node.number(id).await, 1);
    }
}

#[test]
fn an_open_breaker_lets_calls_skip_redis_and_they_resume_afterwards() {
    virtually(async {
        let store = Store::new();
        let node = WorldNode::sharing(&store, &[("CACHE_TTL_RECENT_USERS_SECS", "1")]);
        node.is_warm().await;
        store.is_down(true);
        let breaker = || node.cache.stats().instance.l2.unwrap().breaker;
        while breaker() != "open" {
            node.get(users()).await.unwrap();
            sleep(secs(1)).await;
        }
        let calls = store.calls();
        // Half of the first back-off at least.
        for _ in 0..100 {
            node.cache.get(infra::cache::key::Key::RecentUsers("3".parse().unwrap()), None).await.unwrap();
        }
        assert_eq!((store.calls(), breaker()), (calls, "open"));
        store.is_down(false);
        sleep(secs(60)).await;
        assert_eq!(breaker(), "half_open");
        node.get(users()).await.unwrap();
        assert!(store.calls() > calls);
        assert_eq!(breaker(), "closed");
    });
}

#[tokio::test]
async fn redis_gone_in_the_middle_of_a_load_the_caller_and_l1_get_the_value() {
    let mut fleet = Fleet::new(1).await;
    let id = fleet.nodes[0].add_user().await;
    fleet.nodes[0].cache.invalidate_all().await;
    fleet.nodes[0].source.hold();
    let cache = fleet.nodes[0].cache.clone();
    let reading = tokio::spawn(async move { cache.recent_users(RecentLimit::default(), None).await });
    fleet.nodes[0].source.is_holding().await;
    fleet.redis.stop();
    fleet.nodes[0].source.release();
    let served = reading.await.unwrap().unwrap();
    assert_eq!(crate::node::number_of(&served, id), 0);
    let loads = fleet.nodes[0].source.loads();
    assert_eq!(fleet.nodes[0].number(id).await, 0);
    assert_eq!(fleet.nodes[0].source.loads(), loads, "it was in L1");
}
