//! What is known: every version that Redis made, and of each process what it was told and what it has under way.

use domain::invalidation::CacheTag;
use infra::cache::{DataVersion, key::Key, versions::PerTag};

use super::BEHIND_MICROS;
use crate::{database::Rows, executor::Owner};

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
pub(super) struct Made {
    pub(super) version: u64,
    pub(super) seq: u64,
    pub(super) at: u64,
    pub(super) is_bump: bool,
    pub(super) lost: bool,
}

/// All that is known.
pub struct Facts {
    pub(super) made: [Vec<Made>; CacheTag::EVERY.len()],
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
    pub(super) next: u64,
}

/// What is known of a process.
pub struct Process {
    /// Which.
    pub owner: Owner,
    /// Since when it ends, if it does.
    pub stopping: bool,
    pub(super) own: PerTag<u64>,
    pub(super) own_rows: Rows,
    pub(super) told_version: PerTag<u64>,
    pub(super) told_floor: PerTag<u64>,
    pub(super) bus_told: PerTag<u64>,
    pub(super) subscribed_at: Option<u64>,
    pub(super) must_read_after: u64,
    pub(super) read_all_at: u64,
    pub(super) ahead: Vec<Ahead>,
    pub(super) changed: u64,
    /// Until when invalidations of unknown outcome are repeated, µs.
    pub(super) repeats_until: u64,
    pub(super) failures_in_row: u32,
    pub(super) failed_at: u64,
    /// Calls sent, by kind.
    pub sent: [u64; 6],
    pub(super) reads: Vec<ReadUnderWay>,
    pub(super) ops: Vec<Op>,
    pub(super) running: Vec<usize>,
    pub(super) crowded_at: u64,
    pub(super) resyncs_done: u64,
    pub(super) resync_done_at: u64,
    pub(super) failures: Vec<(Key, u64, u64)>,
    pub(super) shown: Vec<(Key, u64, DataVersion)>,
    pub(super) started_ops: u64,
}

#[derive(Clone, Copy)]
pub(super) struct Ahead {
    pub(super) due: u64,
    pub(super) tag: CacheTag,
    pub(super) version: u64,
}

pub(super) struct ReadUnderWay {
    pub(super) number: u64,
    pub(super) keys: Vec<String>,
    pub(super) lower: u64,
}

pub(super) struct Op {
    pub(super) number: u64,
    pub(super) started: u64,
    pub(super) ended_at: Option<u64>,
    pub(super) key: Key,
    pub(super) has_min: bool,
}

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
    pub(super) fn floor_of(&self, tag: CacheTag, version: u64) -> u64 {
        let made = &self.made[tag.index()];
        let Some(at) = made.iter().rposition(|made| made.version == version) else { return 0 };
        made[..=at]
            .iter()
            .rev()
            .find(|made| made.is_bump && made.version <= version)
            .map_or(0, |made| made.seq)
    }

    /// The last invalidation of `tag` with at most `version`.
    pub(super) fn claimed_by(&self, tag: CacheTag, version: u64) -> u64 {
        let made = self.made[tag.index()].iter().rev();
        made.filter(|made| made.is_bump && made.version <= version).map(|made| made.seq).max().unwrap_or(0)
    }

    /// The last invalidation of `tag` that asking Redis shows.
    pub(super) fn newest(&self, tag: CacheTag) -> u64 {
        self.newest_until(tag, u64::MAX)
    }

    /// The same when `seq` was now.
    pub(super) fn newest_until(&self, tag: CacheTag, seq: u64) -> u64 {
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
    pub(super) fn lower(&self, now: u64) -> u64 {
        let open = self.ops.iter().filter(|op| op.ended_at.is_none_or(|at| now < at + BEHIND_MICROS));
        open.map(|op| op.started).min().unwrap_or(u64::MAX)
    }

    pub(super) fn has_min(&self, key: &Key) -> bool {
        let concerns = |op: &Op| op.key == *key || op.key.parts().is_some_and(|parts| parts.contains(key));
        self.ops.iter().any(|op| op.has_min && concerns(op))
    }
}
