//! The one place on a node that watches the versions. Each event is made here once, and all streams send the same bytes.
//! The newest one is all that is kept: whoever reads slowly gets that and misses those in between.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use domain::audit::Actor;
use infra::{
    cache::{L2Health, News},
    identity::{Identity, Stay},
    metrics_cache::MetricsCacheService,
};
use tokio::{
    runtime::Handle,
    sync::{Notify, watch},
};
use tokio_util::sync::{CancellationToken, DropGuard};
use uuid::Uuid;

use super::{
    EventsConfig,
    coalescing::{Coalescing, Next},
    message,
    slots::{Full, Slots},
    stream::{self, EventStream},
};

/// How often is looked whether the bus is open, as long as somebody listens. Of Redis it is asked no more often than the bus's
/// own pauses allow.
const BUS_EVERY: Duration = Duration::from_secs(1);

/// Everybody who listens on a node.
pub struct Events {
    hub: Arc<Hub>,
    _running: DropGuard,
}

/// What was counted of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventCounts {
    /// Streams that are open.
    pub open: usize,
    /// Streams that there was no place for.
    pub refused: u64,
    /// Events that were made, each for all streams.
    pub announced: u64,
}

/// What the streams of a node share.
pub(super) struct Hub {
    pub(super) config: EventsConfig,
    metrics: Arc<MetricsCacheService>,
    latest: watch::Sender<Told>,
    /// Told when somebody's session or token may have ended.
    sessions: watch::Sender<()>,
    /// Told when somebody begins to listen.
    arrived: Notify,
    slots: Slots,
    announced: AtomicU64,
    pub(super) stopped: CancellationToken,
}

/// News, and the event that tells them.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) news: News,
    pub(super) event: Bytes,
}

impl Told {
    fn of(news: News) -> Self {
        Self { event: message::versions(&news.versions), news }
    }
}

impl Events {
    /// Nobody listens yet to what moves in `metrics`. What is done for all of them runs on `runtime`, until this is dropped or
    /// stopped.
    pub fn new(config: EventsConfig, metrics: Arc<MetricsCacheService>, runtime: &Handle) -> Self {
        let stopped = CancellationToken::new();
        let hub = Arc::new(Hub {
            config,
            metrics,
            latest: watch::Sender::new(Told::of(News::default())),
            sessions: watch::Sender::new(()),
            arrived: Notify::new(),
            slots: Slots::new(config.streams, config.streams_each),
            announced: AtomicU64::new(0),
            stopped: stopped.clone(),
        });
        runtime.spawn(Arc::clone(&hub).announce());
        Self { hub, _running: stopped.drop_guard() }
    }

    /// A stream that goes on as long as `stay`.
    ///
    /// # Errors
    /// [`Full`], where there is no place for it.
    pub async fn open(&self, stay: Stay) -> Result<EventStream, Full> {
        let slot = self.hub.slots.take(holder(stay.identity()))?;
        self.hub.metrics.hears_of_others();
        self.hub.arrived.notify_one();
        if self.hub.metrics.l2_health() == L2Health::Absent {
            // Known before anybody has read anything, and without a command: the versions are in this process.
            self.hub.metrics.probe_l2().await;
        }
        Ok(stream::open(Arc::clone(&self.hub), slot, stay))
    }

    /// Ends every stream, and every one that begins after this.
    pub fn stop(&self) {
        self.hub.stopped.cancel();
    }

    /// What was counted.
    pub fn counts(&self) -> EventCounts {
        EventCounts {
            open: self.hub.slots.taken(),
            refused: self.hub.slots.refused(),
            announced: self.hub.announced.load(Ordering::Relaxed),
        }
    }
}

/// Whose share of the places a stream counts in: the user's, in whichever session, or the token's.
fn holder(identity: &Identity) -> Uuid {
    match (&identity.session, &identity.actor) {
        (Some(session), _) => session.user_id,
        (None, Actor::User { id, .. } | Actor::Token { id, .. }) => *id,
        (None, Actor::Operator | Actor::Anonymous) => Uuid::nil(),
    }
}

impl Hub {
    /// How the data stands now, and where it is told from here on that it has moved.
    pub(super) fn join(&self) -> (Told, watch::Receiver<Told>) {
        // Nothing is told while this is held: what is told later is never older than what is read here.
        let latest = self.latest.borrow();
        let news = self.metrics.news();
        let now = if latest.news == news { latest.clone() } else { Told::of(news) };
        (now, self.latest.subscribe())
    }

    /// Where it is told that somebody's session or token may have ended.
    pub(super) fn sessions(&self) -> watch::Receiver<()> {
        self.sessions.subscribe()
    }

    async fn announce(self: Arc<Self>) {
        let mut moves = self.metrics.moves();
        let mut sessions = self.metrics.sessions_stamp();
        let mut coalescing = Coalescing::new(self.config.window, News::default());
        loop {
            let listened = self.slots.taken() > 0;
            if listened {
                // Whoever listens asks all the time: the bus is opened again where it was lost.
                self.metrics.hears_of_others();
            }
            if !self.metrics.is_current(&sessions) {
                sessions = self.metrics.sessions_stamp();
                self.sessions.send_replace(());
            }
            let now = Instant::now();
            let due = match coalescing.look(&self.metrics.news(), now) {
                Next::Rest => None,
                Next::Tell => {
                    coalescing.told(self.tell(), now);
                    continue;
                }
                Next::Wait(due) => Some(due),
            };
            tokio::select! {
                () = self.stopped.cancelled() => return,
                heard = moves.changed() => if heard.is_err() { return },
                () = self.arrived.notified() => {}
                () = tokio::time::sleep_until(due.unwrap_or(now).into()), if due.is_some() => {}
                () = tokio::time::sleep(BUS_EVERY), if listened => {}
            }
        }
    }

    /// Tells everybody how the data stands.
    fn tell(&self) -> News {
        self.announced.fetch_add(1, Ordering::Relaxed);
        self.latest.send_modify(|latest| *latest = Told::of(self.metrics.news()));
        self.latest.borrow().news.clone()
    }
}
