//! Notices that somebody is gone. A client that leaves closes its side of the connection; the server hears of that, but goes
//! on as long as it can, since a client may close its side and still want the answer. What tells the two apart is whether it
//! takes what it is sent. So when the connection stirs while the stream itself has nothing to say, something is sent.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use futures_util::{Stream, task::AtomicWaker};
use tokio::sync::Notify;

/// A stream that is told when it is asked for more though it had woken nobody.
pub(super) struct Probing<S> {
    inner: Pin<Box<S>>,
    bell: Arc<Bell>,
    waker: Waker,
    disturbed: Arc<Notify>,
}

/// What the stream wakes the connection by.
#[derive(Default)]
struct Bell {
    rung: AtomicBool,
    connection: AtomicWaker,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.rung.store(true, Ordering::Release);
        self.connection.wake();
    }
}

impl<S: Stream> Probing<S> {
    /// `disturbed` is told when the connection asks `inner` for more by itself.
    pub(super) fn new(inner: Pin<Box<S>>, disturbed: Arc<Notify>) -> Self {
        // It is asked for the first time because it was made.
        let bell = Arc::new(Bell { rung: AtomicBool::new(true), connection: AtomicWaker::new() });
        Self { inner, waker: Arc::clone(&bell).into(), bell, disturbed }
    }
}

impl<S: Stream> Stream for Probing<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        this.bell.connection.register(context.waker());
        if !this.bell.rung.swap(false, Ordering::AcqRel) {
            this.disturbed.notify_one();
        }
        let polled = this.inner.as_mut().poll_next(&mut Context::from_waker(&this.waker));
        if polled.is_ready() {
            // Who was given something asks for the next.
            this.bell.rung.store(true, Ordering::Release);
        }
        polled
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt as _, StreamExt as _, stream};
    use tokio::sync::mpsc;

    use super::*;

    #[test]
    fn only_the_connection_disturbs() {
        let (sender, mut receiver) = mpsc::unbounded_channel();
        let disturbed = Arc::new(Notify::new());
        let inner = stream::poll_fn(move |context| receiver.poll_recv(context));
        let mut stream = Probing::new(Box::pin(inner), Arc::clone(&disturbed));
        let was_disturbed = || disturbed.notified().now_or_never().is_some();

        assert_eq!(stream.next().now_or_never(), None);
        assert!(!was_disturbed(), "the first time is nobody's fault");
        sender.send(1).unwrap();
        assert_eq!(stream.next().now_or_never(), Some(Some(1)));
        assert_eq!(stream.next().now_or_never(), None);
        assert!(!was_disturbed(), "it had something to say");
        assert_eq!(stream.next().now_or_never(), None);
        assert!(was_disturbed());
    }
}
