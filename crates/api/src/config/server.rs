//! Where the server listens, how browsers and proxies reach it, and how patient it is.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use infra::config::{ConfigError, Env, unexpected};

use super::{Origin, TrustedProxies};

/// The variable that says where the server listens.
const BIND_ADDR: &str = "BIND_ADDR";

/// How requests are taken.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// Where the server listens.
    pub bind_addr: SocketAddr,
    /// The origin that browsers see, where a proxy stands in front of the server.
    pub public_origin: Option<Origin>,
    /// Whose word counts on where a request comes from.
    pub trusted_proxies: TrustedProxies,
    /// The other origins whose pages may read answers and, signed in, change things.
    pub cors_allowed_origins: Vec<Origin>,
    /// Whether anyone may read the counters for Prometheus.
    pub metrics_public: bool,
    /// Where the dashboard's files are read from; those that come with the program where it is not said.
    pub web_dir: Option<PathBuf>,
    /// How many threads answer requests.
    pub workers: usize,
    /// How long requests in flight may take once the server has been told to stop.
    pub shutdown_timeout: Duration,
    /// How patient the server is with its clients.
    pub limits: Limits,
}

/// How patient the server is with its clients.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long a client may take to send a request's head.
    pub head: Duration,
    /// How long it may take to send a request's body.
    pub body: Duration,
    /// How long a connection without a request is kept.
    pub keep_alive: Duration,
    /// How long a client may leave an answer lying before its connection is cut.
    pub unread: Duration,
    /// How many connections there may be at once; fewer where the system allows fewer open files.
    pub connections: usize,
}

/// More workers cost memory and gain nothing: what takes long happens in the database.
const MAX_WORKERS: usize = 4;
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(30);

impl Default for Limits {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(10),
            body: Duration::from_secs(15),
            keep_alive: Duration::from_secs(75),
            unread: Duration::from_mins(1),
            connections: 20_000,
        }
    }
}

impl ServerConfig {
    /// Reads `BIND_ADDR`, `PUBLIC_ORIGIN`, `TRUSTED_PROXIES`, `CORS_ALLOWED_ORIGINS`, `METRICS_PUBLIC` and `WEB_DIR`.
    ///
    /// # Errors
    /// Names the first variable that cannot be used.
    pub fn from_env(env: &Env) -> Result<Self, ConfigError> {
        Ok(Self {
            bind_addr: bind_addr(env.get(BIND_ADDR).unwrap_or("127.0.0.1:8080"))?,
            public_origin: public_origin(env)?,
            trusted_proxies: TrustedProxies::from_env(env)?,
            cors_allowed_origins: Origin::list(env, "CORS_ALLOWED_ORIGINS")?,
            metrics_public: env.flag("METRICS_PUBLIC")?.unwrap_or(false),
            web_dir: web_dir(env)?,
            workers: std::thread::available_parallelism().map_or(1, usize::from).min(MAX_WORKERS),
            shutdown_timeout: SHUTDOWN_TIMEOUT,
            limits: Limits::default(),
        })
    }

    /// Where the server can be reached from this machine.
    pub fn local_addr(&self) -> SocketAddr {
        let ip = match self.bind_addr.ip() {
            ip if !ip.is_unspecified() => ip,
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        };
        SocketAddr::new(ip, self.bind_addr.port())
    }
}

/// The public origin: over TLS, since a session's cookie would else cross a network as it is.
fn public_origin(env: &Env) -> Result<Option<Origin>, ConfigError> {
    const PUBLIC_ORIGIN: &str = "PUBLIC_ORIGIN";
    let origin = Origin::one(env, PUBLIC_ORIGIN)?;
    match origin.filter(|origin| !origin.is_https() && !origin.is_loopback()) {
        Some(plain) => Err(unexpected(PUBLIC_ORIGIN, plain, "an https origin, as it is not on this machine")),
        None => Origin::one(env, PUBLIC_ORIGIN),
    }
}

/// The folder of a dashboard that is built.
fn web_dir(env: &Env) -> Result<Option<PathBuf>, ConfigError> {
    const WEB_DIR: &str = "WEB_DIR";
    match env.get(WEB_DIR).map(PathBuf::from) {
        Some(folder) if !folder.join("index.html").is_file() => {
            Err(unexpected(WEB_DIR, folder.display(), "a folder with an index.html, such as web/dist"))
        }
        folder => Ok(folder),
    }
}

fn bind_addr(text: &str) -> Result<SocketAddr, ConfigError> {
    const EXPECTED: &str = "an address and port such as 127.0.0.1:8080, or 0.0.0.0:8080 for every interface";
    let address = match text.strip_prefix("localhost:") {
        Some(port) => port.parse().ok().map(|port| SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port)),
        None => text.parse().ok(),
    };
    address.ok_or_else(|| unexpected(BIND_ADDR, text, EXPECTED))
}
