//! Redis as a node sees it: the fake store behind a network. Each call takes its time on the way there and back, may get
//! lost on either (executed or not), and dies with its connection; messages of the bus are late, out of order, doubled or
//! lost. What the engine is told is told the oracle in the same moment.

use std::{
    collections::VecDeque,
    future::poll_fn,
    sync::{Arc, Mutex},
    task::{Poll, Waker},
    time::Duration,
};

use async_trait::async_trait;
use domain::invalidation::CacheTags;
use futures_util::FutureExt as _;
use infra::cache::{
    budget::Flush,
    l2::{BusMessage, L2, L2Error, Reading, RedisMemory, ScriptReply, Storing, Subscription},
    trouble::TroubleKind,
    versions::PerTag,
};

use crate::{
    coverage::Sighting,
    executor::{Owner, lock},
    oracle::Source,
    store::Store,
    world::{EPOCH_MICROS, State, World},
};

/// As long as connecting may take.
const CONNECT_WITHIN: Duration = Duration::from_secs(2);

/// Redis itself.
#[derive(Default)]
pub struct Redis {
    /// Its keys.
    pub store: Store,
    /// How far its clock is off, µs.
    pub offset: i64,
    subscribers: Vec<Subscriber>,
    next: u64,
}

struct Subscriber {
    owner: Owner,
    queue: Arc<Mutex<Queue>>,
    /// Nothing arrives any more, and nobody has noticed.
    dead: bool,
    /// So many messages in a hundred get lost, and nobody will notice.
    lossy: u64,
}

/// What has arrived on a subscription and was not taken yet.
#[derive(Default)]
struct Queue {
    messages: VecDeque<(u64, String)>,
    ended: bool,
    waker: Option<Waker>,
}

/// How a node's calls fare.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Way {
    /// They arrive.
    #[default]
    Open,
    /// They are refused at once.
    Refused,
    /// They vanish.
    Swallowed,
    /// They are executed, but the replies vanish.
    Mute,
}

/// The network between a node and Redis.
#[derive(Clone, Copy, Debug, Default)]
pub struct Link {
    /// How its calls fare.
    pub way: Way,
    /// Counts the connections of its calls: one that was cut takes its calls with it.
    pub connection: u64,
    /// A call takes up to this many µs longer each way.
    pub slow_micros: u64,
}

impl Redis {
    /// Its clock, µs since 1970, where the world's time is `now`.
    pub fn clock(&self, now: u64) -> u64 {
        (EPOCH_MICROS + now).saturating_add_signed(self.offset)
    }
}

impl World {
    /// Tells every subscriber; says how many there are.
    fn publish(self: &Arc<Self>, state: &mut State, text: &str) -> u64 {
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

fn unreachable(problem: &str) -> L2Error {
    L2Error::new(TroubleKind::Unreachable, problem, "none: it is part of the plan")
}

/// A process's way to Redis.
pub struct FakeL2 {
    world: Arc<World>,
    machine: usize,
    owner: Owner,
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

/// What a call is, for the oracle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Of entries and versions.
    Read(Vec<String>, CacheTags),
    /// An invalidation.
    Bump(CacheTags),
    /// Of unknown tags.
    Start(CacheTags),
    /// Of entries.
    Store(Vec<String>),
    /// To the bus.
    Subscribe,
}

impl FakeL2 {
    /// The way of process `owner` on `machine`.
    pub fn new(world: Arc<World>, machine: usize, owner: Owner) -> Self {
        Self { world, machine, owner }
    }

    /// Sends a call. `execute` is what Redis does; it gives the reply with the `seq` at which it was done.
    async fn call<T: Clone + Send + std::fmt::Debug + 'static>(
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

    fn told_by_script(&self, tags: CacheTags, reply: &ScriptReply, source: Source) {
        let mut state = self.world.state();
        for tag in tags.iter().filter(|tag| reply.versions[*tag] > 0) {
            state.told(&self.world, self.owner, tag, reply.versions[tag], source);
        }
    }
}

#[async_trait]
impl L2 for FakeL2 {
    fn is_shared(&self) -> bool {
        true
    }

    async fn read(&self, keys: &[String], tags: CacheTags) -> Result<Reading, L2Error> {
        let keys = keys.to_vec();
        let kind = Kind::Read(keys.clone(), tags);
        let (reading, seq) = self
            .call(kind, move |world, state| {
                let clock = state.redis.clock(world.now());
                Ok(state.redis.store.read(clock, &keys, tags))
            })
            .await?;
        let mut state = self.world.state();
        let of_all = reading.entries.is_empty() && tags == CacheTags::EVERY;
        let source = if of_all { Source::ReadingAll } else { Source::Read };
        for tag in tags.iter() {
            if let Some(version) = reading.versions[tag] {
                state.told(&self.world, self.owner, tag, version, source);
            }
        }
        if of_all {
            state.read_all(self.world.now(), self.owner, seq);
            state.coverage.saw(Sighting::Resync);
        }
        Ok(reading)
    }

    async fn bump(
        &self,
        tags: CacheTags,
        known: &PerTag<u64>,
        _flush: Option<&Flush>,
    ) -> Result<ScriptReply, L2Error> {
        let (known, origin) = (*known, format!("n{}", self.owner.0));
        let (reply, _) = self
            .call(Kind::Bump(tags), move |world, state| {
                let clock = state.redis.clock(world.now());
                let mut reply = state.redis.store.bump(clock, tags, &known);
                let members: Vec<_> =
                    tags.iter().map(|tag| format!("{tag}={}", reply.versions[tag])).collect();
                for tag in tags.iter() {
                    state.made(world.now(), tag, reply.versions[tag], true);
                }
                let text = format!("{origin};{}", members.join(","));
                reply.heard_by = Some(world.publish(state, &text));
                Ok(reply)
            })
            .await?;
        self.told_by_script(tags, &reply, Source::Script);
        Ok(reply)
    }

    async fn start(
        &self,
        tags: CacheTags,
        known: &PerTag<u64>,
        _flush: Option<&Flush>,
    ) -> Result<ScriptReply, L2Error> {
        let known = *known;
        let (reply, _) = self
            .call(Kind::Start(tags), move |world, state| {
                let clock = state.redis.clock(world.now());
                let reply = state.redis.store.start(clock, tags, &known);
                for tag in tags.iter() {
                    state.made(world.now(), tag, reply.versions[tag], false);
                }
                Ok(reply)
            })
            .await?;
        self.world.state().coverage.saw(Sighting::Start);
        self.told_by_script(tags, &reply, Source::Script);
        Ok(reply)
    }

    async fn store(
        &self,
        entries: &[Storing],
        tags: CacheTags,
        _flush: Option<&Flush>,
    ) -> Result<ScriptReply, L2Error> {
        let kind = Kind::Store(entries.iter().map(|entry| entry.key.clone()).collect());
        let entries = entries.to_vec();
        let sent = self.world.now();
        let (reply, _) = self
            .call(kind, move |world, state| {
                let clock = state.redis.clock(world.now());
                if entries.iter().any(|entry| entry.created_micros.is_none()) {
                    state.facts.undated = state.facts.undated.max(world.now() - sent);
                }
                state.redis.store.store(clock, &entries, tags)
            })
            .await?;
        self.told_by_script(tags, &reply, Source::Read);
        Ok(reply)
    }

    async fn subscribe(&self) -> Result<Box<dyn Subscription>, L2Error> {
        let queue = Arc::new(Mutex::new(Queue::default()));
        let (registered, owner) = (Arc::clone(&queue), self.owner);
        self.call(Kind::Subscribe, move |_, state| {
            let subscriber = Subscriber { owner, queue: registered, dead: false, lossy: 0 };
            state.redis.subscribers.push(subscriber);
            Ok(())
        })
        .await?;
        self.world.state().subscribed(self.owner);
        Ok(Box::new(FakeSubscription {
            world: Arc::clone(&self.world),
            owner,
            queue,
            newest: 0,
            seen: Vec::new(),
        }))
    }

    async fn memory(&self) -> Result<Option<RedisMemory>, L2Error> {
        Ok(None)
    }
}

struct FakeSubscription {
    world: Arc<World>,
    owner: Owner,
    queue: Arc<Mutex<Queue>>,
    newest: u64,
    seen: Vec<u64>,
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
