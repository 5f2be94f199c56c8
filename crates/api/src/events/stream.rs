//! What one client gets: how the data stands now, then each event, a sign of life in between, and at last why it ends. It
//! holds no more than the event that it is about to send.

use std::{convert::Infallible, pin::Pin, sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::{Stream, stream};
use infra::{
    cache::News,
    identity::{Departure, Stay},
};
use tokio::{
    sync::{Notify, watch},
    time::Instant,
};

use super::{
    EndReason,
    hub::{Hub, Told},
    message,
    probing::Probing,
    slots::Slot,
};

/// How long a client that is gone may take to refuse what it is sent.
const REFUSES_WITHIN: Duration = Duration::from_secs(1);

/// How long it is at least between two looks at whether a stream may go on, unless something is told in between.
const NOT_OFTENER_THAN: Duration = Duration::from_millis(10);

/// The body of an answer that does not end by itself.
pub type EventStream = Pin<Box<dyn Stream<Item = Result<Bytes, Infallible>>>>;

/// A stream that has the place `slot` and goes on as long as `stay`.
pub(super) fn open(hub: Arc<Hub>, slot: Slot, stay: Stay) -> EventStream {
    let disturbed = Arc::new(Notify::new());
    let listener = Listener::new(hub, slot, stay, Arc::clone(&disturbed));
    let events = stream::unfold(listener, async |mut listener| {
        let event = listener.next().await?;
        Some((Ok(event), listener))
    });
    Box::pin(Probing::new(Box::pin(events), disturbed))
}

struct Listener {
    hub: Arc<Hub>,
    _slot: Slot,
    latest: watch::Receiver<Told>,
    stay: Stay,
    /// When it is looked at whether it may go on, at the latest.
    look_at: Instant,
    sessions: watch::Receiver<()>,
    /// Told when the connection stirs.
    disturbed: Arc<Notify>,
    /// What the client knows.
    told: News,
    beat: Beat,
    state: State,
}

/// When the next sign of life is due.
#[derive(Clone, Copy, Debug)]
struct Beat {
    every: Duration,
    last: Instant,
    next: Instant,
    /// How many more come soon. A client that is gone refuses the first, and the second finds that out.
    soon: u8,
}

impl Beat {
    fn new(every: Duration, now: Instant) -> Self {
        Self { every, last: now, next: now + every, soon: 0 }
    }

    fn beaten(&mut self, now: Instant) {
        self.soon = self.soon.saturating_sub(1);
        let pause = if self.soon > 0 { self.every.min(REFUSES_WITHIN) } else { self.every };
        (self.last, self.next) = (now, now + pause);
    }

    fn probe(&mut self, now: Instant) {
        self.soon = 2;
        // However often the connection stirs, it is not answered more often.
        self.next = self.next.min(now.max(self.last + REFUSES_WITHIN));
    }
}

enum State {
    /// Nothing has been sent; this is the first.
    Beginning(Bytes),
    Going,
    Ended,
}

impl Listener {
    fn new(hub: Arc<Hub>, slot: Slot, stay: Stay, disturbed: Arc<Notify>) -> Self {
        let (now, latest) = hub.join();
        let mut first = message::retry(hub.config.retry).into_bytes();
        first.extend_from_slice(&now.event);
        Self {
            sessions: hub.sessions(),
            beat: Beat::new(hub.config.heartbeat, Instant::now()),
            look_at: Instant::now(),
            stay,
            told: now.news,
            state: State::Beginning(first.into()),
            _slot: slot,
            latest,
            disturbed,
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
                () = self.disturbed.notified() => self.beat.probe(Instant::now()),
                () = tokio::time::sleep_until(self.beat.next) => {
                    self.beat.beaten(Instant::now());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_that_stirs_is_probed_twice_and_no_oftener_than_need_be() {
        let every = Duration::from_secs(15);
        let start = Instant::now();
        let after = |secs| start + Duration::from_secs(secs);
        let mut beat = Beat::new(every, start);
        assert_eq!(beat.next, after(15));
        beat.probe(after(5));
        assert_eq!(beat.next, after(5));
        beat.beaten(after(5));
        beat.probe(after(5));
        beat.probe(after(5));
        assert_eq!(beat.next, after(6));
        beat.beaten(after(6));
        assert_eq!(beat.next, after(7));
        beat.beaten(after(7));
        assert_eq!(beat.next, after(22));
    }
}
