//! `cargo xtask sim`: builds the simulation in its own profile, then runs it.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use crate::cargo::cargo;

/// Simulate the shipped cache engine under faults, races and skewed clocks, and judge every answer by the promises.
///
/// 200,000 schedules if nothing else is said. `cargo xtask sim --seed S` tells the whole story of one; `--minutes M` goes on
/// for as long; `--mutations` leaves out one rule of the engine after the other, and fails if nobody notices. What is
/// simulated stands in docs/SIMULATION.md. `cargo xtask sim -- --help` says what else there is.
#[derive(Debug, Args)]
pub struct Sim {
    /// Passed on to the simulation.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "OPTIONS")]
    args: Vec<String>,
}

impl Sim {
    /// Exits with the code of the simulation.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        run(&self.args).await
    }
}

/// Runs the simulation with `args`; with its mutations built in only where they are asked for.
///
/// # Errors
/// Where cargo cannot be run.
pub async fn run(args: &[String]) -> anyhow::Result<ExitCode> {
    let mut command = cargo();
    command.args(["run", "--quiet", "--locked", "--profile", "sim", "--package", "sim"]);
    if args.iter().any(|arg| arg.starts_with("--mutation")) {
        command.args(["--features", "mutations"]);
    }
    let status = command.arg("--").args(args).status().await.context("cannot run cargo")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
