//! A real Redis with faults on the way to it: calls that fail, replies that are held, messages that are lost, panics.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;
use domain::invalidation::CacheTags;
use infra::cache::{
    budget::Flush,
    l2::{Beside, BusMessage, L2, L2Error, Reading, RedisMemory, ScriptReply, Storing, Subscription},
    versions::PerTag,
};
use tokio::sync::{Semaphore, watch};

use crate::node::PATIENCE;

/// What goes wrong.
pub(crate) struct Faults {
    /// How many of the next calls fail or panic, by the call's name.
    failing: Mutex<HashMap<&'static str, u64>>,
    panicking: Mutex<HashMap<&'static str, u64>>,
    held: watch::Sender<bool>,
    holding: Semaphore,
    deaf: AtomicBool,
}

impl Faults {
    pub(crate) fn none() -> Arc<Self> {
        Arc::new(Self {
            failing: Mutex::default(),
            panicking: Mutex::default(),
            held: watch::Sender::new(false),
            holding: Semaphore::new(0),
            deaf: AtomicBool::new(false),
        })
    }

    /// The next `times` calls of that name fail.
    pub(crate) fn fail(&self, call: &'static str, times: u64) {
        self.failing.lock().unwrap().insert(call, times);
    }

    /// The next call of that name panics.
    pub(crate) fn panic(&self, call: &'static str) {
        self.panicking.lock().unwrap().insert(call, 1);
    }

    /// From here on replies of reads are held, until [`Self::release`].
    pub(crate) fn hold_reads(&self) {
        self.held.send_replace(true);
    }

    /// Waits until a reply is held.
    pub(crate) async fn is_holding(&self) {
        tokio::time::timeout(PATIENCE, self.holding.acquire()).await.unwrap().unwrap().forget();
    }

    pub(crate) fn release(&self) {
        self.held.send_replace(false);
    }

    /// From here on messages of the bus are lost, or not.
    pub(crate) fn lose_messages(&self, lost: bool) {
        self.deaf.store(lost, Ordering::SeqCst);
    }

    fn before(&self, call: &'static str) -> Result<(), L2Error> {
        let due = |times: &Mutex<HashMap<&'static str, u64>>| {
            let mut times = times.lock().unwrap();
            let left = times.entry(call).or_default();
            let due = *left > 0;
            *left = left.saturating_sub(1);
            due
        };
        assert!(!due(&self.panicking), "told to panic in {call}");
        if due(&self.failing) { Err(L2Error::other("told to fail")) } else { Ok(()) }
    }
}

/// The way to Redis that has them.
pub(crate) struct Faulty {
    l2: Arc<dyn L2>,
    faults: Arc<Faults>,
}

impl Faulty {
    pub(crate) fn new(l2: Arc<dyn L2>, faults: Arc<Faults>) -> Self {
        Self { l2, faults }
    }
}

#[async_trait]
impl L2 for Faulty {
    fn is_shared(&self) -> bool {
        self.l2.is_shared()
    }

    async fn read(&self, keys: &[String], tags: CacheTags) -> Result<Reading, L2Error> {
        self.faults.before("read")?;
        let reading = self.l2.read(keys, tags).await;
        if *self.faults.held.borrow() {
            self.faults.holding.add_permits(1);
            let _ = self.faults.held.subscribe().wait_for(|held| !held).await;
        }
        reading
    }

    async fn bump(
        &self,
        tags: CacheTags,
        known: &PerTag<u64>,
        flush: Option<&Flush>,
    ) -> Result<ScriptReply, L2Error> {
        self.faults.before("bump")?;
        self.l2.bump(tags, known, flush).await
    }

    async fn start(
        &self,
        tags: CacheTags,
        known: &PerTag<u64>,
        flush: Option<&Flush>,
    ) -> Result<ScriptReply, L2Error> {
        self.faults.before("start")?;
        self.l2.start(tags, known, flush).await
    }

    async fn store(
        &self,
        entries: &[Storing],
        tags: CacheTags,
        flush: Option<&Flush>,
    ) -> Result<ScriptReply, L2Error> {
        self.faults.before("store")?;
        self.l2.store(entries, tags, flush).await
    }

    async fn subscribe(&self) -> Result<Box<dyn Subscription>, L2Error> {
        self.faults.before("subscribe")?;
        let subscription = self.l2.subscribe().await?;
        Ok(Box::new(Listening { subscription, faults: Arc::clone(&self.faults) }))
    }

    async fn memory(&self) -> Result<Option<RedisMemory>, L2Error> {
        self.faults.before("info")?;
        self.l2.memory().await
    }

    fn beside(&self) -> Beside {
        self.l2.beside()
    }
}

struct Listening {
    subscription: Box<dyn Subscription>,
    faults: Arc<Faults>,
}

#[async_trait]
impl Subscription for Listening {
    async fn next(&mut self) -> Option<Result<BusMessage, L2Error>> {
        loop {
            let message = self.subscription.next().await;
            let lost = message.is_some() && self.faults.deaf.load(Ordering::SeqCst);
            if !lost {
                return message;
            }
        }
    }
}
