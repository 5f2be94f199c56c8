//! What is wrong with Redis: its kind, words for people, and what to try. The service's log and the operator's console
//! tell it by the same words. Nothing here ever holds a secret.

mod kind;
mod log;
mod tls;
mod words;

use std::{error::Error, io, sync::Arc, time::Duration};

use redis::{ErrorKind, RedisError};
use rustls::Error as TlsError;

pub use self::kind::TroubleKind;
pub(super) use self::{
    log::{Channel, Troubles},
    tls::Peer,
};

/// Something is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}: {advice}")]
pub struct Trouble {
    /// What kind of trouble it is.
    pub kind: TroubleKind,
    /// What is wrong.
    pub problem: String,
    /// What to try.
    pub advice: String,
    /// Redis's code for it, such as `NOPERM`, where Redis itself said it.
    pub code: Option<String>,
}

impl Trouble {
    /// Trouble of one kind.
    pub fn new(kind: TroubleKind, problem: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { kind, problem: problem.into(), advice: advice.into(), code: None }
    }

    /// What is no known kind of trouble.
    pub fn other(problem: impl Into<String>) -> Self {
        Self::new(TroubleKind::Other, problem, "see the server's log")
    }

    /// No answer came in time.
    pub(super) fn no_answer(within: Duration) -> Self {
        Self::new(
            TroubleKind::TimedOut,
            format!("no answer within {} ms", within.as_millis()),
            "Redis is frozen, busy with something slow, or the network loses what is sent; `cargo xtask cache connect` \
             finds out which step fails",
        )
    }

    /// What an error of the client means.
    pub(super) fn of_redis(error: &RedisError) -> Self {
        match (error.kind(), error.code()) {
            (_, Some(code)) => Self::of_server(code, error.detail().unwrap_or_default()),
            (ErrorKind::Io, _) => Self::of_io(error),
            (ErrorKind::AuthenticationFailed, _) => Self::new(
                TroubleKind::AuthenticationFailed,
                "the user or the password is wrong, or the user is disabled, or Redis has no password",
                "check REDIS_USERNAME and REDIS_PASSWORD, or those in REDIS_URL (URL-encoded there)",
            ),
            (ErrorKind::Parse | ErrorKind::UnexpectedReturnType, _) => Self::new(
                TroubleKind::Protocol,
                "what answers there does not speak Redis's protocol",
                "check REDIS_HOST and REDIS_PORT: they lead to another kind of server, or to a port with TLS \
                 (REDIS_TLS=true)",
            ),
            _ => Self::other(error.to_string()),
        }
    }

    /// The server ended the connection.
    pub(super) fn closed() -> Self {
        Self::new(
            TroubleKind::Unreachable,
            "the server closed the connection",
            "it may be restarting, allow no more clients, want TLS, or not be a Redis: see its log",
        )
    }

    /// Whether the server understood, and would not: the command, or part of it, is not for this user or not there.
    pub(super) fn is_refusal(&self) -> bool {
        matches!(self.code.as_deref(), Some("NOPERM" | "ERR"))
    }

    /// Whether the server's memory is full.
    pub(super) fn is_out_of_memory(&self) -> bool {
        self.kind == TroubleKind::OutOfMemory
    }

    /// Whether the server is there and answers: it refuses this call, and may well do others.
    pub(super) fn is_of_one_call(&self) -> bool {
        match self.kind {
            TroubleKind::NoPermission
            | TroubleKind::ReadOnly
            | TroubleKind::OutOfMemory
            | TroubleKind::WrongType
            | TroubleKind::ScriptUnavailable => true,
            TroubleKind::Other => self.code.is_some(),
            TroubleKind::Unreachable
            | TroubleKind::TimedOut
            | TroubleKind::AuthenticationFailed
            | TroubleKind::Tls
            | TroubleKind::Loading
            | TroubleKind::Busy
            | TroubleKind::Protocol
            | TroubleKind::VersionsLost => false,
        }
    }

    fn of_io(error: &RedisError) -> Self {
        let Some(io) = io_error(error) else { return Self::closed() };
        match io.kind() {
            io::ErrorKind::ConnectionRefused => Self::new(
                TroubleKind::Unreachable,
                "nobody listens there (connection refused)",
                "start Redis, or check REDIS_HOST and REDIS_PORT",
            ),
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Self::new(
                TroubleKind::TimedOut,
                "no answer in time",
                "Redis is frozen, busy with something slow, or the network loses what is sent",
            ),
            io::ErrorKind::BrokenPipe
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::UnexpectedEof
            | io::ErrorKind::NotConnected => Self::closed(),
            _ => Self::new(
                TroubleKind::Unreachable,
                format!("it cannot be reached ({io})"),
                "check REDIS_HOST, the network and the VPN; `cargo xtask cache connect` finds out which step fails",
            ),
        }
    }
}

/// What TLS said, where `error` comes from there.
pub(super) fn tls_error(error: &RedisError) -> Option<&TlsError> {
    io_error(error)?.get_ref()?.downcast_ref()
}

fn io_error(error: &RedisError) -> Option<&io::Error> {
    // The client shows its cause as the `Arc` that holds it.
    let source = error.source()?;
    let held = source.downcast_ref::<Arc<dyn Error + Send + Sync>>().and_then(|held| held.downcast_ref());
    held.or_else(|| source.downcast_ref())
}
