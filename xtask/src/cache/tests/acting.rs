//! `invalidate` and `clear`.

use domain::invalidation::CacheTag;
use infra::cache::l2::{L2 as _, RedisL2};
use test_support::TestRedis;

use super::{of, settings, store};
use crate::cache::{clear::Clear, invalidate::Invalidate, list::List};

const USERS: &str = "v1:recentUsers:10";

#[tokio::test]
async fn invalidate_tells_the_versions_and_a_listening_instance_hears_them() {
    let redis = TestRedis::new().await;
    let settings = of(&redis);
    store(&settings, &[USERS]).await;
    let patience = std::time::Duration::from_secs(30);
    let listening = RedisL2::new(&settings.redis, redis.namespace(), "b".to_owned(), patience).expect("good");
    let mut bus = listening.subscribe().await.expect("a bus");
    let tags = vec![CacheTag::Users, CacheTag::Leads, CacheTag::Users];
    let report = Invalidate { tags }.run(&settings).await.expect("invalidated");
    assert!(report.text.contains("Told to 1 listening instance."), "{}", report.text);
    let heard = bus.next().await.expect("a message").expect("a good one");
    let value = report.value();
    let raised = value["tags"].as_array().expect("tags");
    assert_eq!(raised.len(), 2);
    for ((tag, version), raised) in heard.versions.iter().zip(raised) {
        assert_eq!((raised["tag"].as_str(), raised["after"].as_u64()), (Some(tag.as_str()), Some(*version)));
        assert!(raised["before"].as_u64().expect("it had one") < *version);
        assert!(report.text.contains(&version.to_string()), "{}", report.text);
    }
    assert_eq!(heard.origin, "xtask");
}

#[tokio::test]
async fn clear_on_another_machine_needs_a_yes_and_is_refused_before_anything_is_sent() {
    // A name that does not exist: connecting would end with another error.
    let settings = settings(&[("REDIS_HOST", "redis.invalid")]);
    let error = Clear { yes: false }.run(&settings).await.expect_err("refused").to_string();
    assert!(error.contains("redis.invalid, not on this machine") && error.contains("--yes"), "{error}");
    let error = Clear { yes: true }.run(&settings).await.expect_err("unreachable").to_string();
    assert!(!error.contains("--yes"), "{error}");
}

#[tokio::test]
async fn clear_empties_this_namespace_and_no_other() {
    let (redis, other) = (TestRedis::new().await, TestRedis::new().await);
    let (ours, theirs) = (of(&redis), of(&other));
    store(&ours, &[USERS, "v1:recentUsers:11"]).await;
    store(&theirs, &[USERS]).await;
    let report = Clear { yes: false }.run(&ours).await.expect("cleared");
    assert!(report.text.starts_with("2 entries removed"), "{}", report.text);
    assert_eq!(report.value()["removed"], 2);
    let left = List { part: None }.run(&ours).await.expect("a list").value();
    assert_eq!(left["entries"].as_array().map(Vec::len), Some(0));
    assert!(left["tags"].as_array().expect("tags").iter().all(|tag| tag["version"].is_u64()), "{left}");
    let theirs = List { part: None }.run(&theirs).await.expect("a list").value();
    assert_eq!(theirs["entries"][0]["state"], "fresh");
}
