//! A private PostgreSQL. It trades durability for speed: its data goes when it does.

use std::{
    ffi::OsString,
    fs,
    os::unix::fs::chown,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use nix::{
    sys::signal::Signal,
    unistd::{User, geteuid},
};
use tempfile::TempDir;
use uuid::Uuid;

use super::{
    ATTEMPTS, LOOPBACK, Launch, Needed, Output, Watched, ensure_installed, free_port,
    install::postgres_folder, launch_again, watched::last_lines,
};

/// The superuser, and the database that is there from the start.
const POSTGRES: &str = "postgres";
const READY: &str = "database system is ready to accept connections";

const SETTINGS: [&str; 6] = [
    "max_connections=300",
    // A crash of the server alone loses nothing: what is committed is in the system's hands.
    "fsync=off",
    "full_page_writes=off",
    "lc_messages=C",
    "log_destination=stderr",
    "logging_collector=off",
];

/// A private PostgreSQL, ended and its data removed when this is dropped or the process ends.
///
/// Its methods wait for the server, so they block: a second or so for a start.
#[derive(Debug)]
pub struct PostgresServer {
    // Before `dir`: the server ends before its folder goes.
    process: Option<Watched>,
    dir: TempDir,
    binaries: PathBuf,
    owner: Option<User>,
    password: String,
    port: u16,
}

impl PostgresServer {
    /// Starts one on a free loopback port; installs it first where it is missing and that works without asking.
    ///
    /// # Errors
    /// One line: what to install, or the end of the server's log.
    pub fn start() -> anyhow::Result<Self> {
        ensure_installed(&[Needed::Postgres])?;
        let binaries = postgres_folder().context("the PostgreSQL binaries are gone")?;
        let owner = owner()?;
        let dir = tempfile::Builder::new()
            .prefix("admin-metrics-postgres-")
            .tempdir()
            .context("cannot make a temporary folder")?;
        give(dir.path(), owner.as_ref())?;
        let password = Uuid::new_v4().simple().to_string();
        let mut server = Self { process: None, dir, binaries, owner, password, port: 0 };
        server.init()?;
        for attempt in 1.. {
            server.port = free_port()?;
            match server.launch() {
                Ok(()) => break,
                Err(error) if attempt == ATTEMPTS => return Err(error),
                Err(_) => {}
            }
        }
        Ok(server)
    }

    /// `postgres://user:password@127.0.0.1:port/postgres`.
    pub fn url(&self) -> String {
        self.database_url(POSTGRES)
    }

    /// The URL of one of its databases.
    pub fn database_url(&self, database: &str) -> String {
        format!("postgres://{POSTGRES}:{}@{LOOPBACK}:{}/{database}", self.password, self.port)
    }

    /// The port it listens on, the same after a restart.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The server's process id, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.process.as_ref().map(Watched::pid)
    }

    /// Ends it as a crash would for its clients: every connection breaks at once. Its data stays until [`Self::resume`].
    pub fn stop(&mut self) {
        if let Some(process) = self.process.take() {
            process.stop_and_keep();
        }
    }

    /// Starts it again after [`Self::stop`], on the same port with the same data.
    ///
    /// # Errors
    /// The end of the server's log.
    pub fn resume(&mut self) -> anyhow::Result<()> {
        if self.process.is_none() {
            launch_again(|| self.launch())?;
        }
        Ok(())
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    fn init(&self) -> anyhow::Result<()> {
        let password_file = self.dir.path().join("password");
        fs::write(&password_file, &self.password)?;
        give(&password_file, self.owner.as_ref())?;
        let mut args: Vec<OsString> = vec!["--pgdata".into(), self.data().into()];
        args.extend(["--username", POSTGRES, "--auth-local", "trust"].map(Into::into));
        // Sent as it is, over loopback: a hash would cost an unoptimised client a tenth of a second a connection.
        args.extend(["--auth-host".into(), "password".into(), "--pwfile".into(), password_file.into()]);
        args.extend(["--encoding", "UTF8", "--locale", "C", "--no-sync"].map(Into::into));
        let initdb = self.start_watched("initdb", args, Signal::SIGTERM)?;
        let status = initdb.wait();
        let log = initdb.log();
        initdb.stop_and_keep();
        if !status.success() {
            bail!("initdb failed: {}", last_lines(&log));
        }
        Ok(())
    }

    fn launch(&mut self) -> anyhow::Result<()> {
        let mut args: Vec<OsString> = vec!["-D".into(), self.data().into()];
        args.extend(["-p".into(), self.port.to_string().into(), "-h".into(), LOOPBACK.to_string().into()]);
        args.extend(["-k".into(), self.dir.path().into()]);
        args.extend(SETTINGS.iter().flat_map(|setting| ["-c".into(), setting.into()]));
        // Immediate shutdown: there is nothing to save.
        let process = self.start_watched(POSTGRES, args, Signal::SIGQUIT)?;
        if let Err(error) = process.await_log(READY) {
            process.stop_and_keep();
            return Err(error);
        }
        self.process = Some(process);
        Ok(())
    }

    fn start_watched(
        &self,
        program: &str,
        args: Vec<OsString>,
        stop_signal: Signal,
    ) -> anyhow::Result<Watched> {
        Watched::start(Launch {
            program: self.binaries.join(program),
            args,
            env: vec![("LC_ALL".into(), "C".into())],
            dir: self.dir.path().to_owned(),
            current_dir: None,
            run_as: self.owner.clone(),
            output: Output::Log,
            stop_signal,
        })
    }
}

/// PostgreSQL refuses to run as root: then as the user its package made, else as nobody.
fn owner() -> anyhow::Result<Option<User>> {
    if !geteuid().is_root() {
        return Ok(None);
    }
    for name in [POSTGRES, "nobody"] {
        if let Some(user) = User::from_name(name)? {
            return Ok(Some(user));
        }
    }
    bail!("PostgreSQL does not run as root, and there is neither a user postgres nor nobody to run it as")
}

fn give(path: &Path, owner: Option<&User>) -> anyhow::Result<()> {
    if let Some(user) = owner {
        chown(path, Some(user.uid.as_raw()), Some(user.gid.as_raw()))
            .with_context(|| format!("cannot hand {} to {}", path.display(), user.name))?;
    }
    Ok(())
}
