//! Judging loads: when they begin, how they end, and whether they do.

use super::{BACK_OFF_MICROS, Promise, SLOTS, facts::Process, micros};
use crate::{
    coverage::Sighting,
    executor::Owner,
    world::{State, World},
};

impl World {
    /// A load has begun.
    pub fn load_begun(&self, state: &mut State, number: usize) {
        let now = self.now();
        let (owner, key) = (state.database.loads[number].owner, state.database.loads[number].key);
        let database = &state.database;
        let Some(process) = state.facts.process(owner) else { return };
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
        let Some(process) = state.facts.process(owner) else { return };
        let hung = process.running.iter().copied().find(|number| {
            let since = database.loads[*number].begun_at.max(frozen_until);
            since + hard + 50_000 < now
        });
        if let Some(number) = hung {
            self.violate(state, Promise::OneLoad, || format!("load {number} runs past the hard limit"));
        }
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
