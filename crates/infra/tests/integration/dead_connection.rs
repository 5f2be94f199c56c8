//! A server that ended our sessions (it was restarted, or went to sleep) is not seen by whoever reads next.

use domain::{
    metrics::{period::Period, window::Window},
    ports::MetricsReader,
};
use sea_orm::ConnectionTrait;
use test_support::Backend;

use crate::metrics_tables::Tables;

#[tokio::test]
async fn a_read_on_a_session_that_the_server_ended_is_sent_again() {
    let tables = Tables::new(Backend::Postgres).await;
    let window = Window::at("2026-11-23T05:12:00Z".parse().unwrap(), Period::Days7, chrono_tz::Europe::Paris);
    let before = tables.reader.charts(&window).await.unwrap();

    let other = tables.another_connection().await;
    let ended = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity \
                 WHERE datname = current_database() AND pid <> pg_backend_pid()";
    other.execute_unprepared(ended).await.unwrap();

    assert_eq!(tables.reader.charts(&window).await.unwrap(), before);
}

/// After a restart every connection of the pool is dead: neither reads nor writes may fail for each of them in turn.
#[tokio::test]
async fn a_pool_full_of_dead_sessions_fails_nobody() {
    use crate::node::{Node, Options};
    use futures_util::future::join_all;
    use sea_orm::{TransactionSession as _, TransactionTrait as _};

    let database = test_support::TestDatabase::postgres().await;
    let node = Node::start(database.url(), Options::default()).await;
    let id = node.add_user().await;
    // As many sessions as the pool holds, all at once.
    let sessions = join_all((0..8).map(|_| node.db.begin())).await;
    for session in sessions {
        session.unwrap().rollback().await.unwrap();
    }
    let ended = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity \
                 WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let other = Node::start(database.url(), Options::default()).await;
    other.db.execute_unprepared(ended).await.unwrap();
    node.write(id, 1).await;
    other.db.execute_unprepared(ended).await.unwrap();
    node.write(id, 2).await;
    assert_eq!(node.number(id).await, 2);
}
