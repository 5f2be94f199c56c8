//! Throw-away servers: found or installed, started on a free loopback port with their data in a temporary folder, and
//! ended with the process that started them, even when that one is killed.

mod install;
mod postgres;
mod redis;
mod watched;

use std::{
    net::{Ipv4Addr, TcpListener},
    ops::Range,
    sync::{
        LazyLock,
        atomic::{AtomicU16, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

pub use install::{CHROMIUM_PATH, Needed, chromium, ensure_installed, redis_binary};
pub use postgres::PostgresServer;
pub use redis::{RedisOptions, RedisServer};
pub use watched::{Launch, Output, Watched};

/// Where every throw-away server listens.
pub const LOOPBACK: Ipv4Addr = Ipv4Addr::LOCALHOST;

/// How often a start is tried: another process may take the free port between our finding it and the server's.
const ATTEMPTS: u32 = 5;

/// How long a server that comes back tries to get its port, which somebody else may be using for a moment.
const BACK_WITHIN: Duration = Duration::from_secs(20);
/// Between two tries.
const TRY_EVERY: Duration = Duration::from_millis(200);

/// Where ports are looked for: below those that systems give to outgoing connections and to whoever asks for any, so that
/// a server that is away for a while finds its port free when it comes back.
const PORTS: Range<u16> = 20_000..32_000;

/// A port of the loopback interface that nobody listened on a moment ago. It is not given twice, until all were.
///
/// # Errors
/// Where none is left.
pub fn free_port() -> std::io::Result<u16> {
    // Each process begins somewhere else.
    static NEXT: LazyLock<AtomicU16> = LazyLock::new(|| {
        let bytes = uuid::Uuid::new_v4().into_bytes();
        AtomicU16::new(u16::from_be_bytes([bytes[0], bytes[1]]))
    });
    let mut last = None;
    for _ in PORTS {
        let port = PORTS.start + NEXT.fetch_add(1, Ordering::Relaxed) % (PORTS.end - PORTS.start);
        match TcpListener::bind((LOOPBACK, port)) {
            Ok(_) => return Ok(port),
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| std::io::ErrorKind::AddrInUse.into()))
}

/// Launches a server on the port that it had before, trying again for a while.
fn launch_again(mut launch: impl FnMut() -> anyhow::Result<()>) -> anyhow::Result<()> {
    let deadline = Instant::now() + BACK_WITHIN;
    loop {
        match launch() {
            Err(_) if Instant::now() < deadline => thread::sleep(TRY_EVERY),
            outcome => return outcome,
        }
    }
}
