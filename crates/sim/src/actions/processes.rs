//! Processes that start, end, crash, stop and stand still.

use std::{sync::Arc, time::Duration};

use futures_util::FutureExt as _;
use infra::cache::TwoLevel;

use crate::{
    coverage::Sighting,
    database::FakeSource,
    executor::Owner,
    network::FakeL2,
    oracle::{Process, Promise, micros},
    runtime::SimRuntime,
    world::{Order, World},
};

/// A graceful stop gives up after this.
const DRAIN_WITHIN: Duration = Duration::from_secs(5);

impl World {
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

    pub(super) fn crash(self: &Arc<Self>, node: usize, back_after: u64) {
        {
            let mut state = self.state();
            state.facts.troubled = true;
            state.coverage.saw(Sighting::Crash);
        }
        self.end(node);
        self.later(back_after, move |world| world.start(node));
    }

    pub(super) fn stop(self: &Arc<Self>, node: usize, back_after: u64) {
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

    pub(super) fn freeze(self: &Arc<Self>, node: usize, during: u64) {
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
}
