//! PostgreSQL: lines are staged by `COPY`. The tables are locked once all are, so that others wait for the end only.

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use domain::entities::changed_at;
use seed::bulk::postgres::{CopyIn, Tuples};
use sqlx::{Connection as _, Executor as _, PgConnection, PgTransaction};

use super::{
    CommitFailed, CsvFile, Mode, Problems, Progress, now, parents, problem,
    statements::{
        COUNT_CLASHES, FIRST_CLASHES, Types, WRITE, checks, create, first_sent_of_staged_users,
        first_sent_of_users, last_change_of_users, staged_columns,
    },
};
use crate::import::table::{Staged, Value};

const TYPES: Types = Types {
    id: "uuid",
    text: "text",
    whole: "bigint",
    instant: "timestamptz",
    flag: "boolean",
    ends: " ON COMMIT DROP",
};

pub(super) async fn load(
    url: &str,
    files: &mut [CsvFile],
    mode: Mode,
    problems: &mut Problems,
    progress: &Progress,
) -> anyhow::Result<u64> {
    let mut connection = PgConnection::connect(url).await.context("cannot connect to the database")?;
    let mut transaction = connection.begin().await?;
    for statement in create(TYPES) {
        transaction.execute(statement).await?;
    }
    for file in &mut *files {
        stage(&mut transaction, file, problems, progress).await?;
    }
    progress.now("comparing");
    // The planner knows nothing of new tables.
    transaction.execute("ANALYZE staged_users, staged_proposals, staged_leads").await?;
    // Others may read, and nobody may write until this is over.
    transaction.execute("LOCK TABLE users, proposals, leads IN SHARE ROW EXCLUSIVE MODE").await?;
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
            // The planner knows nothing of the new rows yet, and no index can answer alone before they are known to be
            // visible to all; without it they are there all the same.
            if let Err(error) = connection.execute("VACUUM (ANALYZE) users, proposals, leads").await {
                eprintln!("warning: the rows are written, but VACUUM (ANALYZE) failed: {error}");
            }
        }
    }
    Ok(sent_earlier.rows_affected())
}

async fn stage(
    connection: &mut PgConnection,
    file: &mut CsvFile,
    problems: &mut Problems,
    progress: &Progress,
) -> anyhow::Result<()> {
    let (table, columns) = (file.table.name, staged_columns(file.table));
    let statement = format!("COPY staged_{table} ({columns}) FROM STDIN (FORMAT binary)");
    let mut copy = CopyIn::start(connection, &statement).await?;
    while let Some(row) = file.next(problems)? {
        write(&row, copy.tuples());
        if copy.send_if_full().await? {
            progress.read(file);
        }
    }
    copy.finish().await?;
    progress.read(file);
    Ok(())
}

fn write(row: &Staged, to: &mut Tuples) {
    to.tuple(i16::try_from(row.values.len() + 2).expect("a few columns"));
    to.bigint(row.line.cast_signed());
    to.boolean(row.bad);
    for value in &row.values {
        match value {
            Value::Null => to.null(),
            Value::Id(id) => to.uuid(*id),
            Value::Text(text) => to.text(text),
            Value::Whole(number) => to.bigint(*number),
            Value::Instant(instant) => to.instant(*instant),
        }
    }
}

async fn add_clashes(
    transaction: &mut PgTransaction<'_>,
    files: &[CsvFile],
    problems: &mut Problems,
) -> anyhow::Result<()> {
    let (count, lines): (i64, i64) = sqlx::query_as(COUNT_CLASHES).fetch_one(&mut **transaction).await?;
    let first = sqlx::query_as(FIRST_CLASHES).fetch_all(&mut **transaction).await?;
    let first = first.into_iter().map(|row| problem(files, row)).collect::<anyhow::Result<_>>()?;
    problems.add_counted(first, count.cast_unsigned(), lines.cast_unsigned());
    Ok(())
}
