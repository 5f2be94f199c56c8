//! The change feed: what is written past the service is noticed, by one instance for all of them, and nothing is lost when
//! that one goes.

mod following;
mod taking_over;
mod triggers;

use std::{sync::Arc, time::Duration};

use domain::invalidation::{CacheTag, InvalidationSink};
use infra::{
    change_feed::{ChangeFeed, ChangeFeedState, Feed, Pace},
    database::connect_untracked,
};
use sea_orm::{ConnectionTrait, prelude::Uuid};
use secrecy::SecretString;
use test_support::{TestDatabase, TestRedis};
use tokio::runtime::Handle;

use crate::node::{Node, PATIENCE, eventually};

/// Tries often, so that nobody has to wait, and is not asked for a sign of life.
const QUICK: Pace = Pace {
    retry: Duration::from_millis(50),
    check: Duration::from_hours(1),
    gather: Duration::from_millis(100),
};

async fn node(database: &TestDatabase, redis: &TestRedis) -> Node {
    Node::with_redis(database.url(), redis).await
}

/// The feed of `node`, one of those that share `redis`.
fn feed(node: &Node, database: &TestDatabase, redis: Option<&TestRedis>, pace: Pace) -> ChangeFeed {
    let shared = redis.map(|redis| redis.namespace().to_owned());
    let sink = Arc::clone(&node.cache) as Arc<dyn InvalidationSink>;
    ChangeFeed::start(Feed { url: database.url().clone(), shared, pace }, sink, &Handle::current())
}

async fn listens(feed: &ChangeFeed) {
    eventually("the feed listens", || async { feed.status().state == ChangeFeedState::Listening }).await;
}

/// A connection that nobody is told of, as `psql` has one.
async fn psql(database: &TestDatabase) -> impl ConnectionTrait + use<> {
    connect_untracked(database.url(), 1, PATIENCE).await.unwrap()
}

async fn run(db: &impl ConnectionTrait, statement: &str) {
    db.execute_unprepared(statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
}

fn insert_user(id: Uuid, number: u64) -> String {
    format!(
        "INSERT INTO users VALUES ('{id}', '{id}@example.org', '{number}', 'user', 'active', NULL, now(), now())"
    )
}

fn rename(id: Uuid, number: u64) -> String {
    format!("UPDATE users SET display_name = '{number}' WHERE id = '{id}'")
}

/// Waits until `node` shows `number` as the name of the user.
async fn shows(node: &Node, id: Uuid, number: u64) {
    eventually("the write is seen", || async { node.number(id).await == number }).await;
}

/// The version of `tag` that `node` knows.
fn version(node: &Node, tag: CacheTag) -> u64 {
    node.cache.counts().instance.tag_versions[tag.as_str()]
}

/// Ends every session that listens to changes of `database`, as a fail-over or an operator would.
async fn cut_off(database: &TestDatabase) {
    let db = psql(database).await;
    run(
        &db,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE datname = current_database() AND application_name = 'admin-metrics change feed'",
    )
    .await;
}

/// The database as somebody else than its owner reaches it.
fn as_user(url: &SecretString, user: &str, password: &str) -> SecretString {
    use secrecy::ExposeSecret as _;
    let mut url = url::Url::parse(url.expose_secret()).unwrap();
    url.set_username(user).unwrap();
    url.set_password(Some(password)).unwrap();
    url.to_string().into()
}
