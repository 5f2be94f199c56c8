//! The binary `api`.

use std::process::ExitCode;

use api::{
    cli::{Cli, run},
    raise_open_files,
};
use clap::Parser as _;

/// Threads beside the server's workers: for writes, loads of the cache and its connection to Redis.
const BACKGROUND_THREADS: usize = 2;

fn main() -> ExitCode {
    let cli = Cli::parse();
    // Redis and PostgreSQL take the process's default; fails only where one is set already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    raise_open_files();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(BACKGROUND_THREADS).enable_all().build();
    match runtime {
        Ok(runtime) => runtime.block_on(run(cli)),
        Err(_) => ExitCode::FAILURE,
    }
}
