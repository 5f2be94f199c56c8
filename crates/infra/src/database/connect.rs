//! Opening the pool. It keeps no connection when nobody asks, so that a serverless database may sleep, and it tests a
//! connection before use only where it has been idle for a while, so that a query costs one round trip.

use std::{path::Path, sync::Arc, time::Duration};

use domain::invalidation::InvalidationSink;
use sea_orm::{ConnectOptions, Database, DbErr};
use secrecy::{ExposeSecret, SecretString};
use sqlx::{
    Executor as _,
    sqlite::{SqliteJournalMode, SqliteSynchronous},
};

use super::TrackedConnection;
use crate::config::DatabaseConfig;

/// A connection idle for longer is tested before it is used.
const TEST_IF_IDLE_FOR: Duration = Duration::from_secs(10);
/// A connection idle for longer is closed.
const IDLE_TIMEOUT: Duration = Duration::from_mins(4);
/// How long a writer waits for another one on SQLite.
const SQLITE_BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// No JIT, and a plan for the values at hand each time: which index is best for a list or a window depends on what is asked
/// for. Does nothing where there is no such setting.
const SETTINGS: &str = "SELECT set_config(name, CASE name WHEN 'jit' THEN 'off' ELSE 'force_custom_plan' END, false) \
     FROM pg_settings WHERE name IN ('jit', 'plan_cache_mode')";

/// Opens a pool whose writes are announced to `sink`. On SQLite the file's folder is made if missing.
///
/// # Errors
/// [`DbErr`] where the URL cannot be used; a server that cannot be reached shows with the first query.
pub async fn connect(
    config: &DatabaseConfig,
    sink: Arc<dyn InvalidationSink>,
) -> Result<TrackedConnection, DbErr> {
    let inner = connect_untracked(&config.url, config.max_connections, config.connect_timeout).await?;
    Ok(TrackedConnection::new(inner, sink))
}

/// Opens a pool whose writes nobody is told of: for migrations and bulk loads, which invalidate everything afterwards.
///
/// # Errors
/// As [`connect`].
#[expect(clippy::disallowed_types, reason = "what the tracked connection wraps")]
pub async fn connect_untracked(
    url: &SecretString,
    max_connections: u32,
    connect_timeout: Duration,
) -> Result<sea_orm::DatabaseConnection, DbErr> {
    let url = url.expose_secret();
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(max_connections)
        .min_connections(0)
        .connect_lazy(true)
        .connect_timeout(connect_timeout)
        .acquire_timeout(connect_timeout)
        .idle_timeout(IDLE_TIMEOUT)
        .test_before_acquire(false)
        .test_before_acquire_if_idle_for(TEST_IF_IDLE_FOR)
        .sqlx_logging(false);
    if url.starts_with("sqlite:") {
        make_folder_of(url)?;
        options.map_sqlx_sqlite_opts(|sqlite| {
            sqlite
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Normal)
                .busy_timeout(SQLITE_BUSY_TIMEOUT)
                .foreign_keys(true)
        });
    }
    if url.starts_with("postgres") {
        // Compiling a metrics statement takes PostgreSQL longer than running it. One round trip for each new connection; as
        // a parameter of the start it would cost none, but transaction poolers refuse what they do not know.
        options.map_sqlx_postgres_pool_opts(|pool| {
            pool.after_connect(|connection, _| {
                Box::pin(async move { connection.execute(SETTINGS).await.map(drop) })
            })
        });
    }
    Database::connect(options).await
}

fn make_folder_of(sqlite_url: &str) -> Result<(), DbErr> {
    let path = sqlite_url.trim_start_matches("sqlite:").trim_start_matches("//");
    let path = path.split('?').next().unwrap_or_default();
    let folder = Path::new(path).parent().filter(|folder| !folder.as_os_str().is_empty());
    match folder {
        Some(folder) if !path.starts_with(':') => std::fs::create_dir_all(folder)
            .map_err(|error| DbErr::Custom(format!("cannot make the folder {}: {error}", folder.display()))),
        _ => Ok(()),
    }
}
