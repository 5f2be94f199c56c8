//! Invalidation: bump the local sequences at once, then tell Redis. A tag is pending until Redis acknowledges what was
//! bumped before the call was sent. One call is under way at a time; what is bumped meanwhile shares the next. While
//! Redis cannot be reached the calls are repeated with a back-off, all pending tags in one. Once the budget of commands is
//! used up, they are withheld for a while, and sent together.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use domain::invalidation::{CacheTag, CacheTags, InvalidationOutcome};
use futures_util::FutureExt as _;
use tokio::sync::{Notify, watch};

use super::{
    mutation::{Mutation, is_on},
    remote::Remote,
    runtime::{Moment, Runtime, jittered, within},
    stats::Stats,
    supervised::supervised,
    versions::{Known, Versions},
};

const FIRST_BACK_OFF: Duration = Duration::from_millis(200);
const LONGEST_BACK_OFF: Duration = Duration::from_secs(5);

/// When an invalidation whose write may not have happened yet is sent again: after the database has given the statement
/// up, if the role has a `statement_timeout` of at most this, and once more for those that have not.
const UNCERTAIN_AGAIN_AFTER: [Duration; 2] = [Duration::from_secs(30), Duration::from_secs(90)];

/// Sends invalidations.
pub(super) struct Invalidator {
    remote: Arc<Remote>,
    versions: Arc<Versions>,
    runtime: Arc<dyn Runtime>,
    stats: Arc<Stats>,
    patience: Duration,
    sending: Mutex<bool>,
    /// Counts attempts that failed: whoever waits is then told that its invalidation is queued.
    failed: watch::Sender<u64>,
    /// Told after every acknowledgement.
    acknowledged: watch::Sender<()>,
    /// Since when something has been pending.
    pending_since: Mutex<Option<Moment>>,
    /// Ends the sender's pause.
    hurry: Notify,
    /// Whether the last call failed, or the next is withheld, and the sender waits before it.
    pausing: AtomicBool,
    /// Whether the sender waits for the budget's sake.
    withholding: AtomicBool,
    /// Whether nothing is withheld any more.
    draining: AtomicBool,
    /// Whether the last call failed, and none has succeeded since.
    failing: AtomicBool,
}

impl Invalidator {
    /// One whose callers wait for an acknowledgement no longer than `patience`.
    pub(super) fn new(
        remote: Arc<Remote>,
        versions: Arc<Versions>,
        runtime: Arc<dyn Runtime>,
        stats: Arc<Stats>,
        patience: Duration,
    ) -> Self {
        let (failed, acknowledged) = (watch::Sender::new(0), watch::Sender::new(()));
        Self {
            remote,
            versions,
            runtime,
            stats,
            patience,
            sending: Mutex::default(),
            failed,
            acknowledged,
            pending_since: Mutex::default(),
            hurry: Notify::new(),
            pausing: AtomicBool::new(false),
            withholding: AtomicBool::new(false),
            draining: AtomicBool::new(false),
            failing: AtomicBool::new(false),
        }
    }

    /// Makes everything that carries one of `tags` old: here at once, elsewhere once Redis has it.
    pub(super) fn invalidate(
        self: &Arc<Self>,
        tags: CacheTags,
    ) -> impl Future<Output = InvalidationOutcome> + Send + use<> {
        let failed = self.failed.subscribe();
        let acknowledged = self.acknowledged.subscribe();
        let bumped = self.versions.bump_sequences(tags);
        self.since().get_or_insert(self.runtime.now());
        self.stats.invalidated(tags);
        self.send();
        if tags.contains(CacheTag::Sessions) && self.withholding.load(Ordering::Acquire) {
            self.hurry.notify_one();
        }
        let this = Arc::clone(self);
        async move { this.outcome(tags, bumped, failed, acknowledged).await }
    }

    /// The same for a write of which nobody knows whether it happens: now, and again later.
    pub(super) fn invalidate_uncertain(self: &Arc<Self>, tags: CacheTags) {
        drop(self.invalidate(tags));
        let this = Arc::clone(self);
        let again = async move {
            for pause in UNCERTAIN_AGAIN_AFTER {
                this.runtime.sleep(pause).await;
                this.invalidate(tags).await;
            }
        };
        self.runtime.spawn(again.boxed());
    }

    /// Waits until nothing is pending, no longer than `limit`; says whether nothing is.
    pub(super) async fn drain(&self, limit: Duration) -> bool {
        let mut acknowledged = self.acknowledged.subscribe();
        self.draining.store(true, Ordering::Release);
        self.remote.breaker.try_now();
        self.hurry.notify_one();
        let drained = async {
            while !self.versions.known().pending().is_empty() {
                if acknowledged.changed().await.is_err() {
                    return;
                }
            }
        };
        within(&*self.runtime, limit, drained).await.is_some()
    }

    /// Whether the last call failed, so that something is pending.
    pub(super) fn is_failing(&self) -> bool {
        self.failing.load(Ordering::Acquire)
    }

    /// For how long something has been pending without a break; zero where nothing is.
    pub(super) fn waiting_for(&self) -> Duration {
        self.since().map_or(Duration::ZERO, |since| self.runtime.now().since(since))
    }

    fn since(&self) -> std::sync::MutexGuard<'_, Option<Moment>> {
        self.pending_since.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn outcome(
        &self,
        tags: CacheTags,
        bumped: Known,
        mut failed: watch::Receiver<u64>,
        mut acknowledged: watch::Receiver<()>,
    ) -> InvalidationOutcome {
        let begun = self.runtime.now();
        let settled = async {
            loop {
                if self.versions.known().has_acknowledged(tags, &bumped) {
                    self.stats.invalidation_time.record(self.runtime.now().since(begun));
                    return InvalidationOutcome::Applied;
                }
                // What is withheld for the budget's sake goes at once with the sessions' tag.
                let hurried = tags.contains(CacheTag::Sessions) && self.withholding.load(Ordering::Acquire);
                if self.pausing.load(Ordering::Acquire) && !hurried {
                    return InvalidationOutcome::Queued;
                }
                // In this order, not a random one, so that a simulation can repeat itself; after either the loop looks again
                // or ends.
                tokio::select! {
                    biased;
                    _ = acknowledged.changed() => {}
                    _ = failed.changed() => return InvalidationOutcome::Queued,
                }
            }
        };
        within(&*self.runtime, self.patience, settled).await.unwrap_or(InvalidationOutcome::Queued)
    }

    /// Sees to it that someone sends what is pending.
    fn send(self: &Arc<Self>) {
        let mut sending = self.sending.lock().unwrap_or_else(PoisonError::into_inner);
        if !*sending {
            *sending = true;
            let this = Arc::clone(self);
            let (runtime, stats) = (Arc::clone(&self.runtime), Arc::clone(&self.stats));
            let task = supervised("invalidator", runtime, stats, move || Arc::clone(&this).send_all());
            self.runtime.spawn(task.boxed());
        }
    }

    async fn send_all(self: Arc<Self>) {
        let mut back_off = FIRST_BACK_OFF;
        loop {
            let carried = {
                let mut sending = self.sending.lock().unwrap_or_else(PoisonError::into_inner);
                let known = self.versions.known();
                if known.pending().is_empty() {
                    // Under the lock: whoever bumps after this look finds that nobody is sending.
                    *sending = false;
                    *self.since() = None;
                    return;
                }
                known
            };
            let tags = carried.pending();
            let withheld = self.remote.withheld(tags);
            if !withheld.is_zero() && !self.draining.load(Ordering::Acquire) {
                self.withhold(withheld).await;
                continue;
            }
            if self.remote.bump(tags, &carried).await.is_ok() {
                back_off = FIRST_BACK_OFF;
                if self.failing.swap(false, Ordering::AcqRel) {
                    tracing::info!(cache.tags = ?tags, "the invalidations that waited are with Redis, all in one call");
                }
                self.acknowledged.send_replace(());
                continue;
            }
            let begins = !self.failing.swap(true, Ordering::AcqRel);
            self.failed.send_modify(|attempts| *attempts += 1);
            if is_on(Mutation::NoRetry) {
                *self.sending.lock().unwrap_or_else(PoisonError::into_inner) = false;
                return;
            }
            let pause =
                jittered(&*self.runtime, back_off).max(self.remote.breaker.closed_in().min(LONGEST_BACK_OFF));
            if begins {
                // How long it lasts, and why, is told where calls to Redis are made.
                tracing::warn!(
                    cache.tags = ?tags,
                    "invalidations wait for Redis: what was written here is seen here, and elsewhere as soon as Redis takes \
                     them, or when the entries' time has passed"
                );
            }
            self.pausing.store(true, Ordering::Release);
            tokio::select! {
                biased;
                () = self.runtime.sleep(pause) => {}
                () = self.hurry.notified() => {}
            }
            self.pausing.store(false, Ordering::Release);
            back_off = (back_off * 2).min(LONGEST_BACK_OFF);
        }
    }

    /// Waits for the budget's sake; who waits for an acknowledgement meanwhile is told that its invalidation is queued.
    async fn withhold(&self, pause: Duration) {
        self.stats.invalidations_withheld.count();
        self.withholding.store(true, Ordering::Release);
        self.pausing.store(true, Ordering::Release);
        self.failed.send_modify(|attempts| *attempts += 1);
        // Whoever bumped the sessions' tag before it could see that somebody waits.
        if !self.versions.known().pending().contains(CacheTag::Sessions) {
            tokio::select! {
                () = self.runtime.sleep(pause) => {}
                () = self.hurry.notified() => {}
            }
        }
        self.pausing.store(false, Ordering::Release);
        self.withholding.store(false, Ordering::Release);
    }
}
