//! What lies under our keys may be anything: somebody else's list, a hash, a number of another kind. It is overwritten, or
//! a miss; never taken for a value, and it keeps nobody from invalidating.

use domain::invalidation::{CacheTag, InvalidationOutcome};
use test_support::{RedisServer, TestDatabase};

use super::{admin, command, node};
use crate::node::entries_are_stored;

const ENTRY: &str = "{metrics}:v1:recentUsers:10";

#[tokio::test]
async fn a_value_of_another_type_under_our_keys_is_replaced() {
    let database = TestDatabase::postgres().await;
    let redis = RedisServer::start().unwrap();
    let (a, b) = (node(&database, &redis.url(), &[]).await, node(&database, &redis.url(), &[]).await);
    let id = a.add_user().await;
    a.bus_is_up().await;
    b.bus_is_up().await;
    let mut admin = admin(&redis.url()).await;
    let others: [&[&str]; 4] =
        [&["RPUSH", "", "x"], &["HSET", "", "x", "y"], &["SADD", "", "x"], &["XADD", "", "*", "x", "y"]];
    let mut number = 0;
    for other in others {
        for key in ["{metrics}:users", "{metrics}:all", ENTRY] {
            command(&mut admin, &["DEL", key]).await;
            let words: Vec<&str> =
                other.iter().map(|word| if word.is_empty() { key } else { word }).collect();
            command(&mut admin, &words).await;
            number += 1;
            a.write(id, number).await;
            assert_eq!(a.cache.invalidate_all().await, InvalidationOutcome::Applied, "{words:?}");
            assert_eq!(a.number(id).await, number, "{words:?}");
            b.hears_of(&a, CacheTag::All).await;
            assert_eq!(b.number(id).await, number, "{words:?}");
            assert_eq!(a.cache.trouble(), None, "{words:?}");
        }
    }
    entries_are_stored(&redis.url(), "metrics", 1).await;
    let kind: String = redis::cmd("TYPE").arg(ENTRY).query_async(&mut admin).await.unwrap();
    assert_eq!(kind, "string", "the entry has its place again");
}

/// The same where it is found by a read, which starts the tag.
#[tokio::test]
async fn a_tag_of_another_type_is_started_anew_by_the_next_read() {
    let database = TestDatabase::sqlite().await;
    let redis = RedisServer::start().unwrap();
    let node = node(&database, &redis.url(), &[]).await;
    let id = node.add_user().await;
    node.bus_is_up().await;
    let mut admin = admin(&redis.url()).await;
    command(&mut admin, &["DEL", "{metrics}:users"]).await;
    command(&mut admin, &["RPUSH", "{metrics}:users", "a list"]).await;
    assert_eq!(node.number_in_charts(id).await, 0);
    assert!(node.charts().await.cache_status().starts_with("l1; hit"));
    let kind: String = redis::cmd("TYPE").arg("{metrics}:users").query_async(&mut admin).await.unwrap();
    assert_eq!(kind, "string");
}

#[tokio::test]
async fn garbage_under_our_keys_is_a_miss() {
    let database = TestDatabase::postgres().await;
    let redis = RedisServer::start().unwrap();
    let (a, b) = (node(&database, &redis.url(), &[]).await, node(&database, &redis.url(), &[]).await);
    let id = a.add_user().await;
    b.bus_is_up().await;
    a.write(id, 3).await;
    a.recent_users().await;
    entries_are_stored(&redis.url(), "metrics", 1).await;
    let mut admin = admin(&redis.url()).await;
    for garbage in ["garbage", "-5", "nan", "1e3", "0x10", " 7", "12.5", "99999999999999999999"] {
        for key in [ENTRY, "{metrics}:all", "{metrics}:proposals"] {
            command(&mut admin, &["SET", key, garbage]).await;
        }
        command(&mut admin, &["DEL", "{metrics}:users"]).await;
        command(&mut admin, &["RPUSH", "{metrics}:users", "a list"]).await;
        let number = 3 + b.source.loads();
        b.cache.invalidate_leads().await;
        b.write(id, number).await;
        assert_eq!(b.number(id).await, number, "{garbage}");
        // All tags have versions again: what was loaded is a hit.
        assert!(b.recent_users().await.cache_status().starts_with("l1; hit"), "{garbage}");
    }
}
