//! What tests stand on: a private PostgreSQL and Redis that end with the process that started them, a migrated database
//! per test ([`TestDatabase`]) and a Redis namespace per test ([`TestRedis`]).
//!
//! Servers are shared by the tests of a process and started when first asked for; `TEST_DATABASE_URL` and
//! `TEST_REDIS_URL` give ones that run already (`cargo xtask test` does, so that every test binary shares them). A test
//! that stops, freezes or counts the commands of a server starts its own: [`PostgresServer`], [`RedisServer`]; one that
//! breaks the network in front of a server puts a [`FaultProxy`] there.

pub mod servers;

#[cfg(feature = "authority")]
mod authority;
mod database;
mod fault_proxy;
mod namespace;
mod shared;

#[cfg(feature = "authority")]
pub use authority::TestAuthority;
pub use database::{Backend, TestDatabase, each_backend};
pub use fault_proxy::{Cut, FaultProxy, Way};
pub use namespace::TestRedis;
pub use servers::{PostgresServer, RedisServer};
pub use shared::{TEST_DATABASE_URL, TEST_REDIS_URL, postgres_url, redis_url};
