//! The fake Redis, as the simulated nodes have it, for the conformance suite.

use std::{
    sync::{Arc, Mutex, atomic::Ordering},
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::FutureExt as _;
use sim::{
    executor::{Ended, Executor, Owner},
    network::FakeL2,
    plan::{Plan, Settings},
    store::Value,
    world::World,
};

use crate::conformance::{self, Control};

struct FakeControl(Arc<World>);

impl FakeControl {
    fn put(&self, name: &str, value: Value) {
        let mut state = self.0.state();
        let clock = state.redis.clock(self.0.now());
        state.redis.store.set(clock, name, value, None);
    }
}

#[async_trait]
impl Control for FakeControl {
    async fn set(&self, name: &str, bytes: &[u8]) {
        self.put(name, Value::Text(Bytes::copy_from_slice(bytes)));
    }

    async fn set_list(&self, name: &str) {
        self.put(name, Value::List);
    }

    async fn remove(&self, name: &str) {
        self.0.state().redis.store.remove(name);
    }

    async fn publish(&self, _text: &str) {
        self.0.publish_garbage(&mut self.0.state());
    }

    async fn clock(&self) -> u64 {
        self.0.state().redis.clock(self.0.now())
    }

    async fn wait(&self, duration: Duration) {
        self.0.scheduler.sleep(duration).await;
    }
}

/// What the fake tells: the suite, or the operations of a seed.
pub(crate) fn tell(seed: Option<u64>) -> Vec<String> {
    let mut executor = Executor::new();
    let settings = Settings {
        skews: vec![0],
        call_spread_micros: 1,
        bus_spread_micros: 1,
        repeated_percent: 0,
        lost_per_mille: 0,
        ..Plan::draw(0).settings
    };
    let world = World::new(executor.scheduler(), settings, 0, false);
    let told = Arc::new(Mutex::new(None));
    let suite = {
        let (world, told) = (Arc::clone(&world), Arc::clone(&told));
        async move {
            let owner = world.state().new_owner();
            world.state().machines[0].owner = owner;
            let l2 = FakeL2::new(Arc::clone(&world), 0, owner);
            let control = FakeControl(Arc::clone(&world));
            let lines = match seed {
                None => conformance::tell(&l2, &control).await,
                Some(seed) => conformance::tell_random(&l2, &control, seed).await,
            };
            *told.lock().unwrap() = Some(lines);
            world.called.store(true, Ordering::Relaxed);
        }
    };
    world.scheduler.spawn(Owner::WORLD, suite.boxed());
    let ended = executor.run(&world.chance, |_| world.called.load(Ordering::Relaxed));
    assert_eq!(ended, Ended::Done);
    let lines = told.lock().unwrap().take();
    lines.unwrap()
}
