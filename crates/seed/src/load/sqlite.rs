//! SQLite: inserts of many rows each, with bound values, so that ids and instants are stored just as the service stores
//! them.

use domain::entities::{lead, proposal, user};
use indicatif::ProgressBar;
use sea_orm::ActiveEnum as _;
use sqlx::{
    Connection as _, Executor as _, QueryBuilder, Sqlite, SqliteConnection, query_builder::Separated,
};

use super::Outcome;
use crate::{bulk::sqlite::open, population::Population};

/// Rows an insert; their values have to stay below SQLite's limit of 32,766.
const ROWS: usize = 500;

pub(super) async fn load(
    url: &str,
    population: &Population,
    progress: &ProgressBar,
) -> anyhow::Result<Outcome> {
    let mut connection = open(url).await?;
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let holds_rows: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM users) OR EXISTS (SELECT 1 FROM proposals) OR EXISTS (SELECT 1 FROM leads)",
    )
    .fetch_one(&mut *transaction)
    .await?;
    if holds_rows {
        return Ok(Outcome::NotEmpty);
    }
    insert(
        &mut transaction,
        "INSERT INTO users (id, email, display_name, role, status, first_sent_at, created_at, updated_at) ",
        population.users(),
        progress,
    )
    .await?;
    insert(
        &mut transaction,
        "INSERT INTO proposals (id, user_id, title, client_name, amount_minor, currency, status, sent_at, \
         decided_at, created_at, updated_at) ",
        population.proposals(),
        progress,
    )
    .await?;
    insert(
        &mut transaction,
        "INSERT INTO leads (id, proposal_id, name, email, source, status, converted_at, created_at, \
         updated_at) ",
        population.leads(),
        progress,
    )
    .await?;
    transaction.commit().await?;
    // The planner knows nothing of the new rows yet.
    connection.execute("ANALYZE").await?;
    connection.close().await?;
    Ok(Outcome::Loaded)
}

async fn insert<R: Row>(
    connection: &mut SqliteConnection,
    statement: &str,
    mut rows: impl Iterator<Item = R>,
    progress: &ProgressBar,
) -> anyhow::Result<()> {
    loop {
        let batch: Vec<_> = rows.by_ref().take(ROWS).collect();
        if batch.is_empty() {
            return Ok(());
        }
        let written = batch.len() as u64;
        let mut insert = QueryBuilder::<Sqlite>::new(statement);
        insert.push_values(batch, |mut values, row| row.bind(&mut values));
        insert.build().execute(&mut *connection).await?;
        progress.inc(written);
    }
}

/// A row as bound values, in the order of the insert's columns.
trait Row {
    fn bind(self, to: &mut Separated<'_, Sqlite, &'static str>);
}

impl Row for user::Model {
    fn bind(self, to: &mut Separated<'_, Sqlite, &'static str>) {
        to.push_bind(self.id)
            .push_bind(self.email)
            .push_bind(self.display_name)
            .push_bind(self.role.to_value())
            .push_bind(self.status.to_value())
            .push_bind(self.first_sent_at)
            .push_bind(self.created_at)
            .push_bind(self.updated_at);
    }
}

impl Row for proposal::Model {
    fn bind(self, to: &mut Separated<'_, Sqlite, &'static str>) {
        to.push_bind(self.id)
            .push_bind(self.user_id)
            .push_bind(self.title)
            .push_bind(self.client_name)
            .push_bind(self.amount_minor)
            .push_bind(self.currency)
            .push_bind(self.status.to_value())
            .push_bind(self.sent_at)
            .push_bind(self.decided_at)
            .push_bind(self.created_at)
            .push_bind(self.updated_at);
    }
}

impl Row for lead::Model {
    fn bind(self, to: &mut Separated<'_, Sqlite, &'static str>) {
        to.push_bind(self.id)
            .push_bind(self.proposal_id)
            .push_bind(self.name)
            .push_bind(self.email)
            .push_bind(self.source.to_value())
            .push_bind(self.status.to_value())
            .push_bind(self.converted_at)
            .push_bind(self.created_at)
            .push_bind(self.updated_at);
    }
}
