//! The binary `api` as a process of its own: how long it takes to start, and what memory it holds.

use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use reqwest::{Client, header::HeaderMap};
use tempfile::TempDir;
use test_support::servers::{LOOPBACK, Launch, Output, Watched, free_port};
use tokio::{
    process::{Child, Command},
    time::{sleep, timeout},
};

/// How long a server may take to answer, and to end.
const WITHIN: Duration = Duration::from_mins(1);
/// Between two attempts to connect: what a start's time is exact to.
const TRY_EVERY: Duration = Duration::from_millis(1);

/// What every server of a run signs with.
pub const SESSION_SECRET: (&str, &str) =
    ("SESSION_SECRET", "for-benchmarks-only-0123456789-0123456789-0123456789-0123456789-01");

/// The binary `api`, as it was built with these benchmarks.
#[derive(Debug)]
pub struct Binary(PathBuf);

/// A process that was started to see how long that takes. Killed when this is dropped.
#[derive(Debug)]
pub struct Started {
    process: Child,
    client: Client,
    base: String,
    begun: Instant,
}

/// A process that lives longer. Ended at the latest with this process, even when that one is killed.
#[derive(Debug)]
pub struct Running {
    // Before the folder it writes its log to.
    process: Watched,
    base: String,
    _folder: TempDir,
}

/// What of a process is in memory.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Resident {
    /// Bytes now.
    pub now: f64,
    /// The most bytes so far.
    pub peak: f64,
}

impl Binary {
    /// Finds it beside this program.
    ///
    /// # Errors
    /// Says how to build it, where it is not there.
    pub fn find() -> anyhow::Result<Self> {
        let ours = env::current_exe().context("cannot tell where this program is")?;
        let file = ours.with_file_name("api");
        let release = if cfg!(debug_assertions) { "" } else { " --release" };
        ensure!(
            file.is_file(),
            "{} is not there: build it with `cargo build{release} --package api`",
            file.display()
        );
        Ok(Self(file))
    }

    /// Seconds that `api --version` takes: what it takes to run the binary at all.
    ///
    /// # Errors
    /// Where it does not succeed.
    pub async fn version(&self) -> anyhow::Result<f64> {
        let begun = Instant::now();
        let mut command = Command::new(&self.0);
        command.arg("--version").env_clear().stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true);
        let status = command.status().await.with_context(|| format!("cannot run {}", self.0.display()))?;
        let took = begun.elapsed().as_secs_f64();
        ensure!(status.success(), "{} --version ended with {status}", self.0.display());
        Ok(took)
    }

    /// Starts a server with these variables and no others.
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn start(
        &self,
        variables: &[(&str, &str)],
        signed_in: &HeaderMap,
        folder: &Path,
    ) -> anyhow::Result<Started> {
        let client = Client::builder().default_headers(signed_in.clone()).build()?;
        let address = format!("{LOOPBACK}:{}", free_port()?);
        let mut command = Command::new(&self.0);
        command
            .env_clear()
            .envs(variables.iter().copied())
            .env("BIND_ADDR", &address)
            .env(SESSION_SECRET.0, SESSION_SECRET.1)
            // Where no `.env` is.
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let begun = Instant::now();
        let process = command.spawn().with_context(|| format!("cannot run {}", self.0.display()))?;
        Ok(Started { process, client, base: format!("http://{address}"), begun })
    }

    /// Starts a server that lives longer, with these variables and no others, and waits until it listens.
    ///
    /// # Errors
    /// The end of its log, where it ends.
    pub async fn run(&self, variables: &[(&str, &str)]) -> anyhow::Result<Running> {
        let folder = tempfile::Builder::new().prefix("admin-metrics-bench-").tempdir()?;
        let address = format!("{LOOPBACK}:{}", free_port()?);
        let variables = variables.iter().copied().chain([("BIND_ADDR", address.as_str()), SESSION_SECRET]);
        let mut args: Vec<OsString> = vec!["-i".into()];
        args.extend(variables.map(|(name, value)| format!("{name}={value}").into()));
        args.push(self.0.clone().into());
        let launch = Launch {
            program: "env".into(),
            args,
            env: Vec::new(),
            dir: folder.path().to_owned(),
            current_dir: None,
            run_as: None,
            output: Output::Log,
            stop_signal: Signal::SIGTERM,
        };
        let process = tokio::task::spawn_blocking(|| {
            let process = Watched::start(launch)?;
            process.await_log("listening").map(|()| process)
        });
        Ok(Running { process: process.await??, base: format!("http://{address}"), _folder: folder })
    }
}

impl Started {
    /// Asks for `path` until that is answered. Returns the seconds from the start to the answer's end, its
    /// `Cache-Status`, and its body.
    ///
    /// # Errors
    /// Where the process ends, or the answer is no 200.
    pub async fn first(&mut self, path: &str) -> anyhow::Result<(f64, String, String)> {
        let url = format!("{}{path}", self.base);
        loop {
            match self.client.get(&url).send().await {
                Ok(answer) => {
                    let status = answer.status();
                    let layers = answer.headers().get("cache-status").and_then(|value| value.to_str().ok());
                    let layers = layers.unwrap_or_default().to_owned();
                    let body = answer.text().await?;
                    ensure!(status == 200, "{path} of a server just started: {status}, {body}");
                    return Ok((self.begun.elapsed().as_secs_f64(), layers, body));
                }
                Err(error) if !error.is_connect() => return Err(error.into()),
                Err(_) => {}
            }
            if let Some(status) = self.process.try_wait()? {
                bail!("the server ended with {status} before it answered: {}", self.complaints().await);
            }
            ensure!(self.begun.elapsed() < WITHIN, "the server did not answer within {WITHIN:?}");
            sleep(TRY_EVERY).await;
        }
    }

    /// Ends it by SIGTERM, and waits until it has ended.
    ///
    /// # Errors
    /// Where it does not end, or not well.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        // Its connections with it: the server need not wait for them.
        self.client = Client::new();
        let pid = self.process.id().context("the server has ended by itself")?;
        kill(Pid::from_raw(i32::try_from(pid)?), Signal::SIGTERM).context("cannot end the server")?;
        let ended = timeout(WITHIN, self.process.wait()).await.context("the server does not end")??;
        ensure!(ended.success(), "the server ended with {ended}: {}", self.complaints().await);
        Ok(())
    }

    async fn complaints(&mut self) -> String {
        use tokio::io::AsyncReadExt as _;
        let mut text = String::new();
        if let Some(stderr) = &mut self.process.stderr {
            let _ = stderr.read_to_string(&mut text).await;
        }
        text.trim().to_owned()
    }
}

impl Running {
    /// The URL of `path`.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// What of it is in memory.
    ///
    /// # Errors
    /// Where the system does not tell: it is asked as Linux is.
    pub fn resident(&self) -> anyhow::Result<Resident> {
        let file = format!("/proc/{}/status", self.process.pid());
        let status = fs::read_to_string(&file)
            .with_context(|| format!("cannot read {file}: resident memory is read as Linux tells it"))?;
        resident(&status).with_context(|| format!("{file} does not tell the resident memory"))
    }

    /// Ends it by SIGTERM, and waits until it has ended.
    ///
    /// # Errors
    /// Where the system refuses.
    pub async fn stop(self) -> anyhow::Result<()> {
        Ok(tokio::task::spawn_blocking(|| drop(self)).await?)
    }
}

/// Reads `VmRSS` and `VmHWM` off `/proc/PID/status`.
fn resident(status: &str) -> Option<Resident> {
    let bytes = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        let kilobytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
        Some(kilobytes * 1024.0)
    };
    Some(Resident { now: bytes("VmRSS")?, peak: bytes("VmHWM")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resident_memory_is_read_off_the_process_status() {
        let status = "Name:\tapi\nVmPeak:\t  900000 kB\nVmHWM:\t   40000 kB\nVmRSS:\t   30000 kB\n";
        let expected = Resident { now: 30_720_000.0, peak: 40_960_000.0 };
        assert_eq!(resident(status), Some(expected));
        assert_eq!(resident("Name:\tapi\nVmHWM:\t 1 kB\n"), None);
    }
}
