//! The private PostgreSQL and Redis of a command, which end with it.

use std::env;

use test_support::{
    PostgresServer, RedisServer, TEST_DATABASE_URL, TEST_REDIS_URL,
    servers::{Needed, ensure_installed},
};

/// A PostgreSQL and a Redis for the tests: those of `TEST_DATABASE_URL` and `TEST_REDIS_URL`, and a private one where
/// there is none.
pub struct TestServers {
    postgres: Option<PostgresServer>,
    redis: Option<RedisServer>,
}

impl TestServers {
    /// Starts what is not given, and installs it first where it is missing.
    ///
    /// # Errors
    /// One line: what to install, or why a server does not start.
    pub fn start() -> anyhow::Result<Self> {
        Self::start_of(!is_given(TEST_DATABASE_URL), !is_given(TEST_REDIS_URL))
    }

    fn start_of(postgres: bool, redis: bool) -> anyhow::Result<Self> {
        let needed: Vec<Needed> = [(postgres, Needed::Postgres), (redis, Needed::Redis)]
            .into_iter()
            .filter_map(|(wanted, server)| wanted.then_some(server))
            .collect();
        ensure_installed(&needed)?;
        Ok(Self {
            postgres: postgres.then(PostgresServer::start).transpose()?,
            redis: redis.then(RedisServer::start).transpose()?,
        })
    }

    /// Starts what is not given for tests in a browser, which start a Redis each themselves.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn for_browser() -> anyhow::Result<Self> {
        ensure_installed(&[Needed::Redis])?;
        Self::start_of(!is_given(TEST_DATABASE_URL), false)
    }

    /// The variables that tell tests of the private ones.
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        let postgres = self.postgres.as_ref().map(|server| (TEST_DATABASE_URL, server.url()));
        let redis = self.redis.as_ref().map(|server| (TEST_REDIS_URL, server.url()));
        postgres.into_iter().chain(redis).collect()
    }
}

fn is_given(variable: &str) -> bool {
    env::var(variable).is_ok_and(|value| !value.is_empty())
}
