//! SQLite as the service opens it, and one connection of it, for a writer that has much to write.

use std::time::Duration;

use anyhow::Context as _;
use sqlx::{
    ConnectOptions as _, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

/// How long to wait for whoever else is writing.
const PATIENCE: Duration = Duration::from_secs(30);

/// How much of the database is kept in memory, in negative KiB. With SQLite's own 2 MB every row would read and write
/// several pages of large indices.
const CACHE_KIB: &str = "-32768";

/// Opens the database at `url`.
///
/// # Errors
/// Where there is none and the URL does not say to make one, or it cannot be opened.
pub async fn open(url: &str) -> anyhow::Result<SqliteConnection> {
    url.parse::<SqliteConnectOptions>()?
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .busy_timeout(PATIENCE)
        .foreign_keys(true)
        .pragma("cache_size", CACHE_KIB)
        .connect()
        .await
        .context("cannot open the database")
}
