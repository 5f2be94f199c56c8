//! PostgreSQL: a `COPY` in the binary format for each table, streamed, so that nothing has to be quoted and nothing piles
//! up. The format: <https://www.postgresql.org/docs/current/sql-copy.html>, "Binary Format".

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use domain::entities::{lead, proposal, user};
use indicatif::ProgressBar;
use sea_orm::ActiveEnum as _;
use sqlx::{Connection as _, Executor as _, PgConnection};
use uuid::Uuid;

use super::Outcome;
use crate::population::Population;

/// A message to the server holds about this many bytes.
const CHUNK: usize = 256 * 1024;

/// From 1970, where the others count from, to 2000, where PostgreSQL does, in microseconds.
const POSTGRES_EPOCH: i64 = 946_684_800_000_000;

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
    transaction.commit().await?;
    // The planner knows nothing of the new rows yet, and until they are marked as visible to all, whoever counts them in
    // an index has to look into the table too.
    connection.execute("VACUUM (ANALYZE) users, proposals, leads").await?;
    connection.close().await?;
    Ok(Outcome::Loaded)
}

async fn copy<R: Row>(
    connection: &mut PgConnection,
    statement: &str,
    rows: impl Iterator<Item = R>,
    progress: &ProgressBar,
) -> anyhow::Result<()> {
    let mut copy = connection.copy_in_raw(statement).await?;
    let mut tuples = Tuples::start();
    let mut unreported = 0;
    for row in rows {
        row.write(&mut tuples);
        unreported += 1;
        if tuples.0.len() >= CHUNK {
            copy.send(tuples.0.as_slice()).await?;
            tuples.0.clear();
            progress.inc(std::mem::take(&mut unreported));
        }
    }
    tuples.end();
    copy.send(tuples.0.as_slice()).await?;
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

/// The bytes of a `COPY` in the binary format: all numbers big-endian, each field after its length.
struct Tuples(Vec<u8>);

impl Tuples {
    fn start() -> Self {
        let mut bytes = Vec::with_capacity(CHUNK + 4096);
        bytes.extend_from_slice(b"PGCOPY\n\xff\r\n\0");
        // No flags, and no extension of the header.
        bytes.extend_from_slice(&[0; 8]);
        Self(bytes)
    }

    fn end(&mut self) {
        self.0.extend_from_slice(&(-1_i16).to_be_bytes());
    }

    fn tuple(&mut self, fields: i16) {
        self.0.extend_from_slice(&fields.to_be_bytes());
    }

    fn field(&mut self, bytes: &[u8]) {
        let length = i32::try_from(bytes.len()).expect("a field is shorter than 2 GB");
        self.0.extend_from_slice(&length.to_be_bytes());
        self.0.extend_from_slice(bytes);
    }

    fn uuid(&mut self, value: Uuid) {
        self.field(value.as_bytes());
    }

    fn text(&mut self, value: &str) {
        self.field(value.as_bytes());
    }

    fn bigint(&mut self, value: i64) {
        self.field(&value.to_be_bytes());
    }

    fn instant(&mut self, value: DateTime<Utc>) {
        self.bigint(value.timestamp_micros() - POSTGRES_EPOCH);
    }

    fn instant_or_null(&mut self, value: Option<DateTime<Utc>>) {
        match value {
            Some(instant) => self.instant(instant),
            None => self.0.extend_from_slice(&(-1_i32).to_be_bytes()),
        }
    }
}
