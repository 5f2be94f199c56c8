//! The operator's console over real servers: what it finds, what it makes of it, what it does.

mod acting;
mod looking;
mod reaching;

use infra::{
    cache::{
        inspect::{Inspector, dial},
        l2::{L2, RedisL2},
    },
    config::{CacheConfig, Env, RedisConfig},
};

use crate::node::{NOTHING_IS_URGENT, PATIENCE};

/// With the times to live that the nodes have.
fn config(variables: &[(&str, &str)]) -> (RedisConfig, CacheConfig) {
    let env: Env = NOTHING_IS_URGENT.iter().chain(variables).copied().collect();
    (RedisConfig::from_env(&env).unwrap().unwrap(), CacheConfig::from_env(&env).unwrap())
}

/// A console on the plain Redis at `url`.
async fn console(url: &str, namespace: &str) -> Inspector {
    let (redis, cache) = config(&[("REDIS_URL", url)]);
    let dialled = dial(&redis).await;
    Inspector::new(&dialled, namespace, cache.ttls, PATIENCE).unwrap()
}

/// The engine's own way to the same names.
fn l2(url: &str, namespace: &str) -> RedisL2 {
    let (redis, _) = config(&[("REDIS_URL", url)]);
    RedisL2::new(&redis, namespace, "test".to_owned(), PATIENCE).unwrap()
}

async fn connection(url: &str) -> redis::aio::MultiplexedConnection {
    redis::Client::open(url).unwrap().get_multiplexed_async_connection().await.unwrap()
}

async fn set(url: &str, key: &str, value: &[u8]) {
    redis::cmd("SET").arg(key).arg(value).exec_async(&mut connection(url).await).await.unwrap();
}

async fn start_tags(l2: &RedisL2) {
    let every = domain::invalidation::CacheTags::EVERY;
    l2.start(every, &infra::cache::versions::PerTag::default(), None).await.unwrap();
}
