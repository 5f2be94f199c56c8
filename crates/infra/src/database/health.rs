//! Whether the database answers, known from what the last operations came to: asking costs no statement.

use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};

use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr, SqlxError};

/// What the last operation on the database came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatabaseState {
    /// There was none yet.
    Unknown,
    /// The database answered.
    Up,
    /// The database could not be reached, or refused to work.
    Down,
}

/// Remembers what the last operation came to. Clones share their memory.
#[derive(Clone, Debug, Default)]
pub struct DatabaseHealth(Arc<AtomicU8>);

const UNKNOWN: u8 = 0;
const UP: u8 = 1;
const DOWN: u8 = 2;

impl DatabaseHealth {
    /// What the last operation came to.
    pub fn state(&self) -> DatabaseState {
        match self.0.load(Ordering::Relaxed) {
            UNKNOWN => DatabaseState::Unknown,
            UP => DatabaseState::Up,
            _ => DatabaseState::Down,
        }
    }

    /// Notes what an operation came to, and passes it on. A statement that the database refuses is an answer too.
    pub(super) fn note<T>(&self, outcome: Result<T, DbErr>) -> Result<T, DbErr> {
        let down = outcome.as_ref().is_err_and(is_unreachable);
        self.0.store(if down { DOWN } else { UP }, Ordering::Relaxed);
        outcome
    }
}

/// Whether `error` says that the database cannot be reached or does not work at present.
pub fn is_unreachable(error: &DbErr) -> bool {
    match error {
        DbErr::ConnectionAcquire(ConnAcquireErr::Timeout | ConnAcquireErr::ConnectionClosed)
        | DbErr::Conn(_) => true,
        DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) => {
            match &**error {
                SqlxError::Io(_)
                | SqlxError::Tls(_)
                | SqlxError::Protocol(_)
                | SqlxError::PoolTimedOut
                | SqlxError::PoolClosed
                | SqlxError::WorkerCrashed => true,
                // PostgreSQL: connection exceptions, no resources, operator intervention. SQLite: I/O error, disk full,
                // cannot open.
                SqlxError::Database(error) => error.code().is_some_and(|code| {
                    (code.len() == 5 && ["08", "53", "57"].iter().any(|class| code.starts_with(class)))
                        // No such table: the migrations have not run.
                        || code == "42P01"
                        || sqlite_primary(&code).is_some_and(|code| [10, 13, 14].contains(&code))
                }),
                _ => false,
            }
        }
        _ => false,
    }
}

/// What [`unconfirmed`] begins with.
const UNCONFIRMED: &str = "nobody knows whether it was committed: ";

/// What a commit's `error` means: where the connection was lost over it, the commit may have happened all the same.
pub(super) fn unconfirmed(error: DbErr) -> DbErr {
    if is_unreachable(&error) { DbErr::Custom(format!("{UNCONFIRMED}{error}")) } else { error }
}

/// Whether `error` is that of a commit which may have happened.
pub fn is_unconfirmed(error: &DbErr) -> bool {
    matches!(error, DbErr::Custom(text) if text.starts_with(UNCONFIRMED))
}

/// Whether the same operation may succeed when tried again later: the database cannot be reached, is busy, or gave one
/// of two conflicting transactions up.
pub fn is_transient(error: &DbErr) -> bool {
    let conflict = match error {
        DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) => {
            error.as_database_error().and_then(sqlx::error::DatabaseError::code).is_some_and(|code| {
                ["40001", "40P01", "55P03"].contains(&&*code)
                    || sqlite_primary(&code).is_some_and(|code| [5, 6].contains(&code))
            })
        }
        _ => false,
    };
    conflict || is_unreachable(error)
}

/// SQLite's primary result code: the low byte of the extended one. PostgreSQL's codes have five characters.
fn sqlite_primary(code: &str) -> Option<u32> {
    if code.len() == 5 {
        return None;
    }
    code.parse::<u32>().ok().map(|code| code & 0xff)
}
