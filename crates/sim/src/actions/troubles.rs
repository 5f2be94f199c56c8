//! Troubles of Redis, of the ways to it and of the database; and their end.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;

use crate::{
    coverage::Sighting,
    database::Health,
    network::{Link, Way},
    plan::Action,
    store::Value,
    world::{State, World},
};

impl World {
    pub(super) fn trouble(self: &Arc<Self>, action: &Action) {
        let mut state = self.state();
        let state = &mut *state;
        let now = self.now();
        let clock = state.redis.clock(now);
        state.facts.troubled = true;
        match *action {
            Action::Wipe => {
                state.redis.store.wipe();
                state.coverage.saw(Sighting::Wipe);
            }
            Action::EvictTag { tag } => {
                state.redis.store.remove(tag.as_str());
                state.coverage.saw(Sighting::TagEvicted);
            }
            Action::EvictEntry { which } => {
                if let Some(key) = pick(&state.redis.store.entry_keys(), which) {
                    state.redis.store.remove(key);
                    state.coverage.saw(Sighting::EntryEvicted);
                }
            }
            Action::Garbage { which, what } => {
                let keys = state.redis.store.entry_keys();
                if let (Some(key), Some(other)) = (pick(&keys, which), pick(&keys, which / 7)) {
                    let there = state.redis.store.text(clock, other).cloned().unwrap_or_default();
                    let value = match what {
                        0 => Value::Text(Bytes::from_static(b"\x00\xff not ours")),
                        1 => Value::Text(there),
                        2 => Value::Text(there.slice(..there.len() * 2 / 3)),
                        _ => Value::List,
                    };
                    state.redis.store.set(clock, key, value, None);
                    state.coverage.saw(Sighting::Garbage);
                }
            }
            Action::FailOver { loses } => {
                state.redis.store.lose_since(clock.saturating_sub(loses));
                state.facts.lose_since(now.saturating_sub(loses));
                state.coverage.saw(Sighting::FailOver);
                for node in 0..state.machines.len() {
                    state.machines[node].link.connection += 1;
                    let owner = state.machines[node].owner;
                    self.cut_bus(state, owner, self.soon());
                }
            }
            Action::ClockJump { by } => {
                state.redis.offset += by;
                state.facts.jumps += by.unsigned_abs();
                state.facts.went_back |= by < 0;
                state.coverage.saw(Sighting::ClockJump);
            }
            Action::Link { node, way, during } => self.close(state, &[node], way, during),
            Action::Outage { way, during } => {
                let all: Vec<_> = (0..state.machines.len()).collect();
                self.close(state, &all, way, during);
            }
            Action::SlowCalls { node, by, during } => {
                state.machines[node].link.slow_micros = by;
                self.later(during, move |world| world.state().machines[node].link.slow_micros = 0);
            }
            Action::CutBus { node } => {
                state.coverage.saw(Sighting::Cut);
                let owner = state.machines[node].owner;
                self.cut_bus(state, owner, self.soon());
            }
            Action::CutCalls { node } => {
                state.coverage.saw(Sighting::Cut);
                state.machines[node].link.connection += 1;
            }
            Action::DeadBus { node, noticed_after } => {
                state.coverage.saw(Sighting::DeadBus);
                let owner = state.machines[node].owner;
                self.kill_bus(state, owner, Duration::from_micros(noticed_after));
            }
            Action::LossyBus { node, percent } => {
                let owner = state.machines[node].owner;
                self.lose_messages(state, owner, percent);
            }
            Action::GarbageMessage => self.publish_garbage(state),
            Action::Trouble { health, during } => {
                state.coverage.saw(Sighting::DatabaseTrouble);
                state.database.health = health;
                self.later(during, |world| world.state().database.health = Health::Well);
            }
            _ => {}
        }
    }

    /// Closes the way between some nodes and Redis for a while.
    fn close(self: &Arc<Self>, state: &mut State, nodes: &[usize], way: Way, during: u64) {
        for &node in nodes {
            state.coverage.saw(Sighting::Unreachable);
            let owner = state.machines[node].owner;
            state.machines[node].link.way = way;
            if way == Way::Refused {
                state.machines[node].link.connection += 1;
                self.cut_bus(state, owner, self.soon());
            } else {
                let noticed = Duration::from_micros(self.chance.below(60_000_000));
                self.kill_bus(state, owner, noticed);
            }
            self.later(during, move |world| {
                world.tell(|| format!("the way of node {node} is open again"));
                world.state().machines[node].link.way = Way::Open;
            });
        }
    }

    /// Everything that is out of order is mended.
    pub fn heal(self: &Arc<Self>) {
        let mut state = self.state();
        let state = &mut *state;
        state.calm = true;
        state.database.health = Health::Well;
        for machine in &mut state.machines {
            machine.link = Link { connection: machine.link.connection, ..Link::default() };
        }
        for owner in state.machines.iter().map(|machine| machine.owner).collect::<Vec<_>>() {
            self.lose_messages(state, owner, 0);
        }
    }
}

fn pick(keys: &[String], which: u64) -> Option<&String> {
    let count = keys.len() as u64;
    keys.get(usize::try_from(which.checked_rem(count)?).ok()?)
}
