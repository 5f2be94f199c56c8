//! `cargo xtask fuzz`: contract fuzzing. Schemathesis makes requests from the OpenAPI document, good ones and bad ones, sends
//! them to the service as it was built, and compares each answer with what the document promises.

use std::{
    env,
    ffi::OsString,
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{ExitCode, Stdio},
    time::Duration,
};

use anyhow::{Context as _, bail};
use clap::Args;
use nix::sys::signal::Signal;
use tempfile::TempDir;
use test_support::{
    PostgresServer, RedisServer,
    servers::{Launch, Needed, Output, Watched, ensure_installed},
};
use tokio::{io::AsyncWriteExt as _, process::Command, time::sleep};

use crate::{cargo::cargo, tools::target_folder};

/// The configuration, the hooks and the versions, each with its reasons.
const FOLDER: &str = "openapi/fuzz";
/// How long the service may take to answer for the first time.
const READY_WITHIN: Duration = Duration::from_secs(30);
/// Between two looks at whether it is ready.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Requests for an operation in a phase: as many as tests have the time for.
const FEW: u32 = 12;
/// The same, for a night.
const MANY: u32 = 1000;
/// Who the requests come from.
const ADMIN: &str = "fuzz@example.org";
/// Who may be signed in and out.
const SPARE_ADMIN: &str = "spare@example.org";
/// The seed where none is given: tests are the same every time.
const SEED: u64 = 1;

/// Compare what the service answers with what openapi/openapi.json promises, by thousands of requests made from it.
///
/// Builds the service and starts it on private databases that end with the command: SQLite without Redis, then PostgreSQL
/// with Redis. Every check of schemathesis is on; what is left out, and why, stands in openapi/fuzz. Needs Python 3 with
/// pip; schemathesis is installed into target/tools. The same seed gives the same requests.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cargo xtask fuzz\n  \
    cargo xtask fuzz --long --seed 7\n  \
    cargo xtask fuzz --examples 50 -- --include-path /api/v1/users --phases fuzzing")]
pub struct Fuzz {
    /// Make as many requests as a night has time for.
    #[arg(long, conflicts_with = "examples")]
    long: bool,
    /// How many requests for an operation in a phase, at most.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    examples: Option<u32>,
    /// What the requests are made from.
    #[arg(long, value_name = "S", default_value_t = SEED)]
    seed: u64,
    /// Passed on to `schemathesis run`.
    #[arg(last = true, value_name = "SCHEMATHESIS ARGUMENTS")]
    rest: Vec<String>,
}

impl Fuzz {
    /// Succeeds where no answer breaks a promise.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        // Together with this package, so that dependencies keep the features they are built with already.
        let build = ["build", "--quiet", "--package", "api", "--package", "xtask"];
        if !cargo().args(build).status().await?.success() {
            bail!("the service does not build: see above");
        }
        let examples = self.examples.unwrap_or(if self.long { MANY } else { FEW });
        let api = env::current_exe()?.with_file_name("api");
        let held = fuzz(&api, examples, self.seed, &self.rest).await?;
        Ok(if held { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// As many requests as tests have the time for, to `api`, the service's binary.
///
/// # Errors
/// Where an answer breaks a promise, or the requests cannot be made.
pub async fn test(api: &Path) -> anyhow::Result<()> {
    // The same every time, whatever else changes.
    let deterministic = ["--generation-deterministic".to_owned()];
    if fuzz(api, FEW, SEED, &deterministic).await? {
        return Ok(());
    }
    bail!(
        "the service does not keep what openapi/openapi.json promises: see above; again with `cargo xtask fuzz`"
    )
}

/// Whether every answer was as promised, on both databases.
async fn fuzz(api: &Path, examples: u32, seed: u64, rest: &[String]) -> anyhow::Result<bool> {
    let python = Python::with_schemathesis().await?;
    ensure_installed(&[Needed::Postgres, Needed::Redis])?;
    let (postgres, redis) = (PostgresServer::start()?, RedisServer::start()?);
    let folder = tempfile::Builder::new().prefix("admin-metrics-fuzz-").tempdir()?;
    let sqlite = format!("sqlite://{}/fuzz.db?mode=rwc", folder.path().display());
    let mut held = true;
    for (name, database_url, redis_url) in
        [("SQLite", sqlite, String::new()), ("PostgreSQL and Redis", postgres.url(), redis.url())]
    {
        println!("\n== {name}, up to {examples} requests an operation and phase, seed {seed}");
        let service = Service::start(api, &database_url, &redis_url).await?;
        held &= python.schemathesis(&service, examples, seed, rest).await?;
        service.stop();
    }
    Ok(held)
}

/// The service, on a port of its own.
struct Service {
    process: Watched,
    url: String,
    /// Of both admins.
    password: String,
    _dir: TempDir,
}

impl Service {
    /// Fills the database, makes the admins, and starts the service.
    async fn start(api: &Path, database_url: &str, redis_url: &str) -> anyhow::Result<Self> {
        let plan = ::seed::Plan { users: 60, proposals: 200, leads: 600, ..::seed::Plan::demo() };
        ::seed::seed(database_url, plan).await?;
        let dir = tempfile::Builder::new().prefix("admin-metrics-fuzz-api-").tempdir()?;
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let secret = uuid::Uuid::new_v4().simple().to_string().repeat(2);
        let variables: Vec<_> = [
            ("BIND_ADDR", address.to_string().as_str()),
            ("DATABASE_URL", database_url),
            ("REDIS_URL", redis_url),
            ("SESSION_SECRET", &secret),
            ("LOG_FORMAT", "pretty"),
            ("RUST_LOG", "warn"),
        ]
        .map(|(name, value)| (name.into(), value.into()))
        .to_vec();
        // Of no use after this run.
        let password = uuid::Uuid::new_v4().to_string();
        for email in [ADMIN, SPARE_ADMIN] {
            create_admin(api, dir.path(), &variables, email, &password).await?;
        }
        let process = Watched::start(Launch {
            program: api.to_owned(),
            args: Vec::new(),
            env: variables,
            dir: dir.path().to_owned(),
            current_dir: Some(dir.path().to_owned()),
            run_as: None,
            output: Output::Log,
            stop_signal: Signal::SIGTERM,
        })?;
        let service = Self { process, url: format!("http://{address}"), password, _dir: dir };
        let deadline = std::time::Instant::now() + READY_WITHIN;
        while tokio::net::TcpStream::connect(address).await.is_err() {
            if service.process.exited().is_some() || std::time::Instant::now() > deadline {
                bail!("the service did not start:\n{}", service.process.log());
            }
            sleep(LOOK_EVERY).await;
        }
        Ok(service)
    }

    fn stop(self) {
        if self.process.signal(Signal::SIGTERM).is_ok() {
            self.process.wait();
        }
    }
}

async fn create_admin(
    api: &Path,
    dir: &Path,
    variables: &[(OsString, OsString)],
    email: &str,
    password: &str,
) -> anyhow::Result<()> {
    let mut command = Command::new(api);
    command.args(["admin", "create", "--email", email, "--password-stdin"]);
    command.envs(variables.iter().cloned()).current_dir(dir).stdin(Stdio::piped()).stdout(Stdio::null());
    let mut child = command.spawn().context("cannot run the service's binary")?;
    let mut stdin = child.stdin.take().context("it has no input")?;
    stdin.write_all(password.as_bytes()).await?;
    drop(stdin);
    if !child.wait().await?.success() {
        bail!("`api admin create` failed: see above");
    }
    Ok(())
}

/// Python, with schemathesis in a folder of its own.
struct Python {
    packages: PathBuf,
}

impl Python {
    /// Installs what `requirements.txt` lists, unless that has been done.
    async fn with_schemathesis() -> anyhow::Result<Self> {
        let requirements = Path::new(FOLDER).join("requirements.txt");
        let wanted =
            fs::read(&requirements).with_context(|| format!("cannot read {}", requirements.display()))?;
        let packages = env::current_dir()?.join(target_folder()).join("tools/schemathesis");
        let installed = packages.join("installed-by.txt");
        if fs::read(&installed).is_ok_and(|by| by == wanted) {
            return Ok(Self { packages });
        }
        println!("Installing schemathesis into {}", packages.display());
        if packages.exists() {
            fs::remove_dir_all(&packages)?;
        }
        let mut pip = Command::new("python3");
        pip.args(["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"])
            .args(["--root-user-action", "ignore", "--no-deps", "--only-binary", ":all:", "--target"])
            .arg(&packages)
            .arg("--requirement")
            .arg(&requirements)
            .stdin(Stdio::null());
        match pip.status().await {
            Ok(status) if status.success() => {}
            _ => bail!(
                "contract fuzzing needs Python 3.11 or newer with pip, and its package index: see above"
            ),
        }
        fs::write(&installed, wanted)?;
        Ok(Self { packages })
    }

    fn command(&self) -> Command {
        let mut command = Command::new("python3");
        // Nothing is kept between two runs: the same seed gives the same requests.
        command.env("PYTHONPATH", &self.packages).env("PYTHONDONTWRITEBYTECODE", "1").stdin(Stdio::null());
        command
    }

    /// Whether every answer of `service` was as promised.
    async fn schemathesis(
        &self,
        service: &Service,
        examples: u32,
        seed: u64,
        rest: &[String],
    ) -> anyhow::Result<bool> {
        let mut command = self.command();
        command.arg(Path::new(FOLDER).join("run.py")).arg(&service.url);
        command.args(["--seed", &seed.to_string(), "--max-examples", &examples.to_string()]).args(rest);
        command.env("FUZZ_EMAIL", ADMIN).env("FUZZ_SPARE_EMAIL", SPARE_ADMIN);
        command.env("FUZZ_PASSWORD", &service.password);
        let status = command.status().await.context("contract fuzzing needs Python 3 on PATH")?;
        if let Some(ended) = service.process.exited() {
            bail!("the service ended by itself ({ended}):\n{}", service.process.log());
        }
        if !status.success() {
            let log = service.process.log();
            let last = log.lines().rev().take(40).collect::<Vec<_>>();
            eprintln!("\nThe last lines of the service's log:");
            last.iter().rev().for_each(|line| eprintln!("  {line}"));
        }
        Ok(status.success())
    }
}
