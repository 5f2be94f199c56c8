//! The command line: serving, and what a machine without the sources needs beside it. What a person has to read goes to
//! standard error in one line; exit code 2 says that the configuration cannot be used, 1 that something failed.

use std::{
    io::{self, Write as _},
    process::ExitCode,
    time::Duration,
};

use clap::{Parser, Subcommand};
use domain::invalidation::CacheTags;
use infra::{
    cache::versions::PerTag,
    config::{CacheConfig, ConfigError, DatabaseConfig, Env, RedisConfig, is_loopback},
    metrics_cache::l2,
};
use secrecy::ExposeSecret as _;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    signal::unix::{SignalKind, signal},
    time::timeout,
};

use crate::{
    admin::{AdminCommand, AdminError},
    config::{AppConfig, ServerConfig},
    openapi,
    startup::{Node, StartError},
    telemetry::LogConfig,
    token::TokenCommand,
};

/// How long `healthcheck` waits.
const HEALTHCHECK_TIMEOUT: Duration = Duration::from_secs(5);
/// The exit code of a configuration that cannot be used.
const BAD_CONFIGURATION: u8 = 2;

/// The admin metrics service. Without a command it serves.
///
/// Everything is configured by environment variables, which are also read from a file `.env` in the working directory;
/// the README lists them.
#[derive(Debug, Parser)]
#[command(name = "api", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Bring the database's tables up to date, take steps back, or see where they stand.
    ///
    /// Works on DATABASE_DIRECT_URL, else DATABASE_URL. Afterwards everything cached is made old, where Redis is configured.
    Migrate {
        #[command(subcommand)]
        action: Migrate,
    },
    /// Make the first administrator, or let somebody in again.
    Admin {
        #[command(subcommand)]
        action: AdminCommand,
    },
    /// Make a bearer token for a machine.
    Token {
        #[command(subcommand)]
        action: TokenCommand,
    },
    /// Print the OpenAPI document of this version.
    Openapi,
    /// Ask the server on BIND_ADDR whether it runs; exit code 0 if so, else 1.
    Healthcheck,
}

#[derive(Debug, Subcommand)]
enum Migrate {
    /// Apply every migration that the database lacks.
    Up,
    /// Take the last migrations back, with the rows in their tables.
    Down {
        /// How many.
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
        steps: u32,
        /// Needed where the database is not on this machine.
        #[arg(long)]
        yes: bool,
    },
    /// List the migrations, and which of them the database has.
    Status,
}

/// Why a command failed.
enum Failure {
    Config(ConfigError),
    Other(String),
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}

/// Runs the command line.
pub async fn run(cli: Cli) -> ExitCode {
    let outcome = match read_env_file() {
        Ok(()) => dispatch(cli.command, &Env::of_process()).await,
        Err(failure) => Err(failure),
    };
    let (text, code) = match outcome {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Failure::Config(error)) => (error.to_string(), BAD_CONFIGURATION),
        Err(Failure::Other(text)) => (text, 1),
    };
    // If standard error is closed there is nobody left to tell.
    let _ = writeln!(io::stderr(), "{}", text.replace(['\n', '\r'], " "));
    ExitCode::from(code)
}

/// Reads `.env` where there is one. Variables that are set already stay as they are.
fn read_env_file() -> Result<(), Failure> {
    match dotenvy::dotenv() {
        Ok(_) => Ok(()),
        Err(error) if error.not_found() => Ok(()),
        // The error quotes the line, which may hold a secret.
        Err(dotenvy::Error::LineParse(_, at)) => {
            let problem = format!(
                "expected lines of the form NAME=value, got something else at character {at} of a line"
            );
            Err(ConfigError::new(".env", problem).into())
        }
        Err(error) => Err(ConfigError::new(".env", error.to_string()).into()),
    }
}

async fn dispatch(command: Option<Command>, env: &Env) -> Result<(), Failure> {
    match command {
        None => serve(env).await,
        Some(Command::Migrate { action }) => migrate(action, env).await,
        Some(Command::Admin { action }) => match action.run(env).await {
            Ok(told) => print(&told),
            Err(AdminError::Config(error)) => Err(error.into()),
            Err(error) => Err(failed(&error)),
        },
        Some(Command::Token { action }) => match action.run(env).await {
            Ok(made) => {
                // Apart from the token itself, so that a script gets just that.
                let _ = writeln!(io::stderr(), "{}", made.about);
                print(&format!("{}\n", made.text.expose_secret()))
            }
            Err(AdminError::Config(error)) => Err(error.into()),
            Err(error) => Err(failed(&error)),
        },
        Some(Command::Openapi) => print(&openapi::document_json().map_err(|error| failed(&error))?),
        Some(Command::Healthcheck) => healthcheck(&ServerConfig::from_env(env)?).await,
    }
}

async fn serve(env: &Env) -> Result<(), Failure> {
    let config = AppConfig::from_env(env)?;
    LogConfig::from_env(env)?.install();
    // Before anything starts, so that no signal is missed.
    let mut terminate = signal(SignalKind::terminate()).map_err(|error| failed(&error))?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(|error| failed(&error))?;
    let node = Node::start(config).await.map_err(|error| match error {
        StartError::Secret(error) => Failure::Config(error),
        error => failed(&error),
    })?;
    node.serve_until(async {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
    .await;
    Ok(())
}

async fn migrate(action: Migrate, env: &Env) -> Result<(), Failure> {
    let (database, redis) = (DatabaseConfig::from_env(env)?, RedisConfig::from_env(env)?);
    let cache = CacheConfig::from_env(env)?;
    let url = database.direct_url.expose_secret();
    match action {
        Migrate::Up => migrations::up(url).await.map_err(|error| failed(&error))?,
        Migrate::Down { steps, yes } => {
            let host = database.host().filter(|_| !database.is_sqlite());
            if let Some(host) = host.filter(|host| !yes && !is_loopback(host)) {
                return Err(Failure::Other(format!(
                    "this deletes tables on {host}, which is not this machine: say --yes if you mean it"
                )));
            }
            migrations::down(url, steps).await.map_err(|error| failed(&error))?;
        }
        Migrate::Status => {
            let list = migrations::status(url).await.map_err(|error| failed(&error))?;
            let line = |status: &migrations::Status| {
                format!("{} {}\n", if status.applied { "applied" } else { "pending" }, status.name)
            };
            return print(&list.iter().map(line).collect::<String>());
        }
    }
    match redis {
        Some(redis) => invalidate_everything(&redis, &cache).await,
        None => Ok(()),
    }
}

/// Makes everything cached old, on every instance: a migration writes past the hooks.
async fn invalidate_everything(redis: &RedisConfig, cache: &CacheConfig) -> Result<(), Failure> {
    let l2 = l2(Some(redis), cache, "api migrate".to_owned()).map_err(|error| failed(&error))?;
    let mut outcome = l2.bump(CacheTags::EVERY, &PerTag::default(), None).await;
    if outcome.is_err() {
        // The first call sets up the connection too, on a server that may have slept.
        outcome = l2.bump(CacheTags::EVERY, &PerTag::default(), None).await;
    }
    outcome.map(drop).map_err(|error| {
        let at = format!("{}:{}", redis.host, redis.port);
        Failure::Other(format!("the database is done, but Redis on {at} could not be told ({error}): what is cached stays until its time is over"))
    })
}

/// Asks `/health/live`, which asks nothing of anyone: a database that is down is no reason to restart the server.
async fn healthcheck(server: &ServerConfig) -> Result<(), Failure> {
    let address = server.local_addr();
    let ask = async {
        let mut stream = TcpStream::connect(address).await?;
        let request = format!("GET /health/live HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.take(16 * 1024).read_to_end(&mut answer).await?;
        io::Result::Ok(answer)
    };
    match timeout(HEALTHCHECK_TIMEOUT, ask).await {
        Ok(Ok(answer)) if answer.starts_with(b"HTTP/1.1 200 ") => Ok(()),
        Ok(Ok(_)) => Err(Failure::Other(format!("the server on {address} answers, but not that it is well"))),
        Ok(Err(error)) => Err(Failure::Other(format!("no answer from {address}: {error}"))),
        Err(_) => Err(Failure::Other(format!("no answer from {address} within {HEALTHCHECK_TIMEOUT:?}"))),
    }
}

fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        // The reader has seen enough, as `head` does.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(|error| failed(&error)),
    }
}

fn failed(error: &impl ToString) -> Failure {
    Failure::Other(error.to_string())
}
