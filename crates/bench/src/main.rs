//! The benchmarks, run as `cargo xtask bench`. Speed in itself says little about a machine that nobody knows, so each
//! figure is a ratio to a baseline that was taken in the same run, turn by turn with it. One suite a file in `suites`;
//! `ground` is what they stand on, `figure` and `report` what comes out.

mod bare_redis;
mod constant;
mod figure;
mod fleet;
mod ground;
mod pair;
mod proxy;
mod report;
mod sample;
mod server;
mod sign_in;
mod suites;
mod wrk;

use std::{path::PathBuf, process::ExitCode};

use clap::Parser;

use crate::{ground::Ground, report::Report, suites::Suite};

/// Measure the service: each figure as a ratio to a baseline taken turn by turn with it in the same run.
///
/// PostgreSQL and Redis are started for this run on free ports, and ended after it. The machine should have nothing else
/// to do. Without a suite named, all of them run.
#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask bench")]
struct Cli {
    /// What to measure.
    #[arg(value_enum)]
    suites: Vec<Suite>,
    /// Shorter turns and fewer rows: under two minutes in all, with more noise.
    #[arg(long)]
    quick: bool,
    /// In `growth`, ten million leads too: some minutes more, and 10 GB on disk.
    #[arg(long)]
    ten_million: bool,
    /// Where the figures are written as JSON.
    #[arg(long, value_name = "FILE", default_value = "target/bench.json")]
    json: PathBuf,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    // Fails where there is one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // As the binary `api` does it: what is measured in this process runs as it does there.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let done = runtime.map_err(Into::into).and_then(|runtime| runtime.block_on(run(cli)));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> anyhow::Result<()> {
    let ground = Ground::new(cli.quick, cli.ten_million);
    let mut report = Report::start(cli.quick);
    for suite in Suite::chosen(&cli.suites) {
        eprintln!("{}: {} …", suite.name(), suite.about());
        let figures = suite.run(&ground).await?;
        report.add(suite, figures);
    }
    report.write_json(&cli.json)?;
    println!("Written to {}.", cli.json.display());
    Ok(())
}
