//! Runs a plan: starts the nodes, does what the plan says, mends everything, and looks whether the nodes find back.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use domain::invalidation::CacheTag;
use futures_util::FutureExt as _;
use infra::cache::{LayerOutcome, TwoLevel};

use crate::{
    coverage::{Coverage, Sighting},
    database::read_body,
    executor::{Ended, Executor, Owner},
    oracle::{Promise, Violation},
    plan::{Plan, Step},
    world::{Order, World},
};

/// What came of a plan.
pub struct Outcome {
    /// The first promise broken, if any.
    pub violation: Option<Violation>,
    /// What was met.
    pub coverage: Coverage,
    /// The story, if it was told: µs and what happened.
    pub story: Vec<(u64, String)>,
    /// The same for the same plan, whenever and wherever it runs.
    pub digest: u64,
}

/// Nodes find back within so many looks, one every [`LOOK_EVERY`].
const LOOKS: u32 = 60;
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Longer than any entry's time and any repetition of an invalidation.
const QUIET: Duration = Duration::from_secs(130);
/// A key that L1 answers.
const ANY_KEY: usize = 4;

/// Runs `plan`.
pub fn run(plan: &Plan, telling: bool) -> Outcome {
    let mut executor = Executor::new();
    let world = World::new(executor.scheduler(), plan.settings.clone(), plan.seed, telling);
    for node in 0..plan.settings.nodes() {
        world.start(node);
    }
    let driving = drive(Arc::clone(&world), plan.steps.clone());
    world.scheduler.spawn(Owner::WORLD, driving.boxed());
    let ended = {
        let world = Arc::clone(&world);
        executor.run(&Arc::clone(&world).chance, move |executor| {
            if !world.called.swap(false, Ordering::Relaxed) {
                return false;
            }
            let (orders, over) = {
                let mut state = world.state();
                let over = state.violation.is_some() || state.done;
                (std::mem::take(&mut state.orders), over)
            };
            for order in orders {
                match order {
                    Order::Kill(owner) => executor.kill(owner),
                    Order::Freeze(owner) => executor.freeze(owner),
                    Order::Thaw(owner) => executor.thaw(owner),
                }
            }
            over
        })
    };
    look_for_leaks(&world, &executor, ended);
    finish(&world, executor)
}

fn look_for_leaks(world: &World, executor: &Executor, ended: Ended) {
    let mut state = world.state();
    let state = &mut *state;
    if ended != Ended::Done {
        world.violate(state, Promise::NeverFails, || format!("the schedule did not end: {ended:?}"));
    }
    if state.violation.is_none() {
        for owner in state.machines.iter().map(|machine| machine.owner).collect::<Vec<_>>() {
            // The one that listens to the bus.
            let tasks = executor.tasks_of(owner);
            if tasks > 1 {
                world.violate(state, Promise::Convergence, || {
                    format!("process {} still has {tasks} tasks when all is quiet", owner.0)
                });
            }
        }
    }
}

fn finish(world: &Arc<World>, executor: Executor) -> Outcome {
    let engines: Vec<_> = {
        let mut state = world.state();
        let state = &mut *state;
        let engines: Vec<_> = state.machines.iter_mut().filter_map(|machine| machine.engine.take()).collect();
        for engine in &engines {
            count(engine, &mut state.coverage);
        }
        state.machines.iter_mut().for_each(|machine| machine.owner = Owner::WORLD);
        engines
    };
    drop((engines, executor));
    let mut state = world.state();
    state.coverage.saw(Sighting::Schedule);
    state.coverage.add(Sighting::Poll, world.scheduler.polls());
    if world.settings.padding > 0 {
        state.coverage.saw(Sighting::LargeBody);
    }
    let story = world.story();
    let mut digest = DefaultHasher::new();
    (world.now(), world.scheduler.polls(), state.seq, world.chance.word(), &story).hash(&mut digest);
    Outcome {
        violation: state.violation.take(),
        coverage: std::mem::take(&mut state.coverage),
        story,
        digest: digest.finish(),
    }
}

/// Adds what an engine has counted.
pub fn count(engine: &TwoLevel, coverage: &mut Coverage) {
    let stats = engine.stats();
    for part in stats.instance.parts.values() {
        coverage.add(Sighting::JoinRefused, part.joins_refused);
        coverage.add(Sighting::Joined, part.coalesced);
    }
    if let Some(l2) = stats.instance.l2 {
        coverage.add(Sighting::Gap, l2.bus.gaps);
    }
}

async fn drive(world: Arc<World>, steps: Vec<Step>) {
    for (pause, action) in steps {
        world.scheduler.sleep(Duration::from_micros(pause)).await;
        world.act(&action);
    }
    world.tell(|| "— all that was planned has been done; everything is mended".to_owned());
    world.scheduler.sleep(Duration::from_secs(1)).await;
    world.heal();
    // What hung has ended by then, and so has the pause after it.
    world.scheduler.sleep(world.settings.load_hard + Duration::from_secs(2)).await;
    settle(&world).await;
    agree(&world).await;
    rest(&world).await;
    let mut state = world.state();
    state.done = true;
    world.called.store(true, Ordering::Relaxed);
}

fn nodes(world: &World) -> std::ops::Range<usize> {
    0..world.settings.nodes()
}

/// Waits until each node relies on its bus again and nothing is pending anywhere.
async fn settle(world: &Arc<World>) {
    for _ in 0..LOOKS {
        let mut settled = true;
        for node in nodes(world) {
            world.start(node);
            let Some((owner, engine)) = world.engine(node) else { continue };
            let _ = world.reads(&engine, owner, ANY_KEY, 0, false, None).await;
            let mut state = world.state();
            let now = world.now();
            let thawed = state.machines[node].frozen_until < now;
            let stopping = state.facts.processes[node].stopping;
            let ready =
                state.facts.process(owner).is_some_and(|process| process.is_ready(now) && process.is_clean());
            settled &= ready && thawed && !stopping && engine.news().is_settled();
        }
        if settled {
            return;
        }
        world.scheduler.sleep(LOOK_EVERY).await;
        world.heal();
    }
    let mut state = world.state();
    world.violate(&mut state, Promise::Convergence, || "the nodes have not found back to normal".to_owned());
}

/// One more write is seen by all, and after it L1 answers everywhere.
async fn agree(world: &Arc<World>) {
    let Some((owner, engine)) = world.engine(0) else { return };
    world.writes(&engine, owner, CacheTag::Users.into(), 0).await;
    let written = world.state().seq;
    world.scheduler.sleep(Duration::from_micros(world.settings.bus_spread_micros + 100_000)).await;
    for node in nodes(world) {
        let Some((owner, engine)) = world.engine(node) else { continue };
        {
            let mut state = world.state();
            if !state.knows_all(owner, written) && !state.facts.troubled {
                world.violate(&mut state, Promise::BoundedStaleness, || {
                    format!("process {} was not told of the last write", owner.0)
                });
            }
        }
        let _ = world.reads(&engine, owner, ANY_KEY, 0, false, None).await;
    }
    // A gap that a read has shown is made up for by then.
    world.scheduler.sleep(Duration::from_secs(4)).await;
    for node in nodes(world) {
        let Some((owner, engine)) = world.engine(node) else { continue };
        let mut hit = false;
        for _ in 0..3 {
            if let Some(Ok(served)) = world.reads(&engine, owner, ANY_KEY, 0, false, None).await {
                hit = served.lookups.len() == 1
                    && served.lookups[0].layer == "l1"
                    && matches!(served.lookups[0].outcome, LayerOutcome::Hit { .. });
            }
        }
        if !hit {
            let mut state = world.state();
            world.violate(&mut state, Promise::Convergence, || {
                format!("process {}: L1 does not answer though all is well", owner.0)
            });
        }
    }
}

/// Nobody asks for longer than anything lives: nobody sends anything, and then everybody answers the newest.
async fn rest(world: &Arc<World>) {
    world.scheduler.sleep(QUIET).await;
    let sent =
        |world: &World| world.state().facts.processes.iter().map(|process| process.sent).collect::<Vec<_>>();
    let before = sent(world);
    world.scheduler.sleep(Duration::from_mins(1)).await;
    if sent(world) != before {
        let mut state = world.state();
        world.violate(&mut state, Promise::Commands, || {
            "an instance that nobody asks sends commands".to_owned()
        });
    }
    for node in nodes(world) {
        let Some((owner, engine)) = world.engine(node) else { continue };
        let outcome = world.reads(&engine, owner, 0, 0, false, None).await;
        {
            let mut state = world.state();
            let rows = state.database.rows;
            let newest = outcome.and_then(Result::ok).is_some_and(|served| {
                read_body(&served.body.identity.bytes).is_some_and(|(_, loads)| {
                    loads.iter().all(|load| state.database.loads[*load].rows == rows)
                })
            });
            if !newest {
                world.violate(&mut state, Promise::Convergence, || {
                    format!("process {} does not answer the newest when all is quiet", owner.0)
                });
            }
        }
        // What the answer has set going ends.
        world.scheduler.sleep(Duration::from_secs(1)).await;
    }
}
