//! Reaching Redis step by step, so that the one that fails can be named: resolve, connect, TLS, sign in, PING. The same
//! address, roots, user and time limit as the service's own connection.

use std::{
    fmt,
    io::ErrorKind,
    net::{IpAddr, SocketAddr},
    time::{Duration, Instant},
};

use redis::{AsyncConnectionConfig, RedisConnectionInfo, RedisError, aio::MultiplexedConnection};
use secrecy::ExposeSecret as _;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpStream, lookup_host},
    time::{timeout, timeout_at},
};

use super::{TlsFacts, Trouble, TroubleKind, tls::Handshake};
use crate::config::{RedisConfig, RedisTls};

/// How long it is found out what else a port speaks after a failure.
const PROBE_WITHIN: Duration = Duration::from_secs(1);

/// A step of reaching Redis, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// The host's name becomes addresses.
    Resolve,
    /// One of them takes a TCP connection.
    Connect,
    /// TLS, where it is on.
    Tls,
    /// User, password and database, where there are any.
    SignIn,
    /// Redis answers.
    Ping,
}

impl fmt::Display for StepKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Resolve => "resolve",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::SignIn => "sign in",
            Self::Ping => "ping",
        })
    }
}

/// How a step went.
#[derive(Clone, Debug)]
pub struct Step {
    /// Which one.
    pub kind: StepKind,
    /// How long it took.
    pub took: Duration,
    /// What came of it, or what is wrong.
    pub outcome: Result<String, Trouble>,
}

/// How reaching Redis went: the steps up to the first that failed.
pub struct Dialled {
    /// The steps made.
    pub steps: Vec<Step>,
    /// What is known of TLS, where it was spoken.
    pub tls: Option<TlsFacts>,
    /// The connection, unless a step failed.
    pub connection: Option<MultiplexedConnection>,
    /// How many commands were sent.
    pub commands: u64,
}

impl Dialled {
    /// What is wrong, if a step failed.
    pub fn trouble(&self) -> Option<&Trouble> {
        self.steps.iter().find_map(|step| step.outcome.as_ref().err())
    }
}

/// Reaches the Redis of `config`, all steps together within its time limit.
pub async fn dial(config: &RedisConfig) -> Dialled {
    let mut dial = Dial {
        config,
        deadline: tokio::time::Instant::now() + config.connect_timeout,
        steps: Vec::new(),
        tls: None,
        commands: 0,
    };
    let connection = dial.reach().await;
    Dialled { steps: dial.steps, tls: dial.tls, connection, commands: dial.commands }
}

struct Dial<'a> {
    config: &'a RedisConfig,
    deadline: tokio::time::Instant,
    steps: Vec<Step>,
    tls: Option<TlsFacts>,
    commands: u64,
}

impl Dial<'_> {
    /// `None` where a step failed.
    async fn reach(&mut self) -> Option<MultiplexedConnection> {
        let begun = Instant::now();
        let resolved = self.resolve().await;
        let addresses = self.note(StepKind::Resolve, begun, resolved)?;
        let begun = Instant::now();
        let connected = self.connect(&addresses).await;
        let (stream, address) = self.note(StepKind::Connect, begun, connected)?;
        let begun = Instant::now();
        let handshake = match Handshake::new(&self.config.tls) {
            Ok(handshake) => handshake,
            Err(trouble) => return self.note(StepKind::Tls, begun, Err(trouble)),
        };
        let mut connection = match handshake {
            None => self.sign_in(stream, address).await?,
            Some(handshake) => {
                let shaken = self.shake_hands(&handshake, stream, address).await;
                let stream = self.note(StepKind::Tls, begun, shaken)?;
                self.sign_in(stream, address).await?
            }
        };
        let begun = Instant::now();
        let command = redis::cmd("PING");
        self.commands += 1;
        let answer = self.asked(address, command.query_async::<String>(&mut connection)).await;
        self.note(StepKind::Ping, begun, answer.map(|pong| ((), format!("Redis answers {pong}"))))?;
        Some(connection)
    }

    /// Writes a step down; gives what it gave.
    fn note<T>(
        &mut self,
        kind: StepKind,
        begun: Instant,
        outcome: Result<(T, String), Trouble>,
    ) -> Option<T> {
        let (value, outcome) = match outcome {
            Ok((value, detail)) => (Some(value), Ok(detail)),
            Err(trouble) => (None, Err(trouble)),
        };
        self.steps.push(Step { kind, took: begun.elapsed(), outcome });
        value
    }

    async fn resolve(&self) -> Result<(Vec<SocketAddr>, String), Trouble> {
        let (host, port) = (self.config.host.as_str(), self.config.port);
        if let Ok(address) = host.parse::<IpAddr>() {
            return Ok((vec![SocketAddr::new(address, port)], "an address already".to_owned()));
        }
        let advice = "check REDIS_HOST for a slip, and whether this machine can look names up (DNS, VPN)";
        let found: Vec<_> = match timeout_at(self.deadline, lookup_host((host, port))).await {
            Ok(Ok(found)) => found.collect(),
            Ok(Err(error)) => {
                return Err(Trouble::new(
                    TroubleKind::Unreachable,
                    format!("the name {host:?} does not resolve ({error})"),
                    advice,
                ));
            }
            Err(_) => return Err(self.too_late(&format!("the name {host:?} was not resolved"), advice)),
        };
        if found.is_empty() {
            return Err(Trouble::new(
                TroubleKind::Unreachable,
                format!("the name {host:?} has no address"),
                advice,
            ));
        }
        let addresses: Vec<_> = found.iter().map(|address| address.ip().to_string()).collect();
        Ok((found, format!("{host} is {}", addresses.join(", "))))
    }

    /// Tries one address after the other; the last one's failure is told.
    async fn connect(&self, addresses: &[SocketAddr]) -> Result<((TcpStream, SocketAddr), String), Trouble> {
        let mut last = None;
        for (tried, &address) in addresses.iter().enumerate() {
            let left = self.deadline.saturating_duration_since(tokio::time::Instant::now());
            let share = left / u32::try_from(addresses.len() - tried).unwrap_or(1);
            last = Some(match timeout(share, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    // As for the service; without, TLS on a far server would seem slower than it is.
                    let _ = stream.set_nodelay(true);
                    return Ok(((stream, address), format!("connected to {address}")));
                }
                Ok(Err(error)) if error.kind() == ErrorKind::ConnectionRefused => Trouble::new(
                    TroubleKind::Unreachable,
                    format!("nobody listens on {address} (connection refused)"),
                    "start Redis there, or check REDIS_HOST and REDIS_PORT",
                ),
                Ok(Err(error)) => Trouble::new(
                    TroubleKind::Unreachable,
                    format!("{address} cannot be reached ({error})"),
                    "check REDIS_HOST, the network and the VPN",
                ),
                Err(_) => self.too_late(
                    &format!("{address} did not take the connection"),
                    "a firewall or an allow-list of addresses may be in the way",
                ),
            });
        }
        Err(last.unwrap_or_else(Trouble::closed))
    }

    async fn shake_hands(
        &mut self,
        handshake: &Handshake,
        stream: TcpStream,
        address: SocketAddr,
    ) -> Result<(tokio_rustls::client::TlsStream<TcpStream>, String), Trouble> {
        let host = &self.config.host;
        let shaken = timeout_at(self.deadline, handshake.with(host, stream)).await;
        let trouble = match shaken {
            Ok(Ok(stream)) => {
                let facts = handshake.facts(Some(&stream));
                let known = [facts.protocol.clone(), facts.cipher_suite.clone()];
                let detail = known.into_iter().flatten().collect::<Vec<_>>().join(", ");
                self.tls = Some(facts);
                return Ok((stream, detail));
            }
            Ok(Err(error)) => handshake.trouble(host, &error),
            Err(_) => self.too_late("the TLS handshake was not finished", "see the server's log"),
        };
        let facts = handshake.facts(None);
        let was_shown_nothing = facts.certificate.is_none();
        self.tls = Some(facts);
        if was_shown_nothing && speaks_plain(address).await {
            return Err(Trouble::new(
                TroubleKind::Tls,
                format!("{address} speaks plain Redis, and TLS is on here"),
                "REDIS_TLS=false, or redis:// in REDIS_URL; or the server's TLS port",
            ));
        }
        Err(trouble)
    }

    /// Notes the step itself; sends only what there is to send.
    async fn sign_in<S>(&mut self, stream: S, address: SocketAddr) -> Option<MultiplexedConnection>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let begun = Instant::now();
        // Bounded from outside.
        let unbounded = AsyncConnectionConfig::new().set_response_timeout(None);
        let nobody = RedisConnectionInfo::default().set_skip_set_lib_name();
        let made = MultiplexedConnection::new_with_config(&nobody, stream, unbounded);
        let outcome = match self.asked(address, made).await {
            Err(trouble) => Err(trouble),
            Ok((mut connection, driver)) => {
                tokio::spawn(driver);
                self.introduce(&mut connection, address).await.map(|detail| (connection, detail))
            }
        };
        self.note(StepKind::SignIn, begun, outcome)
    }

    async fn introduce(
        &mut self,
        connection: &mut MultiplexedConnection,
        address: SocketAddr,
    ) -> Result<String, Trouble> {
        let mut details = Vec::new();
        if let Some(password) = &self.config.password {
            let mut auth = redis::cmd("AUTH");
            if let Some(user) = &self.config.username {
                auth.arg(user);
            }
            auth.arg(password.expose_secret());
            self.commands += 1;
            self.asked(address, auth.exec_async(connection))
                .await
                .map_err(|trouble| self.without_secrets(trouble))?;
            details.push(format!("as {}", self.config.username.as_deref().unwrap_or("the default user")));
        } else {
            details.push("no password configured, none sent".to_owned());
        }
        if self.config.database != 0 {
            let mut select = redis::cmd("SELECT");
            select.arg(self.config.database);
            self.commands += 1;
            self.asked(address, select.exec_async(connection)).await?;
            details.push(format!("database {}", self.config.database));
        }
        Ok(details.join(", "))
    }

    /// An answer in time, or what is wrong; where a plain connection ends as one does on a TLS port, that is found out.
    async fn asked<T>(
        &self,
        address: SocketAddr,
        answer: impl Future<Output = Result<T, RedisError>>,
    ) -> Result<T, Trouble> {
        let error = match timeout_at(self.deadline, answer).await {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(error)) => error,
            Err(_) => {
                return Err(self.too_late(
                    "Redis took the connection but did not answer",
                    "it is frozen or overloaded, or something other than Redis listens there",
                ));
            }
        };
        if self.config.tls == RedisTls::Off
            && error.code().is_none()
            && speaks_tls(&self.config.host, address).await
        {
            return Err(Trouble::new(
                TroubleKind::Tls,
                format!("{address} speaks TLS, and TLS is off here"),
                "REDIS_TLS=true, or rediss:// in REDIS_URL, with REDIS_CA_FILE for a private authority",
            ));
        }
        Err(Trouble::of_redis(&error))
    }

    fn too_late(&self, what: &str, advice: &str) -> Trouble {
        let limit = self.config.connect_timeout.as_millis();
        Trouble::new(
            TroubleKind::TimedOut,
            format!("{what} within {limit} ms"),
            format!("{advice}; REDIS_CONNECT_TIMEOUT_MS is how long it may take"),
        )
    }

    /// Some servers quote the command that they do not know, arguments and all.
    fn without_secrets(&self, trouble: Trouble) -> Trouble {
        let Some(password) = &self.config.password else { return trouble };
        let problem = trouble.problem.replace(password.expose_secret(), "…");
        Trouble { problem, ..trouble }
    }
}

/// Whether a Redis answers at `address` without TLS.
async fn speaks_plain(address: SocketAddr) -> bool {
    let asking = async {
        let mut stream = TcpStream::connect(address).await.ok()?;
        stream.write_all(b"PING\r\n").await.ok()?;
        let mut first = [0];
        stream.read_exact(&mut first).await.ok()?;
        Some(matches!(first[0], b'+' | b'-'))
    };
    timeout(PROBE_WITHIN, asking).await.ok().flatten().unwrap_or(false)
}

/// Whether TLS is spoken at `address`; whether by whom we trust does not matter.
async fn speaks_tls(host: &str, address: SocketAddr) -> bool {
    let asking = async {
        let handshake = Handshake::new(&RedisTls::WebPki).ok()??;
        let stream = TcpStream::connect(address).await.ok()?;
        let shaken = handshake.with(host, stream).await;
        Some(shaken.is_ok() || handshake.facts(None).certificate.is_some())
    };
    timeout(PROBE_WITHIN, asking).await.ok().flatten().unwrap_or(false)
}
