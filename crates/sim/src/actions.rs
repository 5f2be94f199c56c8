//! What is done to the world: reads and writes by clients, and troubles.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use domain::invalidation::{CacheTag, CacheTags, InvalidationOutcome};
use futures_util::{
    FutureExt as _,
    future::{Either, select},
};
use infra::cache::{
    CacheError, Served, TwoLevel,
    mutation::{Mutation, is_on},
};

use crate::{
    coverage::Sighting,
    database::{FakeSource, Health, TABLES},
    executor::Owner,
    network::{FakeL2, Link, Way},
    oracle::{Process, Promise, micros},
    plan::{Action, L2_TIMEOUT, keys},
    runtime::SimRuntime,
    store::Value,
    world::{Order, State, World},
};

/// A graceful stop gives up after this.
const DRAIN_WITHIN: Duration = Duration::from_secs(5);

impl World {
    /// Does it.
    pub fn act(self: &Arc<Self>, action: &Action) {
        self.tell(|| format!("— {action:?}"));
        match *action {
            Action::Read { node, key, client, names_min, gives_up } => {
                self.read(node, key, client, names_min, gives_up);
            }
            Action::Crowd { node, key, readers } => {
                (0..readers).for_each(|_| self.read(node, key, 0, false, None));
            }
            Action::Write { node, tags, client } => self.write(node, tags, client),
            Action::Forgotten { node, tags, back_after } => {
                self.commit(tags);
                self.state().coverage.saw(Sighting::Forgotten);
                self.crash(node, back_after);
            }
            Action::Uncertain { node, tags, commits_after } => self.uncertain(node, tags, commits_after),
            Action::Refresh { node } => self.refresh(node),
            Action::Stop { node, back_after } => self.stop(node, back_after),
            Action::Crash { node, back_after } => self.crash(node, back_after),
            Action::Freeze { node, during } => self.freeze(node, during),
            _ => self.trouble(action),
        }
    }

    fn trouble(self: &Arc<Self>, action: &Action) {
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

    fn soon(&self) -> Duration {
        Duration::from_micros(self.chance.below(5000))
    }

    fn later(self: &Arc<Self>, after: u64, then: impl FnOnce(&Arc<Self>) + Send + 'static) {
        let world = Arc::clone(self);
        let task = async move {
            world.scheduler.sleep(Duration::from_micros(after)).await;
            then(&world);
        };
        self.scheduler.spawn(Owner::WORLD, task.boxed());
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

    /// A process on `node`, if none runs there.
    pub fn start(self: &Arc<Self>, node: usize) {
        let (owner, skew) = {
            let mut state = self.state();
            if state.machines[node].owner != Owner::WORLD {
                return;
            }
            let owner = state.new_owner();
            state.machines[node].owner = owner;
            state.machines[node].frozen_until = 0;
            state.facts.processes[node] = Process::new(owner);
            (owner, state.machines[node].skew)
        };
        self.tell(|| format!("process {} starts on node {node}", owner.0));
        let engine = TwoLevel::new(
            self.settings.cache(),
            Arc::new(SimRuntime::new(Arc::clone(self), owner, skew)),
            Arc::new(FakeL2::new(Arc::clone(self), node, owner)),
            Arc::new(FakeSource::new(Arc::clone(self), owner)),
        );
        self.state().machines[node].engine = Some(Arc::new(engine));
    }

    /// The process on `node` is no more.
    pub fn end(self: &Arc<Self>, node: usize) {
        let engine = {
            let mut state = self.state();
            let state = &mut *state;
            let owner = state.machines[node].owner;
            if owner == Owner::WORLD {
                return;
            }
            if let Some(engine) = state.machines[node].engine.as_ref() {
                crate::run::count(engine, &mut state.coverage);
            }
            state.machines[node].owner = Owner::WORLD;
            state.machines[node].link.connection += 1;
            self.cut_bus(state, owner, Duration::ZERO);
            self.order(state, Order::Kill(owner));
            state.facts.processes[node] = Process::new(Owner::WORLD);
            state.machines[node].engine.take()
        };
        drop(engine);
    }

    fn crash(self: &Arc<Self>, node: usize, back_after: u64) {
        {
            let mut state = self.state();
            state.facts.troubled = true;
            state.coverage.saw(Sighting::Crash);
        }
        self.end(node);
        self.later(back_after, move |world| world.start(node));
    }

    fn stop(self: &Arc<Self>, node: usize, back_after: u64) {
        let Some((owner, engine)) = self.engine(node) else { return };
        {
            let mut state = self.state();
            state.facts.troubled = true;
            state.coverage.saw(Sighting::Stop);
            state.facts.processes[node].stopping = true;
        }
        let world = Arc::clone(self);
        let task = async move {
            let begun = world.now();
            engine.shut_down(DRAIN_WITHIN).await;
            drop(engine);
            let late = world.now() > begun + micros(DRAIN_WITHIN) + 50_000;
            {
                let mut state = world.state();
                if state.machines[node].owner != owner {
                    return;
                }
                if late {
                    world.violate(&mut state, Promise::NeverFails, || {
                        "shutting down took too long".to_owned()
                    });
                }
            }
            world.end(node);
            world.later(back_after, move |world| world.start(node));
        };
        self.scheduler.spawn(Owner::WORLD, task.boxed());
    }

    fn freeze(self: &Arc<Self>, node: usize, during: u64) {
        let mut state = self.state();
        let state = &mut *state;
        let owner = state.machines[node].owner;
        if owner == Owner::WORLD {
            return;
        }
        state.facts.troubled = true;
        state.coverage.saw(Sighting::Freeze);
        state.facts.frozen += during;
        state.machines[node].frozen_until = state.machines[node].frozen_until.max(self.now() + during);
        self.order(state, Order::Freeze(owner));
        self.later(during, move |world| {
            let mut state = world.state();
            if world.now() + 10 >= state.machines[node].frozen_until {
                world.order(&mut state, Order::Thaw(owner));
            }
        });
    }

    /// The process on `node` and its engine.
    pub fn engine(&self, node: usize) -> Option<(Owner, Arc<TwoLevel>)> {
        let state = self.state();
        let machine = &state.machines[node];
        machine.engine.as_ref().map(|engine| (machine.owner, Arc::clone(engine)))
    }

    fn read(
        self: &Arc<Self>,
        node: usize,
        key: usize,
        client: usize,
        names_min: bool,
        gives_up: Option<u64>,
    ) {
        let Some((owner, engine)) = self.engine(node) else { return };
        let world = Arc::clone(self);
        let task = async move {
            let gives_up = gives_up.map(Duration::from_micros);
            if let Some(Ok(served)) = world.reads(&engine, owner, key, client, names_min, gives_up).await {
                world.state().facts.tokens[client] = served.data_version;
            }
        };
        self.scheduler.spawn(owner, task.boxed());
    }

    /// One read, judged; nothing where the reader gave up.
    pub async fn reads(
        &self,
        engine: &TwoLevel,
        owner: Owner,
        key: usize,
        client: usize,
        names_min: bool,
        gives_up: Option<Duration>,
    ) -> Option<Result<Served, CacheError>> {
        let key = keys()[key];
        let (expected, min) = {
            let mut state = self.state();
            let min = names_min.then(|| state.facts.tokens[client].clone()).filter(|min| !min.is_empty());
            (state.begin(self.now(), owner, key, min.is_some())?, min)
        };
        self.tell(|| format!("process {} is asked for {}, at least {min:?}", owner.0, key.text()));
        let limit = gives_up.unwrap_or_else(|| self.read_limit());
        let outcome =
            match select(std::pin::pin!(engine.get(key, min.as_ref())), self.scheduler.sleep(limit)).await {
                Either::Left((outcome, _)) => outcome,
                Either::Right(_) => {
                    let mut state = self.state();
                    let state = &mut *state;
                    if gives_up.is_some() {
                        state.coverage.saw(Sighting::GaveUp);
                    } else if !was_frozen(state, owner, expected.at) {
                        self.violate(state, Promise::NeverFails, || {
                            format!(
                                "process {}: a read of {} got no answer within {limit:?}",
                                owner.0,
                                key.text()
                            )
                        });
                    }
                    state.end(self.now(), owner, expected.op);
                    return None;
                }
            };
        let mut state = self.state();
        self.tell(|| match &outcome {
            Ok(served) => format!(
                "process {} answers {} with {:?}: {} ({})",
                owner.0,
                key.text(),
                String::from_utf8_lossy(&served.body.identity.bytes).trim_end(),
                served.cache_status(),
                served.data_version
            ),
            Err(error) => format!("process {} answers {} with: {error}", owner.0, key.text()),
        });
        self.judge(&mut state, owner, key, min.as_ref(), &expected, &outcome);
        Some(outcome)
    }

    /// Rows are written.
    fn commit(&self, tags: CacheTags) -> crate::database::Rows {
        let mut state = self.state();
        state.tick();
        for (index, tag) in TABLES.into_iter().enumerate() {
            if tags.contains(tag) {
                state.database.rows[index] += 1;
            }
        }
        let rows = state.database.rows;
        self.tell(|| format!("the database commits: {rows:?}"));
        rows
    }

    fn write(self: &Arc<Self>, node: usize, tags: CacheTags, client: usize) {
        let Some((owner, engine)) = self.engine(node) else { return };
        let world = Arc::clone(self);
        let task = async move { world.writes(&engine, owner, tags, client).await };
        self.scheduler.spawn(owner, task.boxed());
    }

    /// One write: the commit, then the invalidation, as the tracked connection does.
    pub async fn writes(&self, engine: &TwoLevel, owner: Owner, tags: CacheTags, client: usize) {
        self.state().coverage.saw(Sighting::Write);
        if is_on(Mutation::BumpBeforeCommit) {
            self.invalidates(engine, owner, tags).await;
            self.scheduler.sleep(Duration::from_micros(self.chance.below(5000))).await;
            let rows = self.commit(tags);
            let only = only(tags, rows);
            self.state().written(owner, only);
            return;
        }
        let rows = self.commit(tags);
        self.scheduler.sleep(Duration::from_micros(self.chance.below(300))).await;
        let since = self.state().seq;
        self.invalidates(engine, owner, tags).await;
        let told = engine.data_version();
        let mut state = self.state();
        state.written(owner, only(tags, rows));
        if !state.tells_own_write(tags, &told, since) {
            self.violate(&mut state, Promise::DataVersion, || {
                format!("process {} told {told} of a write of {tags:?} that no such version covers", owner.0)
            });
        }
        state.facts.tokens[client] = told;
    }

    async fn invalidates(&self, engine: &TwoLevel, owner: Owner, tags: CacheTags) {
        let begun = self.now();
        let invalidation = {
            self.state().invalidated(owner, tags, None);
            engine.invalidate(tags)
        };
        self.tell(|| format!("process {} invalidates {tags:?}", owner.0));
        let limit = self.scheduler.sleep(self.read_limit());
        let outcome = select(Box::pin(invalidation), limit).await;
        let mut state = self.state();
        let state = &mut *state;
        let took = self.now() - begun;
        let frozen = was_frozen(state, owner, begun);
        let late = matches!(outcome, Either::Right(_)) || took > micros(L2_TIMEOUT) + 50_000;
        if late && !frozen {
            self.violate(state, Promise::NeverFails, || format!("an invalidation took {took} µs"));
        }
        if let Either::Left((outcome, _)) = outcome {
            self.tell(|| format!("process {} has invalidated {tags:?}: {outcome:?}", owner.0));
            state.coverage.saw(match outcome {
                InvalidationOutcome::Applied => Sighting::Applied,
                InvalidationOutcome::Queued => Sighting::Queued,
            });
        }
    }

    fn uncertain(self: &Arc<Self>, node: usize, tags: CacheTags, commits_after: Option<u64>) {
        let Some((owner, engine)) = self.engine(node) else { return };
        let now = self.now();
        {
            let mut state = self.state();
            state.coverage.saw(Sighting::Uncertain);
            state.invalidated(owner, tags, Some(now));
        }
        engine.invalidate_uncertain(tags);
        if let Some(after) = commits_after {
            self.later(after, move |world| {
                world.commit(tags);
            });
        }
    }

    fn refresh(self: &Arc<Self>, node: usize) {
        let Some((owner, engine)) = self.engine(node) else { return };
        let world = Arc::clone(self);
        let task = async move {
            world.invalidates(&engine, owner, CacheTag::All.into()).await;
            let _ = world.reads(&engine, owner, 0, 0, false, None).await;
        };
        self.scheduler.spawn(owner, task.boxed());
    }
}

fn was_frozen(state: &State, owner: Owner, since: u64) -> bool {
    state.machine_of(owner).is_some_and(|node| state.machines[node].frozen_until + 100_000 > since)
}

/// The rows of the tables that were written.
fn only(tags: CacheTags, rows: crate::database::Rows) -> crate::database::Rows {
    let mut only = rows;
    for (index, tag) in TABLES.into_iter().enumerate() {
        if !tags.contains(tag) {
            only[index] = 0;
        }
    }
    only
}

fn pick(keys: &[String], which: u64) -> Option<&String> {
    let count = keys.len() as u64;
    keys.get(usize::try_from(which.checked_rem(count)?).ok()?)
}
