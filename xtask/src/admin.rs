//! `cargo xtask admin`: the first administrator, as `api admin` makes it.

use std::process::ExitCode;

use api::admin::{AdminCommand, AdminError};
use clap::Args;
use infra::config::Env;

/// Make the first administrator, or let somebody in again.
///
/// Works on DATABASE_URL, else on the embedded database in data/dashboard.db; `.env` is read. Instances that run are told
/// through Redis, where it is configured.
#[derive(Debug, Args)]
pub struct Admin {
    #[command(subcommand)]
    command: AdminCommand,
}

impl Admin {
    /// Does it, and prints what came of it.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let told = self.command.run(&Env::of_process()).await.map_err(|error| match error {
            // So that it ends with the code of a configuration that cannot be used.
            AdminError::Config(error) => anyhow::Error::from(error),
            error => error.into(),
        })?;
        print!("{told}");
        Ok(ExitCode::SUCCESS)
    }
}
