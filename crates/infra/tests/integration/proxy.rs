//! A TCP proxy in front of a server: what a network can do to a connection, at the moment that a test chooses.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU16, Ordering},
    },
    time::Duration,
};

use test_support::servers::LOOPBACK;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
};

/// A proxy; its connections end with it.
pub(crate) struct Proxy {
    port: u16,
    way: Arc<Way>,
}

struct Way {
    leads_to: AtomicU16,
    /// New connections are closed as soon as they are made.
    refusing: watch::Sender<bool>,
    /// Nothing is let through; connections stay open.
    silent: watch::Sender<bool>,
    delay: watch::Sender<Duration>,
    /// Counts the times that all connections were cut.
    cuts: watch::Sender<u64>,
}

impl Proxy {
    /// One that leads to a port of this machine.
    pub(crate) async fn to(port: u16) -> Self {
        let listener = TcpListener::bind((LOOPBACK, 0)).await.unwrap();
        let way = Arc::new(Way {
            leads_to: AtomicU16::new(port),
            refusing: watch::Sender::new(false),
            silent: watch::Sender::new(false),
            delay: watch::Sender::new(Duration::ZERO),
            cuts: watch::Sender::new(0),
        });
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(accept(listener, Arc::clone(&way)));
        Self { port, way }
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://{LOOPBACK}:{}", self.port)
    }

    /// Connections made from here on lead to another port; those that are open stay.
    pub(crate) fn lead_to(&self, port: u16) {
        self.way.leads_to.store(port, Ordering::SeqCst);
    }

    /// Ends all connections and lets no new one live, until [`Self::mend`].
    pub(crate) fn cut(&self) {
        self.way.refusing.send_replace(true);
        self.way.cuts.send_modify(|cuts| *cuts += 1);
    }

    pub(crate) fn mend(&self) {
        self.way.refusing.send_replace(false);
    }

    /// Lets nothing through from here on, as where the other side is gone and nobody was told, or does again.
    pub(crate) fn silence(&self, silent: bool) {
        self.way.silent.send_replace(silent);
    }

    /// Every piece of data takes that much longer in each direction.
    pub(crate) fn delay(&self, delay: Duration) {
        self.way.delay.send_replace(delay);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.cut();
    }
}

async fn accept(listener: TcpListener, way: Arc<Way>) {
    while let Ok((client, _)) = listener.accept().await {
        if *way.refusing.borrow() {
            continue;
        }
        let Ok(server) = TcpStream::connect((LOOPBACK, way.leads_to.load(Ordering::SeqCst))).await else {
            continue;
        };
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        tokio::spawn(carry(from_client, to_server, Arc::clone(&way)));
        tokio::spawn(carry(from_server, to_client, Arc::clone(&way)));
    }
}

async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, way: Arc<Way>) {
    let mut cuts = way.cuts.subscribe();
    let mut buffer = vec![0; 64 * 1024];
    let carrying = async {
        while let Ok(length @ 1..) = from.read(&mut buffer).await {
            let delay = *way.delay.borrow();
            if !delay.is_zero() {
                tokio::time::sleep(delay).await;
            }
            let _ = way.silent.subscribe().wait_for(|silent| !silent).await;
            if to.write_all(&buffer[..length]).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = carrying => {}
        _ = cuts.changed() => {}
    }
}
