//! Invalidating and clearing: by the protocol, and seen by every node.

use domain::invalidation::{CacheTag, CacheTags};
use infra::cache::{L2Health, inspect::State, l2::L2, versions::PerTag};
use test_support::{RedisServer, TestDatabase, TestRedis};

use super::{connection, console, l2, set};
use crate::node::{Node, Options, entries_are_stored, eventually};

#[tokio::test]
async fn an_invalidation_raises_the_versions_and_nodes_hear_of_it() {
    let (database, redis) = (TestDatabase::sqlite().await, TestRedis::new().await);
    let node = Node::with_redis(database.url(), &redis).await;
    let id = node.add_user().await;
    node.bus_is_up().await;
    assert_eq!(node.number(id).await, 0);
    let loads = node.source.loads();
    assert_eq!(node.recent_users().await.cache_status().split(';').nth(1), Some(" hit"));

    let mut console = console(redis.url(), redis.namespace()).await;
    let tags = CacheTags::of(&[CacheTag::Users, CacheTag::Leads]);
    let (before, reply) = console.invalidate(tags, "console").await.unwrap();
    for tag in tags.iter() {
        assert!(reply.versions[tag] > before[tag].unwrap());
    }
    assert_eq!(reply.heard_by, Some(1));
    let version = reply.versions[CacheTag::Users];
    eventually("the node hears of it", || async {
        node.cache.counts().instance.tag_versions["users"] >= version
    })
    .await;
    node.recent_users().await;
    assert!(node.source.loads() > loads, "it answered from what was invalidated");
    let after = console.tags().await.unwrap();
    assert_eq!(after[CacheTag::Users].version, Some(version));
    assert_eq!(after[CacheTag::Proposals].version, before[CacheTag::Proposals]);
}

#[tokio::test]
async fn clearing_removes_entries_and_leaves_tags_and_what_is_not_ours() {
    let (database, redis) = (TestDatabase::sqlite().await, TestRedis::new().await);
    let node = Node::with_redis(database.url(), &redis).await;
    node.add_user().await;
    node.bus_is_up().await;
    node.dashboard().await;
    let (url, namespace) = (redis.url(), redis.namespace());
    entries_are_stored(url, namespace, 4).await;
    set(url, &format!("{{{namespace}}}:v7:other:release"), b"x").await;
    set(url, &format!("{{{namespace}}}:notes"), b"x").await;

    let mut console = console(url, namespace).await;
    let before = console.tags().await.unwrap();
    let cleared = console.clear("console").await.unwrap();
    assert_eq!((cleared.removed, cleared.heard_by), (5, Some(1)));
    assert_eq!(cleared.foreign, ["notes"]);
    let after = console.tags().await.unwrap();
    for tag in [CacheTag::Users, CacheTag::Proposals, CacheTag::Leads] {
        assert_eq!(after[tag].version, before[tag].version, "{tag}");
    }
    assert!(after[CacheTag::All].version > before[CacheTag::All].version);
    assert_eq!(after[CacheTag::All].version, Some(cleared.version));

    // What the node has in memory is not served, and what it computes is stored again.
    eventually("the node hears of it", || async {
        node.cache.counts().instance.tag_versions["all"] >= cleared.version
    })
    .await;
    let loads = node.source.loads();
    node.dashboard().await;
    assert_eq!(node.source.loads(), loads + 4);
    entries_are_stored(url, namespace, 4).await;
    let contents = console.contents().await.unwrap();
    assert!(contents.entries.iter().all(|item| item.state == State::Fresh), "{contents:?}");
}

#[tokio::test]
async fn other_namespaces_are_untouched_whatever_the_name_means_in_a_pattern() {
    let redis = RedisServer::start().unwrap();
    let namespaces = ["a*b", "axb", "a", "[x]", "x", "a?b", "a\\b", "metrics"];
    let key = |namespace: &str| format!("{{{namespace}}}:v1:recentUsers:10");
    for namespace in namespaces {
        set(&redis.url(), &key(namespace), b"x").await;
    }
    let mut left: Vec<&str> = namespaces.to_vec();
    for namespace in ["a*b", "[x]", "a?b", "a\\b"] {
        let mut console = console(&redis.url(), namespace).await;
        assert_eq!(console.contents().await.unwrap().entries.len(), 1, "{namespace}");
        assert_eq!(console.clear("console").await.unwrap().removed, 1, "{namespace}");
        left.retain(|other| *other != namespace);
        let mut connection = connection(&redis.url()).await;
        for other in namespaces {
            let exists: bool =
                redis::cmd("EXISTS").arg(key(other)).query_async(&mut connection).await.unwrap();
            assert_eq!(exists, left.contains(&other), "{other} after clearing {namespace}");
        }
    }
}

/// From here on an invalidation cannot make its own room; no more can it on servers that count bytes in another way.
async fn without_del(admin: &mut redis::aio::MultiplexedConnection) {
    redis::cmd("ACL").arg(&["SETUSER", "default", "-del"]).exec_async(admin).await.unwrap();
}

#[tokio::test]
async fn a_full_redis_can_be_cleared() {
    let redis = RedisServer::start().unwrap();
    let l2 = l2(&redis.url(), "metrics");
    l2.start(CacheTags::EVERY, &PerTag::default(), None).await.unwrap();
    for number in 0..20 {
        set(&redis.url(), &format!("{{metrics}}:v1:big:{number}"), &vec![7; 256 * 1024]).await;
    }
    let mut admin = connection(&redis.url()).await;
    let mut console = console(&redis.url(), "metrics").await;
    let used = console.server().await.unwrap().used_memory.unwrap();
    let limit = (used - 2 * 1024 * 1024).to_string();
    redis::cmd("CONFIG").arg(&["SET", "maxmemory", &limit]).exec_async(&mut admin).await.unwrap();
    let invalidated = console.invalidate(CacheTag::All.into(), "console").await;
    assert!(invalidated.is_ok(), "a version has its place, however full memory is: {invalidated:?}");
    without_del(&mut admin).await;
    let trouble = console.invalidate(CacheTag::All.into(), "console").await.unwrap_err();
    assert_eq!(trouble.code.as_deref(), Some("OOM"), "{trouble}");
    let before = console.tags().await.unwrap()[CacheTag::All].version;
    assert!(console.contents().await.unwrap().entries.len() == 20);
    let cleared = console.clear("console").await.unwrap();
    assert_eq!(cleared.removed, 20);
    assert!(Some(cleared.version) > before);
}

#[tokio::test]
async fn clearing_a_redis_that_is_full_of_other_things_does_not_advise_to_clear_it() {
    let redis = RedisServer::start().unwrap();
    set(&redis.url(), "other", &vec![7; 4 * 1024 * 1024]).await;
    set(&redis.url(), "{metrics}:v1:recentUsers:10", b"x").await;
    let mut admin = connection(&redis.url()).await;
    let mut console = console(&redis.url(), "metrics").await;
    redis::cmd("CONFIG").arg(&["SET", "maxmemory", "3mb"]).exec_async(&mut admin).await.unwrap();
    without_del(&mut admin).await;
    let trouble = console.clear("console").await.unwrap_err();
    assert!(trouble.problem.contains("something else: this cache's entries are removed (1)"), "{trouble}");
    assert!(trouble.advice.contains("maxmemory") && !trouble.advice.contains("cache clear"), "{trouble}");
    assert!(console.contents().await.unwrap().entries.is_empty());
}

/// What a user made for Redis 7 lacks if nobody thought of it: the right to the bus's channel.
#[tokio::test]
async fn without_the_right_to_publish_it_says_so_and_a_node_that_cannot_is_not_well() {
    let (database, redis) = (TestDatabase::sqlite().await, RedisServer::start().unwrap());
    redis::cmd("ACL")
        .arg(&["SETUSER", "mute", "on", ">pw", "~{metrics}:*", "+@all", "resetchannels"])
        .exec_async(&mut connection(&redis.url()).await)
        .await
        .unwrap();
    let url = redis.url().replace("redis://", "redis://mute:pw@");
    let mut console = console(&url, "metrics").await;
    let trouble = console.invalidate(CacheTag::All.into(), "console").await.unwrap_err();
    assert!(trouble.problem.contains("publish to the channel"), "{trouble}");
    assert!(trouble.advice.contains("ACL SETUSER"), "{trouble}");

    let node =
        Node::start(database.url(), Options { redis: Some((&url, "metrics")), ..Options::default() }).await;
    let id = node.add_user().await;
    node.write(id, 1).await;
    assert_eq!(node.number(id).await, 1);
    // Redis answered the read; that does not make up for what it refuses.
    assert_eq!(node.cache.l2_health(), L2Health::Down);
    redis::cmd("ACL")
        .arg(&["SETUSER", "mute", "allchannels"])
        .exec_async(&mut connection(&redis.url()).await)
        .await
        .unwrap();
    eventually("it is sent at last", || async { node.cache.l2_health() == L2Health::Up }).await;
}

#[tokio::test]
async fn a_replica_takes_no_invalidation_and_is_named() {
    let (primary, replica) = (RedisServer::start().unwrap(), RedisServer::start().unwrap());
    redis::cmd("REPLICAOF")
        .arg(primary.host())
        .arg(primary.port())
        .exec_async(&mut connection(&replica.url()).await)
        .await
        .unwrap();
    let mut console = console(&replica.url(), "metrics").await;
    assert!(console.server().await.unwrap().is_replica());
    let trouble = console.invalidate(CacheTag::All.into(), "console").await.unwrap_err();
    assert!(["READONLY", "MASTERDOWN"].contains(&trouble.code.as_deref().unwrap()), "{trouble}");
    assert!(trouble.advice.contains("primary"), "{trouble}");
}

#[tokio::test]
async fn a_node_over_a_cleared_redis_answers_and_another_namespace_is_not_told() {
    let (database, redis) = (TestDatabase::sqlite().await, TestRedis::new().await);
    let node = Node::with_redis(database.url(), &redis).await;
    let other = redis.namespace().to_owned() + "-2";
    let options = Options { redis: Some((redis.url(), &other)), ..Options::default() };
    let stranger = Node::start(database.url(), options).await;
    stranger.add_user().await;
    node.bus_is_up().await;
    stranger.bus_is_up().await;
    let version = stranger.cache.counts().instance.tag_versions["all"];
    let mut console = console(redis.url(), redis.namespace()).await;
    assert_eq!(console.clear("console").await.unwrap().heard_by, Some(1));
    node.dashboard().await;
    assert_eq!(stranger.cache.counts().instance.tag_versions["all"], version);
}
