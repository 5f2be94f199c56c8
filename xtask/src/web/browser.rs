//! The tests in a browser: Playwright, with Chromium, the service and its servers at hand.

use std::{
    env,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use test_support::servers::{CHROMIUM_PATH, Needed, chromium, ensure_installed, redis_binary};
use tokio::signal::unix::{SignalKind, signal};

use super::{PACKAGE, build::build};
use crate::{cargo::cargo, servers::TestServers};

/// The variable that names the service's binary.
const API_BINARY: &str = "API_BINARY";

/// The service's binary: what `API_BINARY` names, else built now.
pub async fn service() -> anyhow::Result<PathBuf> {
    if let Some(given) = env::var_os(API_BINARY).filter(|path| !path.is_empty()) {
        return Ok(given.into());
    }
    // Together with this package, so that dependencies keep the features they are built with already.
    let build = ["build", "--quiet", "--package", "api", "--package", "xtask"];
    if !cargo().args(build).status().await?.success() {
        bail!("the service does not build: see above");
    }
    Ok(env::current_exe()?.with_file_name("api"))
}

/// Runs `program` of the package with `rest` behind its arguments, with the page built, and `api` and `servers` to test.
///
/// # Errors
/// Where it fails, or something that it needs is not to be had.
pub async fn run(program: &[&str], rest: &[String], api: &Path, servers: &TestServers) -> anyhow::Result<()> {
    build().await?;
    ensure_installed(&[Needed::Chromium])?;
    let (chromium, redis) = (chromium().context("Chromium is gone")?, redis_binary());
    let (&name, args) = program.split_first().context("there is nothing to run")?;
    let mut command = if name == "npm" { PACKAGE.command(name) } else { PACKAGE.program(name) };
    command
        .args(args)
        .args(rest)
        .env(API_BINARY, api)
        .env("XTASK_BINARY", env::current_exe()?)
        .env(CHROMIUM_PATH, chromium)
        .envs(redis.map(|redis| ("REDIS_SERVER", redis)))
        .envs(servers.variables());
    // Ctrl-C is for Playwright, which ends what it started; we wait for that.
    let _interrupts = signal(SignalKind::interrupt())?;
    PACKAGE.run(&mut command).await
}
