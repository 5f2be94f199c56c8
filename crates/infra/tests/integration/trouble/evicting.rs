//! A Redis that evicts anything, tags too. An evicted tag is unknown, not "never invalidated".

use domain::invalidation::CacheTag;
use infra::cache::TroubleKind;
use test_support::{RedisServer, TestDatabase};

use super::{admin, command, met, node};
use crate::{
    log::Log,
    node::{PATIENCE, entries_are_stored},
};

#[tokio::test]
async fn tags_that_were_evicted_bring_nothing_old_back() {
    let database = TestDatabase::postgres().await;
    let redis = RedisServer::options().setting("maxmemory-policy", "allkeys-lru").start().unwrap();
    let url = redis.url();
    let a = node(&database, &url, &[]).await;
    let id = a.add_user().await;
    a.bus_is_up().await;
    let mut admin = admin(&url).await;
    for number in 1..4 {
        command(&mut admin, &["CONFIG", "SET", "maxmemory", "0"]).await;
        a.cache.invalidate_all().await;
        assert_eq!(a.number(id).await, number - 1);
        entries_are_stored(&url, "metrics", 1).await;
        let known = a.tag_version(CacheTag::Users);
        // Other data, used more recently than the tag: in the end it is what has to go.
        let info: String = redis::cmd("INFO").arg("memory").query_async(&mut admin).await.unwrap();
        let used = info.lines().find_map(|line| line.strip_prefix("used_memory:")).unwrap();
        let limit = used.trim().parse::<u64>().unwrap() + 512 * 1024;
        command(&mut admin, &["CONFIG", "SET", "maxmemory", &limit.to_string()]).await;
        let filling = async {
            for other in 0_u64.. {
                let key = format!("other:{number}:{other}");
                redis::cmd("SET").arg(key).arg(vec![7_u8; 8192]).exec_async(&mut admin).await.unwrap();
                let there: bool =
                    redis::cmd("EXISTS").arg("{metrics}:users").query_async(&mut admin).await.unwrap();
                if !there {
                    return;
                }
            }
        };
        tokio::time::timeout(PATIENCE, filling).await.unwrap();
        // This node has heard nothing and knows the version; a new one knows nothing.
        let new = node(&database, &url, &[]).await;
        a.write(id, number).await;
        assert_eq!(a.number(id).await, number);
        assert_eq!(new.number(id).await, number);
        assert!(a.tag_version(CacheTag::Users) > known);
        assert_eq!(a.dashboard().await.cache_status().matches("detail").count(), 0);
    }
}

/// The same where what is found missing is found by a read.
#[tokio::test]
async fn an_evicted_tag_is_found_by_the_next_read_of_it_and_named() {
    let (log, database) = (Log::start(), TestDatabase::sqlite().await);
    let redis = RedisServer::start().unwrap();
    let node = node(&database, &redis.url(), &[]).await;
    let id = node.add_user().await;
    node.bus_is_up().await;
    let mut admin = admin(&redis.url()).await;
    command(&mut admin, &["DEL", "{metrics}:users"]).await;
    let known = node.tag_version(CacheTag::Users);
    // A part that is not in memory yet: its read asks for its tags' versions.
    assert_eq!(node.number_in_charts(id).await, 0);
    assert!(node.tag_version(CacheTag::Users) > known);
    assert_eq!(met(&node, TroubleKind::VersionsLost), 1);
    let lines = log.of("versions_lost");
    assert!(!lines.is_empty(), "{}", log.text());
    assert!(lines[0]["cache.tags"].as_str().unwrap().to_lowercase().contains("users"), "{}", lines[0]);
    assert!(lines[0]["message"].as_str().unwrap().contains("volatile-lru"));
}
