//! One connection through the proxy: two pumps, and what ends them.

use std::{
    io,
    sync::atomic::{AtomicBool, Ordering},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::{mpsc, watch},
    time::{Instant, sleep_until},
};

use super::{
    reset,
    rules::{Cut, Lost, Rules, Way, holds},
};

/// As many chunks may be under way in one direction.
const UNDER_WAY: usize = 256;
const CHUNK_BYTES: usize = 16 * 1024;
/// What a connection has sent that listens to Redis's pub/sub.
const SUBSCRIBE: &[u8] = b"SUBSCRIBE";

/// What both pumps know of their connection.
struct Shared<'a> {
    rules: watch::Receiver<Rules>,
    subscriber: AtomicBool,
    lost: &'a Lost,
    /// The server's next answer is not to be handed on.
    losing: AtomicBool,
}

/// Relays until one side is gone, the connection is cut or the proxy is dropped.
pub(super) async fn relay(
    mut client: TcpStream,
    mut server: TcpStream,
    mut rules: watch::Receiver<Rules>,
    lost: &Lost,
) {
    for stream in [&client, &server] {
        let _ = stream.set_nodelay(true);
    }
    let began = rules.borrow_and_update().cuts;
    let shared = Shared {
        rules: rules.clone(),
        subscriber: AtomicBool::new(false),
        lost,
        losing: AtomicBool::new(false),
    };
    let how = {
        let (from_client, to_client) = client.split();
        let (from_server, to_server) = server.split();
        tokio::select! {
            ended = async {
                tokio::try_join!(
                    pump(&shared, Way::ToServer, from_client, to_server),
                    pump(&shared, Way::ToClient, from_server, to_client),
                )
            } => if ended.is_ok() { Cut::Closed } else { Cut::Reset },
            how = broken(&mut rules, began, &shared.subscriber) => how,
        }
    };
    if how == Cut::Reset {
        reset(&client);
        reset(&server);
    }
}

/// Waits until the connection is to be broken; at the latest when the proxy is dropped.
async fn broken(rules: &mut watch::Receiver<Rules>, began: (u64, u64), subscriber: &AtomicBool) -> Cut {
    loop {
        if let Some(how) = rules.borrow_and_update().broken(began, subscriber.load(Ordering::SeqCst)) {
            return how;
        }
        if rules.changed().await.is_err() {
            return Cut::Reset;
        }
    }
}

/// Hands on what comes from `from`, as late as the rules ask for, until it ends.
async fn pump(
    shared: &Shared<'_>,
    way: Way,
    mut from: impl AsyncReadExt + Unpin,
    mut to: impl AsyncWriteExt + Unpin,
) -> io::Result<()> {
    let (later, mut due) = mpsc::channel::<(Instant, Vec<u8>)>(UNDER_WAY);
    let reading = async move {
        loop {
            let mut bytes = vec![0; CHUNK_BYTES];
            let read = match from.read(&mut bytes).await {
                Ok(0) => return Ok(()),
                Ok(read) => read,
                Err(error) => {
                    // Who hears nothing does not hear of this either.
                    shared.not_silent(way).await;
                    return Err(error);
                }
            };
            bytes.truncate(read);
            let delay = match way {
                Way::ToServer => shared.note_request(&bytes),
                Way::ToClient if shared.losing.load(Ordering::SeqCst) => {
                    return Err(io::ErrorKind::ConnectionReset.into());
                }
                Way::ToClient => std::time::Duration::ZERO,
            };
            if later.send((Instant::now() + delay, bytes)).await.is_err() {
                return Ok(());
            }
        }
    };
    let writing = async {
        while let Some((at, bytes)) = due.recv().await {
            sleep_until(at).await;
            shared.not_silent(way).await;
            to.write_all(&bytes).await?;
        }
        shared.not_silent(way).await;
        // The other side may have gone meanwhile.
        let _ = to.shutdown().await;
        Ok(())
    };
    tokio::try_join!(reading, writing).map(drop)
}

impl Shared<'_> {
    /// Looks at what the client sends; by how much it is to be delayed.
    fn note_request(&self, bytes: &[u8]) -> std::time::Duration {
        if holds(bytes, SUBSCRIBE) {
            self.subscriber.store(true, Ordering::SeqCst);
        }
        if self.lost.is_it(bytes) {
            self.losing.store(true, Ordering::SeqCst);
        }
        self.rules.borrow().delay
    }

    /// Waits until the network lets something through in this direction.
    async fn not_silent(&self, way: Way) {
        let mut rules = self.rules.clone();
        let subscriber = || self.subscriber.load(Ordering::SeqCst);
        // An error means that the proxy is gone, and with it the connection.
        let _ = rules.wait_for(|rules| !rules.is_silent(way, subscriber())).await;
    }
}
