//! Two nodes on one database and one Redis: what one writes the other sees, whatever happens in between.

use domain::{
    invalidation::CacheTag,
    metrics::period::{MetricsQuery, RecentLimit},
};
use infra::cache::{CacheError, DataVersion};
use test_support::{RedisServer, TestDatabase, TestRedis};

use crate::node::{Node, Options, entries_are_stored, eventually, number_of};

struct Pair {
    _database: TestDatabase,
    redis: TestRedis,
    a: Node,
    b: Node,
}

impl Pair {
    async fn new() -> Self {
        let database = TestDatabase::postgres().await;
        let redis = TestRedis::new().await;
        let a = Node::with_redis(database.url(), &redis).await;
        let b = Node::with_redis(database.url(), &redis).await;
        Self { _database: database, redis, a, b }
    }

    fn key(&self, name: &str) -> String {
        format!("{{{}}}:{name}", self.redis.namespace())
    }

    async fn admin(&self) -> redis::aio::MultiplexedConnection {
        redis::Client::open(self.redis.url()).unwrap().get_multiplexed_async_connection().await.unwrap()
    }

    /// The same with a Redis of its own, to be stopped and the like.
    async fn on(redis: &RedisServer, settings: &[(&str, &str)]) -> (TestDatabase, Node, Node) {
        let database = TestDatabase::postgres().await;
        let url = redis.url();
        let options = || Options { redis: Some((&url, "metrics")), settings, ..Options::default() };
        let a = Node::start(database.url(), options()).await;
        let b = Node::start(database.url(), options()).await;
        (database, a, b)
    }
}

#[tokio::test]
async fn a_write_on_one_node_is_seen_by_the_other_with_the_bus_message() {
    let pair = Pair::new().await;
    let id = pair.a.add_user().await;
    pair.b.bus_is_up().await;
    for number in 1..20 {
        pair.a.write(id, number).await;
        pair.b.hears_of(&pair.a, CacheTag::Users).await;
        assert_eq!(pair.b.number(id).await, number);
    }
}

#[tokio::test]
async fn a_value_loaded_by_one_node_is_read_from_redis_by_the_other() {
    let pair = Pair::new().await;
    let id = pair.a.add_user().await;
    pair.b.bus_is_up().await;
    pair.a.write(id, 5).await;
    let loaded = pair.a.recent_users().await;
    entries_are_stored(pair.redis.url(), pair.redis.namespace(), 1).await;
    pair.b.hears_of(&pair.a, CacheTag::Users).await;
    let loads = pair.b.source.loads();
    let read = pair.b.recent_users().await;
    // The store may have been overtaken by this read; then the next one finds it.
    if pair.b.source.loads() == loads {
        assert_eq!(read.cache_status().split(", ").nth(1).map(|l2| l2.starts_with("l2; hit")), Some(true));
        assert_eq!(read.data_version, loaded.data_version);
    }
    assert_eq!(number_of(&read, id), 5);
}

#[tokio::test]
async fn a_client_never_gets_older_data_than_it_has_seen_elsewhere() {
    let pair = Pair::new().await;
    let id = pair.a.add_user().await;
    pair.b.bus_is_up().await;
    for number in 1..50 {
        pair.a.write(id, number).await;
        let seen = pair.a.cache.data_version();
        // At once, whether or not the bus has told it yet.
        let served = pair.b.cache.recent_users(RecentLimit::default(), Some(&seen)).await.unwrap();
        assert_eq!(number_of(&served, id), number);
        assert!(served.data_version.get(CacheTag::Users) >= seen.get(CacheTag::Users));
        let dashboard = pair.b.cache.dashboard(MetricsQuery::default(), Some(&seen)).await.unwrap();
        let text = String::from_utf8(dashboard.body.identity.bytes.to_vec()).unwrap();
        assert_eq!(text.matches(&format!("\"{id}\":{number}")).count(), 4, "{text}");
    }
}

#[tokio::test]
async fn a_version_that_nobody_can_have_seen_is_refused() {
    let pair = Pair::new().await;
    pair.a.add_user().await;
    let day_ahead = pair.a.cache.data_version().get(CacheTag::Users).unwrap() + 86_400_000_000;
    let min = DataVersion::parse(&format!("users={day_ahead}")).unwrap();
    let refused = pair.b.cache.recent_users(RecentLimit::default(), Some(&min)).await;
    assert!(matches!(refused, Err(CacheError::VersionAhead)), "{refused:?}");
}

#[tokio::test]
async fn a_version_a_little_ahead_is_answered_from_the_database_and_not_kept() {
    let pair = Pair::new().await;
    let id = pair.a.add_user().await;
    pair.a.recent_users().await;
    let ahead = pair.a.cache.data_version().get(CacheTag::Users).unwrap() + 1_000_000;
    let min = DataVersion::parse(&format!("users={ahead}")).unwrap();
    let loads = pair.a.source.loads();
    for _ in 0..2 {
        let served = pair.a.cache.recent_users(RecentLimit::default(), Some(&min)).await.unwrap();
        assert_eq!(number_of(&served, id), 0);
        assert!(served.cache_status().starts_with("l1; fwd=request"), "{}", served.cache_status());
    }
    assert_eq!(pair.a.source.loads() - loads, 2);
}

#[tokio::test]
async fn garbage_on_the_bus_is_a_gap_that_closes_by_itself() {
    let pair = Pair::new().await;
    let id = pair.a.add_user().await;
    pair.b.bus_is_up().await;
    let mut admin = pair.admin().await;
    for (gaps, message) in ["", "nonsense", "x;users=18446744073709551615"].into_iter().enumerate() {
        redis::cmd("PUBLISH").arg(pair.key("bus")).arg(message).exec_async(&mut admin).await.unwrap();
        eventually("the gap is noticed", || async {
            pair.b.cache.counts().instance.l2.unwrap().bus.gaps > gaps as u64
        })
        .await;
        pair.b.bus_is_up().await;
        let number = gaps as u64 + 1;
        pair.a.write(id, number).await;
        pair.b.hears_of(&pair.a, CacheTag::Users).await;
        assert_eq!(pair.b.number(id).await, number);
    }
}

/// What a client has seen elsewhere is believed although this node cannot ask Redis about it.
#[tokio::test]
async fn a_new_version_is_not_refused_because_redis_is_silent() {
    let mut redis = RedisServer::start().unwrap();
    let (_database, a, b) = Pair::on(&redis, &[]).await;
    let id = a.add_user().await;
    a.bus_is_up().await;
    b.write(id, 1).await;
    redis.stop();
    // As if it were minutes since this node has heard of anything: a version as new as its clock allows.
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let min = DataVersion::parse(&format!("users={}", now.as_micros() + 50_000_000)).unwrap();
    let served = a.cache.recent_users(RecentLimit::default(), Some(&min)).await.unwrap();
    assert_eq!(number_of(&served, id), 1);
}
