//! The judge: given what was asked and answered, what was broken when, and by the database's own account what was true
//! when, it says what must not have happened. Nothing here depends on how fast anything was.
//!
//! Of each part of an answer it finds the states of the database that would show the same. There must be one, and the
//! newest must be as new as *the least* that this answer may show, which is the newest of these:
//!
//! - a write that the same process had answered before the question was sent (read your writes);
//! - a write whose version the question asked for (`X-Min-Data-Version`): also where an old value stands in;
//! - a write whose version the node had already said that it knows (`/cache/stats`);
//! - a write that was answered with its version, where the node says before and after that the bound is one round trip, and
//!   no call to Redis failed meanwhile;
//! - whatever was committed longer ago than a value may be fresh.

use std::{collections::HashMap, time::Duration};

use serde_json::Value;

use super::{
    journal::{Asked, Fault, Hits, Journal, Probe, Problem, Read, Seen, Stats, Time, What, Write, lock},
    node::{LOAD_HARD, TTL},
    shown::{ShownPart, Window, expected},
    state::{State, Transaction},
    version::Version,
    writer::{request_id, says_nothing_was_changed},
};

/// By so much may the clocks of Redis, PostgreSQL and the nodes, all of one machine, seem apart, with what they round.
const CLOCKS: Duration = Duration::from_secs(1);
/// So long after a fault has ended something that began before may still fail of it.
const AFTER_EFFECT: Duration = Duration::from_secs(LOAD_HARD.as_secs() + 1);
/// An answer that took longer tells of a machine on which loads take as long as they may, for everybody.
const SLOW: Duration = Duration::from_millis(500);
/// For so long after who asks was last looked up in the database are they let in without it (30 s), less a margin.
pub(super) const REMEMBERED: Duration = Duration::from_secs(20);
/// What is said of the first so many.
const MOST_TOLD: usize = 8;

/// What was special about a round.
#[derive(Clone, Copy, Debug)]
pub(super) struct Circumstances {
    /// What nodes remember of those who ask was made old now and then, as changes of users do.
    pub(super) ends_sessions: bool,
    /// Every node had looked up everybody who asks, and loaded everything, between these.
    pub(super) warmed: (Time, Time),
}

/// What the judge has seen.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    pub(super) violations: Vec<String>,
    pub(super) reads: usize,
    pub(super) stood_in: usize,
    pub(super) problems: usize,
    pub(super) writes: usize,
    pub(super) unknown: usize,
    /// How far behind the newest commit an answer on another node was, at most.
    pub(super) oldest: Time,
}

struct Judge<'a> {
    states: Vec<State>,
    /// When each state but the first came about.
    committed: Vec<Time>,
    writes: &'a [Write],
    /// The state that a write led to.
    led_to: HashMap<usize, usize>,
    probes: HashMap<(usize, u64), Vec<&'a Probe>>,
    faults: &'a [Fault],
    reads: &'a [Read],
    /// When answers were slow.
    slow: Vec<(Time, Time)>,
    circumstances: Circumstances,
    would_show: HashMap<(usize, What, Window), Value>,
}

/// Judges a round that began with the database in the state `base`.
pub(super) fn judge(
    journal: &Journal,
    base: State,
    transactions: &[Transaction],
    circumstances: Circumstances,
) -> Verdict {
    let (reads, writes, faults) = (lock(&journal.reads), lock(&journal.writes), lock(&journal.faults));
    let all_probes = lock(&journal.probes);
    let mut probes: HashMap<(usize, u64), Vec<&Probe>> = HashMap::new();
    for probe in &*all_probes {
        probes.entry((probe.asked.node, probe.asked.incarnation)).or_default().push(probe);
    }
    let mut states = vec![base];
    for transaction in transactions {
        let next = states.last().expect("the base").after(transaction);
        states.push(next);
    }
    let mut judge = Judge {
        states,
        committed: transactions.iter().map(|transaction| transaction.committed).collect(),
        writes: &writes,
        led_to: HashMap::new(),
        probes,
        faults: &faults,
        reads: &reads,
        slow: slow(&reads),
        circumstances,
        would_show: HashMap::new(),
    };
    let mut verdict = Verdict { reads: reads.len(), writes: writes.len(), ..Verdict::default() };
    judge.transactions(transactions, &mut verdict);
    judge.answers_to_writes(&mut verdict);
    for read in &*reads {
        judge.read(read, &mut verdict);
    }
    verdict
}

fn slow(reads: &[Read]) -> Vec<(Time, Time)> {
    let reads = reads.iter().map(|read| (read.sent, read.ended));
    reads.filter(|(sent, ended)| ended.saturating_sub(*sent) > SLOW).collect()
}

impl Judge<'_> {
    /// Each transaction is one request's, each request's is one, and each leaves the rows as they may be.
    fn transactions(&mut self, transactions: &[Transaction], verdict: &mut Verdict) {
        let numbers: HashMap<String, usize> =
            self.writes.iter().map(|write| (request_id(write.number), write.number)).collect();
        for (index, transaction) in transactions.iter().enumerate() {
            let number = transaction.request.as_ref().and_then(|request| numbers.get(request));
            match number {
                None => verdict.violate(format!("nobody asked for {transaction:?}")),
                Some(number) => {
                    if self.led_to.insert(*number, index + 1).is_some() {
                        verdict.violate(format!("done twice: {}", self.writes[*number]));
                    }
                }
            }
            if let Some(broken) = self.states[index + 1].broken_rule() {
                verdict.violate(format!("half done: {broken}, after {transaction:?}"));
            }
        }
    }

    /// No answer to a write was a lie, and each that was no success had a fault for a reason.
    fn answers_to_writes(&self, verdict: &mut Verdict) {
        for write in self.writes {
            let done = self.led_to.contains_key(&write.number);
            let Err(problem) = &write.outcome else {
                if !done {
                    verdict.violate(format!("answered as done, and it was not: {write}"));
                }
                continue;
            };
            if says_nothing_was_changed(problem) && done {
                verdict.violate(format!("answered as not done, and it was: {write}"));
            }
            verdict.unknown += 1;
            if !self.excuses_write(write, problem) {
                verdict.violate(format!("for no reason: {write}"));
            }
        }
    }

    fn excuses_write(&self, write: &Write, problem: &Problem) -> bool {
        let is_hit = |hits| self.is_hit(hits, Some(write.asked), write.sent, write.ended);
        let is_anybody_hit = |hits| self.is_hit(hits, None, write.sent, write.ended);
        match problem {
            // Who slept for longer than a client may take to ask says so to the first that comes (see `excuses_read`).
            Problem::Status(408, _) => is_hit(Hits::Sleep),
            // And for longer than it waits for the database, that this does not answer.
            Problem::Status(503, _) => is_hit(Hits::Database) || is_hit(Hits::Sleep),
            Problem::Status(..) => false,
            Problem::Broken(_) => is_hit(Hits::Process) || is_hit(Hits::Sleep),
            // A transaction that hangs elsewhere may hold a row.
            Problem::TimedOut => [Hits::Process, Hits::Sleep, Hits::Database].into_iter().any(is_anybody_hit),
        }
    }

    fn read(&mut self, read: &Read, verdict: &mut Verdict) {
        let (parts, age_secs) = match &read.outcome {
            Seen::Figures { parts, age_secs, .. } => (parts, *age_secs),
            Seen::Problem(problem) => {
                verdict.problems += 1;
                if !self.excuses_read(read, problem) {
                    verdict.violate(format!("for no reason: {}", told(read)));
                }
                return;
            }
        };
        if parts.iter().any(|part| part.stale) {
            verdict.stood_in += 1;
        } else if Duration::from_secs(age_secs)
            > self.longest_fresh(read) + read.ended.saturating_sub(read.sent)
        {
            verdict.violate(format!("older than it may be: {}", told(read)));
        }
        for part in parts {
            let (least, why) = self.least(read, part);
            let shows = self.newest_shown(part, least, read);
            match shows {
                Some(index) if index >= least => {
                    if let Some(next) = self.committed.get(index).filter(|next| **next < read.sent)
                        && !part.stale
                    {
                        verdict.oldest = verdict.oldest.max(read.sent.saturating_sub(*next));
                    }
                }
                Some(index) => verdict.violate(format!(
                    "stale: {:?} shows state {index} (followed by another at {:?}) and may show none before {least}, as \
                     {why}: {}",
                    part.part,
                    self.committed.get(index),
                    told(read),
                )),
                None => verdict.violate(format!(
                    "wrong: {:?} equals no state there ever was: {}; the newest state by then would show {}: {}",
                    part.part,
                    part.value,
                    expected(part.part, &self.states[self.newest_by(read.ended)], part.window),
                    told(read),
                )),
            }
        }
    }

    /// The newest state that a part may be of; first looked for from `least` on.
    fn newest_shown(&mut self, part: &ShownPart, least: usize, read: &Read) -> Option<usize> {
        let newest = self.newest_by(read.ended + CLOCKS);
        let later = (least..=newest).rev();
        later.chain((0..least).rev()).find(|index| {
            let states = &self.states;
            let would = self
                .would_show
                .entry((*index, part.part, part.window))
                .or_insert_with(|| expected(part.part, &states[*index], part.window));
            *would == part.value
        })
    }

    /// The newest state at a time.
    fn newest_by(&self, time: Time) -> usize {
        self.committed.iter().filter(|committed| **committed <= time).count()
    }

    /// The oldest state that a part may show, and why.
    fn least(&self, read: &Read, part: &ShownPart) -> (usize, String) {
        let mut least = (0, String::new());
        let mut demand = |index: usize, why: &dyn Fn() -> String| {
            if index > least.0 {
                least = (index, why());
            }
        };
        let makes_old = |number: &usize| self.writes[*number].makes_old(part.part);
        if let Some(state) = read.min.filter(makes_old).and_then(|number| self.led_to.get(&number)) {
            demand(*state, &|| "it asked for the version of a later write".to_owned());
        }
        if part.stale {
            return least;
        }
        let long_ago = read.sent.saturating_sub(self.longest_fresh(read) + CLOCKS);
        demand(self.newest_by(long_ago), &|| format!("that is all that was older than {TTL:?}"));
        let known = self.known(read.asked, read.sent);
        let asks_redis = read.around.as_ref().is_some_and(|(before, after)| is_round_trip(before, after));
        let before = |write: &&Write| write.ended <= read.sent && write.makes_old(part.part);
        for write in self.writes.iter().filter(before) {
            let (Ok(version), Some(state)) = (&write.outcome, self.led_to.get(&write.number)) else {
                continue;
            };
            if write.asked == read.asked {
                demand(*state, &|| format!("the same process has answered {}", write.about));
            }
            if let Some(version) = version {
                if known.is_some_and(|known| known.covers(version)) {
                    demand(*state, &|| {
                        format!("the node had said that it knows {version} of {}", write.about)
                    });
                }
                if asks_redis {
                    demand(*state, &|| {
                        format!("the node asks Redis first, which has acknowledged {}", write.about)
                    });
                }
            }
        }
        least
    }

    /// What the process had last said that it knows.
    fn known(&self, asked: Asked, by: Time) -> Option<Version> {
        let probes = self.probes.get(&(asked.node, asked.incarnation))?;
        probes.iter().rfind(|probe| probe.ended <= by).map(|probe| probe.stats.known)
    }

    /// As old may an answer be that nothing is said of; while the database or the machine is slow, also as long as loading may
    /// take; and where the process slept over a load, as long as that, too.
    fn longest_fresh(&self, read: &Read) -> Duration {
        let began = read.sent.saturating_sub(TTL + LOAD_HARD);
        let slow = self.slow.iter().any(|(from, to)| *from <= read.ended && *to >= began);
        let sleeps = self.faults.iter().filter(|fault| {
            fault.hits == Hits::Sleep && fault.touches(read.asked.node, began, read.ended, AFTER_EFFECT)
        });
        let slept: Duration =
            sleeps.map(|fault| fault.to.unwrap_or(read.ended).saturating_sub(fault.from)).sum();
        if slow || slept > Duration::ZERO || self.is_hit(Hits::Database, Some(read.asked), began, read.ended)
        {
            TTL + LOAD_HARD + slept
        } else {
            TTL
        }
    }

    fn excuses_read(&self, read: &Read, problem: &Problem) -> bool {
        let is_hit = |hits| self.is_hit(hits, Some(read.asked), read.sent, read.ended);
        match problem {
            // How long clients take to ask is measured from a time that the server reads twice a second. After a sleep it is
            // as old as that, and the first connections have run out of time when they are taken. Nothing was done for them.
            Problem::Status(408, _) => is_hit(Hits::Sleep),
            // A load that the process slept over was given up as soon as it woke, like one that the database did not answer.
            Problem::Status(503, detail) if detail.contains("figures") => {
                (is_hit(Hits::Database) || is_hit(Hits::Sleep)) && (read.min.is_some() || !self.has_had(read))
            }
            // So was the question who asks.
            Problem::Status(503, _) if is_hit(Hits::Sleep) => true,
            // Nobody can say who asks.
            Problem::Status(503, _) => {
                let (from, to) = self.circumstances.warmed;
                let forgotten = self.circumstances.ends_sessions
                    || read.ended > from + REMEMBERED
                    || !self.reads.iter().any(|warm| {
                        warm.asked == read.asked && warm.credential == read.credential && warm.ended <= to
                    })
                    || self.faults.iter().any(|fault| fault.hits == Hits::Redis && fault.to.is_some());
                forgotten && is_hit(Hits::Database)
            }
            Problem::Status(..) => false,
            Problem::Broken(_) | Problem::TimedOut => is_hit(Hits::Process) || is_hit(Hits::Sleep),
        }
    }

    /// Whether the same process had answered the same question before the database was hit, or it fell asleep.
    fn has_had(&self, read: &Read) -> bool {
        let hit = |fault: &&Fault| {
            matches!(fault.hits, Hits::Database | Hits::Sleep)
                && fault.touches(read.asked.node, read.sent, read.ended, AFTER_EFFECT)
        };
        let Some(since) = self.faults.iter().filter(hit).map(|fault| fault.from).min() else { return true };
        self.reads.iter().any(|other| {
            other.asked == read.asked
                && other.what == read.what
                && other.ended <= since
                && matches!(other.outcome, Seen::Figures { .. })
        })
    }

    /// Whether something of the kind was broken for this node, or any, between these times.
    fn is_hit(&self, hits: Hits, asked: Option<Asked>, from: Time, to: Time) -> bool {
        self.faults.iter().filter(|fault| fault.hits == hits).any(|fault| {
            let node = asked.map(|asked| asked.node).or(fault.node).unwrap_or_default();
            fault.touches(node, from, to, AFTER_EFFECT)
        })
    }
}

impl Verdict {
    fn violate(&mut self, what: String) {
        self.violations.push(what);
    }

    /// # Panics
    /// Where something happened that must not.
    pub(super) fn assert_clean(&self, journal: &Journal, logs: impl Fn() -> String) {
        if self.violations.is_empty() {
            return;
        }
        let faults: Vec<String> = lock(&journal.faults).iter().map(ToString::to_string).collect();
        let told = self.violations.iter().take(MOST_TOLD).cloned().collect::<Vec<_>>().join("\n\n");
        let count = self.violations.len();
        println!("{}", logs());
        panic!("{count} times something happened that must not.\nFaults:\n{}\n\n{told}", faults.join("\n"));
    }
}

/// Whether the node said both times that it asks Redis before every answer, and Redis has answered in between.
fn is_round_trip(before: &Stats, after: &Stats) -> bool {
    let asks = |stats: &Stats| stats.bound == "round_trip" && stats.breaker == "closed";
    asks(before) && asks(after) && before.failures == after.failures
}

/// A read, for people.
fn told(read: &Read) -> String {
    let outcome = match &read.outcome {
        Seen::Figures { age_secs, cache_status, .. } => {
            format!("Age: {age_secs}, Cache-Status: {cache_status}")
        }
        Seen::Problem(problem) => problem.to_string(),
    };
    let (sent, ended) = (read.sent.as_secs_f64(), read.ended.as_secs_f64());
    let around = read.around.as_ref().map(|(before, after)| format!(" between {before:?} and {after:?}"));
    format!(
        "{:?} of node {} (process {}) by {}, min: {:?}, sent {sent:.3} s, ended {ended:.3} s: {outcome}{}",
        read.what,
        read.asked.node,
        read.asked.incarnation,
        read.credential,
        read.min,
        around.unwrap_or_default(),
    )
}
