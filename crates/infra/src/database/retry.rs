//! Reading again where the connection turned out to be dead. The pool does not test a connection before each use, so
//! one that a restarted or sleeping server closed shows with the first query; a read may simply be sent again.

use std::future::Future;

use sea_orm::{DbErr, RuntimeErr, SqlxError};

/// More than a pool usually holds: after a restart of the server every connection in it may be dead, and each shows only
/// when it is used. A dead connection fails at once.
const MOST_DEAD_CONNECTIONS: u32 = 32;

/// Runs `read`, and again as long as its connection had died, at most [`MOST_DEAD_CONNECTIONS`] times. Any other error is
/// returned.
///
/// # Errors
/// What the database says.
pub(crate) async fn read_again_if_dead<T, R>(read: impl Fn() -> R) -> Result<T, DbErr>
where
    R: Future<Output = Result<T, DbErr>>,
{
    for _ in 0..MOST_DEAD_CONNECTIONS {
        match read().await {
            Err(error) if connection_died(&error) => {
                tracing::debug!(%error, "the database connection had died; reading again on another one");
            }
            outcome => return outcome,
        }
    }
    read().await
}

fn connection_died(error: &DbErr) -> bool {
    let (DbErr::Conn(RuntimeErr::SqlxError(cause))
    | DbErr::Exec(RuntimeErr::SqlxError(cause))
    | DbErr::Query(RuntimeErr::SqlxError(cause))) = error
    else {
        return false;
    };
    match &**cause {
        SqlxError::Io(_) => true,
        // Class 08: connection exception; 57P01, 57P02 and 57P05: the server ended the session.
        SqlxError::Database(cause) => cause.code().is_some_and(|code| {
            code.starts_with("08") || matches!(code.as_ref(), "57P01" | "57P02" | "57P05")
        }),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::{io, sync::atomic::AtomicU32, sync::atomic::Ordering::Relaxed};

    use super::*;

    async fn read_failing_with(error: impl Fn() -> SqlxError, times: u32) -> (u32, Result<u32, DbErr>) {
        let reads = AtomicU32::new(0);
        let outcome = read_again_if_dead(|| async {
            let read = reads.fetch_add(1, Relaxed);
            if read < times { Err(DbErr::Query(RuntimeErr::SqlxError(error().into()))) } else { Ok(read) }
        })
        .await;
        (reads.load(Relaxed), outcome)
    }

    #[tokio::test]
    async fn a_pool_of_dead_connections_is_worked_through_and_nothing_else_is_tried_again() {
        let reset = || SqlxError::Io(io::ErrorKind::ConnectionReset.into());
        assert!(matches!(read_failing_with(reset, 1).await, (2, Ok(1))));
        assert!(matches!(read_failing_with(reset, 10).await, (11, Ok(10))));
        let tries = MOST_DEAD_CONNECTIONS + 1;
        assert!(matches!(read_failing_with(reset, u32::MAX).await, (made, Err(_)) if made == tries));
        assert!(matches!(read_failing_with(|| SqlxError::PoolTimedOut, 1).await, (1, Err(_))));
        assert!(matches!(read_failing_with(|| SqlxError::RowNotFound, 1).await, (1, Err(_))));
    }
}
