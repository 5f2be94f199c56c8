//! The real Redis for the conformance suite, and the comparison.

use std::time::Duration;

use async_trait::async_trait;
use infra::{
    cache::l2::RedisL2,
    config::{Env, RedisConfig},
};
use redis::{AsyncCommands as _, aio::MultiplexedConnection};
use test_support::TestRedis;

use crate::{
    conformance::{self, Control},
    fake,
};

struct RealControl {
    connection: MultiplexedConnection,
    namespace: String,
}

impl RealControl {
    fn name(&self, name: &str) -> String {
        format!("{{{}}}:{name}", self.namespace)
    }
}

#[async_trait]
impl Control for RealControl {
    async fn set(&self, name: &str, bytes: &[u8]) {
        let () = self.connection.clone().set(self.name(name), bytes).await.unwrap();
    }

    async fn set_list(&self, name: &str) {
        self.remove(name).await;
        let () = self.connection.clone().rpush(self.name(name), "a").await.unwrap();
    }

    async fn remove(&self, name: &str) {
        let () = self.connection.clone().del(self.name(name)).await.unwrap();
    }

    async fn publish(&self, text: &str) {
        let () = self.connection.clone().publish(self.name("bus"), text).await.unwrap();
    }

    async fn clock(&self) -> u64 {
        let (seconds, micros): (u64, u64) =
            redis::cmd("TIME").query_async(&mut self.connection.clone()).await.unwrap();
        seconds * 1_000_000 + micros
    }

    async fn wait(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

async fn real() -> (TestRedis, RedisL2, RealControl) {
    let redis = TestRedis::new().await;
    let env: Env = [("REDIS_URL", redis.url())].into_iter().collect();
    let config = RedisConfig::from_env(&env).unwrap().unwrap();
    let l2 = RedisL2::new(&config, redis.namespace(), "a".to_owned(), Duration::from_secs(30)).unwrap();
    let client = redis::Client::open(redis.url()).unwrap();
    let connection = client.get_multiplexed_async_connection().await.unwrap();
    let control = RealControl { connection, namespace: redis.namespace().to_owned() };
    (redis, l2, control)
}

fn same(fake: &[String], real: &[String]) {
    for (fake, real) in fake.iter().zip(real) {
        assert_eq!(fake, real, "the fake (left) differs from Redis (right)");
    }
    assert_eq!(fake.len(), real.len());
}

#[tokio::test]
async fn the_fake_tells_what_redis_tells() {
    let (_redis, l2, control) = real().await;
    let lines = conformance::tell(&l2, &control).await;
    assert!(lines.len() > 60);
    same(&fake::tell(None), &lines);
}

#[tokio::test]
async fn any_operations_give_the_same_on_both() {
    let (_redis, l2, control) = real().await;
    for seed in 0..60 {
        same(&fake::tell(Some(seed)), &conformance::tell_random(&l2, &control, seed).await);
    }
}
