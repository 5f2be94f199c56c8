//! SQLite as the service opens it, and one connection of it, for a writer that has much to write.

use std::time::Duration;

use anyhow::Context as _;
use sqlx::{
    ConnectOptions as _, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

/// How long to wait for whoever else is writing.
const PATIENCE: Duration = Duration::from_secs(30);

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
        .connect()
        .await
        .context("cannot open the database")
}
