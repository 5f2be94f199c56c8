//! The console's commands on real servers: what they say, to people and as JSON, and how they end.

mod acting;
mod looking;
mod reaching;

use infra::{
    cache::l2::{L2 as _, RedisL2, Storing},
    config::{ConfigError, Env},
};
use serde_json::Value;

use super::{Report, Settings};

fn settings(variables: &[(&str, &str)]) -> Settings {
    let env: Env = variables.iter().copied().collect();
    Settings::from_env(&env).expect("a good configuration")
}

fn of(redis: &test_support::TestRedis) -> Settings {
    settings(&[("REDIS_URL", redis.url()), ("CACHE_NAMESPACE", redis.namespace())])
}

impl Report {
    fn value(&self) -> Value {
        serde_json::from_str(&self.json).expect("JSON")
    }
}

/// Gives the tags versions and stores an entry under each of `keys`, as an instance would.
async fn store(settings: &Settings, keys: &[&str]) {
    use domain::invalidation::{CacheTag, CacheTags};
    use infra::cache::{
        codec::encode,
        key::Key,
        versions::{PerTag, Stamp},
    };
    use std::time::Duration;

    let origin = "test".to_owned();
    let l2 = RedisL2::new(&settings.redis, &settings.cache.namespace, origin, Duration::from_secs(30))
        .expect("a good configuration");
    let reply = l2.start(CacheTags::EVERY, &PerTag::default(), None).await.expect("tags");
    let entries: Vec<_> = keys
        .iter()
        .map(|text| {
            let tags = Key::from_text(text).expect("a key").tags();
            let stamp = Stamp { tags, versions: reply.versions, sequences: PerTag::default() };
            let body = format!("{{\"meta\":{{}},\"of\":\"{text}\",\"rest\":\"{}\"}}", "x".repeat(2_000));
            Storing {
                key: (*text).to_owned(),
                age: Duration::ZERO,
                created_micros: None,
                keep: Duration::from_hours(1),
                payload: encode(text, &stamp, Duration::from_mins(20), body.as_bytes()),
            }
        })
        .collect();
    l2.store(&entries, CacheTags::of(&[CacheTag::All]), None).await.expect("stored");
}

/// A bare connection, for what the service would never do.
async fn set(settings: &Settings, name: &str, value: &[u8]) {
    let at = format!("redis://{}", settings.place());
    let client = redis::Client::open(at).expect("a URL");
    let mut connection = client.get_multiplexed_async_connection().await.expect("a connection");
    let key = format!("{{{}}}:{name}", settings.cache.namespace);
    redis::cmd("SET").arg(key).arg(value).exec_async(&mut connection).await.expect("set");
}

#[test]
fn without_a_redis_one_line_says_what_to_set() {
    let error = Settings::from_env(&Env::default()).expect_err("there is none");
    assert!(error.is::<ConfigError>(), "it ends with 2");
    let text = error.to_string();
    assert!(text.starts_with("REDIS_HOST: ") && text.contains("REDIS_URL") && !text.contains('\n'), "{text}");
}
