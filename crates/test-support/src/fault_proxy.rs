//! A TCP proxy that stands between a client and a server and makes the network between them fail: cut, refused, silent in
//! one way, slow, or gone for one kind of connection only. It knows nothing of what goes through, but that a connection on
//! which `SUBSCRIBE` was sent listens to Redis's pub/sub.

mod relay;
mod rules;

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::AbortHandle,
};

pub use rules::{Cut, Way};
use rules::{Lost, Rules, Silent};

/// A proxy in front of one server. Connections through it, and the proxy itself, end when this is dropped.
#[derive(Debug)]
pub struct FaultProxy {
    address: SocketAddr,
    rules: watch::Sender<Rules>,
    lost: Arc<Lost>,
    accepting: AbortHandle,
}

impl FaultProxy {
    /// A proxy on a free loopback port in front of `server`, which need not be there yet. Everything passes.
    ///
    /// # Errors
    /// Where the system has no port left.
    pub async fn start(server: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind((crate::servers::LOOPBACK, 0)).await?;
        let address = listener.local_addr()?;
        let (rules, lost) = (watch::Sender::new(Rules::default()), Arc::<Lost>::default());
        let accepting = tokio::spawn(accept(listener, server, rules.subscribe(), Arc::clone(&lost)));
        Ok(Self { address, rules, lost, accepting: accepting.abort_handle() })
    }

    /// Where clients connect to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends every lasting fault: what was held back goes on its way, and new connections are taken.
    pub fn pass(&self) {
        self.lost.disarm();
        self.rules.send_modify(Rules::pass);
    }

    /// Breaks every connection there is; new ones are taken.
    pub fn cut(&self, how: Cut) {
        self.rules.send_modify(|rules| rules.cut(how));
    }

    /// Breaks the connections that subscribed to something, and leaves the others alone.
    pub fn cut_subscribers(&self, how: Cut) {
        self.rules.send_modify(|rules| rules.cut_subscribers(how));
    }

    /// Resets new connections at once, until [`Self::pass`]; those that are there live on.
    pub fn refuse(&self) {
        self.rules.send_modify(|rules| rules.refuse = true);
    }

    /// Lets nothing through in this direction, until [`Self::pass`]: nobody is told, as when a cable is pulled. What is
    /// sent meanwhile arrives afterwards, as TCP would send it again.
    pub fn hold(&self, way: Way) {
        self.rules.send_modify(|rules| rules.silent[way.index()] = Silent::Everybody);
    }

    /// The same, from the server to the client, of the connections that subscribed to something.
    pub fn hold_subscribers(&self) {
        self.rules.send_modify(|rules| rules.silent[Way::ToClient.index()] = Silent::Subscribers);
    }

    /// Lets everything that is sent to the server arrive so much later, until [`Self::pass`].
    pub fn delay(&self, by: Duration) {
        self.rules.send_modify(|rules| rules.delay = by);
    }

    /// Once: lets the next request that holds `words` reach the server and, once the server has answered, resets the
    /// connection instead of handing the answer on.
    pub fn lose_answer_to(&self, words: &str) {
        self.lost.arm(words);
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        // Relays end with the rules.
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, server: SocketAddr, rules: watch::Receiver<Rules>, lost: Arc<Lost>) {
    loop {
        // Of a connection that was given up before it was taken there is nothing to be said.
        let Ok((client, _)) = listener.accept().await else { continue };
        if rules.borrow().refuse {
            reset(&client);
            continue;
        }
        let (rules, lost) = (rules.clone(), Arc::clone(&lost));
        tokio::spawn(async move {
            match TcpStream::connect(server).await {
                Ok(server) => relay::relay(client, server, rules, &lost).await,
                // Nobody is there: as close to "connection refused" as whoever has taken it can come.
                Err(_) => reset(&client),
            }
        });
    }
}

/// The connection will be reset, not closed, when it is dropped.
fn reset(connection: &TcpStream) {
    // Fails where it is broken already.
    let _ = connection.set_zero_linger();
}
