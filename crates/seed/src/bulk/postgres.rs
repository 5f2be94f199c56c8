//! PostgreSQL: a `COPY` in the binary format, streamed, so that nothing has to be quoted and nothing piles up. The
//! format: <https://www.postgresql.org/docs/current/sql-copy.html>, "Binary Format".

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, postgres::PgCopyIn};
use uuid::Uuid;

/// A message to the server holds about this many bytes.
const CHUNK: usize = 256 * 1024;

/// From 1970, where the others count from, to 2000, where PostgreSQL does, in microseconds.
const POSTGRES_EPOCH: i64 = 946_684_800_000_000;

/// A `COPY` under way. Dropped before it is finished, it writes nothing.
pub struct CopyIn<'c> {
    server: PgCopyIn<&'c mut PgConnection>,
    pending: Tuples,
}

/// The bytes of a `COPY` in the binary format: all numbers big-endian, each field after its length.
pub struct Tuples(Vec<u8>);

impl<'c> CopyIn<'c> {
    /// Begins it; `statement` is `COPY … FROM STDIN (FORMAT binary)`.
    ///
    /// # Errors
    /// Where the server refuses or is gone. This holds for every function here.
    pub async fn start(connection: &'c mut PgConnection, statement: &str) -> sqlx::Result<Self> {
        Ok(Self { server: connection.copy_in_raw(statement).await?, pending: Tuples::start() })
    }

    /// Where to write the next tuple.
    pub fn tuples(&mut self) -> &mut Tuples {
        &mut self.pending
    }

    /// Sends the tuples so far once there are enough for a message; says whether it did.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn send_if_full(&mut self) -> sqlx::Result<bool> {
        if self.pending.0.len() < CHUNK {
            return Ok(false);
        }
        self.server.send(self.pending.0.as_slice()).await?;
        self.pending.0.clear();
        Ok(true)
    }

    /// Sends the rest, and waits until the server has it all.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn finish(mut self) -> sqlx::Result<()> {
        self.pending.end();
        self.server.send(self.pending.0.as_slice()).await?;
        self.server.finish().await?;
        Ok(())
    }
}

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

    /// Begins a tuple; its fields are to follow, in the order of the statement.
    pub fn tuple(&mut self, fields: i16) {
        self.0.extend_from_slice(&fields.to_be_bytes());
    }

    fn field(&mut self, bytes: &[u8]) {
        let length = i32::try_from(bytes.len()).expect("a field is shorter than 2 GB");
        self.0.extend_from_slice(&length.to_be_bytes());
        self.0.extend_from_slice(bytes);
    }

    /// A field without a value.
    pub fn null(&mut self) {
        self.0.extend_from_slice(&(-1_i32).to_be_bytes());
    }

    /// A `uuid`.
    pub fn uuid(&mut self, value: Uuid) {
        self.field(value.as_bytes());
    }

    /// A `text`.
    pub fn text(&mut self, value: &str) {
        self.field(value.as_bytes());
    }

    /// A `bigint`.
    pub fn bigint(&mut self, value: i64) {
        self.field(&value.to_be_bytes());
    }

    /// A `boolean`.
    pub fn boolean(&mut self, value: bool) {
        self.field(&[u8::from(value)]);
    }

    /// A `timestamptz`.
    pub fn instant(&mut self, value: DateTime<Utc>) {
        self.bigint(value.timestamp_micros() - POSTGRES_EPOCH);
    }

    /// A `timestamptz` or nothing.
    pub fn instant_or_null(&mut self, value: Option<DateTime<Utc>>) {
        match value {
            Some(instant) => self.instant(instant),
            None => self.null(),
        }
    }
}
