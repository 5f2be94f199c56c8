//! PostgreSQL: a `COPY` for each table.

use anyhow::Context as _;
use domain::entities::{lead, proposal, user};
use indicatif::ProgressBar;
use sea_orm::ActiveEnum as _;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

use super::Outcome;
use crate::{
    bulk::postgres::{CopyIn, Tuples},
    population::Population,
};

pub(super) async fn load(
    url: &str,
    population: &Population,
    progress: &ProgressBar,
) -> anyhow::Result<Outcome> {
    let mut connection = PgConnection::connect(url).await.context("cannot connect to the database")?;
    let mut transaction = connection.begin().await?;
    // Others may read, and nobody may write until this is over.
    transaction.execute("LOCK TABLE users, proposals, leads IN SHARE ROW EXCLUSIVE MODE").await?;
    let holds_rows: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT FROM users) OR EXISTS (SELECT FROM proposals) OR EXISTS (SELECT FROM leads)",
    )
    .fetch_one(&mut *transaction)
    .await?;
    if holds_rows {
        return Ok(Outcome::NotEmpty);
    }
    let searches = without_searches(&mut transaction).await?;
    copy(
        &mut transaction,
        "COPY users (id, email, display_name, role, status, first_sent_at, created_at, updated_at) \
         FROM STDIN (FORMAT binary)",
        population.users(),
        progress,
    )
    .await?;
    copy(
        &mut transaction,
        "COPY proposals (id, user_id, title, client_name, amount_minor, currency, status, sent_at, \
         decided_at, created_at, updated_at) FROM STDIN (FORMAT binary)",
        population.proposals(),
        progress,
    )
    .await?;
    copy(
        &mut transaction,
        "COPY leads (id, proposal_id, name, email, source, status, converted_at, created_at, updated_at) \
         FROM STDIN (FORMAT binary)",
        population.leads(),
        progress,
    )
    .await?;
    for search in searches {
        transaction.execute(AssertSqlSafe(search)).await?;
    }
    transaction.commit().await?;
    // The planner knows nothing of the new rows yet, and until they are marked as visible to all, whoever counts them in
    // an index has to look into the table too.
    connection.execute("VACUUM (ANALYZE) users, proposals, leads").await?;
    connection.close().await?;
    Ok(Outcome::Loaded)
}

/// Drops the indices of the texts, which take several times as long to grow row by row as to make anew; returns the
/// statements that make them.
async fn without_searches(connection: &mut PgConnection) -> anyhow::Result<Vec<String>> {
    let searches: Vec<(String, String)> = sqlx::query_as(
        "SELECT indexname::text, indexdef FROM pg_indexes \
         WHERE schemaname = current_schema() AND tablename IN ('users', 'proposals', 'leads') AND indexdef LIKE '%gin_trgm_ops%'",
    )
    .fetch_all(&mut *connection)
    .await?;
    connection.execute("SET LOCAL maintenance_work_mem = '256MB'").await?;
    for (name, _) in &searches {
        connection.execute(AssertSqlSafe(format!("DROP INDEX {name}"))).await?;
    }
    Ok(searches.into_iter().map(|(_, made)| made).collect())
}

async fn copy<R: Row>(
    connection: &mut PgConnection,
    statement: &str,
    rows: impl Iterator<Item = R>,
    progress: &ProgressBar,
) -> anyhow::Result<()> {
    let mut copy = CopyIn::start(connection, statement).await?;
    let mut unreported = 0;
    for row in rows {
        row.write(copy.tuples());
        unreported += 1;
        if copy.send_if_full().await? {
            progress.inc(std::mem::take(&mut unreported));
        }
    }
    copy.finish().await?;
    progress.inc(unreported);
    Ok(())
}

/// A row as a tuple of the binary format, its fields in the order of the `COPY` statement.
trait Row {
    fn write(self, to: &mut Tuples);
}

impl Row for user::Model {
    fn write(self, to: &mut Tuples) {
        to.tuple(8);
        to.uuid(self.id);
        to.text(&self.email);
        to.text(&self.display_name);
        to.text(&self.role.to_value());
        to.text(&self.status.to_value());
        to.instant_or_null(self.first_sent_at);
        to.instant(self.created_at);
        to.instant(self.updated_at);
    }
}

impl Row for proposal::Model {
    fn write(self, to: &mut Tuples) {
        to.tuple(11);
        to.uuid(self.id);
        to.uuid(self.user_id);
        to.text(&self.title);
        to.text(&self.client_name);
        to.bigint(self.amount_minor);
        to.text(&self.currency);
        to.text(&self.status.to_value());
        to.instant_or_null(self.sent_at);
        to.instant_or_null(self.decided_at);
        to.instant(self.created_at);
        to.instant(self.updated_at);
    }
}

impl Row for lead::Model {
    fn write(self, to: &mut Tuples) {
        to.tuple(9);
        to.uuid(self.id);
        to.uuid(self.proposal_id);
        to.text(&self.name);
        to.text(&self.email);
        to.text(&self.source.to_value());
        to.text(&self.status.to_value());
        to.instant_or_null(self.converted_at);
        to.instant(self.created_at);
        to.instant(self.updated_at);
    }
}
