//! Virtual time and a scheduler of its own. One thread; of the tasks that are ready the chance of the schedule picks the
//! one that is polled next, and time moves only where nothing is ready (and a few microseconds with each poll). A task
//! belongs to an owner, so that a process can be ended between any two polls, which is to say at any `await`.

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use futures_util::future::BoxFuture;

use crate::chance::Chance;

/// Whose a task is: a process's (by its number, never used twice) or the world's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner(pub u32);

impl Owner {
    /// What no process's end takes away: the network, the database, the driver.
    pub const WORLD: Self = Self(0);
}

/// How a run of the executor ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The driver's condition holds.
    Done,
    /// Nothing is ready and no timer is set.
    Idle,
    /// More polls than any schedule takes: something spins.
    Spinning,
}

/// More polls than this and a schedule is taken to spin.
const MOST_POLLS: u64 = 400_000;

/// The scheduler's handle for everybody: spawning, sleeping, the time.
#[derive(Default)]
pub struct Scheduler {
    now: AtomicU64,
    polls: AtomicU64,
    ready: Mutex<Vec<(usize, u64)>>,
    spawned: Mutex<Vec<(Owner, BoxFuture<'static, ()>)>>,
    timers: Mutex<Timers>,
}

#[derive(Default)]
struct Timers {
    heap: BinaryHeap<Reverse<(u64, u64, usize)>>,
    slots: Vec<Slot>,
    free: Vec<usize>,
    next: u64,
}

#[derive(Default)]
struct Slot {
    number: u64,
    waker: Option<Waker>,
}

struct Task {
    owner: Owner,
    future: BoxFuture<'static, ()>,
    wake: Arc<WakeTask>,
    waker: Waker,
}

struct WakeTask {
    index: usize,
    number: u64,
    queued: AtomicBool,
    scheduler: Arc<Scheduler>,
}

impl Wake for WakeTask {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.queued.swap(true, Ordering::Relaxed) {
            lock(&self.scheduler.ready).push((self.index, self.number));
        }
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl Scheduler {
    /// Microseconds since the world began.
    pub fn now(&self) -> u64 {
        self.now.load(Ordering::Relaxed)
    }

    /// How many polls there have been.
    pub fn polls(&self) -> u64 {
        self.polls.load(Ordering::Relaxed)
    }

    /// A task of `owner`'s.
    pub fn spawn(&self, owner: Owner, task: BoxFuture<'static, ()>) {
        lock(&self.spawned).push((owner, task));
    }

    /// Ends after `duration` of virtual time.
    pub fn sleep(self: &Arc<Self>, duration: Duration) -> Sleep {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        Sleep { until: self.now().saturating_add(micros), timer: None, scheduler: Arc::clone(self) }
    }

    fn set_timer(&self, until: u64, waker: Waker) -> (usize, u64) {
        let mut timers = lock(&self.timers);
        timers.next += 1;
        let number = timers.next;
        let slot = timers.free.pop().unwrap_or_else(|| {
            timers.slots.push(Slot::default());
            timers.slots.len() - 1
        });
        timers.slots[slot] = Slot { number, waker: Some(waker) };
        timers.heap.push(Reverse((until, number, slot)));
        (slot, number)
    }

    /// Wakes all whose time has come; if `jump`, time moves to the next timer first. Says whether any was woken.
    fn fire(&self, jump: bool) -> bool {
        let mut due = Vec::new();
        {
            let mut timers = lock(&self.timers);
            let timers = &mut *timers;
            let mut now = self.now();
            let mut may_jump = jump;
            while let Some(Reverse((until, number, slot))) = timers.heap.peek().copied() {
                let is_set = timers.slots[slot].number == number && timers.slots[slot].waker.is_some();
                if is_set && until > now {
                    if !may_jump || until == u64::MAX {
                        break;
                    }
                    now = until;
                    self.now.store(now, Ordering::Relaxed);
                }
                timers.heap.pop();
                if timers.slots[slot].number == number {
                    if let Some(waker) = timers.slots[slot].waker.take() {
                        due.push(waker);
                        may_jump = false;
                    }
                    timers.free.push(slot);
                }
            }
        }
        let any = !due.is_empty();
        due.into_iter().for_each(Waker::wake);
        any
    }
}

/// A pause in virtual time.
pub struct Sleep {
    until: u64,
    timer: Option<(usize, u64)>,
    scheduler: Arc<Scheduler>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.scheduler.now() >= self.until {
            return Poll::Ready(());
        }
        if let Some((slot, number)) = self.timer {
            let mut timers = lock(&self.scheduler.timers);
            let slot = &mut timers.slots[slot];
            if let Some(waker) = slot.waker.as_mut()
                && slot.number == number
            {
                waker.clone_from(context.waker());
                return Poll::Pending;
            }
        }
        self.timer = Some(self.scheduler.set_timer(self.until, context.waker().clone()));
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some((slot, number)) = self.timer {
            let waker = {
                let mut timers = lock(&self.scheduler.timers);
                let slot = &mut timers.slots[slot];
                if slot.number == number { slot.waker.take() } else { None }
            };
            drop(waker);
        }
    }
}

/// The scheduler's own end: the tasks.
pub struct Executor {
    scheduler: Arc<Scheduler>,
    tasks: Vec<Option<Task>>,
    free: Vec<usize>,
    next: u64,
    /// So many of the ready tasks are in an order that does not depend on who was woken first.
    ordered: usize,
    /// Ready tasks of frozen owners.
    held: Vec<(Owner, usize, u64)>,
    frozen: Vec<Owner>,
}

impl Executor {
    /// One without tasks, at time zero.
    pub fn new() -> Self {
        Self {
            scheduler: Arc::default(),
            tasks: Vec::new(),
            free: Vec::new(),
            next: 0,
            ordered: 0,
            held: Vec::new(),
            frozen: Vec::new(),
        }
    }

    /// The handle that everybody may have.
    pub fn scheduler(&self) -> Arc<Scheduler> {
        Arc::clone(&self.scheduler)
    }

    /// How many tasks `owner` has.
    pub fn tasks_of(&self, owner: Owner) -> usize {
        self.tasks.iter().flatten().filter(|task| task.owner == owner).count()
            + lock(&self.scheduler.spawned).iter().filter(|(of, _)| *of == owner).count()
    }

    /// Ends all of `owner`'s tasks where they stand.
    pub fn kill(&mut self, owner: Owner) {
        let mut ended = Vec::new();
        for index in 0..self.tasks.len() {
            if self.tasks[index].as_ref().is_some_and(|task| task.owner == owner) {
                ended.extend(self.tasks[index].take());
                self.free.push(index);
            }
        }
        let unborn: Vec<_> = {
            let mut spawned = lock(&self.scheduler.spawned);
            let (dead, alive): (Vec<_>, Vec<_>) = spawned.drain(..).partition(|(of, _)| *of == owner);
            *spawned = alive;
            dead
        };
        self.frozen.retain(|of| *of != owner);
        self.held.retain(|(of, ..)| *of != owner);
        drop((ended, unborn));
    }

    /// None of `owner`'s tasks is polled until it [thaws](Self::thaw).
    pub fn freeze(&mut self, owner: Owner) {
        if !self.frozen.contains(&owner) {
            self.frozen.push(owner);
        }
    }

    /// It goes on.
    pub fn thaw(&mut self, owner: Owner) {
        self.frozen.retain(|of| *of != owner);
        let (freed, held): (Vec<_>, Vec<_>) = self.held.drain(..).partition(|(of, ..)| *of == owner);
        self.held = held;
        lock(&self.scheduler.ready).extend(freed.into_iter().map(|(_, index, number)| (index, number)));
    }

    /// Polls until `done` says so.
    pub fn run(&mut self, chance: &Chance, mut done: impl FnMut(&mut Self) -> bool) -> Ended {
        loop {
            self.adopt();
            if done(self) {
                return Ended::Done;
            }
            let picked = {
                let mut ready = lock(&self.scheduler.ready);
                // tokio's `watch` wakes those who wait for it in an order that it draws by itself.
                let from = self.ordered.min(ready.len());
                ready[from..].sort_unstable_by_key(|(_, number)| *number);
                self.ordered = ready.len().saturating_sub(1);
                if ready.is_empty() {
                    None
                } else {
                    let index = chance.below(ready.len() as u64);
                    Some(ready.swap_remove(usize::try_from(index).unwrap_or_default()))
                }
            };
            let Some((index, number)) = picked else {
                if self.scheduler.fire(true) {
                    continue;
                }
                return Ended::Idle;
            };
            if self.poll(index, number) {
                let polls = self.scheduler.polls.fetch_add(1, Ordering::Relaxed) + 1;
                if polls > MOST_POLLS {
                    return Ended::Spinning;
                }
                // Nothing is done in no time, and no two things take the same.
                let took = chance.below(4);
                if took > 0 {
                    self.scheduler.now.fetch_add(took, Ordering::Relaxed);
                    self.scheduler.fire(false);
                }
            }
        }
    }

    fn adopt(&mut self) {
        let spawned = std::mem::take(&mut *lock(&self.scheduler.spawned));
        for (owner, future) in spawned {
            self.next += 1;
            let index = self.free.pop().unwrap_or_else(|| {
                self.tasks.push(None);
                self.tasks.len() - 1
            });
            let wake = Arc::new(WakeTask {
                index,
                number: self.next,
                queued: AtomicBool::new(false),
                scheduler: Arc::clone(&self.scheduler),
            });
            let waker = Waker::from(Arc::clone(&wake));
            wake.wake_by_ref();
            self.tasks[index] = Some(Task { owner, future, wake, waker });
        }
    }

    /// Polls a task, if it is still there and may go on.
    fn poll(&mut self, index: usize, number: u64) -> bool {
        let Some(task) = self.tasks[index].as_mut().filter(|task| task.wake.number == number) else {
            return false;
        };
        if self.frozen.contains(&task.owner) {
            self.held.push((task.owner, index, number));
            return false;
        }
        task.wake.queued.store(false, Ordering::Relaxed);
        let done = task.future.as_mut().poll(&mut Context::from_waker(&task.waker)).is_ready();
        if done {
            let ended = self.tasks[index].take();
            self.free.push(index);
            drop(ended);
        }
        true
    }
}

impl Default for Executor {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Executor {
    fn drop(&mut self) {
        // Tasks first: what they drop may wake others, or set timers free.
        let tasks = std::mem::take(&mut self.tasks);
        drop(tasks);
        let spawned = std::mem::take(&mut *lock(&self.scheduler.spawned));
        drop(spawned);
        let timers = std::mem::take(&mut *lock(&self.scheduler.timers));
        drop(timers);
    }
}
