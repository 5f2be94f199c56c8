//! The socket that the server listens on, and how many connections the system lets it hold.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    time::Duration,
};

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use socket2::{Domain, Protocol, Socket, TcpKeepalive, Type};

use crate::config::Limits;

/// How many clients may wait to be taken.
const BACKLOG: i32 = 1024;
/// After how long without a sign of life a peer is asked whether it is still there.
const PROBE_AFTER: Duration = Duration::from_mins(1);
/// Files that are open besides connections: logs, the database's, Redis's.
const OTHER_FILES: u64 = 128;

/// Listens on `address`. Connections inherit what is set here: a peer that is gone without a word is noticed, and one that
/// leaves its answer lying is cut off.
///
/// # Errors
/// What the system says.
pub(crate) fn listen(address: SocketAddr, limits: &Limits) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // The next start need not wait until the last connections of this one are forgotten.
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(PROBE_AFTER))?;
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(limits.unread))?;
    #[cfg(not(target_os = "linux"))]
    let _ = limits.unread;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Lets this process open as many files as it may ask for: each connection is one, and the usual limit is for programs that
/// wait for all of them in turn.
pub fn raise_open_files() {
    if let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE)
        && soft < hard
    {
        // Where it is refused, the limit that there is decides how many connections are taken.
        let _ = setrlimit(Resource::RLIMIT_NOFILE, hard, hard);
    }
}

/// How many connections a worker may hold: those `limits` allow, or what there are files for.
pub(crate) fn connections_a_worker(limits: &Limits, workers: usize) -> usize {
    let files = getrlimit(Resource::RLIMIT_NOFILE).map_or(u64::MAX, |(soft, _)| soft);
    let files = usize::try_from(files.saturating_sub(OTHER_FILES)).unwrap_or(usize::MAX);
    (limits.connections.min(files) / workers.max(1)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_no_more_connections_than_files() {
        let of = |connections, workers| {
            connections_a_worker(&Limits { connections, ..Limits::default() }, workers)
        };
        assert_eq!(of(40, 4), 10);
        assert_eq!(of(1, 4), 1);
        let (soft, _) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
        assert!(soft > OTHER_FILES && of(usize::MAX, 1) as u64 <= soft - OTHER_FILES);
    }
}
