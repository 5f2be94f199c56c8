//! Several nodes on one Redis: what one does, and what the others see.

use std::pin::Pin;

use domain::invalidation::CacheTag;
use futures_util::{Stream, StreamExt as _};
use infra::cache::l2::BusMessage;
use test_support::{TestDatabase, TestRedis};

use crate::node::{Node, PATIENCE, entries_are_stored, number_of};

#[tokio::test]
async fn a_node_that_starts_after_everything_was_invalidated_does_not_see_the_old_entries() {
    let database = TestDatabase::postgres().await;
    let redis = TestRedis::new().await;
    let a = Node::with_redis(database.url(), &redis).await;
    let id = a.add_user().await;
    a.bus_is_up().await;
    a.dashboard().await;
    entries_are_stored(redis.url(), redis.namespace(), 4).await;
    // Behind the cache's back: what lies in Redis is old, and nothing but its versions tells.
    let sql = format!("UPDATE users SET display_name = '9' WHERE id = '{id}'");
    sea_orm::ConnectionTrait::execute_unprepared(&a.db, &sql).await.unwrap();
    a.cache.invalidate_all().await;
    let new = Node::with_redis(database.url(), &redis).await;
    assert_eq!(new.number(id).await, 9);
    let dashboard = new.dashboard().await;
    let text = String::from_utf8(dashboard.body.identity.bytes.to_vec()).unwrap();
    assert_eq!(text.matches(&format!("\"{id}\":9")).count(), 4, "{text}");
    assert_eq!(new.source.loads(), 4, "none of the old entries was of use");
}

/// What the channel tells, as anybody hears it who subscribes.
struct Listener {
    messages: Pin<Box<dyn Stream<Item = redis::Msg> + Send>>,
    redis: redis::aio::MultiplexedConnection,
    channel: String,
}

impl Listener {
    async fn new(redis: &TestRedis) -> Self {
        let client = redis::Client::open(redis.url()).unwrap();
        let channel = format!("{{{}}}:bus", redis.namespace());
        let mut subscription = client.get_async_pubsub().await.unwrap();
        subscription.subscribe(&channel).await.unwrap();
        let redis = client.get_multiplexed_async_connection().await.unwrap();
        Self { messages: Box::pin(subscription.into_on_message()), redis, channel }
    }

    /// What was told since the last call.
    async fn told(&mut self) -> Vec<BusMessage> {
        redis::cmd("PUBLISH").arg(&self.channel).arg("mark;all=0").exec_async(&mut self.redis).await.unwrap();
        let mut told = Vec::new();
        loop {
            let message = tokio::time::timeout(PATIENCE, self.messages.next()).await.unwrap().unwrap();
            let message = BusMessage::decode(message.get_payload_bytes()).unwrap();
            if message.origin == "mark" {
                return told;
            }
            told.push(message);
        }
    }
}

#[tokio::test]
async fn what_one_node_writes_the_others_return_and_publish_nothing_back() {
    let database = TestDatabase::postgres().await;
    let redis = TestRedis::new().await;
    let [a, b, c] = [
        Node::with_redis(database.url(), &redis).await,
        Node::with_redis(database.url(), &redis).await,
        Node::with_redis(database.url(), &redis).await,
    ];
    let id = a.add_user().await;
    for node in [&a, &b, &c] {
        node.bus_is_up().await;
    }
    let mut listener = Listener::new(&redis).await;
    for number in 1..10 {
        a.write(id, number).await;
        assert_eq!(a.number(id).await, number);
        for node in [&b, &c] {
            node.hears_of(&a, CacheTag::Users).await;
            let served = node.recent_users().await;
            assert_eq!(number_of(&served, id), number);
            assert!(served.data_version.get(CacheTag::Users) >= a.cache.data_version().get(CacheTag::Users));
        }
        let told = listener.told().await;
        assert_eq!(told.len(), 1, "one write, one message: {told:?}");
    }
    for node in [&b, &c] {
        assert_eq!(node.commands("invalidate"), 0);
    }
}

/// Reading, loading and storing are nobody else's business: no message is sent for them.
#[tokio::test]
async fn a_value_that_is_loaded_and_stored_is_announced_to_nobody() {
    let database = TestDatabase::sqlite().await;
    let redis = TestRedis::new().await;
    let mut listener = Listener::new(&redis).await;
    let a = Node::with_redis(database.url(), &redis).await;
    a.bus_is_up().await;
    a.dashboard().await;
    entries_are_stored(redis.url(), redis.namespace(), 4).await;
    let b = Node::with_redis(database.url(), &redis).await;
    b.bus_is_up().await;
    b.dashboard().await;
    assert_eq!(listener.told().await, []);
}
