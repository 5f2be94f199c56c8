//! What happened in a scenario: every request with its answer, every fault. Written while it runs, judged afterwards.

use std::{
    fmt,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use serde_json::Value;

use super::{
    shown::ShownPart,
    version::{Tag, Version},
};

/// When something happened, since the journal was begun.
pub(super) type Time = Duration;

/// All of it.
pub(super) struct Journal {
    began: Instant,
    began_micros: i64,
    pub(super) reads: Mutex<Vec<Read>>,
    pub(super) writes: Mutex<Vec<Write>>,
    pub(super) probes: Mutex<Vec<Probe>>,
    pub(super) faults: Mutex<Vec<Fault>>,
}

/// Who was asked: which node, and which of its processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) node: usize,
    pub(super) incarnation: u64,
}

/// A request for figures.
#[derive(Clone, Debug)]
pub(super) struct Read {
    pub(super) asked: Asked,
    pub(super) what: What,
    /// Whose session or token it was.
    pub(super) credential: usize,
    /// The write whose version it asked for.
    pub(super) min: Option<usize>,
    pub(super) sent: Time,
    pub(super) ended: Time,
    pub(super) outcome: Seen,
    /// How the node said it was just before, and just after.
    pub(super) around: Option<(Stats, Stats)>,
}

/// What can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum What {
    Dashboard,
    Overview,
    Charts,
    RecentUsers,
    RecentProposals,
}

impl What {
    pub(super) const EVERY: [Self; 5] =
        [Self::Dashboard, Self::Overview, Self::Charts, Self::RecentUsers, Self::RecentProposals];

    pub(super) const fn path(self) -> &'static str {
        match self {
            Self::Dashboard => "/api/v1/metrics/dashboard?period=7d&tz=UTC",
            Self::Overview => "/api/v1/metrics/overview?period=7d&tz=UTC",
            Self::Charts => "/api/v1/metrics/charts?period=7d&tz=UTC",
            Self::RecentUsers => "/api/v1/metrics/recent-users",
            Self::RecentProposals => "/api/v1/metrics/recent-proposals",
        }
    }
}

/// What a reader got.
#[derive(Clone, Debug)]
pub(super) enum Seen {
    Figures { parts: Vec<ShownPart>, age_secs: u64, cache_status: String },
    Problem(Problem),
}

/// What a client got instead of what it asked for.
#[derive(Clone, Debug)]
pub(super) enum Problem {
    /// An answer with another status.
    Status(u16, String),
    /// The connection broke, or could not be made.
    Broken(String),
    /// No answer came for as long as the client waited.
    TimedOut,
}

/// A write.
#[derive(Clone, Debug)]
pub(super) struct Write {
    pub(super) number: usize,
    /// For people.
    pub(super) about: String,
    /// What it makes old.
    pub(super) tags: &'static [Tag],
    pub(super) asked: Asked,
    pub(super) sent: Time,
    pub(super) ended: Time,
    /// The version that its answer told, whole for the tags that it makes old; or why there was no answer.
    pub(super) outcome: Result<Option<Version>, Problem>,
}

/// A look at `/cache/stats`.
#[derive(Clone, Debug)]
pub(super) struct Probe {
    pub(super) asked: Asked,
    pub(super) ended: Time,
    pub(super) stats: Stats,
}

/// What `/cache/stats` says of the node.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Stats {
    pub(super) bound: String,
    pub(super) max_secs: u64,
    pub(super) breaker: String,
    pub(super) failures: u64,
    pub(super) bus: String,
    pub(super) pending: usize,
    /// The versions known, of each tag by itself.
    pub(super) known: Version,
}

impl Write {
    /// Whether it makes this part of an answer old.
    pub(super) fn makes_old(&self, part: What) -> bool {
        part != What::RecentUsers || self.tags.iter().any(|tag| *tag != Tag::Leads)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status, detail) => write!(f, "{status}: {detail}"),
            Self::Broken(cause) => write!(f, "the connection broke: {cause}"),
            Self::TimedOut => f.write_str("no answer in time"),
        }
    }
}

impl fmt::Display for Write {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sent, ended) = (self.sent.as_secs_f64(), self.ended.as_secs_f64());
        let Self { number, about, asked, .. } = self;
        write!(f, "write {number} ({about}) by node {} (process {}), ", asked.node, asked.incarnation)?;
        write!(f, "sent {sent:.3} s, ended {ended:.3} s: ")?;
        match &self.outcome {
            Ok(Some(version)) => write!(f, "done, {version}"),
            Ok(None) => f.write_str("done, not all of it told yet"),
            Err(problem) => problem.fmt(f),
        }
    }
}

impl Stats {
    pub(super) fn of(body: &Value) -> Self {
        let instance = &body["instance"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Self {
            bound: text(&instance["stalenessBound"]["kind"]),
            max_secs: instance["stalenessBound"]["maxSecs"].as_u64().unwrap(),
            breaker: text(&instance["l2"]["breaker"]),
            failures: instance["l2"]["failures"].as_u64().unwrap(),
            bus: text(&instance["l2"]["bus"]["state"]),
            pending: instance["pendingTags"].as_array().unwrap().len(),
            known: Version::of_each(&instance["tagVersions"]),
        }
    }
}

/// Something that was broken on purpose.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    pub(super) about: String,
    pub(super) hits: Hits,
    /// Which node; all of them unless said.
    pub(super) node: Option<usize>,
    pub(super) from: Time,
    /// Not yet over unless said.
    pub(super) to: Option<Time>,
}

/// What a fault takes away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hits {
    Redis,
    Database,
    /// The process is gone or going.
    Process,
    /// The process is frozen. Its clocks run on, so that whatever it waits for may have taken too long when it wakes up.
    Sleep,
}

impl Journal {
    pub(super) fn begin() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        Self {
            began: Instant::now(),
            began_micros: i64::try_from(since.as_micros()).unwrap(),
            reads: Mutex::default(),
            writes: Mutex::default(),
            probes: Mutex::default(),
            faults: Mutex::default(),
        }
    }

    pub(super) fn now(&self) -> Time {
        self.began.elapsed()
    }

    /// The time that the machine's clock showed as so many microseconds since 1970; zero for what was before.
    pub(super) fn time_of(&self, micros: i64) -> Time {
        Duration::from_micros(u64::try_from(micros - self.began_micros).unwrap_or_default())
    }

    /// Notes that something is broken from now on; tell [`Self::ended`] what this returns.
    pub(super) fn broken(&self, hits: Hits, node: Option<usize>, about: &str) -> usize {
        let mut faults = lock(&self.faults);
        let (about, from) = (about.to_owned(), self.now());
        faults.push(Fault { about, hits, node, from, to: None });
        faults.len() - 1
    }

    pub(super) fn ended(&self, fault: usize) {
        lock(&self.faults)[fault].to = Some(self.now());
    }
}

impl Fault {
    /// Whether it was there for this node at some time from `from` to `to`, or so shortly before that its end may not be
    /// known everywhere.
    pub(super) fn touches(&self, node: usize, from: Time, to: Time, after_effect: Duration) -> bool {
        self.node.is_none_or(|hit| hit == node)
            && self.from <= to
            && self.to.is_none_or(|end| end + after_effect >= from)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>8.3} s: {}", self.from.as_secs_f64(), self.about)?;
        match self.to {
            Some(to) => write!(f, ", until {:.3} s", to.as_secs_f64()),
            None => write!(f, ", to the end"),
        }
    }
}

/// The list, whoever panicked while holding it.
pub(super) fn lock<T>(list: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    list.lock().unwrap_or_else(PoisonError::into_inner)
}
