//! The bus: messages are late, out of order, doubled or lost, and a subscription that has died may not know it yet.

use std::{
    collections::VecDeque,
    future::poll_fn,
    sync::{Arc, Mutex},
    task::{Poll, Waker},
    time::Duration,
};

use async_trait::async_trait;
use futures_util::FutureExt as _;
use infra::cache::l2::{BusMessage, L2Error, Subscription};

use crate::{
    coverage::Sighting,
    executor::{Owner, lock},
    oracle::Source,
    world::{State, World},
};

pub(super) struct Subscriber {
    pub(super) owner: Owner,
    pub(super) queue: Arc<Mutex<Queue>>,
    /// Nothing arrives any more, and nobody has noticed.
    pub(super) dead: bool,
    /// So many messages in a hundred get lost, and nobody will notice.
    pub(super) lossy: u64,
}

/// What has arrived on a subscription and was not taken yet.
#[derive(Default)]
pub(super) struct Queue {
    messages: VecDeque<(u64, String)>,
    ended: bool,
    waker: Option<Waker>,
}

impl World {
    /// Tells every subscriber; says how many there are.
    pub(super) fn publish(self: &Arc<Self>, state: &mut State, text: &str) -> u64 {
        state.redis.next += 1;
        let number = state.redis.next;
        let mut heard = 0;
        let mut lost = 0;
        let spread = self.settings.bus_spread_micros;
        for subscriber in &state.redis.subscribers {
            heard += 1;
            if subscriber.dead || self.chance.percent(subscriber.lossy) {
                lost += 1;
                continue;
            }
            let copies = 1 + u64::from(self.chance.percent(self.settings.repeated_percent));
            for _ in 0..copies {
                let late = 50 + self.chance.below(spread);
                let (world, queue, text) = (Arc::clone(self), Arc::clone(&subscriber.queue), text.to_owned());
                let arriving = async move {
                    world.scheduler.sleep(Duration::from_micros(late)).await;
                    let waker = {
                        let mut queue = lock(&queue);
                        if !queue.ended {
                            queue.messages.push_back((number, text));
                        }
                        queue.waker.take()
                    };
                    if let Some(waker) = waker {
                        waker.wake();
                    }
                };
                self.scheduler.spawn(Owner::WORLD, arriving.boxed());
            }
        }
        state.coverage.add(Sighting::LostMessage, lost);
        heard
    }

    /// Something that is no message, on everybody's subscription.
    pub fn publish_garbage(self: &Arc<Self>, state: &mut State) {
        self.publish(state, "nobody;knows=this");
    }

    /// The subscriptions of `owner` end, and it notices soon.
    pub fn cut_bus(self: &Arc<Self>, state: &mut State, owner: Owner, noticed_after: Duration) {
        let (cut, kept) = std::mem::take(&mut state.redis.subscribers)
            .into_iter()
            .partition(|subscriber| subscriber.owner == owner);
        state.redis.subscribers = kept;
        let cut: Vec<Subscriber> = cut;
        for subscriber in cut {
            self.end_queue(subscriber.queue, noticed_after);
        }
    }

    /// From now on nothing arrives on `owner`'s subscriptions; it notices after a while.
    pub fn kill_bus(self: &Arc<Self>, state: &mut State, owner: Owner, noticed_after: Duration) {
        let mut queues = Vec::new();
        for subscriber in state.redis.subscribers.iter_mut().filter(|subscriber| subscriber.owner == owner) {
            subscriber.dead = true;
            queues.push(Arc::clone(&subscriber.queue));
        }
        for queue in queues {
            self.end_queue(queue, noticed_after);
        }
    }

    /// So many in a hundred of the messages to `owner` get lost.
    pub fn lose_messages(&self, state: &mut State, owner: Owner, percent: u64) {
        for subscriber in state.redis.subscribers.iter_mut().filter(|subscriber| subscriber.owner == owner) {
            subscriber.lossy = percent;
        }
    }

    fn end_queue(self: &Arc<Self>, queue: Arc<Mutex<Queue>>, after: Duration) {
        let world = Arc::clone(self);
        let ending = async move {
            world.scheduler.sleep(after).await;
            {
                let mut state = world.state();
                state.redis.subscribers.retain(|subscriber| !Arc::ptr_eq(&subscriber.queue, &queue));
            }
            let waker = {
                let mut queue = lock(&queue);
                queue.ended = true;
                queue.waker.take()
            };
            if let Some(waker) = waker {
                waker.wake();
            }
        };
        self.scheduler.spawn(Owner::WORLD, ending.boxed());
    }
}

/// A subscription as its process sees it.
pub(super) struct FakeSubscription {
    pub(super) world: Arc<World>,
    pub(super) owner: Owner,
    pub(super) queue: Arc<Mutex<Queue>>,
    pub(super) newest: u64,
    pub(super) seen: Vec<u64>,
}

#[async_trait]
impl Subscription for FakeSubscription {
    async fn next(&mut self) -> Option<Result<BusMessage, L2Error>> {
        let message = poll_fn(|context| {
            let mut queue = lock(&self.queue);
            if let Some(message) = queue.messages.pop_front() {
                return Poll::Ready(Some(message));
            }
            if queue.ended {
                return Poll::Ready(None);
            }
            queue.waker = Some(context.waker().clone());
            Poll::Pending
        })
        .await;
        let mut state = self.world.state();
        let Some((number, text)) = message else {
            state.unsubscribed(self.owner);
            self.world.tell(|| format!("process {} learns that its subscription ended", self.owner.0));
            return None;
        };
        state.coverage.saw(Sighting::Message);
        if self.seen.contains(&number) {
            state.coverage.saw(Sighting::Repeated);
        } else if number < self.newest {
            state.coverage.saw(Sighting::Reordered);
        }
        self.newest = self.newest.max(number);
        self.seen.push(number);
        self.world.tell(|| format!("process {} hears {text}", self.owner.0));
        let decoded = BusMessage::decode(text.as_bytes());
        if let Some(message) = &decoded {
            for (tag, version) in &message.versions {
                state.told(&self.world, self.owner, *tag, *version, Source::Bus);
            }
        } else {
            state.coverage.saw(Sighting::GarbageMessage);
            state.must_read_all(self.owner);
        }
        Some(decoded.ok_or_else(|| L2Error::other("a message on the bus could not be decoded")))
    }
}

impl Drop for FakeSubscription {
    fn drop(&mut self) {
        let mut state = self.world.state();
        // Whoever drops it knows that it has ended.
        state.unsubscribed(self.owner);
        state.redis.subscribers.retain(|subscriber| !Arc::ptr_eq(&subscriber.queue, &self.queue));
    }
}
