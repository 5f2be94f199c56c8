//! SQLite: lines are staged by inserts of many rows each, with bound values, so that ids and instants are stored just as
//! the service stores them. Staging tables are in a temporary file of the connection; the database is locked once all
//! are staged, so that others wait for the end only.

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use domain::entities::changed_at;
use seed::bulk::sqlite::open;
use sqlx::{
    AssertSqlSafe, Connection as _, Executor as _, Sqlite, SqliteConnection, SqliteTransaction, query::Query,
    sqlite::SqliteArguments,
};

use super::{
    CommitFailed, CsvFile, Mode, Problems, Progress, now, parents, problem,
    statements::{
        COUNT_CLASHES, FIRST_CLASHES, Types, WRITE, checks, create, first_sent_of_staged_users,
        first_sent_of_users, last_change_of_users, staged_columns,
    },
};
use crate::import::table::{Staged, Table, Value};

const TYPES: Types =
    Types { id: "BLOB", text: "TEXT", whole: "INTEGER", instant: "TEXT", flag: "INTEGER", ends: "" };

/// Rows an insert; their values have to stay below SQLite's limit of 32,766.
const ROWS: usize = 500;

pub(super) async fn load(
    url: &str,
    files: &mut [CsvFile],
    mode: Mode,
    problems: &mut Problems,
    progress: &Progress,
) -> anyhow::Result<u64> {
    let mut connection = open(url).await?;
    // Touches the temporary file only, and so locks nobody out.
    let mut staging = connection.begin().await?;
    for statement in create(TYPES) {
        staging.execute(statement).await?;
    }
    for file in &mut *files {
        stage(&mut staging, file, problems, progress).await?;
    }
    progress.now("comparing");
    for table in ["users", "proposals"] {
        let index = format!("CREATE INDEX temp.staged_{table}_id ON staged_{table} (id)");
        staging.execute(AssertSqlSafe(index)).await?;
    }
    staging.commit().await?;

    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    for check in checks(parents(files)) {
        transaction.execute(check).await?;
    }
    add_clashes(&mut transaction, files, problems).await?;
    if !problems.is_empty() {
        return Ok(0);
    }
    progress.now("writing");
    transaction.execute(first_sent_of_staged_users()).await?;
    let (now, last): (_, Option<DateTime<Utc>>) =
        (now(), sqlx::query_scalar(last_change_of_users()).fetch_one(&mut *transaction).await?);
    let later = last.map_or(now, |last| changed_at(last, now));
    let sent_earlier =
        sqlx::query(first_sent_of_users()).bind(now).bind(later).execute(&mut *transaction).await?;
    for statement in WRITE {
        transaction.execute(statement).await?;
    }
    match mode {
        Mode::DryRun => transaction.rollback().await?,
        Mode::Commit => {
            transaction.commit().await.context(CommitFailed)?;
            // The planner knows nothing of the new rows yet; without it they are there all the same.
            if let Err(error) = connection.execute("ANALYZE").await {
                eprintln!("warning: the rows are written, but ANALYZE failed: {error}");
            }
        }
    }
    Ok(sent_earlier.rows_affected())
}

async fn stage(
    connection: &mut SqliteConnection,
    file: &mut CsvFile,
    problems: &mut Problems,
    progress: &Progress,
) -> anyhow::Result<()> {
    // One text for all inserts but the last, so that it is prepared once.
    let full = insert(file.table, ROWS);
    loop {
        let mut batch = Vec::with_capacity(ROWS);
        while batch.len() < ROWS
            && let Some(row) = file.next(problems)?
        {
            batch.push(row);
        }
        progress.read(file);
        let statement = match batch.len() {
            0 => return Ok(()),
            ROWS => full.clone(),
            rows => insert(file.table, rows),
        };
        let query = batch.into_iter().fold(sqlx::query(AssertSqlSafe(statement)), bind);
        query.execute(&mut *connection).await?;
    }
}

fn insert(table: &Table, rows: usize) -> String {
    let row = format!("(?{})", ", ?".repeat(table.staged.len() + 1));
    let rows = vec![row; rows].join(", ");
    format!("INSERT INTO staged_{} ({}) VALUES {rows}", table.name, staged_columns(table))
}

fn bind(query: Query<'_, Sqlite, SqliteArguments>, row: Staged) -> Query<'_, Sqlite, SqliteArguments> {
    let query = query.bind(row.line.cast_signed()).bind(row.bad);
    row.values.into_iter().fold(query, |query, value| match value {
        Value::Null => query.bind(None::<String>),
        Value::Id(id) => query.bind(id),
        Value::Text(text) => query.bind(text),
        Value::Whole(number) => query.bind(number),
        Value::Instant(instant) => query.bind(instant),
    })
}

async fn add_clashes(
    transaction: &mut SqliteTransaction<'_>,
    files: &[CsvFile],
    problems: &mut Problems,
) -> anyhow::Result<()> {
    let (count, lines): (i64, i64) = sqlx::query_as(COUNT_CLASHES).fetch_one(&mut **transaction).await?;
    let first = sqlx::query_as(FIRST_CLASHES).fetch_all(&mut **transaction).await?;
    let first = first.into_iter().map(|row| problem(files, row)).collect::<anyhow::Result<_>>()?;
    problems.add_counted(first, count.cast_unsigned(), lines.cast_unsigned());
    Ok(())
}
