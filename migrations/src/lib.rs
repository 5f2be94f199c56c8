//! The database's tables, indices and checks, step by step, on PostgreSQL and SQLite.
//!
//! A migration is a file `mYYYYMMDD_NNNNNN_<verb>_<what>.rs` and a line in [`Migrator`]. Once it has run anywhere but on
//! your own machine it never changes: write another. It works with the previous version of the service still running,
//! and it never imports the entities of today, which will have moved on when it runs. Types are in `dialect.rs`.
//!
//! [`up`] and its siblings are the only way to run them. Each call opens one connection of its own and does everything in
//! one transaction that holds a lock, so that instances that start at the same time wait for each other, a call that
//! fails leaves nothing behind, and it works through a transaction pooler too.

#![expect(
    clippy::disallowed_types,
    reason = "migrations change the schema, not rows: nothing cached becomes old"
)]

use std::time::Duration;

use sea_orm_migration::{
    MigrationStatus, MigratorTrait,
    prelude::*,
    sea_orm::{
        ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend,
        RuntimeErr, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
        sqlx::{Connection as _, PgConnection, sqlite::SqliteJournalMode},
    },
};

mod dialect;
mod m20261123_000001_create_users;
mod m20261123_000002_create_proposals;
mod m20261123_000003_create_leads;
mod m20261123_000004_widen_metrics_indices;
mod m20261123_000005_create_credentials;
mod m20261123_000006_create_sessions;
mod m20261123_000007_create_sign_in_links;
mod m20261123_000008_create_api_tokens;
mod m20261123_000009_create_audit_log;
mod m20261123_000010_index_audit_log_filters;
mod m20261123_000011_add_list_indices;
mod m20261123_000012_create_change_feed;

/// Every migration, oldest first.
struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261123_000001_create_users::Migration),
            Box::new(m20261123_000002_create_proposals::Migration),
            Box::new(m20261123_000003_create_leads::Migration),
            Box::new(m20261123_000004_widen_metrics_indices::Migration),
            Box::new(m20261123_000005_create_credentials::Migration),
            Box::new(m20261123_000006_create_sessions::Migration),
            Box::new(m20261123_000007_create_sign_in_links::Migration),
            Box::new(m20261123_000008_create_api_tokens::Migration),
            Box::new(m20261123_000009_create_audit_log::Migration),
            Box::new(m20261123_000010_index_audit_log_filters::Migration),
            Box::new(m20261123_000011_add_list_indices::Migration),
            Box::new(m20261123_000012_create_change_feed::Migration),
        ]
    }
}

/// A migration's name and whether the database has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The file's name, e.g. `m20261123_000001_create_users`.
    pub name: String,
    /// Whether it has been applied.
    pub applied: bool,
}

/// How long to wait for a server that is just starting, and on SQLite for whoever else is writing or migrating.
const PATIENCE: Duration = Duration::from_secs(10);

/// The key of the advisory lock that a migrating instance holds on PostgreSQL: "migrate" in ASCII.
const LOCK_KEY: i64 = 0x006d_6967_7261_7465;

/// Applies every migration that the database at `url` (`postgres://…` or `sqlite://…`) lacks.
///
/// # Errors
/// [`DbErr`] where the database cannot be reached or refuses, or has a migration that this build does not know; nothing
/// has then changed. This holds for every function here.
pub async fn up(url: &str) -> Result<(), DbErr> {
    run(url, Work::Up).await
}

/// As [`up`], on a pool that is open already: for a database in memory, which only its own pool can see.
///
/// # Errors
/// As [`up`].
pub async fn up_on(db: &DatabaseConnection) -> Result<(), DbErr> {
    run_on(db, Work::Up).await
}

/// Takes back the last `steps` migrations, with whatever was in their tables.
///
/// # Errors
/// As [`up`].
pub async fn down(url: &str, steps: u32) -> Result<(), DbErr> {
    run(url, Work::Down(steps)).await
}

/// Takes back the last `steps` migrations and applies them again: to try a new one out.
///
/// # Errors
/// As [`up`].
pub async fn redo(url: &str, steps: u32) -> Result<(), DbErr> {
    run(url, Work::Redo(steps)).await
}

/// Drops every table of the database, whoever made it, and applies every migration.
///
/// # Errors
/// As [`up`].
pub async fn fresh(url: &str) -> Result<(), DbErr> {
    run(url, Work::Fresh).await
}

/// Every migration, oldest first, and whether the database has it. Changes nothing and needs no right to.
///
/// # Errors
/// As [`up`].
pub async fn status(url: &str) -> Result<Vec<Status>, DbErr> {
    let db = connect(url).await?;
    let migrations = Migrator::get_migration_with_status_read_only(&db).await;
    db.close().await?;
    let status = |migration: &sea_orm_migration::Migration| Status {
        name: migration.name().to_owned(),
        applied: migration.status() == MigrationStatus::Applied,
    };
    Ok(migrations?.iter().map(status).collect())
}

/// What to do to the schema.
#[derive(Clone, Copy)]
enum Work {
    Up,
    Down(u32),
    Redo(u32),
    Fresh,
}

async fn run(url: &str, work: Work) -> Result<(), DbErr> {
    let db = connect(url).await?;
    let done = run_on(&db, work).await;
    db.close().await?;
    done
}

async fn run_on(db: &DatabaseConnection, work: Work) -> Result<(), DbErr> {
    let transaction = lock(db).await?;
    match work {
        Work::Up => Migrator::up(&transaction, None).await?,
        Work::Down(steps) => Migrator::down(&transaction, Some(steps)).await?,
        Work::Redo(steps) => {
            Migrator::down(&transaction, Some(steps)).await?;
            Migrator::up(&transaction, Some(steps)).await?;
        }
        Work::Fresh => Migrator::fresh(&transaction).await?,
    }
    transaction.commit().await
}

/// Begins the transaction in which a run happens, once nobody else is in one.
async fn lock(db: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    let backend = db.get_database_backend();
    if backend == DbBackend::Sqlite {
        // Takes the write lock at once; a transaction that read first could not wait for it.
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        return db.begin_with_options(options).await;
    }
    let transaction = db.begin().await?;
    let take = format!("SELECT pg_advisory_xact_lock({LOCK_KEY})");
    transaction.execute_raw(Statement::from_string(backend, take)).await?;
    Ok(transaction)
}

/// Opens the one connection a run uses.
async fn connect(url: &str) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).connect_timeout(PATIENCE).acquire_timeout(PATIENCE).sqlx_logging(false);
    if url.starts_with("sqlite:") {
        make_folder_of(url)?;
        // Foreign keys are off so that a migration may rebuild a table that others refer to; SQLite allows no switching
        // inside a transaction.
        options.map_sqlx_sqlite_opts(|sqlite| {
            sqlite.journal_mode(SqliteJournalMode::Wal).busy_timeout(PATIENCE).foreign_keys(false)
        });
    }
    match Database::connect(options).await {
        Err(error) if !url.starts_with("sqlite:") => Err(why_unreachable(url).await.unwrap_or(error)),
        opened => opened,
    }
}

/// A pool tries again until its time is over and says only that. One more attempt tells what is the matter.
async fn why_unreachable(url: &str) -> Option<DbErr> {
    let attempt = tokio::time::timeout(PATIENCE, PgConnection::connect(url)).await.ok()?;
    attempt.err().map(|error| DbErr::Conn(RuntimeErr::SqlxError(error.into())))
}

/// SQLite makes the file, not its folder.
fn make_folder_of(sqlite_url: &str) -> Result<(), DbErr> {
    let path = sqlite_url.trim_start_matches("sqlite:").trim_start_matches("//");
    let path = path.split('?').next().unwrap_or_default();
    match std::path::Path::new(path).parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) if !path.starts_with(':') => std::fs::create_dir_all(folder)
            .map_err(|error| DbErr::Custom(format!("cannot make the folder {}: {error}", folder.display()))),
        _ => Ok(()),
    }
}
