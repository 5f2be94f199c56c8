//! What one client gets: how the data stands now, then each event, a sign of life in between, and at last why it ends. It
//! holds no more than the event that it is about to send.

use std::{convert::Infallible, pin::Pin, sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::{Stream, stream};
use infra::{
    cache::News,
    identity::{Departure, Stay},
};
use tokio::{sync::watch, time::Instant};

use super::{
    EndReason,
    hub::{Hub, Told},
    message,
    slots::Slot,
};

/// How long it is at least between two looks at whether a stream may go on, unless something is told in between.
const NOT_OFTENER_THAN: Duration = Duration::from_millis(10);

/// The body of an answer that does not end by itself.
pub type EventStream = Pin<Box<dyn Stream<Item = Result<Bytes, Infallible>>>>;

/// A stream that has the place `slot` and goes on as long as `stay`.
pub(super) fn open(hub: Arc<Hub>, slot: Slot, stay: Stay) -> EventStream {
    Box::pin(stream::unfold(Listener::new(hub, slot, stay), async |mut listener| {
        let event = listener.next().await?;
        Some((Ok(event), listener))
    }))
}

struct Listener {
    hub: Arc<Hub>,
    _slot: Slot,
    latest: watch::Receiver<Told>,
    stay: Stay,
    /// When it is looked at whether it may go on, at the latest.
    look_at: Instant,
    sessions: watch::Receiver<()>,
    /// What the client knows.
    told: News,
    /// When the next sign of life is due.
    beat_at: Instant,
    state: State,
}

enum State {
    /// Nothing has been sent; this is the first.
    Beginning(Bytes),
    Going,
    Ended,
}

impl Listener {
    fn new(hub: Arc<Hub>, slot: Slot, stay: Stay) -> Self {
        let (now, latest) = hub.join();
        let mut first = message::retry(hub.config.retry).into_bytes();
        first.extend_from_slice(&now.event);
        Self {
            sessions: hub.sessions(),
            beat_at: Instant::now() + hub.config.heartbeat,
            look_at: Instant::now(),
            stay,
            told: now.news,
            state: State::Beginning(first.into()),
            _slot: slot,
            latest,
            hub,
        }
    }

    async fn next(&mut self) -> Option<Bytes> {
        match std::mem::replace(&mut self.state, State::Going) {
            State::Beginning(first) => return Some(first),
            State::Going => {}
            State::Ended => return None,
        }
        loop {
            tokio::select! {
                biased;
                () = self.hub.stopped.cancelled() => return Some(self.end(EndReason::Shutdown)),
                _ = self.sessions.changed() => self.look_at = Instant::now(),
                () = tokio::time::sleep_until(self.look_at) => {
                    if let Some(reason) = self.look().await {
                        return Some(self.end(reason));
                    }
                }
                _ = self.latest.changed() => {
                    let latest = self.latest.borrow_and_update();
                    if latest.news != self.told {
                        self.told = latest.news.clone();
                        return Some(latest.event.clone());
                    }
                }
                () = tokio::time::sleep_until(self.beat_at) => {
                    self.beat_at = Instant::now() + self.hub.config.heartbeat;
                    return Some(message::HEARTBEAT);
                }
            }
        }
    }

    /// Looks whether it may go on; why not, if it may not.
    async fn look(&mut self) -> Option<EndReason> {
        let looked = tokio::select! {
            biased;
            () = self.hub.stopped.cancelled() => return Some(EndReason::Shutdown),
            looked = self.stay.look() => looked,
        };
        let again_in = match looked {
            Ok(Some(Departure::SignedOut)) => return Some(EndReason::SignedOut),
            Ok(Some(Departure::Expired)) => return Some(EndReason::Expired),
            Ok(None) => self.hub.config.heartbeat.min(self.stay.due_in()).max(NOT_OFTENER_THAN),
            Err(error) => {
                // Nobody could sign out either, and there is nothing in the stream but numbers.
                tracing::debug!(%error, "whether a stream may go on is not known");
                self.hub.config.heartbeat
            }
        };
        self.look_at = Instant::now() + again_in;
        None
    }

    fn end(&mut self, reason: EndReason) -> Bytes {
        self.state = State::Ended;
        message::end(reason)
    }
}
