//! The servers that the tests of a process share.

use std::{env, sync::OnceLock};

use tokio::task::spawn_blocking;

use crate::{PostgresServer, RedisServer};

/// The variable that names a running PostgreSQL; its user must be allowed to create databases.
pub const TEST_DATABASE_URL: &str = "TEST_DATABASE_URL";
/// The variable that names a running Redis.
pub const TEST_REDIS_URL: &str = "TEST_REDIS_URL";

/// The URL of a database to connect to on the shared PostgreSQL: `TEST_DATABASE_URL`, else a server of this process.
///
/// # Panics
/// Where there is none to be had; the message says what to install.
pub async fn postgres_url() -> String {
    static SERVER: OnceLock<PostgresServer> = OnceLock::new();
    match given(TEST_DATABASE_URL) {
        Some(url) => url,
        None => once(&SERVER, PostgresServer::start).await.url(),
    }
}

/// The URL of the shared Redis: `TEST_REDIS_URL`, else a server of this process.
///
/// # Panics
/// Where there is none to be had; the message says what to install.
pub async fn redis_url() -> String {
    static SERVER: OnceLock<RedisServer> = OnceLock::new();
    match given(TEST_REDIS_URL) {
        Some(url) => url,
        None => once(&SERVER, RedisServer::start).await.url(),
    }
}

fn given(variable: &str) -> Option<String> {
    env::var(variable).ok().filter(|value| !value.is_empty())
}

/// A static is never dropped: the server's watchdog ends it when the process is gone.
async fn once<S: Send + Sync>(server: &'static OnceLock<S>, start: fn() -> anyhow::Result<S>) -> &'static S {
    let started = spawn_blocking(move || {
        server.get_or_init(|| {
            start().unwrap_or_else(|error| panic!("cannot start a server for tests: {error:#}"))
        })
    });
    started.await.expect("the server starts")
}
