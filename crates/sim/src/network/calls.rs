//! A call on its way to Redis and back: it takes its time, may get lost on either, and dies with its connection.

use std::{
    future::poll_fn,
    sync::{Arc, Mutex},
    task::{Poll, Waker},
    time::Duration,
};

use domain::invalidation::CacheTags;
use futures_util::FutureExt as _;
use infra::cache::{
    l2::{L2Error, ScriptReply},
    trouble::TroubleKind,
};

use super::{Kind, Way};
use crate::{
    coverage::Sighting,
    executor::{Owner, lock},
    oracle::Source,
    world::{State, World},
};

/// As long as connecting may take.
const CONNECT_WITHIN: Duration = Duration::from_secs(2);

/// A process's way to Redis.
pub struct FakeL2 {
    pub(super) world: Arc<World>,
    pub(super) machine: usize,
    pub(super) owner: Owner,
}

/// Where the reply to a call arrives.
struct Inbox<T>(Arc<Mutex<(Option<T>, Option<Waker>)>>);

impl<T> Clone for Inbox<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Inbox<T> {
    fn new() -> Self {
        Self(Arc::new(Mutex::new((None, None))))
    }

    fn put(&self, reply: T) {
        let waker = {
            let mut inbox = lock(&self.0);
            inbox.0 = Some(reply);
            inbox.1.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    async fn take(&self) -> T {
        poll_fn(|context| {
            let mut inbox = lock(&self.0);
            if let Some(reply) = inbox.0.take() {
                return Poll::Ready(reply);
            }
            inbox.1 = Some(context.waker().clone());
            Poll::Pending
        })
        .await
    }
}

/// A call under way; dropped before its end it counts as failed.
struct UnderWay<'a> {
    l2: &'a FakeL2,
    number: u64,
    ended: bool,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        if !self.ended {
            let mut state = self.l2.world.state();
            state.coverage.saw(Sighting::CallFailed);
            state.failed(self.l2.owner, self.number);
            self.l2.world.tell(|| format!("{} gives call {} up", self.l2, self.number));
        }
    }
}

impl std::fmt::Display for FakeL2 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "node {}", self.machine)
    }
}

impl FakeL2 {
    /// The way of process `owner` on `machine`.
    pub fn new(world: Arc<World>, machine: usize, owner: Owner) -> Self {
        Self { world, machine, owner }
    }

    /// Sends a call. `execute` is what Redis does; it gives the reply with the `seq` at which it was done.
    pub(super) async fn call<T: Clone + Send + std::fmt::Debug + 'static>(
        &self,
        kind: Kind,
        execute: impl FnOnce(&Arc<World>, &mut State) -> Result<T, L2Error> + Send + 'static,
    ) -> Result<(T, u64), L2Error> {
        let world = &self.world;
        let is_subscribe = kind == Kind::Subscribe;
        let (number, link, calm) = {
            let mut state = world.state();
            state.coverage.saw(Sighting::Call);
            let number = world.sent(&mut state, self.owner, &kind);
            (number, state.machines[self.machine].link, state.calm)
        };
        world.tell(|| format!("{self} sends call {number}: {kind:?}"));
        let mut under_way = UnderWay { l2: self, number, ended: false };
        let inbox = Inbox::new();
        let chance = &world.chance;
        let delay = || {
            let spread = world.settings.call_spread_micros + link.slow_micros;
            Duration::from_micros(30 + chance.below(spread))
        };
        let (there, back) = (delay(), delay());
        let lost = if calm { 0 } else { world.settings.lost_per_mille };
        let (loses_request, loses_reply) = (chance.below(1000) < lost, chance.below(1000) < lost);
        let wire = {
            let (world, inbox, machine, owner) = (Arc::clone(world), inbox.clone(), self.machine, self.owner);
            async move {
                world.scheduler.sleep(there).await;
                let refused = || Err(unreachable("connection refused"));
                let outcome = {
                    let mut state = world.state();
                    let now = state.machines[machine].link;
                    if state.machine_of(owner).is_none() && now.connection != link.connection {
                        return;
                    }
                    match now.way {
                        Way::Refused => refused(),
                        Way::Swallowed => return,
                        _ if now.connection != link.connection => refused(),
                        _ if loses_request => return,
                        way => {
                            let reply = execute(&world, &mut state);
                            let seq = state.tick();
                            world.tell(|| format!("  Redis executes call {number}: {reply:?}"));
                            if way == Way::Mute || loses_reply {
                                state.coverage.saw(Sighting::ReplyLost);
                                return;
                            }
                            reply.map(|reply| (reply, seq))
                        }
                    }
                };
                world.scheduler.sleep(back).await;
                let cut = {
                    let state = world.state();
                    let now = state.machines[machine].link;
                    match now.way {
                        Way::Mute | Way::Swallowed => return,
                        _ => now.connection != link.connection,
                    }
                };
                inbox.put(if cut && outcome.is_ok() {
                    Err(unreachable("the connection was lost"))
                } else {
                    outcome
                });
            }
        };
        world.scheduler.spawn(Owner::WORLD, wire.boxed());
        let outcome = if is_subscribe {
            let limit = world.scheduler.sleep(CONNECT_WITHIN);
            match futures_util::future::select(std::pin::pin!(inbox.take()), limit).await {
                futures_util::future::Either::Left((outcome, _)) => outcome,
                futures_util::future::Either::Right(_) => Err(unreachable("connecting took too long")),
            }
        } else {
            inbox.take().await
        };
        under_way.ended = true;
        let mut state = world.state();
        if let Err(error) = &outcome {
            state.coverage.saw(Sighting::CallFailed);
            state.failed(self.owner, number);
            world.tell(|| format!("{self} is told that call {number} failed: {error}"));
        } else {
            state.succeeded(self.owner, number, &kind);
            world.tell(|| format!("{self} gets the reply to call {number}"));
        }
        outcome
    }

    pub(super) fn told_by_script(&self, tags: CacheTags, reply: &ScriptReply, source: Source) {
        let mut state = self.world.state();
        for tag in tags.iter().filter(|tag| reply.versions[*tag] > 0) {
            state.told(&self.world, self.owner, tag, reply.versions[tag], source);
        }
    }
}

fn unreachable(problem: &str) -> L2Error {
    L2Error::new(TroubleKind::Unreachable, problem, "none: it is part of the plan")
}
