//! `cargo xtask test`: every test there is.

use std::process::ExitCode;

use clap::Args;

use crate::{
    cargo::{cargo, exit_code_of},
    servers::TestServers,
};

/// Run every test there is, on a private PostgreSQL and Redis.
///
/// Both servers are started for this run on free ports of this machine, with their data in a temporary folder, and ended
/// after it. Where their programs are missing they are installed with apt-get, if that works without asking (as root, or
/// with a sudo that wants no password); otherwise one line says what to install.
///
/// Set TEST_DATABASE_URL (postgres://…, with the right to create databases) or TEST_REDIS_URL (redis://…) to use a server
/// that runs already.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cargo xtask test\n  \
    cargo xtask test -- hooks                      the tests with `hooks` in their name\n  \
    cargo xtask test -- -p infra                   the tests of one crate\n  \
    cargo xtask test -- hooks -- --nocapture       and what they print")]
pub struct Test {
    /// Passed on to `cargo test`.
    #[arg(last = true, value_name = "CARGO TEST ARGUMENTS")]
    cargo_args: Vec<String>,
}

impl Test {
    /// Exits with the code of `cargo test`.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        run(&self.cargo_args).await
    }
}

/// Runs the workspace's tests with `args`, or those of the packages that `args` names.
pub async fn run(args: &[String]) -> anyhow::Result<ExitCode> {
    let names_packages = args
        .iter()
        .take_while(|arg| *arg != "--")
        .any(|arg| arg.starts_with("-p") || arg.starts_with("--package") || arg == "--workspace");
    let servers = TestServers::start()?;
    let mut command = cargo();
    command.arg("test");
    if !names_packages {
        command.arg("--workspace");
    }
    command.args(args).envs(servers.variables());
    exit_code_of(command).await
}
