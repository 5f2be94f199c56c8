//! Time, tasks and chance as a simulated process has them.

use std::{sync::Arc, time::Duration};

use futures_util::{FutureExt as _, future::BoxFuture};
use infra::cache::runtime::{Moment, Runtime};

use crate::{
    executor::Owner,
    world::{EPOCH_MICROS, World},
};

/// What a process's monotonic clock shows when the world begins.
const SINCE_START: Duration = Duration::from_hours(24 * 365);

/// The runtime of one process.
pub struct SimRuntime {
    world: Arc<World>,
    owner: Owner,
    /// How far the machine's clock is off, µs.
    skew: i64,
}

impl SimRuntime {
    /// Of process `owner`, on a machine whose clock is off by `skew` µs.
    pub fn new(world: Arc<World>, owner: Owner, skew: i64) -> Self {
        Self { world, owner, skew }
    }
}

impl Runtime for SimRuntime {
    fn now(&self) -> Moment {
        Moment(SINCE_START + Duration::from_micros(self.world.now()))
    }

    fn wall_micros(&self) -> u64 {
        (EPOCH_MICROS + self.world.now()).saturating_add_signed(self.skew)
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.world.scheduler.sleep(duration).boxed()
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) {
        self.world.scheduler.spawn(self.owner, task);
    }

    fn random(&self) -> f64 {
        self.world.chance.unit()
    }
}
