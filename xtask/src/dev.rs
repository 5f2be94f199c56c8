//! `cargo xtask dev`: the whole service on this machine, with nothing to set up.

use std::{
    env,
    ffi::OsString,
    net::SocketAddr,
    process::ExitCode,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use api::config::ServerConfig;
use clap::Args;
use infra::config::{Env, unexpected};
use nix::sys::signal::Signal;
use tempfile::TempDir;
use test_support::{
    PostgresServer, RedisServer,
    servers::{Launch, Needed, Output, Watched, ensure_installed},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    signal::unix::{SignalKind, signal},
    time::{sleep, timeout},
};

use uuid::Uuid;

use crate::{cargo::cargo, demo_admin::DemoAdmin, environment::described, web};

const BIND_ADDR: &str = "BIND_ADDR";
const EMBEDDED: &str = "sqlite://data/dashboard.db?mode=rwc";
/// How long the service may take to answer for the first time.
const READY_WITHIN: Duration = Duration::from_mins(1);
/// Between two looks at whether it is ready, or has ended.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Run the service on this machine, with demo data and nothing to set up.
///
/// Builds it and, where Node.js is there, the dashboard's page, applies pending migrations, fills an empty database with demo data, and serves on http://127.0.0.1:8080
/// (BIND_ADDR says otherwise) until Ctrl-C. The database is a SQLite file, data/dashboard.db, which stays; the cache is in
/// the process only. DATABASE_URL and REDIS_URL are not looked at: this never touches a real database.
#[derive(Debug, Args)]
pub struct Dev {
    /// On a private PostgreSQL and Redis, started for this run and gone after it, instead of SQLite. Installs their programs
    /// first, where they are missing and apt-get works without asking.
    #[arg(long)]
    full: bool,
}

impl Dev {
    /// Serves until Ctrl-C.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let address = free_address(&Env::of_process()).await?;
        build().await?;
        let page = page().await;
        let backends = if self.full { Backends::private()? } else { Backends::embedded() };
        if ::seed::demo(&backends.database_url).await? == ::seed::Outcome::Loaded {
            println!("Filled {} with demo data.", described(&backends.database_url));
        }
        let admin = DemoAdmin::of(&backends.database_url).await?;
        let mut interrupts = Interrupts::listen()?;
        let service = Service::start(address, &backends)?;
        tokio::select! {
            ready = service.ready(address) => ready?,
            () = interrupts.next() => return Ok(service.stop(&mut interrupts).await),
        }
        announce(address, &backends, &admin, page);
        tokio::select! {
            code = service.ended() => {
                eprintln!("error: the service ended by itself: see above");
                Ok(code)
            }
            () = interrupts.next() => Ok(service.stop(&mut interrupts).await),
        }
    }
}

/// Where to listen, with nobody there yet.
async fn free_address(env: &Env) -> anyhow::Result<SocketAddr> {
    let address = ServerConfig::from_env(env)?.bind_addr;
    if address.port() == 0 {
        return Err(
            unexpected(BIND_ADDR, address, "a port other than 0, so that you know where it is").into()
        );
    }
    match TcpListener::bind(address).await {
        Ok(_) => Ok(address),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => bail!(
            "something listens on {address} already: end it, or choose another port, for example \
             BIND_ADDR=127.0.0.1:8081 cargo xtask dev"
        ),
        Err(error) => bail!("{BIND_ADDR}: cannot listen on {address}: {error}"),
    }
}

async fn build() -> anyhow::Result<()> {
    // Together with this package, so that dependencies keep the features they are built with already.
    let status =
        cargo().args(["build", "--quiet", "--package", "api", "--package", "xtask"]).status().await?;
    if !status.success() {
        bail!("the service does not build: see above");
    }
    Ok(())
}

/// Whether there is something to look at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Page {
    Served,
    LeftOut,
}

/// Builds the dashboard's page; says why where that cannot be done.
async fn page() -> Page {
    match web::build().await {
        Ok(_) => Page::Served,
        Err(why) if web::is_built() => {
            eprintln!("The dashboard's page is as it was built last: {why:#}.");
            Page::Served
        }
        Err(why) => {
            eprintln!("The dashboard's page is left out: {why:#}.");
            Page::LeftOut
        }
    }
}

/// What the service stands on.
struct Backends {
    database_url: String,
    redis_url: Option<String>,
    /// With servers of its own: for this run, as they are.
    session_secret: String,
    _servers: Option<(PostgresServer, RedisServer)>,
}

impl Backends {
    fn embedded() -> Self {
        Self {
            database_url: EMBEDDED.to_owned(),
            redis_url: None,
            session_secret: String::new(),
            _servers: None,
        }
    }

    fn private() -> anyhow::Result<Self> {
        ensure_installed(&[Needed::Postgres, Needed::Redis])?;
        let (postgres, redis) = (PostgresServer::start()?, RedisServer::start()?);
        Ok(Self {
            database_url: postgres.url(),
            redis_url: Some(redis.url()),
            session_secret: [(); 4].map(|()| Uuid::new_v4().simple().to_string()).concat(),
            _servers: Some((postgres, redis)),
        })
    }

    /// Variables for the service. An empty one counts as unset, also where `.env` sets it.
    fn variables(&self) -> Vec<(OsString, OsString)> {
        let redis_url = self.redis_url.as_deref().unwrap_or_default();
        [
            ("DATABASE_URL", self.database_url.as_str()),
            ("DATABASE_DIRECT_URL", ""),
            ("REDIS_URL", redis_url),
            ("REDIS_HOST", ""),
            ("REDIS_PORT", ""),
            ("REDIS_USERNAME", ""),
            ("REDIS_PASSWORD", ""),
            ("REDIS_TLS", ""),
            ("REDIS_CA_FILE", ""),
            ("SESSION_SECRET", self.session_secret.as_str()),
        ]
        .into_iter()
        .map(|(name, value)| (name.into(), value.into()))
        .collect()
    }
}

/// The running service.
struct Service {
    process: Watched,
    _dir: TempDir,
}

impl Service {
    fn start(address: SocketAddr, backends: &Backends) -> anyhow::Result<Self> {
        let dir = tempfile::Builder::new().prefix("admin-metrics-dev-").tempdir()?;
        let mut variables = backends.variables();
        variables.push((BIND_ADDR.into(), address.to_string().into()));
        let process = Watched::start(Launch {
            program: env::current_exe()?.with_file_name("api"),
            args: Vec::new(),
            env: variables,
            dir: dir.path().to_owned(),
            current_dir: Some(env::current_dir()?),
            run_as: None,
            output: Output::Inherit,
            stop_signal: Signal::SIGTERM,
        })?;
        Ok(Self { process, _dir: dir })
    }

    /// Returns when it answers that it is ready.
    async fn ready(&self, address: SocketAddr) -> anyhow::Result<()> {
        let started = Instant::now();
        while started.elapsed() < READY_WITHIN {
            if self.process.exited().is_some() {
                bail!("the service did not start: see above");
            }
            if timeout(READY_WITHIN, is_ready(address)).await.is_ok_and(|answer| answer.unwrap_or(false)) {
                return Ok(());
            }
            sleep(LOOK_EVERY).await;
        }
        bail!("the service was not ready within {READY_WITHIN:?}")
    }

    /// Returns when it has ended, with its code.
    async fn ended(&self) -> ExitCode {
        loop {
            if let Some(status) = self.process.exited() {
                let code = status.code().and_then(|code| u8::try_from(code).ok());
                return code.map_or(ExitCode::FAILURE, ExitCode::from);
            }
            sleep(LOOK_EVERY).await;
        }
    }

    /// Asks it to finish what it is doing and end; a second interrupt ends it at once.
    async fn stop(self, interrupts: &mut Interrupts) -> ExitCode {
        eprintln!("\nStopping. Ctrl-C again ends it at once.");
        let asked = self.process.signal(Signal::SIGTERM).context("cannot stop the service");
        if let Err(error) = asked {
            eprintln!("error: {error:#}");
        }
        tokio::select! {
            code = self.ended() => code,
            () = interrupts.next() => {
                let _ = self.process.kill();
                ExitCode::FAILURE
            }
        }
    }
}

/// Whether `GET /health/ready` answers 200: one request by hand, for which no HTTP client is worth its building.
async fn is_ready(address: SocketAddr) -> std::io::Result<bool> {
    let mut connection = TcpStream::connect(address).await?;
    let request = format!("GET /health/ready HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    connection.write_all(request.as_bytes()).await?;
    let mut status_line = [0; 12];
    connection.read_exact(&mut status_line).await?;
    Ok(&status_line == b"HTTP/1.1 200")
}

fn announce(address: SocketAddr, backends: &Backends, admin: &DemoAdmin, page: Page) {
    let cache = match &backends.redis_url {
        Some(url) => format!("in the process, and {url}"),
        None => "in the process".to_owned(),
    };
    // The password of a private server is no secret, and a way in with psql is of use.
    let database = if backends.redis_url.is_some() {
        backends.database_url.clone()
    } else {
        described(&backends.database_url)
    };
    println!("\nReady, until Ctrl-C:");
    if page == Page::Served {
        println!("  the dashboard            http://{address}/");
    }
    println!("  API, to read and to try  http://{address}/docs");
    println!("  sign in as               {}", admin.email);
    println!("  with the password        {}", admin.password);
    println!("  database                 {database}");
    println!("  cache                    {cache}\n");
}

/// Ctrl-C, or what a supervisor sends.
struct Interrupts {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

impl Interrupts {
    fn listen() -> std::io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
