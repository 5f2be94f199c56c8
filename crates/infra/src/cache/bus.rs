//! The bus: Redis pub/sub on a connection of its own, by which instances tell each other new versions. On every
//! connection: subscribe, wait for the acknowledgement, then read all versions (which closes the gap since the last
//! connection), and only then the bus is healthy. A reading belongs to one connection and is dropped with it.
//!
//! It opens with the first use of L2 and, once lost, comes back only when somebody asks for something: an instance that
//! nobody asks sends no command. While it is down, readers ask Redis for versions themselves.
//!
//! A gap is noticed in two ways. A message that cannot be decoded is one at once. A version that a read found ahead of
//! the bus, or a message below what is known, becomes one unless the bus catches up within [`PATIENCE`]: mostly the
//! message is merely still on its way on the other connection, and a reading of all versions costs a command.

use std::{
    future::{pending, ready},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU8, Ordering},
    },
    time::Duration,
};

use domain::invalidation::{CacheTag, CacheTags};
use futures_util::{FutureExt as _, future::BoxFuture};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::{
    l2::{BusMessage, L2Error, Subscription},
    mutation::{Mutation, is_on},
    remote::{Remote, Unreachable},
    runtime::{Moment, Runtime, jittered},
    stats::Stats,
    supervised::supervised,
    trouble::{Channel, Trouble, Troubles},
    versions::{PerTag, Versions},
};

/// How long the bus may be behind what a read has shown.
pub(super) const PATIENCE: Duration = Duration::from_secs(1);
const FIRST_BACK_OFF: Duration = Duration::from_millis(200);
const LONGEST_BACK_OFF: Duration = Duration::from_secs(30);

/// This instance's end of the bus.
pub(super) struct Bus {
    remote: Arc<Remote>,
    versions: Arc<Versions>,
    runtime: Arc<dyn Runtime>,
    stats: Arc<Stats>,
    /// A [`BusState`].
    state: AtomicU8,
    /// What is wrong with its connection.
    pub(super) troubles: Troubles,
    started: AtomicBool,
    wanted: Notify,
    suspected: Notify,
    suspicion: Mutex<Suspicion>,
    stopped: CancellationToken,
}

/// How the bus stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum BusState {
    /// Not open: nobody has asked for anything yet, or not since it was lost.
    Closed,
    /// Connecting, or connected and reading the versions that it may have missed.
    Connecting,
    /// Every invalidation elsewhere is told as it happens.
    Healthy,
    /// Connecting failed; it is tried again after a while.
    BackingOff,
}

impl BusState {
    /// All of them.
    pub const EVERY: [Self; 4] = [Self::Closed, Self::Connecting, Self::Healthy, Self::BackingOff];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Connecting => "connecting",
            Self::Healthy => "healthy",
            Self::BackingOff => "backing_off",
        }
    }
}

/// What the bus has told, and what it should have.
#[derive(Debug, Default)]
struct Suspicion {
    /// The highest version that a message of this connection told.
    heard: PerTag<u64>,
    /// The same, or what the last reading of all versions showed, whichever is higher.
    told: PerTag<u64>,
    /// The versions it must have told by then.
    due: Option<(Moment, PerTag<u64>)>,
}

/// A reading of all versions under way; none is a future that never ends.
type Reading<'a> = BoxFuture<'a, Result<(), Unreachable>>;

/// Why a connection's life ended.
enum End {
    Lost,
    /// The server is a replica: its name may lead elsewhere now.
    Moved,
    Stopped,
}

/// Sees to it that a bus whose task ends, however it does, is not taken for one that tells everything.
struct Closing<'a>(&'a Bus);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.enter(BusState::Closed);
    }
}

impl Bus {
    /// The bus of one instance, not yet open.
    pub(super) fn new(
        remote: Arc<Remote>,
        versions: Arc<Versions>,
        runtime: Arc<dyn Runtime>,
        stats: Arc<Stats>,
    ) -> Self {
        let troubles = Troubles::new(Arc::clone(&runtime), Channel::Bus);
        Self {
            remote,
            versions,
            runtime,
            stats,
            state: AtomicU8::new(BusState::Closed as u8),
            troubles,
            started: AtomicBool::new(false),
            wanted: Notify::new(),
            suspected: Notify::new(),
            suspicion: Mutex::default(),
            stopped: CancellationToken::new(),
        }
    }

    /// Whether it tells every invalidation as it happens. Without other processes there is nothing to be told.
    pub(super) fn is_healthy(&self) -> bool {
        self.state.load(Ordering::Acquire) == BusState::Healthy as u8 || !self.remote.is_shared()
    }

    /// How it stands; of one that has nobody to hear of it means nothing.
    pub(super) fn state(&self) -> BusState {
        let state = usize::from(self.state.load(Ordering::Acquire));
        BusState::EVERY.get(state).copied().unwrap_or(BusState::Closed)
    }

    fn enter(&self, state: BusState) {
        self.state.store(state as u8, Ordering::Release);
    }

    /// Somebody asks for something: open the bus if it is not.
    pub(super) fn want(self: &Arc<Self>) {
        if self.is_healthy() {
            return;
        }
        self.wanted.notify_one();
        if !self.started.swap(true, Ordering::AcqRel) {
            let bus = Arc::clone(self);
            let (runtime, stats) = (Arc::clone(&self.runtime), Arc::clone(&self.stats));
            let task = supervised("bus", runtime, stats, move || {
                let bus = Arc::clone(&bus);
                async move { bus.live().await }
            });
            self.runtime.spawn(task.boxed());
        }
    }

    /// A read found versions ahead of what the bus has told.
    pub(super) fn suspect(&self) {
        let known = self.versions.known().versions;
        let mut suspicion = self.lock();
        if suspicion.due.is_none() {
            suspicion.due = Some((self.runtime.now() + PATIENCE, known));
            drop(suspicion);
            self.suspected.notify_one();
        }
    }

    /// Closes it for good.
    pub(super) fn stop(&self) {
        self.stopped.cancel();
        self.enter(BusState::Closed);
    }

    async fn live(&self) {
        // However the last life ended: one that panicked leaves a state behind.
        let _closed = Closing(self);
        let mut back_off = FIRST_BACK_OFF;
        loop {
            tokio::select! {
                biased;
                () = self.stopped.cancelled() => return,
                () = self.wanted.notified() => {}
            }
            self.enter(BusState::Connecting);
            if is_on(Mutation::ResyncBeforeSubscription) {
                let _ = self.read_all().await;
            }
            match self.remote.subscribe().await {
                Ok(subscription) => {
                    self.stats.bus_connections.count();
                    // What was found out before this connection was made does not concern it.
                    let _ = self.remote.moved.notified().now_or_never();
                    let end = self.serve(subscription, &mut back_off).await;
                    self.enter(BusState::BackingOff);
                    if is_on(Mutation::LateResync) && self.read_all().await.is_ok() {
                        self.enter(BusState::Healthy);
                    }
                    match end {
                        End::Stopped => return,
                        End::Lost => self.in_trouble(&Trouble::closed()),
                        End::Moved => tracing::info!("the bus is opened anew, as Redis may be elsewhere now"),
                    }
                }
                Err(trouble) => {
                    self.enter(BusState::BackingOff);
                    self.in_trouble(&trouble);
                }
            }
            tokio::select! {
                biased;
                () = self.stopped.cancelled() => return,
                () = self.runtime.sleep(jittered(&*self.runtime, back_off)) => {}
            }
            back_off = (back_off * 2).min(LONGEST_BACK_OFF);
        }
    }

    fn in_trouble(&self, trouble: &Trouble) {
        self.stats.trouble(trouble.kind).count();
        self.troubles.met("subscribe", trouble);
    }

    /// One connection's life. Messages are merged from the first on; the bus is healthy only between the end of a
    /// reading of all versions and the next gap.
    async fn serve(&self, mut subscription: Box<dyn Subscription>, back_off: &mut Duration) -> End {
        let mut reading: Reading<'_> =
            if is_on(Mutation::NoResync) || is_on(Mutation::ResyncBeforeSubscription) {
                ready(Ok(())).boxed()
            } else {
                self.read_all().boxed()
            };
        self.lock().heard = PerTag::default();
        loop {
            let due = self.lock().due.as_ref().map(|(at, _)| at.since(self.runtime.now()));
            // In this order, not a random one, so that a simulation can repeat itself. Messages before the reading: a
            // connection that has ended must not become healthy. They starve nothing: there is one for each invalidation,
            // which takes Redis longer than hearing of it takes us.
            tokio::select! {
                biased;
                () = self.stopped.cancelled() => return End::Stopped,
                message = subscription.next() => match message {
                    None => return End::Lost,
                    Some(message) => {
                        if self.hear(message).is_gap() {
                            self.gap(&mut reading);
                        }
                    }
                },
                outcome = &mut reading => {
                    if outcome.is_ok() {
                        reading = pending().boxed();
                        *back_off = FIRST_BACK_OFF;
                        let mut suspicion = self.lock();
                        suspicion.told = self.versions.known().versions;
                        suspicion.due = None;
                        drop(suspicion);
                        // Whoever asked for the bus has it now: a permit left over would one day open it unasked.
                        let _ = self.wanted.notified().now_or_never();
                        self.enter(BusState::Healthy);
                        if !self.troubles.over("subscribe") {
                            tracing::debug!("the bus is up");
                        }
                    } else {
                        let pause = jittered(&*self.runtime, *back_off).max(self.remote.breaker.closed_in());
                        *back_off = (*back_off * 2).min(LONGEST_BACK_OFF);
                        reading = self.read_all_after(pause).boxed();
                    }
                }
                () = self.suspected.notified() => {}
                () = self.remote.moved.notified() => return End::Moved,
                () = self.runtime.sleep(due.unwrap_or_default()), if due.is_some() => {
                    if self.is_behind() {
                        self.gap(&mut reading);
                    }
                }
            }
        }
    }

    fn gap<'a>(&'a self, reading: &mut Reading<'a>) {
        self.stats.bus_gaps.count();
        if is_on(Mutation::IgnoreGaps) {
            return;
        }
        self.enter(BusState::Connecting);
        *reading = self.read_all().boxed();
    }

    /// Reads all versions and starts the unknown ones.
    async fn read_all(&self) -> Result<(), Unreachable> {
        let read = self.remote.read(&[], CacheTags::EVERY).await?;
        if !read.merged.unknown.is_empty() {
            self.remote.start(read.merged.unknown).await?;
        }
        Ok(())
    }

    /// The same after a pause and, since it costs a command, once somebody asks.
    async fn read_all_after(&self, pause: Duration) -> Result<(), Unreachable> {
        self.runtime.sleep(pause).await;
        self.wanted.notified().await;
        self.read_all().await
    }

    fn hear(&self, message: Result<BusMessage, L2Error>) -> Heard {
        self.stats.bus_messages.count();
        let Ok(message) = message else {
            return Heard::Gap;
        };
        let newest = self.remote.newest_plausible();
        if message.versions.iter().any(|(_, version)| *version > newest) {
            return Heard::Gap;
        }
        if let (Some(clock), Some((_, made))) =
            (self.remote.clock.micros(self.runtime.now()), message.versions.first())
        {
            self.stats.bus_time.record(Duration::from_micros(clock.saturating_sub(*made)));
        }
        for (tag, version) in message.versions {
            let below_known = self.versions.merge_told(tag, version);
            let mut suspicion = self.lock();
            let below_heard = version < suspicion.heard[tag];
            suspicion.heard[tag] = suspicion.heard[tag].max(version);
            suspicion.told[tag] = suspicion.told[tag].max(version);
            drop(suspicion);
            if below_heard {
                // It went backwards by its own account: Redis was emptied, or a fail-over lost writes.
                return Heard::Gap;
            }
            if below_known {
                self.suspect();
            }
        }
        Heard::Fine
    }

    /// Whether what was due has not been told; the suspicion ends either way.
    fn is_behind(&self) -> bool {
        let mut suspicion = self.lock();
        let now = self.runtime.now();
        match suspicion.due {
            Some((at, due)) if now >= at => {
                let told = suspicion.told;
                let behind = |due: &PerTag<u64>| CacheTag::EVERY.into_iter().any(|tag| told[tag] < due[tag]);
                // What was found in the meantime is due a while later.
                let known = self.versions.known().versions;
                suspicion.due = behind(&known).then(|| (now + PATIENCE, known));
                behind(&due)
            }
            _ => false,
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Suspicion> {
        self.suspicion.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a message was.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Heard {
    Fine,
    Gap,
}

impl Heard {
    fn is_gap(self) -> bool {
        self == Self::Gap
    }
}
