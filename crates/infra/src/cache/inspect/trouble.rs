//! What is wrong with Redis, in words for people, and what to try. Nothing here ever holds a secret.

use std::time::Duration;

use redis::{ErrorKind, RedisError};

/// Something is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}: {advice}")]
pub struct Trouble {
    /// What is wrong.
    pub problem: String,
    /// What to try.
    pub advice: String,
    /// Redis's code for it, such as `NOPERM`, where Redis itself said it.
    pub code: Option<String>,
}

impl Trouble {
    pub(super) fn new(problem: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { problem: problem.into(), advice: advice.into(), code: None }
    }

    /// No answer came in time.
    pub(super) fn no_answer(within: Duration) -> Self {
        Self::new(
            format!("no answer within {} ms", within.as_millis()),
            "Redis is frozen, busy with something slow, or the network loses what is sent; try again, and see its log",
        )
    }

    /// What an error of the client means.
    pub(super) fn of_redis(error: &RedisError) -> Self {
        match (error.kind(), error.code()) {
            (_, Some(code)) => Self::of_server(code, error.detail().unwrap_or_default()),
            (ErrorKind::Io, _) => Self::closed(),
            (ErrorKind::Parse | ErrorKind::UnexpectedReturnType, _) => Self::new(
                "what answers there does not speak Redis's protocol",
                "check REDIS_HOST and REDIS_PORT: they lead to another kind of server",
            ),
            _ => Self::new(error.to_string(), "see the server's log"),
        }
    }

    /// The server ended the connection.
    pub(super) fn closed() -> Self {
        Self::new(
            "the server closed the connection",
            "it may be restarting, allow no more clients, or not be a Redis: see its log",
        )
    }

    /// Whether the server understood, and would not: the command, or part of it, is not for this user or not there.
    pub(super) fn is_refusal(&self) -> bool {
        matches!(self.code.as_deref(), Some("NOPERM" | "ERR"))
    }

    /// Whether the server's memory is full.
    pub(super) fn is_out_of_memory(&self) -> bool {
        self.code.as_deref() == Some("OOM")
    }

    fn of_server(code: &str, detail: &str) -> Self {
        // A script's error ends with where in the script it happened.
        let detail = detail.split(" script: ").next().unwrap_or_default().trim();
        let said =
            |what: &str| if detail.is_empty() { what.to_owned() } else { format!("{what} ({detail})") };
        let (problem, advice) = match code {
            "NOAUTH" => (
                "Redis asks for a password".to_owned(),
                "set REDIS_PASSWORD, and REDIS_USERNAME for an ACL user, or put both into REDIS_URL",
            ),
            "WRONGPASS" => (
                "the user or the password is wrong, or the user is disabled".to_owned(),
                "check REDIS_USERNAME and REDIS_PASSWORD, or those in REDIS_URL (URL-encoded there)",
            ),
            "NOPERM" => (
                said("the user may not do this"),
                "allow it in Redis (ACL SETUSER), or sign in as another user",
            ),
            "LOADING" => (
                "Redis is still loading its data after a start".to_owned(),
                "try again when it has; reads and writes of the service go on without it",
            ),
            "READONLY" => (
                "this Redis is a read-only replica".to_owned(),
                "let REDIS_HOST lead to the primary; on a replica nothing can be invalidated or stored",
            ),
            "OOM" => (
                "Redis's memory is full and its policy evicts nothing".to_owned(),
                "`cargo xtask cache clear` makes room; raise maxmemory, or set maxmemory-policy to volatile-lru",
            ),
            "MISCONF" => (
                "Redis takes no writes because it cannot save to disk".to_owned(),
                "see its log: the disk may be full",
            ),
            "MASTERDOWN" => (
                "this Redis is a replica that has lost its primary".to_owned(),
                "let REDIS_HOST lead to the primary",
            ),
            "BUSY" => (
                "Redis is busy with a script that does not end".to_owned(),
                "find out whose it is; SCRIPT KILL ends it if it has written nothing",
            ),
            "CLUSTERDOWN" => (said("the Redis cluster is down"), "see the state of its nodes (CLUSTER INFO)"),
            "MOVED" => (
                said("this node of a Redis cluster does not hold the namespace's keys"),
                "let REDIS_HOST lead to the node that does",
            ),
            "DENIED" => (
                "Redis is in protected mode: it has no password and is asked from another machine".to_owned(),
                "give it a password (and TLS), or ask it from its own machine",
            ),
            "ERR" if detail.contains("max number of clients") => {
                ("Redis has as many clients as it allows".to_owned(), "close some, or raise maxclients")
            }
            "ERR" if detail.contains("without any password configured") => (
                "Redis has no password, and one is configured here".to_owned(),
                "unset REDIS_PASSWORD, or set one there",
            ),
            "ERR" if detail.contains("DB index") || detail.contains("SELECT is not allowed") => {
                (said("Redis does not have this database"), "leave the number at the end of REDIS_URL out")
            }
            // What NOPERM is called within a script, by Redis 7.0.
            "ERR" if detail.contains("user executing the script can't") => (
                said("the user may not do this"),
                "allow it in Redis (ACL SETUSER), or sign in as another user; docs/OPERATIONS.md says what a user needs: commands, keys and the bus's channel",
            ),
            "ERR" if detail.starts_with("unknown command") => (
                // With what it was sent, which is nothing to show: it may be a whole script.
                format!("Redis has no such command ({})", detail.split(',').next().unwrap_or_default()),
                "it is renamed or switched off there (rename-command), or the server is not quite a Redis; docs/OPERATIONS.md says which commands are needed",
            ),
            _ => (
                format!("Redis answered {code} {detail}").trim().to_owned(),
                "see the server's documentation",
            ),
        };
        Self { problem, advice: advice.to_owned(), code: Some(code.to_owned()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_redis_says_becomes_what_to_do() {
        for (code, detail, problem, advice) in [
            (
                "OOM",
                "command not allowed when used memory > 'maxmemory'. script: f00, on @user_script:1.",
                "full",
                "clear",
            ),
            ("READONLY", "You can't write against a read only replica.", "replica", "primary"),
            ("LOADING", "Redis is loading the dataset in memory", "loading", "again"),
            ("NOPERM", "User x has no permissions to run the 'info' command", "'info'", "ACL SETUSER"),
            (
                "ERR",
                "The user executing the script can't publish to the channel mentioned in the command script: f00, on @user_script:20.",
                "publish to the channel",
                "channel",
            ),
            (
                "ERR",
                "unknown command 'EVAL', with args beginning with: '-- Shows what, @user_script'",
                "(unknown command 'EVAL')",
                "rename-command",
            ),
            ("ERR", "max number of clients reached", "clients", "maxclients"),
            ("ERR", "unknown", "ERR unknown", "documentation"),
        ] {
            let trouble = Trouble::of_server(code, detail);
            assert!(trouble.problem.contains(problem), "{trouble}");
            assert!(trouble.advice.contains(advice), "{trouble}");
            assert!(!trouble.to_string().contains("@user_script"), "{trouble}");
        }
    }
}
