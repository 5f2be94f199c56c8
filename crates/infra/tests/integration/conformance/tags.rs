//! Whom an invalidation reaches, on three nodes, and whom it leaves alone.

use domain::{
    invalidation::{CacheTag, CacheTags},
    metrics::period::{MetricsQuery, RecentLimit},
};
use infra::cache::{codec, versions::Stamp};
use test_support::{TestDatabase, TestRedis};

use super::world::users;
use crate::node::{Node, entries_are_stored};

struct Three {
    _database: TestDatabase,
    redis: TestRedis,
    nodes: Vec<Node>,
}

impl Three {
    async fn new() -> Self {
        let database = TestDatabase::postgres().await;
        let redis = TestRedis::new().await;
        let mut nodes = Vec::new();
        for _ in 0..3 {
            let node = Node::with_redis(database.url(), &redis).await;
            node.bus_is_up().await;
            nodes.push(node);
        }
        Self { _database: database, redis, nodes }
    }

    /// Invalidates `tag` on the first node, and waits until all have heard of it.
    async fn invalidate(&self, tag: CacheTag) {
        match tag {
            CacheTag::Users => self.nodes[0].cache.invalidate_users().await,
            CacheTag::Proposals => self.nodes[0].cache.invalidate_proposals().await,
            CacheTag::Leads => self.nodes[0].cache.invalidate_leads().await,
            other => self.nodes[0].cache.invalidate(other.into()).await,
        };
        if CacheTags::OF_ANSWERS.contains(tag) {
            for node in &self.nodes {
                node.hears_of(&self.nodes[0], tag).await;
            }
        }
    }
}

/// Every shape of tags that a value could have: what a stamp carries decides, whatever the value.
#[tokio::test]
async fn of_three_pairs_of_tags_only_the_one_without_the_invalidated_tag_lives_on_all_nodes() {
    let three = Three::new().await;
    let tags = [CacheTag::Users, CacheTag::Proposals, CacheTag::Leads];
    for x in tags {
        let [y, z]: [CacheTag; 2] =
            tags.into_iter().filter(|tag| *tag != x).collect::<Vec<_>>().try_into().unwrap();
        let pairs = [CacheTags::of(&[x, y]), CacheTags::of(&[y, z]), CacheTags::of(&[x, z])];
        let stamps: Vec<[Stamp; 3]> = three
            .nodes
            .iter()
            .map(|node| pairs.map(|tags| Stamp { tags, ..node.cache.sessions_stamp() }))
            .collect();
        three.invalidate(x).await;
        for (node, stamps) in three.nodes.iter().zip(&stamps) {
            let alive = stamps.map(|stamp| node.cache.is_current(&stamp));
            assert_eq!(alive, [false, true, false], "{x} invalidated");
        }
    }
}

/// The same with real parts: the newest users carry `users` and `proposals`, every other part `leads` too.
#[tokio::test]
async fn of_the_parts_only_those_that_do_not_carry_the_tag_live_on_all_nodes() {
    let three = Three::new().await;
    for node in &three.nodes {
        node.dashboard().await;
    }
    three.invalidate(CacheTag::Leads).await;
    for node in &three.nodes {
        assert!(node.recent_users().await.cache_status().starts_with("l1; hit"));
        let query = MetricsQuery::default();
        let others = [
            node.cache.overview(query, None).await.unwrap(),
            node.cache.charts(query, None).await.unwrap(),
            node.cache.recent_proposals(RecentLimit::default(), None).await.unwrap(),
        ];
        for served in others {
            let status = served.cache_status();
            assert!(status.starts_with("l1; fwd=stale"), "{status}");
        }
    }
}

/// A tag that no part carries is told on the same bus, and makes nothing old.
#[tokio::test]
async fn an_unrelated_tag_leaves_every_entry_alone() {
    let three = Three::new().await;
    for node in &three.nodes {
        node.dashboard().await;
    }
    let sessions = three.nodes.iter().map(|node| node.cache.sessions_stamp()).collect::<Vec<_>>();
    three.invalidate(CacheTag::Sessions).await;
    for (node, stamp) in three.nodes.iter().zip(&sessions) {
        crate::node::eventually("it is heard of", || async { !node.cache.is_current(stamp) }).await;
        for served in [node.dashboard().await, node.recent_users().await] {
            let status = served.cache_status();
            assert!(status.starts_with("l1; hit"), "{status}");
        }
    }
}

/// A value that comes to carry fewer tags stays fresh when a tag goes that it no longer carries. Ours carry those of their
/// key, always: an entry of L2 with others, as another release may have stored it, is not believed.
#[tokio::test]
async fn an_entry_restored_without_a_tag_no_longer_dies_by_it_and_is_refused_where_its_key_carries_the_tag() {
    let three = Three::new().await;
    let (a, b) = (&three.nodes[0], &three.nodes[1]);
    let with = Stamp { tags: users().tags(), ..a.cache.sessions_stamp() };
    let without = Stamp { tags: CacheTags::of(&[CacheTag::Proposals, CacheTag::All]), ..with };
    a.cache.invalidate_users().await;
    assert_eq!([with, without].map(|stamp| a.cache.is_current(&stamp)), [false, true]);

    a.recent_users().await;
    entries_are_stored(three.redis.url(), three.redis.namespace(), 1).await;
    b.hears_of(a, CacheTag::Users).await;
    // As `a` stored it, but for the tag.
    let client = redis::Client::open(three.redis.url()).unwrap();
    let mut admin = client.get_multiplexed_async_connection().await.unwrap();
    let text = users().text();
    let name = format!("{{{}}}:{text}", three.redis.namespace());
    let now: (u64, u64) = redis::cmd("TIME").query_async(&mut admin).await.unwrap();
    let created = format!("{:016}", now.0 * 1_000_000 + now.1);
    let payload = codec::encode(&text, &without, std::time::Duration::from_secs(30), b"{\"meta\":{}}");
    let stored = [created.as_bytes(), &payload, created.as_bytes()].concat();
    assert!(codec::decode(&text, stored.clone().into()).is_some(), "it is an entry");
    redis::cmd("SET").arg(name).arg(stored).exec_async(&mut admin).await.unwrap();
    let (loads, undecodable) = (b.source.loads(), b.cache.counts().instance.l2.unwrap().undecodable);
    assert_eq!(b.recent_users().await.cache_status(), "l1; fwd=stale, l2; fwd=miss");
    assert_eq!(b.source.loads(), loads + 1);
    assert_eq!(b.cache.counts().instance.l2.unwrap().undecodable, undecodable + 1);
}
