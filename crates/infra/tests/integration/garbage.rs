//! Whatever lies under our keys and whatever comes over the bus, readers get right values.

use std::collections::HashMap;

use domain::invalidation::CacheTag;
use proptest::{
    collection::vec,
    prelude::any,
    strategy::{Strategy, ValueTree as _},
    test_runner::TestRunner,
};
use redis::aio::MultiplexedConnection;
use test_support::{TestDatabase, TestRedis};

use crate::node::{Node, PATIENCE, entries_are_stored, eventually};

/// One of `strategy`'s values.
fn any_of<T: std::fmt::Debug>(runner: &mut TestRunner, strategy: &impl Strategy<Value = T>) -> T {
    strategy.new_tree(runner).unwrap().current()
}

async fn admin(redis: &TestRedis) -> MultiplexedConnection {
    redis::Client::open(redis.url()).unwrap().get_multiplexed_async_connection().await.unwrap()
}

fn name(redis: &TestRedis, text: &str) -> String {
    format!("{{{}}}:{text}", redis.namespace())
}

async fn keys(redis: &TestRedis, admin: &mut MultiplexedConnection) -> Vec<String> {
    let mut keys: Vec<String> = redis::cmd("KEYS").arg(name(redis, "v*")).query_async(admin).await.unwrap();
    keys.sort_unstable();
    keys
}

async fn set(admin: &mut MultiplexedConnection, key: &str, value: &[u8]) {
    redis::cmd("SET").arg(key).arg(value).exec_async(admin).await.unwrap();
}

/// A node whose settings let nothing become old by itself.
async fn node(database: &TestDatabase, redis: &TestRedis) -> Node {
    Node::with_redis(database.url(), redis).await
}

#[tokio::test]
async fn entries_that_are_anything_are_misses_and_counted() {
    let (database, redis) = (TestDatabase::postgres().await, TestRedis::new().await);
    let writer = node(&database, &redis).await;
    let id = writer.add_user().await;
    writer.write(id, 7).await;
    writer.dashboard().await;
    entries_are_stored(redis.url(), redis.namespace(), 4).await;
    let mut admin = admin(&redis).await;
    let names = keys(&redis, &mut admin).await;
    let mut good = HashMap::new();
    for key in &names {
        let value: Vec<u8> = redis::cmd("GET").arg(key).query_async(&mut admin).await.unwrap();
        good.insert(key.clone(), value);
    }
    let mut runner = TestRunner::default();
    let bytes = vec(any::<u8>(), 1..400);
    for round in 0..24_usize {
        let mut laid = Vec::new();
        for (at, key) in names.iter().enumerate() {
            let entry = &good[key];
            let cut = any_of(&mut runner, &(0..entry.len()));
            let garbage = match (round + at) % 6 {
                0 => any_of(&mut runner, &bytes),
                // Damaged in one place.
                1 => {
                    let mut entry = entry.clone();
                    entry[cut] ^= any_of(&mut runner, &(1_u8..));
                    entry
                }
                2 => entry[..cut].to_vec(),
                3 => [&entry[..], &any_of(&mut runner, &bytes)].concat(),
                // Another key's, whole.
                4 => good[&names[(at + 1) % names.len()]].clone(),
                _ => [&entry[..cut], &any_of(&mut runner, &bytes), &entry[cut..]].concat(),
            };
            set(&mut admin, key, &garbage).await;
            laid.push((key, garbage));
        }
        let reader = node(&database, &redis).await;
        assert_eq!(reader.number(id).await, 7, "{laid:?}");
        let dashboard = reader.dashboard().await;
        assert!(dashboard.body.identity.bytes.windows(2).any(|text| text == b":7"), "{laid:?}");
        let counts = reader.cache.counts().instance;
        assert_eq!(counts.l2.unwrap().undecodable, names.len() as u64, "{laid:?}");
        assert!(counts.parts.values().all(|part| part.l2_hits == 0), "{laid:?}");
        // What it stores is good again, and must not come over the next round's garbage.
        eventually("the reader has stored what it loaded", || async {
            let now = stored(&names, &mut admin.clone()).await;
            laid.iter().zip(&now).all(|((_, garbage), now)| garbage != now)
        })
        .await;
    }
    // And what was stored over the garbage is read.
    let reader = node(&database, &redis).await;
    assert_eq!(reader.number(id).await, 7);
    assert_eq!(reader.cache.counts().instance.l2.unwrap().undecodable, 0);
    assert_eq!(reader.source.loads(), 0);
}

async fn stored(names: &[String], admin: &mut MultiplexedConnection) -> Vec<Vec<u8>> {
    redis::cmd("MGET").arg(names).query_async(admin).await.unwrap()
}

#[tokio::test]
async fn a_value_of_another_type_under_our_key_is_a_miss() {
    let (database, redis) = (TestDatabase::postgres().await, TestRedis::new().await);
    let writer = node(&database, &redis).await;
    let id = writer.add_user().await;
    writer.dashboard().await;
    entries_are_stored(redis.url(), redis.namespace(), 4).await;
    let mut admin = admin(&redis).await;
    for key in keys(&redis, &mut admin).await {
        redis::cmd("DEL").arg(&key).exec_async(&mut admin).await.unwrap();
        redis::cmd("HSET").arg(&key).arg("a field").arg("a value").exec_async(&mut admin).await.unwrap();
    }
    let reader = node(&database, &redis).await;
    assert_eq!(reader.number(id).await, 0);
    // The store replaces it.
    let another = node(&database, &redis).await;
    eventually("an entry is there again", || async {
        another.cache.invalidate_leads().await;
        another.number(id).await == 0 && another.cache.counts().instance.parts["recentUsers"].l2_hits > 0
    })
    .await;
}

#[tokio::test]
async fn versions_that_are_anything_are_unknown_and_started() {
    let (database, redis) = (TestDatabase::postgres().await, TestRedis::new().await);
    let (a, b) = (node(&database, &redis).await, node(&database, &redis).await);
    let id = a.add_user().await;
    a.bus_is_up().await;
    b.bus_is_up().await;
    let mut admin = admin(&redis).await;
    let mut runner = TestRunner::default();
    // Numbers far ahead of the clock are the worst: whoever believed one would believe nothing true any more.
    let texts = proptest::prop_oneof![
        vec(any::<u8>(), 0..24),
        any::<u64>().prop_map(|number| number.to_string().into_bytes()),
        (9_000_000_000_000_000_u64..9_999_999_999_999_999).prop_map(|number| number.to_string().into_bytes()),
        any::<i64>().prop_map(|number| number.to_string().into_bytes()),
        any::<f64>().prop_map(|number| number.to_string().into_bytes()),
    ];
    for number in 1..=24 {
        let laid: Vec<_> = CacheTag::EVERY
            .iter()
            .map(|tag| (name(&redis, tag.as_str()), any_of(&mut runner, &texts)))
            .collect();
        for (key, garbage) in &laid {
            set(&mut admin, key, garbage).await;
        }
        a.write(id, number).await;
        b.hears_of(&a, CacheTag::Users).await;
        assert_eq!(b.number(id).await, number, "{laid:?}");
        assert_eq!(a.number(id).await, number, "{laid:?}");
        eventually("what is loaded is kept again", || async {
            b.recent_users().await.cache_status().starts_with("l1; hit")
        })
        .await;
    }
}

/// The reply to a store carries the versions too.
#[tokio::test]
async fn a_version_that_cannot_be_is_not_believed_of_a_store_either() {
    const FAR_AHEAD: u64 = 9_999_999_999_999_999;
    let (database, redis) = (TestDatabase::postgres().await, TestRedis::new().await);
    let a = node(&database, &redis).await;
    let id = a.add_user().await;
    a.bus_is_up().await;
    let mut admin = admin(&redis).await;
    let node = std::sync::Arc::new(a);
    node.cache.invalidate_users().await;
    node.source.hold();
    let reading = tokio::spawn({
        let node = std::sync::Arc::clone(&node);
        async move { node.number(id).await }
    });
    node.source.is_holding().await;
    let before = node.commands("store");
    set(&mut admin, &name(&redis, "users"), FAR_AHEAD.to_string().as_bytes()).await;
    node.source.release();
    assert_eq!(tokio::time::timeout(PATIENCE, reading).await.unwrap().unwrap(), 0);
    eventually("it is stored", || async { node.commands("store") > before }).await;
    eventually("what is loaded is kept again", || async {
        // Somebody looks at the versions now and then.
        node.cache.probe_l2().await;
        node.recent_users().await.cache_status().starts_with("l1; hit")
    })
    .await;
    assert!(node.cache.counts().instance.tag_versions["users"] < FAR_AHEAD);
    node.write(id, 1).await;
    assert_eq!(node.number(id).await, 1);
}

#[tokio::test]
async fn messages_that_are_anything_are_gaps_and_do_no_harm() {
    let (database, redis) = (TestDatabase::postgres().await, TestRedis::new().await);
    let (a, b) = (node(&database, &redis).await, node(&database, &redis).await);
    let id = a.add_user().await;
    b.bus_is_up().await;
    let mut admin = admin(&redis).await;
    let mut runner = TestRunner::default();
    let messages = proptest::prop_oneof![
        vec(any::<u8>(), 0..200),
        proptest::string::string_regex(
            "[a-z0-9-]{0,10};(users|leads|all|nobody)=[0-9]{0,24}(,users=[0-9]{1,20}){0,3}"
        )
        .unwrap()
        .prop_map(String::into_bytes),
        vec(any::<u8>(), 1..40).prop_map(|bytes| [b"a1;users=1,".as_slice(), &bytes].concat()),
        (1_000_usize..100_000).prop_map(|count| format!("a1;{}", "users=1,".repeat(count)).into_bytes()),
    ];
    for number in 1..=24 {
        let garbage: Vec<_> = (0..5).map(|_| any_of(&mut runner, &messages)).collect();
        let heard = messages_of(&b);
        for message in &garbage {
            redis::cmd("PUBLISH").arg(name(&redis, "bus")).arg(message).exec_async(&mut admin).await.unwrap();
        }
        eventually("all of it came", || async { messages_of(&b) >= heard + garbage.len() as u64 }).await;
        a.write(id, number).await;
        b.bus_is_up().await;
        b.hears_of(&a, CacheTag::Users).await;
        assert_eq!(b.number(id).await, number, "{garbage:?}");
    }
    let bus = b.cache.counts().instance.l2.unwrap().bus;
    assert!(bus.gaps > 0 && bus.connections == 1, "{bus:?}");
}

fn messages_of(node: &Node) -> u64 {
    node.cache.counts().instance.l2.unwrap().bus.messages
}
