//! `cargo xtask bench`: builds the benchmarks and the server as they are shipped, then runs them.

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;

use crate::cargo::cargo;

/// Measure the service: each figure as a ratio to a baseline taken turn by turn with it in the same run.
///
/// Builds with --release first. `cargo xtask bench -- --help` says what there is; `cargo xtask bench --quick` takes less
/// than two minutes once it is built.
#[derive(Debug, Args)]
pub struct Bench {
    /// What to measure (everything, if left out), and options.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "SUITES AND OPTIONS")]
    args: Vec<String>,
}

impl Bench {
    /// Exits with the code of the benchmarks.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let mut build = cargo();
        build.args(["build", "--release", "--package", "bench", "--package", "api"]);
        if !build.status().await.context("cannot run cargo")?.success() {
            bail!("the benchmarks did not build");
        }
        let mut bench = cargo();
        bench.args(["run", "--quiet", "--release", "--package", "bench", "--"]).args(&self.args);
        let status = bench.status().await.context("cannot run cargo")?;
        Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
