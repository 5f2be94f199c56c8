//! Judging a call to Redis as it is sent.

use domain::invalidation::CacheTags;

use super::{BEHIND_MICROS, Promise, READ_ALL, facts::ReadUnderWay};
use crate::{
    executor::Owner,
    network::Kind,
    world::{State, World},
};

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
}
