//! A TCP proxy that makes a server far away: what goes through it arrives half a round trip later, each way. Bytes keep
//! their order and as many may be under way as like, as on a long line; only time is added. It counts the round trips.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{ReadHalf, WriteHalf},
    },
    sync::mpsc,
    task::{JoinHandle, JoinSet},
    time::{Instant, sleep_until},
};

/// Most bytes that are read at once.
const CHUNK: usize = 64 * 1024;

/// A proxy on a free port of this machine; it and what goes through it end when this is dropped.
pub struct Proxy {
    address: SocketAddr,
    round_trips: Arc<AtomicU64>,
    accepting: JoinHandle<()>,
}

/// What arrives at the other end when its time has come.
enum Freight {
    Bytes(Vec<u8>),
    /// The sender has said all it had to say.
    End,
}

impl Proxy {
    /// A proxy in front of `server`, which is `round_trip` away from here.
    ///
    /// # Errors
    /// Where no port can be had.
    pub async fn start(server: SocketAddr, round_trip: Duration) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let round_trips = Arc::default();
        let accepting = tokio::spawn(accept(listener, server, round_trip, Arc::clone(&round_trips)));
        Ok(Self { address, round_trips, accepting })
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// How many times a client spoke after its server had, or first: one for each question that awaits its answer before
    /// the next is put, over all connections. Connecting is not counted.
    pub fn round_trips(&self) -> u64 {
        self.round_trips.load(Ordering::Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, server: SocketAddr, distance: Duration, round_trips: Arc<AtomicU64>) {
    // Dropped with this future, and all connections with it.
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        let round_trips = Arc::clone(&round_trips);
        connections.spawn(async move {
            // What the client says was said a round trip later than it thinks: its connection took none to be made.
            let made = Instant::now() + distance;
            if let Ok(server) = TcpStream::connect(server).await {
                carry(client, server, distance / 2, made, &round_trips).await;
            }
        });
        while connections.try_join_next().is_some() {}
    }
}

/// Carries bytes both ways until both sides have ended, or one breaks: then the other breaks too.
async fn carry(
    mut client: TcpStream,
    mut server: TcpStream,
    one_way: Duration,
    made: Instant,
    round_trips: &AtomicU64,
) {
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let server_spoke = AtomicBool::new(true);
    let asked = || {
        if server_spoke.swap(false, Ordering::Relaxed) {
            round_trips.fetch_add(1, Ordering::Relaxed);
        }
    };
    let answered = || server_spoke.store(true, Ordering::Relaxed);
    let (client_says, client_hears) = client.split();
    let (server_says, server_hears) = server.split();
    let carried = tokio::try_join!(
        one_direction(client_says, server_hears, one_way, made, asked),
        one_direction(server_says, client_hears, one_way, made, answered),
    );
    if carried.is_err() {
        // Closed like this, the other side sees a reset, as it would without us.
        let _ = (client.set_zero_linger(), server.set_zero_linger());
    }
}

async fn one_direction(
    from: ReadHalf<'_>,
    to: WriteHalf<'_>,
    one_way: Duration,
    not_before: Instant,
    seen: impl Fn(),
) -> io::Result<()> {
    let (load, unload) = mpsc::unbounded_channel();
    tokio::try_join!(depart(from, load, one_way, not_before, seen), arrive(unload, to)).map(drop)
}

/// Reads what there is as soon as it is there, and notes when it is due at the other end.
async fn depart(
    mut from: ReadHalf<'_>,
    load: mpsc::UnboundedSender<(Instant, Freight)>,
    one_way: Duration,
    not_before: Instant,
    seen: impl Fn(),
) -> io::Result<()> {
    let mut buffer = vec![0; CHUNK];
    loop {
        let read = from.read(&mut buffer).await?;
        let due = Instant::now().max(not_before) + one_way;
        let freight = if read == 0 { Freight::End } else { Freight::Bytes(buffer[..read].to_vec()) };
        // Nobody listens where the other end broke; that ends this too.
        let _ = load.send((due, freight));
        if read == 0 {
            return Ok(());
        }
        seen();
    }
}

async fn arrive(
    mut unload: mpsc::UnboundedReceiver<(Instant, Freight)>,
    mut to: WriteHalf<'_>,
) -> io::Result<()> {
    while let Some((due, freight)) = unload.recv().await {
        sleep_until(due).await;
        match freight {
            Freight::Bytes(bytes) => to.write_all(&bytes).await?,
            Freight::End => to.shutdown().await?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::future::Future;

    use super::*;

    const FAR: Duration = Duration::from_millis(40);

    /// A server that runs `serve` for its first connection, and a client of it through a proxy.
    async fn through<F>(serve: impl FnOnce(TcpStream) -> F + Send + 'static) -> (Proxy, TcpStream)
    where
        F: Future<Output = ()> + Send,
    {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (connection, _) = listener.accept().await.unwrap();
            serve(connection).await;
        });
        let proxy = Proxy::start(address, FAR).await.unwrap();
        let client = TcpStream::connect(proxy.address).await.unwrap();
        (proxy, client)
    }

    async fn echo(mut connection: TcpStream) {
        let (mut from, mut to) = connection.split();
        tokio::io::copy(&mut from, &mut to).await.unwrap();
        to.shutdown().await.unwrap();
    }

    async fn ask(client: &mut TcpStream, question: &[u8]) {
        client.write_all(question).await.unwrap();
        let mut answer = vec![0; question.len()];
        client.read_exact(&mut answer).await.unwrap();
        assert_eq!(answer, question);
    }

    #[tokio::test]
    async fn a_question_takes_a_round_trip_and_the_first_one_more() {
        let (proxy, mut client) = through(echo).await;
        let begun = Instant::now();
        ask(&mut client, b"first").await;
        assert!(begun.elapsed() >= 2 * FAR, "connecting takes a round trip: {:?}", begun.elapsed());
        for _ in 0..3 {
            let begun = Instant::now();
            ask(&mut client, b"again").await;
            assert!(begun.elapsed() >= FAR, "{:?}", begun.elapsed());
        }
        assert_eq!(proxy.round_trips(), 4);
    }

    #[tokio::test]
    async fn many_are_under_way_at_once_and_none_overtakes() {
        const QUESTIONS: u32 = 2_000;
        let (proxy, mut client) = through(echo).await;
        client.set_nodelay(true).unwrap();
        let (mut from, mut to) = client.split();
        let begun = Instant::now();
        let ask = async {
            for number in 0..QUESTIONS {
                to.write_all(&number.to_be_bytes()).await.unwrap();
            }
        };
        let hear = async {
            for number in 0..QUESTIONS {
                assert_eq!(from.read_u32().await.unwrap(), number);
            }
        };
        tokio::join!(ask, hear);
        // One after the other they would take 80 s.
        assert!(begun.elapsed() < QUESTIONS * FAR / 4, "{:?}", begun.elapsed());
        assert!(proxy.round_trips() < u64::from(QUESTIONS));
    }

    #[tokio::test]
    async fn an_end_arrives_after_everything_that_was_said_before() {
        let (_proxy, mut client) = through(echo).await;
        let sent: Vec<u8> = (0..=255).cycle().take(1_000_000).collect();
        let (mut from, mut to) = client.split();
        let ask = async {
            to.write_all(&sent).await.unwrap();
            to.shutdown().await.unwrap();
        };
        let mut heard = Vec::new();
        let hear = async { from.read_to_end(&mut heard).await.unwrap() };
        tokio::join!(ask, hear);
        assert_eq!(heard, sent);
    }

    #[tokio::test]
    async fn a_reset_is_passed_on() {
        let (_proxy, mut client) = through(|mut connection| async move {
            connection.read_u8().await.unwrap();
            connection.set_zero_linger().unwrap();
        })
        .await;
        client.write_all(b"x").await.unwrap();
        let error = client.read_u8().await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    }

    #[tokio::test]
    async fn a_server_that_cannot_be_reached_breaks_the_connection() {
        let closed = {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
            listener.local_addr().unwrap()
        };
        let proxy = Proxy::start(closed, FAR).await.unwrap();
        let mut client = TcpStream::connect(proxy.address).await.unwrap();
        assert!(client.read_u8().await.is_err());
    }
}
