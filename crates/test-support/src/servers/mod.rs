//! Throw-away servers: found or installed, started on a free loopback port with their data in a temporary folder, and
//! ended with the process that started them, even when that one is killed.

mod install;
mod postgres;
mod redis;
mod watched;

use std::net::{Ipv4Addr, TcpListener};

pub use install::{Needed, ensure_installed};
pub use postgres::PostgresServer;
pub use redis::{RedisOptions, RedisServer};
pub use watched::{Launch, Output, Watched};

/// Where every throw-away server listens.
pub const LOOPBACK: Ipv4Addr = Ipv4Addr::LOCALHOST;

/// How often a start is tried: another process may take the free port between our finding it and the server's.
const ATTEMPTS: u32 = 5;

/// A port of the loopback interface that nobody listened on a moment ago.
///
/// # Errors
/// Where the system has none left.
pub fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind((LOOPBACK, 0))?.local_addr()?.port())
}
