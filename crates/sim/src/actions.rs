//! What is done to the world: reads and writes by clients, and troubles.

mod clients;
mod processes;
mod troubles;

use std::{sync::Arc, time::Duration};

use futures_util::FutureExt as _;

use crate::{coverage::Sighting, executor::Owner, plan::Action, world::World};

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
}
