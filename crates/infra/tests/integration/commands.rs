//! What Redis is sent, as `MONITOR` shows it: commands are money.

use std::sync::Arc;

use domain::{
    entities::{
        lead::LeadStatus,
        moves::BulkMove,
        proposal::{ProposalPatch, ProposalStatus},
    },
    ports::SystemClock,
};
use futures_util::StreamExt as _;
use infra::repositories::{Expected, LeadRepository, ProposalRepository};
use sea_orm::ActiveModelTrait as _;
use test_support::{RedisServer, TestDatabase};

use crate::{
    hooks::{new_lead, new_proposal},
    node::{Node, Options, PATIENCE, entries_are_stored, new_user},
};

/// Watches a Redis of its own.
pub(crate) struct Monitor {
    lines: std::pin::Pin<Box<dyn futures_util::Stream<Item = String> + Send>>,
    marker: redis::aio::MultiplexedConnection,
    marked: u32,
}

impl Monitor {
    pub(crate) async fn start(url: &str) -> Self {
        let client = redis::Client::open(url).unwrap();
        let marker = client.get_multiplexed_async_connection().await.unwrap();
        let monitor = client.get_async_monitor().await.unwrap();
        Self { lines: Box::pin(monitor.into_on_message::<String>()), marker, marked: 0 }
    }

    /// The commands since the last call, but for what scripts do inside.
    pub(crate) async fn commands(&mut self) -> Vec<String> {
        self.marked += 1;
        let mark = format!("mark-{}", self.marked);
        redis::cmd("ECHO").arg(&mark).exec_async(&mut self.marker).await.unwrap();
        let mut commands = Vec::new();
        loop {
            let line = tokio::time::timeout(PATIENCE, self.lines.next()).await.unwrap().unwrap();
            if line.contains(&mark) {
                return commands;
            }
            // `1700000000.000000 [0 127.0.0.1:1234] "MGET" "key" …`; inside a script: `[0 lua]`.
            let (source, command) = line.split_once("] ").unwrap();
            if !source.ends_with("lua") {
                commands.push(command.split(' ').next().unwrap().trim_matches('"').to_uppercase());
            }
        }
    }
}

struct Fixture {
    database: TestDatabase,
    redis: RedisServer,
    monitor: Monitor,
    node: Node,
}

impl Fixture {
    /// A node whose bus is up, whose scripts Redis knows and whose tags have versions.
    async fn warm() -> Self {
        let database = TestDatabase::sqlite().await;
        let redis = RedisServer::start().unwrap();
        let node = start(&database, &redis).await;
        node.add_user().await;
        node.bus_is_up().await;
        entries_are_stored(&redis.url(), "metrics", 1).await;
        let monitor = Monitor::start(&redis.url()).await;
        Self { database, redis, monitor, node }
    }
}

async fn start(database: &TestDatabase, redis: &RedisServer) -> Node {
    let url = redis.url();
    Node::start(database.url(), Options { redis: Some((&url, "metrics")), ..Options::default() }).await
}

#[tokio::test]
async fn a_cold_dashboard_is_one_read_and_one_store() {
    let mut f = Fixture::warm().await;
    f.node.cache.invalidate_all().await;
    assert_eq!(f.monitor.commands().await, ["EVALSHA"], "an invalidation");
    let loads = f.node.source.loads();
    f.node.dashboard().await;
    entries_are_stored(&f.redis.url(), "metrics", 4).await;
    assert_eq!(f.node.source.loads() - loads, 4);
    let mut commands = f.monitor.commands().await;
    commands.retain(|command| command != "KEYS" && command != "CLIENT");
    assert_eq!(
        commands,
        ["MGET", "EVALSHA"],
        "four parts and four tags in one read, four parts in one store"
    );
    f.node.dashboard().await;
    f.node.recent_users().await;
    assert_eq!(f.monitor.commands().await, [""; 0], "hits in L1");
}

#[tokio::test]
async fn another_instance_reads_the_dashboard_by_one_command_once_it_knows_the_clock() {
    let mut f = Fixture::warm().await;
    f.node.dashboard().await;
    entries_are_stored(&f.redis.url(), "metrics", 4).await;
    let other = start(&f.database, &f.redis).await;
    other.bus_is_up().await;
    f.monitor.commands().await;
    let loads = other.source.loads();
    other.dashboard().await;
    assert_eq!(f.monitor.commands().await, ["MGET"]);
    assert_eq!(other.source.loads(), loads, "all parts came out of L2");
}

#[tokio::test]
async fn an_invalidation_of_any_number_of_tags_is_one_command() {
    use domain::invalidation::CacheTags;
    let mut f = Fixture::warm().await;
    f.node.cache.invalidate(CacheTags::EVERY).await;
    assert_eq!(f.monitor.commands().await, ["EVALSHA"]);
}

#[tokio::test]
async fn a_write_is_one_command() {
    let mut f = Fixture::warm().await;
    f.node.add_user().await;
    assert_eq!(f.monitor.commands().await, ["EVALSHA"]);
}

#[tokio::test]
async fn a_bulk_move_is_one_command_and_none_where_nothing_moves() {
    let mut f = Fixture::warm().await;
    let clock = || Arc::new(SystemClock);
    let proposals = ProposalRepository::new(f.node.db.clone(), clock());
    let leads = LeadRepository::new(f.node.db.clone(), clock());
    let owner = new_user(0).insert(&f.node.db).await.unwrap();
    let first = new_proposal(&owner).insert(&f.node.db).await.unwrap();
    let second = new_proposal(&owner).insert(&f.node.db).await.unwrap();
    let lead = new_lead(&first).insert(&f.node.db).await.unwrap();
    f.monitor.commands().await;

    let send = BulkMove { ids: vec![first.id, second.id], status: ProposalStatus::Sent };
    let lose = BulkMove { ids: vec![lead.id], status: LeadStatus::Lost };
    proposals.move_many(send.clone()).await.unwrap();
    assert_eq!(f.monitor.commands().await, ["EVALSHA"], "proposals and users in one");
    leads.move_many(lose.clone()).await.unwrap();
    assert_eq!(f.monitor.commands().await, ["EVALSHA"]);

    proposals.move_many(send).await.unwrap();
    leads.move_many(lose).await.unwrap();
    let back = BulkMove { ids: vec![first.id], status: ProposalStatus::Draft };
    assert!(proposals.move_many(back).await.is_err());
    proposals.update(first.id, ProposalPatch::default(), Expected::Anything).await.unwrap();
    assert_eq!(f.monitor.commands().await, [""; 0]);
}

#[tokio::test]
async fn an_instance_that_nobody_asks_sends_nothing() {
    let mut f = Fixture::warm().await;
    f.node.dashboard().await;
    entries_are_stored(&f.redis.url(), "metrics", 4).await;
    f.monitor.commands().await;
    // Whatever the engine did on a timer it would do within its longest patience for the bus.
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    assert_eq!(f.monitor.commands().await, [""; 0]);
}

#[tokio::test]
async fn what_is_counted_is_what_is_sent() {
    let database = TestDatabase::sqlite().await;
    let redis = RedisServer::start().unwrap();
    let node = start(&database, &redis).await;
    node.add_user().await;
    node.bus_is_up().await;
    node.dashboard().await;
    entries_are_stored(&redis.url(), "metrics", 4).await;
    let mut monitor = Monitor::start(&redis.url()).await;
    let before = node.cache.counts().instance.l2.unwrap().commands.total;
    for _ in 0..3 {
        node.cache.invalidate_all().await;
        node.recent_users().await;
    }
    crate::node::eventually("three stores", || async {
        node.cache.counts().instance.l2.unwrap().commands.total - before >= 9
    })
    .await;
    // The last store is counted when it is sent; its reply comes before the next read's.
    node.cache.invalidate_all().await;
    let counted = node.cache.counts().instance.l2.unwrap().commands.total - before;
    assert_eq!(monitor.commands().await.len() as u64, counted);
}
