//! What is known from outside of the engine, and what must follow from it. The fakes tell the oracle whatever a process is
//! told, in the very poll in which it is told; so the oracle knows which version each process knows, what that version
//! stands for, and whether the process's bus can be relied on, without looking into the engine.
//!
//! `seq` orders events also within one instant: a load with a `begun` above an invalidation's `seq` began after it.

use std::fmt;

use domain::invalidation::{CacheTag, CacheTags};
use infra::cache::{DataVersion, key::Key, versions::PerTag};

use crate::{
    coverage::Sighting,
    database::{Rows, TABLES},
    executor::Owner,
    network::Kind,
    plan::L2_TIMEOUT,
    world::{State, World},
};

/// What is promised; the numbers are those of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Promise {
    /// 1
    ReadYourWrites,
    /// 2
    BoundedStaleness,
    /// 3
    NoStaleSet,
    /// 4
    Ttl,
    /// 4, of what stands in.
    StandIn,
    /// 5
    OneLoad,
    /// 6
    NeverFails,
    /// 8
    Commands,
    /// What an answer and a write say of their data's version.
    DataVersion,
    /// A value is never another key's.
    RightValue,
    /// Once troubles end, so do their traces.
    Convergence,
}

impl fmt::Display for Promise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ReadYourWrites => "1 read-your-writes",
            Self::BoundedStaleness => "2 bounded staleness",
            Self::NoStaleSet => "3 no stale set",
            Self::Ttl => "4 TTL",
            Self::StandIn => "4 stand-ins",
            Self::OneLoad => "5 one load",
            Self::NeverFails => "6 never fails",
            Self::Commands => "8 commands",
            Self::DataVersion => "honest data version",
            Self::RightValue => "right value",
            Self::Convergence => "convergence",
        })
    }
}

/// A promise broken.
#[derive(Clone, Debug)]
pub struct Violation {
    /// Which.
    pub promise: Promise,
    /// How.
    pub what: String,
    /// When, µs.
    pub at: u64,
}

/// How a process came to know a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A message.
    Bus,
    /// A reply to a read or a store.
    Read,
    /// The reply to a reading of all versions.
    ReadingAll,
    /// A reply to a script that made it.
    Script,
}

/// A version that Redis made.
#[derive(Clone, Copy, Debug)]
struct Made {
    version: u64,
    seq: u64,
    at: u64,
    is_bump: bool,
    lost: bool,
}

/// All that is known.
pub struct Facts {
    made: [Vec<Made>; CacheTag::EVERY.len()],
    /// Of each machine, the process that runs there.
    pub processes: Vec<Process>,
    /// How far Redis's clock has jumped in all, µs.
    pub jumps: u64,
    /// Whether it went back.
    pub went_back: bool,
    /// How late a store was executed at most whose writer could not tell when its entries were created, µs.
    pub undated: u64,
    /// How long processes stood still in all, µs.
    pub frozen: u64,
    /// Whether anything untoward has happened yet.
    pub troubled: bool,
    /// The version each client last saw.
    pub tokens: Vec<DataVersion>,
    next: u64,
}

/// What is known of a process.
pub struct Process {
    /// Which.
    pub owner: Owner,
    /// Since when it ends, if it does.
    pub stopping: bool,
    own: PerTag<u64>,
    own_rows: Rows,
    told_version: PerTag<u64>,
    told_floor: PerTag<u64>,
    bus_told: PerTag<u64>,
    subscribed_at: Option<u64>,
    must_read_after: u64,
    read_all_at: u64,
    ahead: Vec<Ahead>,
    changed: u64,
    /// Until when invalidations of unknown outcome are repeated, µs.
    repeats_until: u64,
    failures_in_row: u32,
    failed_at: u64,
    /// Calls sent, by kind.
    pub sent: [u64; 6],
    reads: Vec<ReadUnderWay>,
    ops: Vec<Op>,
    running: Vec<usize>,
    crowded_at: u64,
    resyncs_done: u64,
    resync_done_at: u64,
    failures: Vec<(Key, u64, u64)>,
    shown: Vec<(Key, u64, DataVersion)>,
    started_ops: u64,
}

#[derive(Clone, Copy)]
struct Ahead {
    due: u64,
    tag: CacheTag,
    version: u64,
}

struct ReadUnderWay {
    number: u64,
    keys: Vec<String>,
    lower: u64,
}

struct Op {
    number: u64,
    started: u64,
    ended_at: Option<u64>,
    key: Key,
    has_min: bool,
}

/// What an answer to a read that begins now must hold.
#[derive(Clone, Debug)]
pub struct Expected {
    /// The read.
    pub op: u64,
    /// Its beginning in the order of all that happens.
    pub seq: u64,
    /// Its beginning, µs.
    pub at: u64,
    own: PerTag<u64>,
    own_rows: Rows,
    told: PerTag<u64>,
    /// What asking Redis would show, where the process has to ask and can.
    asked: Option<PerTag<u64>>,
    ready: bool,
    sent: [u64; 6],
    /// Whether nobody else was under way.
    alone: bool,
    started_ops: u64,
}

/// A key that failed is left alone for so long, µs.
const BACK_OFF_MICROS: u64 = 1_000_000;
/// What a process does in one go may take so long in all, µs.
const SLACK_MICROS: u64 = 5_000;
/// The bus may be behind what a read has shown for a second, and for another one if it was behind already.
const PATIENCE_MICROS: u64 = 2_300_000;
/// What a read sets going behind its answer (a refresh: a question to Redis, then a load) has begun by then, µs.
const BEHIND_MICROS: u64 = 600_000;
/// Where readings of all versions are counted.
const READ_ALL: usize = 5;
/// Loads that run at once.
const SLOTS: usize = 8;
/// Most that is repeated of an invalidation of unknown outcome, and some more, µs.
const REPEATS_MICROS: u64 = 130_000_000;

impl Facts {
    /// Of so many machines.
    pub fn new(machines: usize) -> Self {
        Self {
            made: Default::default(),
            processes: (0..machines).map(|_| Process::new(Owner::WORLD)).collect(),
            jumps: 0,
            undated: 0,
            frozen: 0,
            went_back: false,
            troubled: false,
            tokens: vec![DataVersion::default(); crate::plan::CLIENTS],
            next: 0,
        }
    }

    /// The process of `owner`, if it still runs.
    pub fn process(&mut self, owner: Owner) -> Option<&mut Process> {
        if owner == Owner::WORLD {
            return None;
        }
        self.processes.iter_mut().find(|process| process.owner == owner)
    }

    /// What Redis made since `since`, µs, is lost to those who were not told.
    pub fn lose_since(&mut self, since: u64) {
        for made in self.made.iter_mut().flatten().filter(|made| made.at >= since) {
            made.lost = true;
        }
    }

    /// The last invalidation of `tag` that a process must know of that knows `version`.
    fn floor_of(&self, tag: CacheTag, version: u64) -> u64 {
        let made = &self.made[tag.index()];
        let Some(at) = made.iter().rposition(|made| made.version == version) else { return 0 };
        made[..=at]
            .iter()
            .rev()
            .find(|made| made.is_bump && made.version <= version)
            .map_or(0, |made| made.seq)
    }

    /// The last invalidation of `tag` with at most `version`.
    fn claimed_by(&self, tag: CacheTag, version: u64) -> u64 {
        let made = self.made[tag.index()].iter().rev();
        made.filter(|made| made.is_bump && made.version <= version).map(|made| made.seq).max().unwrap_or(0)
    }

    /// The last invalidation of `tag` that asking Redis shows.
    fn newest(&self, tag: CacheTag) -> u64 {
        self.newest_until(tag, u64::MAX)
    }

    /// The same when `seq` was now.
    fn newest_until(&self, tag: CacheTag, seq: u64) -> u64 {
        let made = self.made[tag.index()].iter().rev().filter(|made| made.seq <= seq);
        made.filter(|made| made.is_bump && !made.lost).map(|made| made.seq).next().unwrap_or(0)
    }
}

impl Process {
    /// One that has just been started.
    pub fn new(owner: Owner) -> Self {
        Self {
            owner,
            stopping: false,
            own: PerTag::default(),
            own_rows: Rows::default(),
            told_version: PerTag::default(),
            told_floor: PerTag::default(),
            bus_told: PerTag::default(),
            subscribed_at: None,
            must_read_after: 0,
            read_all_at: 0,
            ahead: Vec::new(),
            changed: 0,
            repeats_until: 0,
            failures_in_row: 0,
            failed_at: 0,
            sent: [0; 6],
            reads: Vec::new(),
            ops: Vec::new(),
            running: Vec::new(),
            crowded_at: 0,
            resyncs_done: 0,
            resync_done_at: 0,
            failures: Vec::new(),
            shown: Vec::new(),
            started_ops: 0,
        }
    }

    /// Whether it may rely on the bus: subscribed, and all versions read since, and no gap that it has had to notice.
    pub fn is_ready(&self, now: u64) -> bool {
        let Some(subscribed_at) = self.subscribed_at else { return false };
        let behind = |ahead: &Ahead| now >= ahead.due && self.bus_told[ahead.tag] < ahead.version;
        self.read_all_at > subscribed_at.max(self.must_read_after) && !self.ahead.iter().any(behind)
    }

    /// Whether its calls have lately succeeded.
    pub fn is_clean(&self) -> bool {
        self.failures_in_row == 0
    }

    /// The beginning of the earliest read that may have to do with what happens now.
    fn lower(&self, now: u64) -> u64 {
        let open = self.ops.iter().filter(|op| op.ended_at.is_none_or(|at| now < at + BEHIND_MICROS));
        open.map(|op| op.started).min().unwrap_or(u64::MAX)
    }

    fn has_min(&self, key: &Key) -> bool {
        let concerns = |op: &Op| op.key == *key || op.key.parts().is_some_and(|parts| parts.contains(key));
        self.ops.iter().any(|op| op.has_min && concerns(op))
    }
}

impl State {
    /// Redis made a version.
    pub fn made(&mut self, now: u64, tag: CacheTag, version: u64, is_bump: bool) {
        let seq = self.tick();
        self.facts.made[tag.index()].push(Made { version, seq, at: now, is_bump, lost: false });
    }

    /// `owner` was told a version.
    pub fn told(&mut self, world: &World, owner: Owner, tag: CacheTag, version: u64, source: Source) {
        let seq = self.tick();
        let floor = self.facts.floor_of(tag, version);
        let Some(process) = self.facts.process(owner) else { return };
        if source == Source::Bus {
            process.bus_told[tag] = process.bus_told[tag].max(version);
        }
        if version <= process.told_version[tag] {
            return;
        }
        if source == Source::Read && version > process.bus_told[tag] && process.is_ready(world.now()) {
            process.ahead.push(Ahead { due: world.now() + PATIENCE_MICROS, tag, version });
        }
        process.told_version[tag] = version;
        process.told_floor[tag] = process.told_floor[tag].max(floor);
        process.changed = seq;
    }

    /// `owner`'s subscription is acknowledged.
    pub fn subscribed(&mut self, owner: Owner) {
        let seq = self.tick();
        if let Some(process) = self.facts.process(owner) {
            process.subscribed_at = Some(seq);
        }
    }

    /// `owner` knows that its subscription has ended.
    pub fn unsubscribed(&mut self, owner: Owner) {
        self.tick();
        if let Some(process) = self.facts.process(owner) {
            process.subscribed_at = None;
        }
    }

    /// `owner` got something on the bus that it cannot read.
    pub fn must_read_all(&mut self, owner: Owner) {
        let seq = self.tick();
        if let Some(process) = self.facts.process(owner) {
            process.must_read_after = seq;
        }
    }

    /// `owner` has the reply to a reading of all versions that Redis gave at `seq`.
    pub fn read_all(&mut self, now: u64, owner: Owner, seq: u64) {
        if let Some(process) = self.facts.process(owner) {
            process.read_all_at = process.read_all_at.max(seq);
            process.ahead.clear();
            process.resyncs_done += 1;
            process.resync_done_at = now;
        }
    }

    /// A call of `owner`'s failed, or it gave it up.
    pub fn failed(&mut self, owner: Owner, number: u64) {
        let seq = self.tick();
        self.facts.troubled = true;
        if let Some(process) = self.facts.process(owner) {
            process.failures_in_row += 1;
            process.failed_at = seq;
            process.reads.retain(|read| read.number != number);
        }
    }

    /// A call of `owner`'s succeeded.
    pub fn succeeded(&mut self, owner: Owner, number: u64, kind: &Kind) {
        if let Some(process) = self.facts.process(owner) {
            if *kind != Kind::Subscribe {
                process.failures_in_row = 0;
            }
            if matches!(kind, Kind::Start(_)) {
                // Perhaps the end of a reading of all versions; whatever was behind is not any more.
                process.ahead.clear();
            }
            process.reads.retain(|read| read.number != number);
        }
    }

    /// `owner` is about to invalidate `tags`.
    pub fn invalidated(&mut self, owner: Owner, tags: CacheTags, repeats_from: Option<u64>) -> u64 {
        let seq = self.tick();
        if let Some(process) = self.facts.process(owner) {
            for tag in tags.iter() {
                process.own[tag] = seq;
            }
            process.changed = seq;
            if let Some(from) = repeats_from {
                process.repeats_until = process.repeats_until.max(from + REPEATS_MICROS);
            }
        }
        seq
    }

    /// `owner` has committed and invalidated: from here on its readers see `rows`.
    pub fn written(&mut self, owner: Owner, rows: Rows) {
        self.tick();
        if let Some(process) = self.facts.process(owner) {
            for (mine, row) in process.own_rows.iter_mut().zip(rows) {
                *mine = (*mine).max(row);
            }
        }
    }

    /// Whether what a write's client is told of its version is true: some invalidation since `seq` has at most that.
    pub fn tells_own_write(&self, tags: CacheTags, told: &DataVersion, seq: u64) -> bool {
        tags.iter().all(|tag| {
            told.get(tag).is_none_or(|version| {
                let mut made = self.facts.made[tag.index()].iter();
                made.any(|made| made.is_bump && made.seq > seq && made.version <= version)
            })
        })
    }

    /// Whether all versions that Redis had when `seq` was now are known to `owner`.
    pub fn knows_all(&mut self, owner: Owner, seq: u64) -> bool {
        let newest = |tag: &CacheTag| (*tag, self.facts.newest_until(*tag, seq));
        let newest: Vec<_> = CacheTag::OF_ANSWERS.iter().map(newest).collect();
        let Some(process) = self.facts.process(owner) else { return true };
        newest.iter().all(|(tag, seq)| process.told_floor[*tag] >= *seq)
    }

    /// A read begins.
    pub fn begin(&mut self, now: u64, owner: Owner, key: Key, has_min: bool) -> Option<Expected> {
        let seq = self.tick();
        self.facts.next += 1;
        let op = self.facts.next;
        let newest: Vec<_> = CacheTag::EVERY.iter().map(|tag| self.facts.newest(*tag)).collect();
        let frozen_until = self.machine_of(owner).map_or(0, |at| self.machines[at].frozen_until);
        let process = self.facts.process(owner)?;
        process.ops.retain(|op| op.ended_at.is_none_or(|at| now < at + BEHIND_MICROS));
        // Nor has one just ended that may have left a refresh behind.
        let alone = process.ops.is_empty();
        process.ops.push(Op { number: op, started: seq, ended_at: None, key, has_min });
        process.started_ops += 1;
        // Just thawed, its tasks have not all had their turn.
        let ready = process.is_ready(now) || (process.subscribed_at.is_some() && now < frozen_until + 50_000);
        let mut asked = PerTag::default();
        for tag in CacheTag::EVERY {
            asked[tag] = newest[tag.index()];
        }
        Some(Expected {
            op,
            seq,
            at: now,
            own: process.own,
            own_rows: process.own_rows,
            told: process.told_floor,
            asked: (!ready && process.is_clean()).then_some(asked),
            ready: ready && process.sent[READ_ALL] == process.resyncs_done,
            sent: process.sent,
            alone,
            started_ops: process.started_ops,
        })
    }

    /// A read has ended, one way or other.
    pub fn end(&mut self, now: u64, owner: Owner, op: u64) {
        if let Some(process) = self.facts.process(owner) {
            for open in process.ops.iter_mut().filter(|open| open.number == op) {
                open.ended_at = Some(now);
            }
        }
    }
}

impl World {
    /// `owner` sends a call; gives its number.
    pub fn sent(&self, state: &mut State, owner: Owner, kind: &Kind) -> u64 {
        state.facts.next += 1;
        let number = state.facts.next;
        let now = self.now();
        let Some(process) = state.facts.process(owner) else { return number };
        let index = match kind {
            Kind::Read(keys, tags) if keys.is_empty() && *tags == CacheTags::EVERY => READ_ALL,
            Kind::Read(..) => 0,
            Kind::Bump(_) => 1,
            Kind::Start(_) => 2,
            Kind::Store(_) => 3,
            Kind::Subscribe => 4,
        };
        process.sent[index] += 1;
        if let Kind::Read(keys, _) = kind
            && !keys.is_empty()
        {
            let lower = process.lower(now);
            // Before a reading of all versions has ended, the bus cannot be relied on, and fewer reads are shared.
            let settled = process.sent[READ_ALL] == process.resyncs_done
                && now > process.resync_done_at + BEHIND_MICROS;
            let unchanged = settled && process.changed < lower && now > process.repeats_until;
            let twice = process
                .reads
                .iter()
                .find(|read| process.changed < read.lower && read.keys.iter().any(|key| keys.contains(key)));
            let doubled = unchanged && twice.is_some();
            process.reads.push(ReadUnderWay { number, keys: keys.clone(), lower });
            if doubled {
                self.violate(state, Promise::Commands, || {
                    format!("process {} reads {keys:?} while the same is already being read", owner.0)
                });
            }
        }
        number
    }

    /// A load has begun.
    pub fn load_begun(&self, state: &mut State, number: usize) {
        let now = self.now();
        let (owner, key) = (state.database.loads[number].owner, state.database.loads[number].key);
        let database = &state.database;
        let Some(process) = state.facts.process_of(owner) else { return };
        let lower = process.lower(now);
        let hard = micros(self.settings.load_hard);
        let waited = process.crowded_at > 0 && now < process.crowded_at + 2 * hard;
        let calm = now > process.repeats_until && !process.has_min(&key) && !waited;
        let twice = process.running.iter().find(|other| database.loads[**other].key == key).copied();
        let shared = calm && process.changed < lower && twice.is_some();
        let failed = process.failures.iter().rev().find(|(of, ..)| *of == key).copied();
        let early =
            failed.filter(|(_, seq, at)| now < at + BACK_OFF_MICROS - 1000 && *seq < lower && !waited);
        process.running.push(number);
        if process.running.len() >= SLOTS {
            process.crowded_at = now;
        }
        let doubled = twice.filter(|_| shared);
        if let Some(other) = doubled
            && process.lower_of_running(database, other) > process.changed
        {
            self.violate(state, Promise::OneLoad, || {
                format!("process {} begins load {number} of {} while load {other} of it runs, and nothing has changed",
                    owner.0, key.text())
            });
        } else if early.is_some() {
            self.violate(state, Promise::OneLoad, || {
                format!(
                    "process {} begins load {number} of {} within a second of a failure",
                    owner.0,
                    key.text()
                )
            });
        }
    }

    /// A load has ended by itself.
    pub fn load_ended(&self, state: &mut State, number: usize, failed: bool) {
        let now = self.now();
        let seq = state.tick();
        let load = &mut state.database.loads[number];
        load.ended_at = Some(now);
        load.failed = failed;
        let (owner, key) = (load.owner, load.key);
        self.tell(|| format!("  load {number} {}", if failed { "fails" } else { "ends" }));
        if let Some(process) = state.facts.process(owner) {
            process.running.retain(|other| *other != number);
            if failed {
                process.failures.push((key, seq, now));
            } else {
                process.failures.retain(|(of, ..)| *of != key);
            }
        }
    }

    /// A load was dropped in its course.
    pub fn load_given_up(&self, state: &mut State, number: usize) {
        let now = self.now();
        let seq = state.tick();
        let load = &mut state.database.loads[number];
        load.ended_at = Some(now);
        load.failed = true;
        let (owner, key, begun_at) = (load.owner, load.key, load.begun_at);
        let hard = micros(self.settings.load_hard);
        let Some(machine) = state.machine_of(owner) else { return };
        let frozen = state.machines[machine].frozen_until + 50_000 > begun_at;
        self.tell(|| format!("  load {number} is given up"));
        state.coverage.saw(Sighting::LoadGivenUp);
        let Some(process) = state.facts.process(owner) else { return };
        process.running.retain(|other| *other != number);
        process.failures.push((key, seq, now));
        let waited_for_a_slot = now < process.crowded_at + 2 * hard && process.crowded_at > 0;
        if now - begun_at + 1000 < hard && !waited_for_a_slot && !frozen && !process.stopping {
            self.violate(state, Promise::OneLoad, || {
                format!("load {number} was given up {} ms after its beginning", (now - begun_at) / 1000)
            });
        }
    }

    /// Loads of `owner` that should have been given up.
    pub fn check_hung(&self, state: &mut State, owner: Owner) {
        let now = self.now();
        let Some(machine) = state.machine_of(owner) else { return };
        let frozen_until = state.machines[machine].frozen_until;
        let hard = micros(self.settings.load_hard);
        let database = &state.database;
        let Some(process) = state.facts.process_of(owner) else { return };
        let hung = process.running.iter().copied().find(|number| {
            let since = database.loads[*number].begun_at.max(frozen_until);
            since + hard + 50_000 < now
        });
        if let Some(number) = hung {
            self.violate(state, Promise::OneLoad, || format!("load {number} runs past the hard limit"));
        }
    }
}

impl Facts {
    /// The same as [`Self::process`], for a caller that looks at the rest too.
    fn process_of(&mut self, owner: Owner) -> Option<&mut Process> {
        self.process(owner)
    }
}

impl Process {
    /// When the load `number` may have been boarded at the earliest.
    fn lower_of_running(&self, database: &crate::database::Database, number: usize) -> u64 {
        let begun = database.loads[number].begun;
        // Boarded by a read that began before; reads that ended long before have nothing to do with it.
        let ops = self.ops.iter().filter(|op| op.started < begun);
        ops.map(|op| op.started).min().unwrap_or(0)
    }
}

/// Whole microseconds.
pub fn micros(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

mod judge;
