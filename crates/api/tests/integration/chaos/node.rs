//! One `api` process, with a proxy between it and Redis and another between it and PostgreSQL.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use nix::sys::signal::Signal;
use serde_json::Value;
use test_support::{
    FaultProxy,
    servers::{Launch, Output, Watched},
};
use tokio::task::block_in_place;

use crate::app::SESSION_SECRET;

/// How long everything is fresh: the hardest bound on staleness there is.
pub(super) const TTL: Duration = Duration::from_secs(1);
/// After how long a load is given up. Like the next one it is longer than anything takes on a slow machine, and shorter than a
/// writer waits.
pub(super) const LOAD_HARD: Duration = Duration::from_secs(15);
/// How long a request waits for a connection to the database.
const CONNECT: Duration = Duration::from_secs(10);

/// A node. It may be stopped; its proxies are always there.
pub(super) struct Node {
    pub(super) number: usize,
    pub(super) redis: FaultProxy,
    pub(super) database: FaultProxy,
    database_url: String,
    life: Mutex<Life>,
}

#[derive(Default)]
struct Life {
    process: Option<Watched>,
    address: String,
    /// How often it was started.
    incarnation: u64,
    /// What processes wrote that are no more.
    logs: Vec<String>,
}

/// A node's process at one time.
#[derive(Clone, Debug)]
pub(super) struct Alive {
    pub(super) address: String,
    pub(super) incarnation: u64,
}

impl Node {
    /// A node that is not started yet; `database_url` leads through `database`.
    pub(super) fn new(number: usize, redis: FaultProxy, database: FaultProxy, database_url: String) -> Self {
        Self { number, redis, database, database_url, life: Mutex::default() }
    }

    /// Starts its process and waits until it listens.
    pub(super) fn start(&self) {
        let folder = tempfile::Builder::new().prefix("admin-metrics-chaos-").tempdir().unwrap().keep();
        let secs = TTL.as_secs().to_string();
        let mut variables: Vec<(&str, String)> = vec![
            ("BIND_ADDR", "127.0.0.1:0".into()),
            ("LOG_FORMAT", "json".into()),
            ("RUST_LOG", "info".into()),
            ("RUST_BACKTRACE", "1".into()),
            ("SESSION_SECRET", SESSION_SECRET.into()),
            ("DATABASE_URL", self.database_url.clone()),
            ("DATABASE_DIRECT_URL", String::new()),
            ("DATABASE_CONNECT_TIMEOUT_MS", CONNECT.as_millis().to_string()),
            ("AUTO_MIGRATE", "false".into()),
            ("REDIS_HOST", String::new()),
            ("REDIS_URL", format!("redis://{}", self.redis.address())),
            ("REDIS_CONNECT_TIMEOUT_MS", "1000".into()),
            ("CACHE_NAMESPACE", "chaos".into()),
            ("CACHE_LOAD_SOFT_MS", "1000".into()),
            ("CACHE_LOAD_HARD_MS", LOAD_HARD.as_millis().to_string()),
        ];
        let ttls = ["DASHBOARD", "OVERVIEW", "CHARTS", "RECENT_USERS", "RECENT_PROPOSALS"];
        let names = ttls.map(|part| format!("CACHE_TTL_{part}_SECS"));
        variables.extend(names.iter().map(|name| (name.as_str(), secs.clone())));
        let process = Watched::start(Launch {
            program: env!("CARGO_BIN_EXE_api").into(),
            args: Vec::new(),
            env: variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
            dir: folder,
            current_dir: None,
            run_as: None,
            output: Output::Log,
            stop_signal: Signal::SIGKILL,
        })
        .unwrap();
        process.await_log("\"listening\"").unwrap_or_else(|error| panic!("node {}: {error:#}", self.number));
        let address = listening(&process.log());
        let mut life = self.life();
        assert!(life.process.is_none(), "node {} runs already", self.number);
        life.incarnation += 1;
        life.address = address;
        life.process = Some(process);
    }

    /// Its process, unless it is stopped. One that has ended by itself counts as running: asking it will tell.
    pub(super) fn alive(&self) -> Option<Alive> {
        let life = self.life();
        life.process.as_ref().map(|_| Alive { address: life.address.clone(), incarnation: life.incarnation })
    }

    /// kill -9.
    pub(super) fn kill(&self) {
        let Some(process) = self.taken() else { return };
        block_in_place(|| process.kill()).unwrap();
        self.bury(&process);
    }

    /// SIGTERM; waits until it has ended, which it does with 0.
    pub(super) fn terminate(&self) {
        let Some(process) = self.taken() else { return };
        process.signal(Signal::SIGTERM).unwrap();
        let status = block_in_place(|| process.wait());
        self.bury(&process);
        assert_eq!(status.code(), Some(0), "node {} did not end in good order", self.number);
    }

    /// SIGSTOP.
    pub(super) fn freeze(&self) {
        self.signal(Signal::SIGSTOP);
    }

    /// SIGCONT.
    pub(super) fn thaw(&self) {
        self.signal(Signal::SIGCONT);
    }

    /// # Panics
    /// Where its process has ended by itself, or one of its processes has panicked at all.
    pub(super) fn assert_well(&self) {
        let life = self.life();
        let ended = life.process.as_ref().and_then(Watched::exited);
        assert!(ended.is_none(), "node {} ended by itself: {ended:?}\n{}", self.number, self.tail(&life));
        let now = life.process.as_ref().map(Watched::log);
        for log in life.logs.iter().chain(&now) {
            let panicked = log.lines().find(|line| line.contains("panicked"));
            assert!(panicked.is_none(), "node {} panicked: {}", self.number, panicked.unwrap_or_default());
        }
    }

    /// The end of what it wrote.
    pub(super) fn log(&self) -> String {
        self.tail(&self.life())
    }

    fn tail(&self, life: &Life) -> String {
        let now = life.process.as_ref().map(Watched::log);
        let lines: Vec<&str> = life.logs.iter().chain(&now).flat_map(|log| log.lines()).collect();
        let tail = &lines[lines.len().saturating_sub(60)..];
        format!("--- the end of what node {} wrote:\n{}\n", self.number, tail.join("\n"))
    }

    fn signal(&self, signal: Signal) {
        if let Some(process) = &self.life().process {
            process.signal(signal).unwrap();
        }
    }

    /// Its process, which is no longer asked.
    fn taken(&self) -> Option<Watched> {
        self.life().process.take()
    }

    fn bury(&self, process: &Watched) {
        self.life().logs.push(process.log());
    }

    fn life(&self) -> MutexGuard<'_, Life> {
        self.life.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn listening(log: &str) -> String {
    let events = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let event = events.into_iter().find(|event| event["message"] == "listening").expect("where it listens");
    event["http.address"].as_str().expect("an address").to_owned()
}
