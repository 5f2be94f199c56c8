//! A private Redis that keeps nothing on disk, with the options tests need: a password, an ACL user, TLS, little memory.

use std::{fmt::Write as _, fs, path::PathBuf};

use anyhow::Context as _;
use nix::sys::signal::Signal;
use tempfile::TempDir;
use url::form_urlencoded::byte_serialize;

use super::{
    ATTEMPTS, LOOPBACK, Launch, Needed, Output, Watched, ensure_installed, free_port, install::redis_binary,
    launch_again,
};

const READY: &str = "Ready to accept connections";

/// How a Redis is to be set up; plain and open unless said.
#[derive(Clone, Debug, Default)]
pub struct RedisOptions {
    user: Option<String>,
    password: Option<String>,
    tls: Option<TlsFiles>,
    settings: Vec<(String, String)>,
}

#[derive(Clone, Debug)]
struct TlsFiles {
    certificate: PathBuf,
    key: PathBuf,
    authority: PathBuf,
}

impl RedisOptions {
    /// Asks the default user for `password`.
    #[must_use]
    pub fn password(mut self, password: &str) -> Self {
        self.password = Some(password.to_owned());
        self
    }

    /// Lets in nobody but the ACL user `name` with `password`.
    #[must_use]
    pub fn user(mut self, name: &str, password: &str) -> Self {
        self.user = Some(name.to_owned());
        self.password(password)
    }

    /// Listens with TLS only. The files are PEM; clients need no certificate.
    #[must_use]
    pub fn tls(
        mut self,
        certificate: impl Into<PathBuf>,
        key: impl Into<PathBuf>,
        authority: impl Into<PathBuf>,
    ) -> Self {
        self.tls =
            Some(TlsFiles { certificate: certificate.into(), key: key.into(), authority: authority.into() });
        self
    }

    /// Most bytes it may use; what happens beyond is `maxmemory-policy`'s to say (by default writes are refused).
    #[must_use]
    pub fn max_memory(self, bytes: u64) -> Self {
        self.setting("maxmemory", &bytes.to_string())
    }

    /// Any other setting of `redis.conf`.
    #[must_use]
    pub fn setting(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Starts a Redis so set up; see [`RedisServer::start`].
    ///
    /// # Errors
    /// One line: what to install, or the end of the server's log.
    pub fn start(self) -> anyhow::Result<RedisServer> {
        RedisServer::start_with(self)
    }
}

/// A private Redis, ended when this is dropped or the process ends.
///
/// Its methods wait for the server, so they block: a few hundredths of a second for a start.
#[derive(Debug)]
pub struct RedisServer {
    // Before `dir`: the server ends before its folder goes.
    process: Option<Watched>,
    dir: TempDir,
    binary: PathBuf,
    options: RedisOptions,
    port: u16,
}

impl RedisServer {
    /// Starts one on a free loopback port; installs it first where it is missing and that works without asking.
    ///
    /// # Errors
    /// One line: what to install, or the end of the server's log.
    pub fn start() -> anyhow::Result<Self> {
        Self::start_with(RedisOptions::default())
    }

    /// Options for one that is not plain and open.
    pub fn options() -> RedisOptions {
        RedisOptions::default()
    }

    fn start_with(options: RedisOptions) -> anyhow::Result<Self> {
        ensure_installed(&[Needed::Redis])?;
        let binary = redis_binary().context("the Redis binary is gone")?;
        let dir = tempfile::Builder::new()
            .prefix("admin-metrics-redis-")
            .tempdir()
            .context("cannot make a temporary folder")?;
        let mut server = Self { process: None, dir, binary, options, port: 0 };
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

    /// `redis://127.0.0.1:port`, or `rediss://` with TLS, with the user and the password where there are any.
    pub fn url(&self) -> String {
        let scheme = if self.options.tls.is_some() { "rediss" } else { "redis" };
        let encode = |text: &str| byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20");
        let who = match (&self.options.user, &self.options.password) {
            (Some(user), Some(password)) => format!("{}:{}@", encode(user), encode(password)),
            (_, Some(password)) => format!(":{}@", encode(password)),
            (_, None) => String::new(),
        };
        format!("{scheme}://{who}{LOOPBACK}:{}", self.port)
    }

    /// The address it listens on.
    pub fn host(&self) -> String {
        LOOPBACK.to_string()
    }

    /// The port it listens on, the same after a restart.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The server's process id, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.process.as_ref().map(Watched::pid)
    }

    /// Ends it: connections break, and new ones are refused until [`Self::restart_empty`].
    pub fn stop(&mut self) {
        if let Some(process) = self.process.take() {
            process.stop_and_keep();
        }
    }

    /// Starts it again on the same port, with nothing in it; ends it first where it runs.
    ///
    /// # Errors
    /// The end of the server's log.
    pub fn restart_empty(&mut self) -> anyhow::Result<()> {
        self.stop();
        launch_again(|| self.launch())
    }

    /// Freezes it (SIGSTOP): connections stay open and connecting still works, but nothing is answered.
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn pause(&self) -> anyhow::Result<()> {
        self.signal(Signal::SIGSTOP)
    }

    /// Lets it go on after [`Self::pause`].
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn resume(&self) -> anyhow::Result<()> {
        self.signal(Signal::SIGCONT)
    }

    fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        self.process.as_ref().context("Redis was stopped")?.signal(signal)
    }

    fn launch(&mut self) -> anyhow::Result<()> {
        let file = self.dir.path().join("redis.conf");
        fs::write(&file, self.configuration())?;
        let process = Watched::start(Launch {
            program: self.binary.clone(),
            args: vec![file.into()],
            env: Vec::new(),
            dir: self.dir.path().to_owned(),
            current_dir: None,
            run_as: None,
            output: Output::Log,
            // It has nothing to save, and it may be frozen.
            stop_signal: Signal::SIGKILL,
        })?;
        if let Err(error) = process.await_log(READY) {
            process.stop_and_keep();
            return Err(error);
        }
        self.process = Some(process);
        Ok(())
    }

    fn configuration(&self) -> String {
        let mut text = String::new();
        let mut set = |name: &str, values: &[&str]| {
            let values: Vec<String> = values.iter().map(|value| quoted(value)).collect();
            writeln!(text, "{name} {}", values.join(" ")).expect("a String takes it");
        };
        let port = self.port.to_string();
        set("bind", &[&self.host()]);
        set("dir", &[&self.dir.path().to_string_lossy()]);
        set("daemonize", &["no"]);
        set("save", &[""]);
        set("appendonly", &["no"]);
        if let Some(tls) = &self.options.tls {
            set("port", &["0"]);
            set("tls-port", &[&port]);
            set("tls-cert-file", &[&tls.certificate.to_string_lossy()]);
            set("tls-key-file", &[&tls.key.to_string_lossy()]);
            set("tls-ca-cert-file", &[&tls.authority.to_string_lossy()]);
            set("tls-auth-clients", &["no"]);
        } else {
            set("port", &[&port]);
        }
        match (&self.options.user, &self.options.password) {
            (Some(user), Some(password)) => {
                set("user", &["default", "off"]);
                set("user", &[user, "on", &format!(">{password}"), "~*", "&*", "+@all"]);
            }
            (_, Some(password)) => set("requirepass", &[password]),
            (_, None) => {}
        }
        for (name, value) in &self.options.settings {
            set(name, &[value]);
        }
        text
    }
}

/// As `redis.conf` reads it back.
fn quoted(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}
