//! A write storm on three nodes with readers on each: no reader gets a value older than the last write acknowledged on
//! its node before it asked, and in the end all agree.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use test_support::{TestDatabase, TestRedis};

use crate::node::{Node, eventually};

const WRITES_PER_NODE: u64 = 60;
const READERS_PER_NODE: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_write_storm_shows_no_reader_a_value_older_than_its_nodes_last_acknowledged_write() {
    let database = TestDatabase::postgres().await;
    let redis = TestRedis::new().await;
    let mut nodes = Vec::new();
    for _ in 0..3 {
        nodes.push(Arc::new(Node::with_redis(database.url(), &redis).await));
    }
    // A row for each node: its writer is the only one to write it, so its number only grows.
    let mut rows = Vec::new();
    for node in &nodes {
        rows.push(node.add_user().await);
    }
    let writing = Arc::new(AtomicU64::new(nodes.len() as u64));
    let mut tasks = Vec::new();
    for (node, row) in nodes.iter().zip(&rows) {
        let acknowledged = Arc::new(AtomicU64::new(0));
        let (writer, row) = (Arc::clone(node), *row);
        let (told, still_writing) = (Arc::clone(&acknowledged), Arc::clone(&writing));
        tasks.push(tokio::spawn(async move {
            for number in 1..=WRITES_PER_NODE {
                writer.write(row, number).await;
                told.store(number, Ordering::SeqCst);
            }
            still_writing.fetch_sub(1, Ordering::SeqCst);
        }));
        for _ in 0..READERS_PER_NODE {
            let (reader, told) = (Arc::clone(node), Arc::clone(&acknowledged));
            let still_writing = Arc::clone(&writing);
            tasks.push(tokio::spawn(async move {
                while still_writing.load(Ordering::SeqCst) > 0 {
                    let least = told.load(Ordering::SeqCst);
                    let number = reader.number(row).await;
                    assert!(number >= least, "got {number} after {least} was acknowledged");
                    tokio::task::yield_now().await;
                }
            }));
        }
    }
    for task in tasks {
        task.await.unwrap();
    }
    for node in &nodes {
        for row in &rows {
            eventually("all nodes agree", || async { node.number(*row).await == WRITES_PER_NODE }).await;
        }
    }
}
