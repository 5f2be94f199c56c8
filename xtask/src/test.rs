//! `cargo xtask test`: every test there is.

use std::{
    env,
    io::{IsTerminal as _, Write as _},
    process::{ExitCode, Stdio},
};

use anyhow::Context as _;
use clap::Args;
use tokio::io::{AsyncBufReadExt as _, BufReader};

use crate::{cargo::cargo, client, fuzz, servers::TestServers, web};

/// Arguments of `cargo test` that leave no test out.
const ALL_THE_SAME: [&str; 6] = ["--locked", "--offline", "--frozen", "--no-fail-fast", "--quiet", "-q"];

/// Run every test there is, on a private PostgreSQL and Redis: those of the workspace, then those of the TypeScript client
/// and of the dashboard, which need Node.js and, in a browser, Chromium, then a short `cargo xtask fuzz`, which needs Python 3 with pip.
///
/// Both servers are started for this run on free ports of this machine, with their data in a temporary folder, and ended
/// after it. Where their programs, or Chromium, are missing they are installed with apt-get, if that works without asking (as root, or
/// with a sudo that wants no password); otherwise one line says what to install.
///
/// Set CHROMIUM to the path of a Chromium or Chrome to use that one, TEST_DATABASE_URL (postgres://…, with the right to create databases) or TEST_REDIS_URL (redis://…) to use a server
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
    /// Exits with the code of `cargo test`, or 1 where the client's tests fail.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        run(&self.cargo_args).await
    }
}

/// What all test binaries came to.
#[derive(Debug, Default, PartialEq, Eq)]
struct Total {
    passed: u64,
    failed: u64,
    ignored: u64,
}

/// Runs the workspace's tests with `args`, or those of the packages that `args` names; says at the end how many there were.
/// Where `args` leave none out, the client's tests follow.
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
    if std::io::stdout().is_terminal() {
        // Our pipe would otherwise make it plain.
        command.env("CARGO_TERM_COLOR", "always");
    }
    command.args(args).envs(servers.variables()).stdout(Stdio::piped());
    let mut cargo = command.spawn().context("cannot run cargo")?;
    let mut lines = BufReader::new(cargo.stdout.take().context("cargo has no output")?).split(b'\n');
    let mut total = Total::default();
    while let Some(mut line) = lines.next_segment().await.context("cannot read what cargo says")? {
        total.add(&String::from_utf8_lossy(&line));
        line.push(b'\n');
        std::io::stdout().write_all(&line)?;
    }
    let status = cargo.wait().await.context("cannot run cargo")?;
    if total != Total::default() {
        println!("\n{} passed, {} failed, {} skipped", total.passed, total.failed, total.ignored);
    }
    let is_all = args.iter().all(|arg| ALL_THE_SAME.contains(&arg.as_str()));
    // Where nothing ran, nothing was built either.
    if is_all && total != Total::default() {
        println!("\nThe TypeScript client's tests, against the service that was built:");
        // Tests of the service run its binary, so it is there and new.
        let api = env::current_exe()?.with_file_name("api");
        client::test(&api).await?;
        println!("\nThe dashboard's tests, in a browser against the service that was built:");
        web::test(&api, &servers).await?;
        println!("\nThe OpenAPI document, against the service that was built:");
        fuzz::test(&api).await?;
    }
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

impl Total {
    /// Adds what a line such as `test result: ok. 8 passed; 1 failed; 0 ignored; …` tells.
    fn add(&mut self, line: &str) {
        let Some((_, counts)) = line.split_once("test result:") else { return };
        let mut words = counts.split_whitespace().peekable();
        while let Some(word) = words.next() {
            let (Ok(count), Some(what)) = (word.parse::<u64>(), words.peek()) else { continue };
            match what.trim_end_matches(';') {
                "passed" => self.passed += count,
                "failed" => self.failed += count,
                "ignored" => self.ignored += count,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_added_up() {
        let mut total = Total::default();
        for line in [
            "running 3 tests",
            "test result: ok. 8 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.07s",
            "test result: \u{1b}[31mFAILED\u{1b}[0m. 47 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out",
        ] {
            total.add(line);
        }
        assert_eq!(total, Total { passed: 55, failed: 1, ignored: 1 });
    }
}
