//! `cargo xtask test`: every test there is.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use tokio::process::Command;

/// Run every test there is.
#[derive(Debug, Args)]
pub struct Test {
    /// Passed on to `cargo test`, for example `cargo xtask test -- hooks`.
    #[arg(last = true)]
    cargo_args: Vec<String>,
}

impl Test {
    /// Exits with the code of `cargo test`.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let status = Command::new(env!("CARGO"))
            .args(["test", "--workspace"])
            .args(self.cargo_args)
            .status()
            .await
            .context("cannot run cargo")?;
        Ok(status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
    }
}
