//! What an error that Redis sends means.

use super::{Trouble, TroubleKind};

impl Trouble {
    /// What an error that the server sent means: its code, and the rest of its text.
    pub(super) fn of_server(code: &str, detail: &str) -> Self {
        // Up to Redis 6 a script's error is wrapped: `Error running script (call to f_…): @user_script:14: -OOM command …`.
        let within = detail.strip_prefix("Error running script").and_then(|detail| detail.rsplit_once(": -"));
        if let Some((code, detail)) = within.and_then(|(_, error)| error.split_once(' ')) {
            return Self::of_server(code, detail);
        }
        // A script's error ends with where in the script it happened.
        let detail = detail.split(" script: ").next().unwrap_or_default().trim();
        let said =
            |what: &str| if detail.is_empty() { what.to_owned() } else { format!("{what} ({detail})") };
        let (kind, problem, advice) = match code {
            "NOAUTH" => (
                TroubleKind::AuthenticationFailed,
                "Redis asks for a password".to_owned(),
                "set REDIS_PASSWORD, and REDIS_USERNAME for an ACL user, or put both into REDIS_URL",
            ),
            "WRONGPASS" => (
                TroubleKind::AuthenticationFailed,
                "the user or the password is wrong, or the user is disabled".to_owned(),
                "check REDIS_USERNAME and REDIS_PASSWORD, or those in REDIS_URL (URL-encoded there)",
            ),
            "NOPERM" => (
                TroubleKind::NoPermission,
                said("the user may not do this"),
                "allow it in Redis (ACL SETUSER), or sign in as another user",
            ),
            "LOADING" => (
                TroubleKind::Loading,
                "Redis is still loading its data after a start".to_owned(),
                "try again when it has; reads and writes of the service go on without it",
            ),
            "READONLY" => (
                TroubleKind::ReadOnly,
                "this Redis is a read-only replica".to_owned(),
                "let REDIS_HOST lead to the primary; on a replica nothing can be invalidated or stored",
            ),
            "OOM" => (
                TroubleKind::OutOfMemory,
                "Redis's memory is full and its policy evicts nothing".to_owned(),
                "`cargo xtask cache clear` makes room; raise maxmemory, or set maxmemory-policy to volatile-lru",
            ),
            "MISCONF" => (
                TroubleKind::Other,
                "Redis takes no writes because it cannot save to disk".to_owned(),
                "see its log: the disk may be full",
            ),
            "MASTERDOWN" => (
                TroubleKind::ReadOnly,
                "this Redis is a replica that has lost its primary".to_owned(),
                "let REDIS_HOST lead to the primary",
            ),
            "BUSY" => (
                TroubleKind::Busy,
                "Redis is busy with a script that does not end".to_owned(),
                "find out whose it is; SCRIPT KILL ends it if it has written nothing",
            ),
            "CLUSTERDOWN" => (
                TroubleKind::Other,
                said("the Redis cluster is down"),
                "see the state of its nodes (CLUSTER INFO)",
            ),
            "MOVED" => (
                TroubleKind::Other,
                said("this node of a Redis cluster does not hold the namespace's keys"),
                "let REDIS_HOST lead to the node that does",
            ),
            "DENIED" => (
                TroubleKind::NoPermission,
                "Redis is in protected mode: it has no password and is asked from another machine".to_owned(),
                "give it a password (and TLS), or ask it from its own machine",
            ),
            "ERR" if detail.contains("max number of clients") => (
                TroubleKind::Unreachable,
                "Redis has as many clients as it allows".to_owned(),
                "close some, or raise maxclients",
            ),
            "ERR" if detail.contains("without any password configured") => (
                TroubleKind::AuthenticationFailed,
                "Redis has no password, and one is configured here".to_owned(),
                "unset REDIS_PASSWORD, or set one there",
            ),
            "ERR" if detail.contains("DB index") || detail.contains("SELECT is not allowed") => (
                TroubleKind::Other,
                said("Redis does not have this database"),
                "leave the number at the end of REDIS_URL out",
            ),
            // What NOPERM is called within a script, by Redis 7.0.
            "ERR" if detail.contains("user executing the script can't") => (
                TroubleKind::NoPermission,
                said("the user may not do this"),
                "allow it in Redis (ACL SETUSER), or sign in as another user; docs/OPERATIONS.md says what a user needs: commands, keys and the bus's channel",
            ),
            "ERR" if detail.starts_with("unknown command") => (
                TroubleKind::ScriptUnavailable,
                // With what it was sent, which is nothing to show: it may be a whole script.
                format!("Redis has no such command ({})", detail.split(',').next().unwrap_or_default()),
                "it is renamed or switched off there (rename-command), or the server is not quite a Redis; docs/OPERATIONS.md says which commands are needed",
            ),
            "WRONGTYPE" => (
                TroubleKind::WrongType,
                "something of another type lies under one of our keys".to_owned(),
                "`cargo xtask cache list` names it: somebody else writes under this namespace; DEL it, or set CACHE_NAMESPACE",
            ),
            "NOSCRIPT" => (
                TroubleKind::ScriptUnavailable,
                "Redis forgets scripts as soon as they are loaded".to_owned(),
                "what lies between must send EVAL and EVALSHA to the same server",
            ),
            "NOREPLICAS" => (
                TroubleKind::Other,
                "Redis takes no writes because too few of its replicas are well".to_owned(),
                "see its replicas, or min-replicas-to-write",
            ),
            _ => (
                TroubleKind::Other,
                format!("Redis answered {code} {detail}").trim().to_owned(),
                "see the server's documentation",
            ),
        };
        Self { kind, problem, advice: advice.to_owned(), code: Some(code.to_owned()) }
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
            (
                "ERR",
                "Error running script (call to f_f00): @user_script:14: @user_script: 14: -READONLY You can't write.",
                "replica",
                "primary",
            ),
            (
                "WRONGTYPE",
                "Operation against a key holding the wrong kind of value",
                "type",
                "CACHE_NAMESPACE",
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
