//! Taking note of what Redis made, and of what each process was told, announced and wrote.

use domain::invalidation::{CacheTag, CacheTags};
use infra::cache::DataVersion;

use super::{
    PATIENCE_MICROS, REPEATS_MICROS,
    facts::{Ahead, Made, Source},
};
use crate::{
    database::Rows,
    executor::Owner,
    network::Kind,
    world::{State, World},
};

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
}
