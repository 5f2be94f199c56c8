//! What all pieces of a schedule share: time, chance, the state of everything outside the engine, and the story that is
//! told of it. A number that only grows (`seq`) orders all that happens, also within one instant.

use std::sync::{
    Arc, Mutex, MutexGuard,
    atomic::{AtomicBool, Ordering},
};

use infra::cache::TwoLevel;

use crate::{
    chance::Chance,
    coverage::Coverage,
    database::Database,
    executor::{Owner, Scheduler, lock},
    network::Redis,
    oracle::{Facts, Promise, Violation},
    plan::Settings,
};

/// What every clock shows when the world begins, µs since 1970, but for its own error.
pub const EPOCH_MICROS: u64 = 1_790_000_000_000_000;

/// Everything a schedule consists of.
pub struct World {
    /// Virtual time and tasks.
    pub scheduler: Arc<Scheduler>,
    /// All chance but the plan's.
    pub chance: Chance,
    /// How everything is set up.
    pub settings: Settings,
    state: Mutex<State>,
    story: Option<Mutex<Vec<(u64, String)>>>,
    /// Whether the executor has something to do for the driver.
    pub called: AtomicBool,
}

/// What the driver asks of the executor.
#[derive(Clone, Copy, Debug)]
pub enum Order {
    /// End a process where it stands.
    Kill(Owner),
    /// Stop it for a while.
    Freeze(Owner),
    /// Let it go on.
    Thaw(Owner),
}

/// One instance: the machine, and the process that runs on it now.
pub struct Machine {
    /// The process that runs; the world's owner where none does.
    pub owner: Owner,
    /// Its engine.
    pub engine: Option<Arc<TwoLevel>>,
    /// How the network between it and Redis does.
    pub link: crate::network::Link,
    /// How far its clock is off, µs.
    pub skew: i64,
    /// Since when it is frozen, or until when it was; µs.
    pub frozen_until: u64,
}

/// Everything that changes.
pub struct State {
    /// Orders all that happens.
    pub seq: u64,
    /// Redis.
    pub redis: Redis,
    /// The database.
    pub database: Database,
    /// The instances.
    pub machines: Vec<Machine>,
    /// What the oracle knows.
    pub facts: Facts,
    /// The first promise broken.
    pub violation: Option<Violation>,
    /// What has happened how often.
    pub coverage: Coverage,
    /// For the executor.
    pub orders: Vec<Order>,
    /// Nothing gets lost or fails any more by chance.
    pub calm: bool,
    /// The driver is done.
    pub done: bool,
    next_owner: u32,
}

impl State {
    /// The next number in the order of all that happens.
    pub fn tick(&mut self) -> u64 {
        self.seq += 1;
        self.seq
    }

    /// A process that has never been.
    pub fn new_owner(&mut self) -> Owner {
        self.next_owner += 1;
        Owner(self.next_owner)
    }

    /// The machine on which `owner` runs, if it still does.
    pub fn machine_of(&self, owner: Owner) -> Option<usize> {
        self.machines.iter().position(|machine| machine.owner == owner)
    }
}

impl World {
    /// A world without processes. Its story is kept if `telling`.
    pub fn new(scheduler: Arc<Scheduler>, settings: Settings, seed: u64, telling: bool) -> Arc<Self> {
        let machines = settings
            .skews
            .iter()
            .map(|skew| Machine {
                owner: Owner::WORLD,
                engine: None,
                link: crate::network::Link::default(),
                skew: *skew,
                frozen_until: 0,
            })
            .collect::<Vec<_>>();
        let state = State {
            seq: 0,
            redis: Redis::default(),
            database: Database::default(),
            facts: Facts::new(machines.len()),
            machines,
            violation: None,
            coverage: Coverage::default(),
            orders: Vec::new(),
            calm: false,
            done: false,
            next_owner: 0,
        };
        Arc::new(Self {
            scheduler,
            chance: Chance::new(seed),
            settings,
            state: Mutex::new(state),
            story: telling.then(Mutex::default),
            called: AtomicBool::new(false),
        })
    }

    /// Everything that changes; never held across an `await`.
    pub fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Now, µs since the world began.
    pub fn now(&self) -> u64 {
        self.scheduler.now()
    }

    /// Adds a line to the story, if it is told.
    pub fn tell(&self, line: impl FnOnce() -> String) {
        if let Some(story) = &self.story {
            lock(story).push((self.now(), line()));
        }
    }

    /// The story so far.
    pub fn story(&self) -> Vec<(u64, String)> {
        self.story.as_ref().map(|story| lock(story).clone()).unwrap_or_default()
    }

    /// Something for the executor.
    pub fn order(&self, state: &mut State, order: Order) {
        state.orders.push(order);
        self.called.store(true, Ordering::Relaxed);
    }

    /// A promise is broken; only the first counts.
    pub fn violate(&self, state: &mut State, promise: Promise, what: impl FnOnce() -> String) {
        if state.violation.is_none() {
            let what = what();
            self.tell(|| format!("VIOLATION of {promise}: {what}"));
            state.violation = Some(Violation { promise, what, at: self.now() });
            self.called.store(true, Ordering::Relaxed);
        }
    }
}
