//! Judging an answer.

use domain::invalidation::CacheTag;
use infra::cache::{CacheError, DataVersion, LayerOutcome, Served, key::Key};

use super::{BACK_OFF_MICROS, BEHIND_MICROS, Expected, Promise, READ_ALL, SLACK_MICROS, micros};
use crate::{
    coverage::Sighting,
    database::{TABLES, read_body},
    executor::Owner,
    plan::{L2_TIMEOUT, ttls},
    world::{State, World},
};

/// Jitter makes a time shorter by up to a tenth, and after four fifths of it a value is refreshed.
const DUE_AFTER: f64 = 0.7;

/// A part of an answer.
struct Part {
    key: Key,
    load: usize,
    stale: bool,
}

impl World {
    /// How long a read may take: every wait in it has a limit.
    pub fn read_limit(&self) -> std::time::Duration {
        self.settings.load_hard * 4 + L2_TIMEOUT * 16
    }

    /// Judges the outcome of a read of `key` that began as `expected` says.
    pub fn judge(
        &self,
        state: &mut State,
        owner: Owner,
        key: Key,
        min: Option<&DataVersion>,
        expected: &Expected,
        outcome: &Result<Served, CacheError>,
    ) {
        let now = self.now();
        state.coverage.saw(Sighting::Answer);
        if min.is_some() {
            state.coverage.saw(Sighting::WithMin);
        }
        let problem = match outcome {
            Ok(served) => self.wrong(state, owner, key, min, expected, served),
            Err(error) => {
                state.coverage.saw(Sighting::Failure);
                self.unfounded(state, owner, key, expected, error)
            }
        };
        let who = || format!("process {}, {} read from {} to {now} µs", owner.0, key.text(), expected.at);
        if let Some((promise, what)) = problem {
            self.violate(state, promise, || format!("{}: {what}", who()));
        }
        state.end(now, owner, expected.op);
        self.check_hung(state, owner);
    }

    /// What is wrong with an answer.
    fn wrong(
        &self,
        state: &mut State,
        owner: Owner,
        key: Key,
        min: Option<&DataVersion>,
        expected: &Expected,
        served: &Served,
    ) -> Option<(Promise, String)> {
        let now = self.now();
        let garbage = || Some((Promise::RightValue, format!("a body that no load made: {served:?}")));
        let Some((assembly, loads)) = read_body(&served.body.identity.bytes) else { return garbage() };
        let keys = key.parts().map_or_else(|| vec![key], |parts| parts.to_vec());
        if loads.len() != keys.len() || assembly.is_some() != key.parts().is_some() {
            return garbage();
        }
        let is_stale = |part: &Key| {
            served.lookups.iter().any(|lookup| {
                matches!(lookup.outcome, LayerOutcome::Stale { .. })
                    && lookup.key.is_none_or(|name| name == part.part())
            })
        };
        let parts: Vec<Part> = keys
            .into_iter()
            .zip(loads)
            .map(|(key, load)| Part { key, load, stale: is_stale(&key) })
            .collect();
        let failed_since = state.facts.process(owner)?.failed_at > expected.seq;
        let l1_only = served.lookups.len() == 1
            && served.lookups[0].layer == "l1"
            && matches!(served.lookups[0].outcome, LayerOutcome::Hit { .. });
        for part in &parts {
            let Some(load) = state.database.loads.get(part.load) else { return garbage() };
            if load.key != part.key {
                let what = format!("load {} of {} was served", part.load, load.key.text());
                return Some((Promise::RightValue, what));
            }
            if load.owner != owner {
                state.coverage.saw(Sighting::L2Hit);
            }
            let problem = if part.stale {
                state.coverage.saw(Sighting::Stale);
                self.wrong_stand_in(state, owner, part, min, expected, served)
            } else {
                self.wrong_part(state, owner, part, expected, failed_since)
            };
            let problem = problem.or_else(|| dishonest(state, part, min, &served.data_version));
            if problem.is_some() {
                return problem;
            }
        }
        let fresh = parts.iter().all(|part| !part.stale);
        if l1_only {
            state.coverage.saw(Sighting::L1Hit);
        }
        if let (Some(assembly), true) = (assembly, fresh) {
            let (made_at, of) = state.database.assemblies.get(assembly).copied()?;
            if made_at + micros(ttls().dashboard) + 1000 < expected.at {
                let what =
                    format!("assembled {} s before the read began", (expected.at - made_at) / 1_000_000);
                return Some((Promise::Ttl, what));
            }
            if !of.iter().eq(parts.iter().map(|part| &part.load)) {
                return garbage();
            }
        }
        self.wrong_age(state, owner, &parts, expected, served)
            .or_else(|| backwards(state, now, owner, key, min, expected, fresh, served))
            .or_else(|| {
                let begun = |part: &Part| state.database.loads[part.load].begun_at;
                let due = |part: &Part| now >= begun(part) + micros(part.key.ttl(&ttls()).mul_f64(DUE_AFTER));
                let assembled = assembly.map(|assembly| state.database.assemblies[assembly].0);
                let all_due =
                    assembled.is_some_and(|at| now >= at + micros(ttls().dashboard.mul_f64(DUE_AFTER)));
                // Then it asks for itself, behind the answer.
                let refreshes = all_due || parts.iter().any(due);
                dear(state, now, owner, expected, l1_only, min.is_some() || refreshes)
            })
    }

    /// What is wrong with a part that was served as fresh.
    fn wrong_part(
        &self,
        state: &State,
        _owner: Owner,
        part: &Part,
        expected: &Expected,
        failed_since: bool,
    ) -> Option<(Promise, String)> {
        let load = &state.database.loads[part.load];
        let tags = part.key.tags();
        for tag in tags.iter() {
            let began = |floor: u64, promise, why: &str| {
                (load.begun < floor).then(|| {
                    let what =
                        format!("load {} of {} began before {why} of {tag}", part.load, part.key.text());
                    (promise, what)
                })
            };
            let problem =
                began(expected.own[tag], Promise::ReadYourWrites, "this process's own invalidation")
                    .or_else(|| began(expected.told[tag], Promise::NoStaleSet, "the invalidation it knew of"))
                    .or_else(|| {
                        let asked = expected.asked.as_ref().filter(|_| !failed_since)?;
                        began(
                            asked[tag],
                            Promise::BoundedStaleness,
                            "the newest invalidation in Redis, which it had to ask",
                        )
                    });
            if problem.is_some() {
                return problem;
            }
        }
        for (index, tag) in TABLES.into_iter().enumerate().filter(|(_, tag)| tags.contains(*tag)) {
            if load.rows[index] < expected.own_rows[index] {
                let what = format!(
                    "load {} saw {} commits of {tag}, and {} were made and invalidated here before the read",
                    part.load, load.rows[index], expected.own_rows[index]
                );
                return Some((Promise::ReadYourWrites, what));
            }
        }
        let ttl = micros(part.key.ttl(&ttls()));
        if load.begun_at + ttl + self.borrowed(state, load.owner, expected) < expected.at {
            let age = (expected.at - load.begun_at) / 1000;
            return Some((Promise::Ttl, format!("load {} was {age} ms old when the read began", part.load)));
        }
        None
    }

    /// By how much an entry that came through L2 may seem younger than it is: only by jumps of Redis's clock.
    #[expect(clippy::unused_self, reason = "reads as a question to the world")]
    fn borrowed(&self, state: &State, _loader: Owner, _expected: &Expected) -> u64 {
        state.facts.jumps + state.facts.undated
    }

    /// What is wrong with a part that stood in.
    fn wrong_stand_in(
        &self,
        state: &mut State,
        owner: Owner,
        part: &Part,
        min: Option<&DataVersion>,
        expected: &Expected,
        served: &Served,
    ) -> Option<(Promise, String)> {
        let now = self.now();
        let settings = &self.settings;
        let (grace, soft) = (micros(settings.grace), micros(settings.load_soft));
        let machine = state.machine_of(owner)?;
        let frozen = state.machines[machine].frozen_until + 50_000 > expected.at;
        let load = &state.database.loads[part.load];
        let end = load.begun_at
            + micros(part.key.ttl(&ttls()))
            + grace
            + state.facts.jumps
            + state.facts.undated
            + SLACK_MICROS;
        if end < expected.at {
            let what =
                format!("load {} stood in {} ms after its grace", part.load, (expected.at - end) / 1000);
            return Some((Promise::StandIn, what));
        }
        let crowded_at = state.facts.process(owner)?.crowded_at;
        let crowd = crowded_at > 0 && expected.at < crowded_at + 2 * micros(settings.load_hard);
        let by_itself = served.lookups.iter().all(|lookup| lookup.key.is_none());
        // A dashboard may be one that was being assembled already when the reader came.
        let before = if by_itself { 0 } else { micros(settings.load_hard) + 8 * micros(L2_TIMEOUT) };
        let since = expected.at.saturating_sub(BACK_OFF_MICROS + SLACK_MICROS + before);
        let in_trouble =
            state.database.loads.iter().filter(|load| load.owner == owner && load.key == part.key).any(
                |load| {
                    let failed = load.failed && load.ended_at.is_some_and(|at| at >= since);
                    let slow = load.ended_at.is_none_or(|at| at + before >= expected.at)
                        && now + SLACK_MICROS >= load.begun_at + soft;
                    failed || slow
                },
            );
        if !in_trouble && !crowd && !frozen {
            let what = format!("load {} of {} stood in though no load failed", part.load, part.key.text());
            return Some((Promise::StandIn, what));
        }
        let asked_for = micros(L2_TIMEOUT) * 8;
        if by_itself && now > expected.at + soft + asked_for && !frozen && min.is_none() {
            let took = (now - expected.at) / 1000;
            return Some((Promise::StandIn, format!("a value was at hand, and the answer took {took} ms")));
        }
        None
    }

    /// Whether an error had no reason.
    fn unfounded(
        &self,
        state: &mut State,
        owner: Owner,
        key: Key,
        expected: &Expected,
        error: &CacheError,
    ) -> Option<(Promise, String)> {
        let process = state.facts.process(owner)?;
        if process.stopping {
            return None;
        }
        let keys = key.parts().map_or_else(|| vec![key], |parts| parts.to_vec());
        let crowd = process.crowded_at + micros(self.settings.load_hard) * 2 > expected.at;
        // A dashboard that others began to assemble may have met a part's failure before this reader came.
        let joined = if key.parts().is_some() { micros(self.settings.load_hard) } else { 0 };
        let since = expected.at.saturating_sub(BACK_OFF_MICROS + SLACK_MICROS + joined);
        let founded = match error {
            CacheError::VersionAhead => state.facts.jumps > 20_000_000,
            CacheError::Unanswered => false,
            _ => {
                crowd && process.crowded_at > 0 || {
                    let mut loads = state.database.loads.iter();
                    loads.any(|load| {
                        load.owner == owner
                            && keys.contains(&load.key)
                            && load.failed
                            && load.ended_at.is_some_and(|at| at >= since)
                    })
                }
            }
        };
        (!founded).then(|| (Promise::NeverFails, format!("failed for no reason: {error}")))
    }

    /// Whether the age told is wrong.
    fn wrong_age(
        &self,
        state: &State,
        _owner: Owner,
        parts: &[Part],
        expected: &Expected,
        served: &Served,
    ) -> Option<(Promise, String)> {
        let begun_at = parts.iter().map(|part| state.database.loads[part.load].begun_at).min()?;
        let told = micros(served.age);
        let jumps = state.facts.jumps + state.facts.undated;
        let least = expected.at.saturating_sub(begun_at).saturating_sub(jumps + SLACK_MICROS);
        // A round trip makes an entry out of L2 seem older.
        let most = self.now() - begun_at + jumps + state.facts.frozen + 2 * micros(L2_TIMEOUT) + SLACK_MICROS;
        (told < least || told > most)
            .then(|| (Promise::Ttl, format!("told an age of {told} µs; it is {least} to {most}")))
    }
}

/// Whether an answer claims to hold a write, or should hold one, that it does not.
fn dishonest(
    state: &State,
    part: &Part,
    min: Option<&DataVersion>,
    told: &DataVersion,
) -> Option<(Promise, String)> {
    // `all` and a table's tag are compared by Redis's clock; where that went back, a version may seem newer than it is.
    if state.facts.went_back {
        return None;
    }
    let load = &state.database.loads[part.load];
    let claims = TABLES.into_iter().filter(|tag| part.key.tags().contains(*tag)).flat_map(|tag| {
        let least = min.and_then(|min| min.get(tag));
        [told.get(tag), least].into_iter().flatten().map(move |version| (tag, version))
    });
    for (tag, version) in claims {
        let floor = state.facts.claimed_by(tag, version).max(state.facts.claimed_by(CacheTag::All, version));
        if load.begun < floor {
            let what = format!("load {} does not hold what {tag}={version} claims or asks for", part.load);
            return Some((Promise::DataVersion, what));
        }
    }
    None
}

/// Whether a version told is below one told before.
#[expect(clippy::too_many_arguments, reason = "all of them are of the read")]
fn backwards(
    state: &mut State,
    now: u64,
    owner: Owner,
    key: Key,
    min: Option<&DataVersion>,
    expected: &Expected,
    fresh: bool,
    served: &Served,
) -> Option<(Promise, String)> {
    let _ = now;
    if !fresh {
        return None;
    }
    let seq = state.tick();
    let process = state.facts.process(owner)?;
    let told = &served.data_version;
    for (of, before_seq, before) in &process.shown {
        if *of == key && *before_seq < expected.seq {
            for tag in TABLES {
                if let (Some(then), Some(now)) = (before.get(tag), told.get(tag))
                    && now < then
                {
                    return Some((Promise::DataVersion, format!("told {tag}={now} after {then}")));
                }
            }
        }
    }
    if min.is_none() {
        process.shown.retain(|(of, ..)| *of != key);
        process.shown.push((key, seq, told.clone()));
    }
    None
}

/// Whether a read by itself has cost more than it may.
fn dear(
    state: &mut State,
    now: u64,
    owner: Owner,
    expected: &Expected,
    l1_only: bool,
    asks_for_more: bool,
) -> Option<(Promise, String)> {
    if state.facts.troubled {
        return None;
    }
    let process = state.facts.process(owner)?;
    let undisturbed = expected.alone && process.started_ops == expected.started_ops;
    let read_all = process.sent[READ_ALL] != expected.sent[READ_ALL];
    let lately = expected.at < process.resync_done_at + BEHIND_MICROS;
    if read_all || lately || !undisturbed || !expected.ready || !process.is_ready(now) || asks_for_more {
        return None;
    }
    let reads = process.sent[0] - expected.sent[0];
    let starts = process.sent[2] - expected.sent[2];
    if reads > u64::from(!l1_only) || starts > 1 {
        return Some((Promise::Commands, format!("a read by itself cost {reads} reads and {starts} starts")));
    }
    None
}
