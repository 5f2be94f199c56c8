//! What an answer must hold is settled when its read begins.

use domain::invalidation::CacheTag;
use infra::cache::{key::Key, versions::PerTag};

use super::{BEHIND_MICROS, READ_ALL, facts::Op};
use crate::{database::Rows, executor::Owner, world::State};

/// What an answer to a read that begins now must hold.
#[derive(Clone, Debug)]
pub struct Expected {
    /// The read.
    pub op: u64,
    /// Its beginning in the order of all that happens.
    pub seq: u64,
    /// Its beginning, µs.
    pub at: u64,
    pub(super) own: PerTag<u64>,
    pub(super) own_rows: Rows,
    pub(super) told: PerTag<u64>,
    /// What asking Redis would show, where the process has to ask and can.
    pub(super) asked: Option<PerTag<u64>>,
    pub(super) ready: bool,
    pub(super) sent: [u64; 6],
    /// Whether nobody else was under way.
    pub(super) alone: bool,
    pub(super) started_ops: u64,
}

impl State {
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
