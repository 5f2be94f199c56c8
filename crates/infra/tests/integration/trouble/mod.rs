//! Redis in trouble, of every kind that has a name: a real one is brought into it, nothing fails, nothing old is shown as
//! new, the log says what is wrong and what to do, and all is well again once Redis is.

mod connections;
mod evicting;
mod loading;
mod out_of_memory;
mod panics;
mod permissions;
mod replica;
mod silent;
mod tls;
mod waiting;
mod wiped;
mod wrong_type;

use infra::cache::{BusState, L2Health, TroubleKind};
use redis::aio::MultiplexedConnection;
use test_support::TestDatabase;

use crate::node::{Node, Options, eventually};

/// A node on the Redis at `url`.
async fn node(database: &TestDatabase, url: &str, settings: &[(&str, &str)]) -> Node {
    let redis = Some((url, "metrics"));
    Node::start(database.url(), Options { redis, settings, ..Options::default() }).await
}

async fn admin(url: &str) -> MultiplexedConnection {
    let patient = redis::AsyncConnectionConfig::new().set_response_timeout(None);
    let client = redis::Client::open(url).unwrap();
    client.get_multiplexed_async_connection_with_config(&patient).await.unwrap()
}

/// Sends a command of several words.
async fn command(connection: &mut MultiplexedConnection, words: &[&str]) {
    let mut command = redis::cmd(words[0]);
    command.arg(&words[1..]).exec_async(connection).await.unwrap();
}

/// Waits until the node's bus stands like this; asks for something each time, since nothing is sent unasked.
async fn bus_is(node: &Node, state: BusState) {
    eventually("the bus stands as expected", || async {
        let there = node.cache.bus_state() == state;
        if !there {
            node.recent_users().await;
        }
        there
    })
    .await;
}

/// Waits until commands and the bus are well again; what is needed to find out is done each time.
async fn is_well_again(node: &Node) {
    eventually("all is well again", || async {
        node.cache.invalidate_users().await;
        node.recent_users().await;
        let well = node.cache.trouble().is_none() && node.cache.bus_trouble().is_none();
        well && node.cache.l2_health() == L2Health::Up && node.cache.bus_state() == BusState::Healthy
    })
    .await;
}

/// How often the engine has met a kind of trouble.
fn met(node: &Node, kind: TroubleKind) -> u64 {
    node.cache.counters().trouble(kind).get()
}
