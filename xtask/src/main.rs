//! The project's own commands, run as `cargo xtask <command>`. One command a file; each has a `--help`.

mod admin;
mod bench;
mod cache;
mod cargo;
mod ci;
mod client;
mod demo_admin;
mod dev;
mod environment;
mod fuzz;
mod import;
mod invalidation;
mod migrate;
mod npm;
mod openapi;
mod seed;
mod servers;
mod sim;
mod sources;
mod test;
mod tools;
mod web;

use std::{process::ExitCode, time::Duration};

use clap::{Parser, Subcommand};
use infra::config::ConfigError;

/// How long work left behind may go on after a command has ended.
const END_WITHIN: Duration = Duration::from_secs(1);

/// The project's own commands.
///
/// To begin with: `cargo xtask dev` runs the service with nothing to set up, `cargo xtask test` runs every test.
#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask", disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Dev(dev::Dev),
    Test(test::Test),
    Ci(ci::Ci),
    Migrate(migrate::Migrate),
    Seed(seed::Seed),
    Import(import::Import),
    Openapi(openapi::OpenApi),
    Client(client::Client),
    Web(web::Web),
    Fuzz(fuzz::Fuzz),
    Bench(bench::Bench),
    Sim(sim::Sim),
    Cache(cache::Cache),
    Admin(admin::Admin),
}

impl Command {
    /// Whether `.env` speaks to it. Tests and checks are the same whatever a developer has configured.
    const fn reads_env_file(&self) -> bool {
        !matches!(
            self,
            Self::Test(_) | Self::Ci(_) | Self::Web(_) | Self::Fuzz(_) | Self::Bench(_) | Self::Sim(_)
        )
    }

    async fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Dev(dev) => dev.run().await,
            Self::Test(test) => test.run().await,
            Self::Ci(ci) => ci.run().await,
            Self::Migrate(migrate) => migrate.run().await,
            Self::Seed(seed) => seed.run().await,
            Self::Import(import) => import.run().await,
            Self::Openapi(openapi) => openapi.run().await,
            Self::Client(client) => client.run().await,
            Self::Web(web) => web.run().await,
            Self::Fuzz(fuzz) => fuzz.run().await,
            Self::Bench(bench) => bench.run().await,
            Self::Sim(sim) => sim.run().await,
            Self::Cache(cache) => cache.run().await,
            Self::Admin(admin) => admin.run().await,
        }
    }
}

fn main() -> ExitCode {
    let command = Cli::parse().command;
    // Before there is a second thread: variables of a process are not for changing later.
    let done = environment::enter_workspace(command.reads_env_file()).and_then(|()| {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let done = runtime.block_on(command.run());
        // A name that is still being looked up does not hold back what there is to say.
        runtime.shutdown_timeout(END_WITHIN);
        done
    });
    done.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        if error.is::<ConfigError>() { ExitCode::from(2) } else { ExitCode::FAILURE }
    })
}
