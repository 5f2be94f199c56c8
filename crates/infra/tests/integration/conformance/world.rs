//! A world for the cases with time in them: nodes of the shipped engine over a clock of the test's own, a source that does
//! as it is told, and a store of the fleet's in memory. Time passes only while every task waits, and then at once: nothing
//! here depends on how fast the machine is, and "nothing more has happened" can be said.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use domain::{
    invalidation::{CacheTag, CacheTags},
    metrics::period::{MetricsQuery, RecentLimit},
};
use futures_util::future::BoxFuture;
use infra::{
    cache::{
        CacheError, Served, TwoLevel,
        budget::{ByKind, Flush, Kind},
        entry::Entry,
        key::Key,
        l2::{BusMessage, L2, L2Error, NoL2, Reading, RedisMemory, ScriptReply, Storing, Subscription},
        runtime::{Moment, Runtime},
        source::{LoadError, Source},
        stats::PARTS,
        versions::PerTag,
    },
    config::{CacheConfig, Env},
};
use tokio::sync::broadcast;

use super::time::{now, settle, sleep, spawn};

pub(super) fn users() -> Key {
    Key::RecentUsers(RecentLimit::default())
}

/// The dashboard of a day.
pub(super) fn dashboard() -> Key {
    Key::Dashboard(MetricsQuery::default(), chrono::NaiveDate::default())
}

pub(super) fn overview() -> Key {
    Key::Overview(MetricsQuery::default(), chrono::NaiveDate::default())
}

pub(super) const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

pub(super) const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// One instance.
pub(super) struct WorldNode {
    pub(super) cache: Arc<TwoLevel>,
    pub(super) source: Arc<Script>,
    pub(super) world: Arc<World>,
}

impl WorldNode {
    /// One without Redis.
    pub(super) fn alone(settings: &[(&str, &str)]) -> Self {
        Self::over(Arc::new(NoL2::new()), settings)
    }

    /// One that shares `store` with others.
    pub(super) fn sharing(store: &Arc<Store>, settings: &[(&str, &str)]) -> Self {
        Self::away(Duration::ZERO, store, settings)
    }

    /// The same, and each of its calls is so long on its way to `store`, and its answer as long on the way back.
    pub(super) fn away(way: Duration, store: &Arc<Store>, settings: &[(&str, &str)]) -> Self {
        Self::over(Arc::new(Client { store: Arc::clone(store), way }), settings)
    }

    fn over(l2: Arc<dyn L2>, settings: &[(&str, &str)]) -> Self {
        let env: Env = settings.iter().copied().collect();
        let config = CacheConfig::from_env(&env).unwrap();
        let world = Arc::new(World::default());
        let source = Arc::new(Script::default());
        let runtime: Arc<dyn Runtime> = Arc::<World>::clone(&world);
        let cache = TwoLevel::new(config, runtime, l2, Arc::<Script>::clone(&source));
        Self { cache: Arc::new(cache), source, world }
    }

    pub(super) async fn get(&self, key: Key) -> Result<Served, CacheError> {
        self.cache.get(key, None).await
    }

    /// The row's number in the answer, and how the layers were asked.
    pub(super) async fn number(&self, key: Key) -> (u64, String) {
        let served = self.get(key).await.unwrap();
        (number_of(&served), served.cache_status())
    }

    /// The row changes, as by a write through the hooks on this node.
    pub(super) async fn write(&self, number: u64) {
        self.source.row.store(number, SeqCst);
        self.cache.invalidate(CacheTag::Users.into()).await;
    }

    /// Waits until the bus is up and nothing is on its way.
    pub(super) async fn is_warm(&self) {
        let _ = self.get(users()).await;
        settle().await;
        assert_eq!(self.cache.stats().instance.l2.unwrap().bus.state, "healthy");
    }

    pub(super) fn commands(&self, kind: &str) -> u64 {
        self.cache.stats().instance.l2.unwrap().commands.by_kind[kind]
    }
}

/// The number in an answer of [`Script`].
pub(super) fn number_of(served: &Served) -> u64 {
    std::str::from_utf8(&served.body.identity.bytes).unwrap().parse().unwrap()
}

/// The test's clock, and chance as told.
#[derive(Default)]
pub(super) struct World {
    chance: Mutex<f64>,
}

impl World {
    /// From here on chance gives `number`, from 0 up to 1; before, 0: no entry's time is shortened.
    pub(super) fn chance(&self, number: f64) {
        *self.chance.lock().unwrap() = number;
    }
}

impl Runtime for World {
    fn now(&self) -> Moment {
        Moment(now())
    }

    fn wall_micros(&self) -> u64 {
        micros(now())
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(sleep(duration))
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) {
        spawn(task);
    }

    fn random(&self) -> f64 {
        *self.chance.lock().unwrap()
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap()
}

/// What a load does.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Act {
    #[default]
    Answer,
    Fail,
    Panic,
    Hang,
}

/// A source that answers with its row's number as it was when the load began.
#[derive(Default)]
pub(super) struct Script {
    pub(super) row: AtomicU64,
    pub(super) assembling_panics: AtomicBool,
    act: Mutex<Act>,
    takes: Mutex<Duration>,
    /// Acts in place of `act`, by part.
    acts: Mutex<HashMap<&'static str, Act>>,
    body: Mutex<Option<Bytes>>,
    loads: Mutex<HashMap<&'static str, u64>>,
    running: AtomicUsize,
    most_running: AtomicUsize,
}

impl Script {
    pub(super) fn act(&self, act: Act) {
        *self.act.lock().unwrap() = act;
    }

    pub(super) fn act_for(&self, part: &'static str, act: Act) {
        self.acts.lock().unwrap().insert(part, act);
    }

    /// How long loads take from here on.
    pub(super) fn takes(&self, duration: Duration) {
        *self.takes.lock().unwrap() = duration;
    }

    /// What loads answer with instead of the number.
    pub(super) fn answers(&self, body: &'static str) {
        *self.body.lock().unwrap() = Some(body.into());
    }

    pub(super) fn loads(&self) -> u64 {
        self.loads.lock().unwrap().values().sum()
    }

    /// How often each part was loaded, in the order of the dashboard's parts.
    pub(super) fn loads_by_part(&self) -> [u64; 4] {
        let loads = self.loads.lock().unwrap();
        [1, 2, 3, 4].map(|part| loads.get(PARTS[part]).copied().unwrap_or_default())
    }

    /// Loads whose future is alive.
    pub(super) fn running(&self) -> usize {
        self.running.load(SeqCst)
    }

    pub(super) fn most_running(&self) -> usize {
        self.most_running.load(SeqCst)
    }
}

/// Counts a load as running until it ends, or is dropped.
struct Running<'a>(&'a Script);

impl<'a> Running<'a> {
    fn new(script: &'a Script) -> Self {
        let running = script.running.fetch_add(1, SeqCst) + 1;
        script.most_running.fetch_max(running, SeqCst);
        Self(script)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, SeqCst);
    }
}

#[async_trait]
impl Source for Script {
    async fn load(&self, key: &Key) -> Result<Bytes, LoadError> {
        let _running = Running::new(self);
        *self.loads.lock().unwrap().entry(key.part()).or_default() += 1;
        let row = self.row.load(SeqCst);
        let act = self.acts.lock().unwrap().get(key.part()).copied().unwrap_or(*self.act.lock().unwrap());
        let takes = *self.takes.lock().unwrap();
        if !takes.is_zero() {
            sleep(takes).await;
        }
        match act {
            Act::Answer => Ok(self.body.lock().unwrap().clone().unwrap_or_else(|| row.to_string().into())),
            Act::Fail => Err(LoadError("told to fail".into())),
            Act::Panic => panic!("told to panic"),
            Act::Hang => std::future::pending().await,
        }
    }

    /// The lowest of the parts' numbers.
    fn assemble(&self, _key: &Key, parts: &[Arc<Entry>]) -> Result<Bytes, LoadError> {
        assert!(!self.assembling_panics.load(SeqCst), "told to panic");
        let number = |part: &Arc<Entry>| -> u64 {
            std::str::from_utf8(&part.body.identity.bytes).unwrap().parse().unwrap()
        };
        Ok(parts.iter().map(number).min().unwrap().to_string().into())
    }
}

/// A store that nodes share, in memory; it never takes time itself.
pub(super) struct Store {
    state: Mutex<State>,
    bus: broadcast::Sender<BusMessage>,
}

#[derive(Default)]
struct State {
    versions: PerTag<u64>,
    entries: HashMap<String, (Bytes, Duration)>,
    calls: u64,
    down: bool,
    deaf: bool,
    /// Commands that the fleet has sent, this month and on each day of it.
    spent: Option<(u64, u64)>,
}

impl State {
    fn reply(&self, flush: Option<&Flush>) -> ScriptReply {
        let fleet = self.spent.zip(flush).map(|((month, a_day), flush)| {
            let mut tally = flush.known;
            tally.kinds = ByKind::default();
            tally.kinds[Kind::Read as usize] = month;
            let day = |number: u64| tally.month.begins_secs() + number * 86_400;
            tally.days = std::array::from_fn(|at| if day(at as u64) <= now().as_secs() { a_day } else { 0 });
            tally
        });
        ScriptReply { versions: self.versions, fleet, clock_micros: micros(now()), ..ScriptReply::default() }
    }
}

impl Store {
    pub(super) fn new() -> Arc<Self> {
        let bus = broadcast::Sender::new(1000);
        Arc::new(Self { state: Mutex::default(), bus })
    }

    /// Whether every call fails.
    pub(super) fn is_down(&self, down: bool) {
        self.state.lock().unwrap().down = down;
    }

    /// Whether nobody may subscribe.
    pub(super) fn is_deaf(&self, deaf: bool) {
        self.state.lock().unwrap().deaf = deaf;
    }

    /// So many commands the fleet has sent this month, and so many on each day of it so far.
    pub(super) fn has_spent(&self, month: u64, a_day: u64) {
        self.state.lock().unwrap().spent = Some((month, a_day));
    }

    /// Calls made so far, those that failed among them.
    pub(super) fn calls(&self) -> u64 {
        self.state.lock().unwrap().calls
    }

    pub(super) fn entries(&self) -> usize {
        self.state.lock().unwrap().entries.len()
    }

    fn call<T>(&self, answer: impl FnOnce(&mut State) -> T) -> Result<T, L2Error> {
        let mut state = self.state.lock().unwrap();
        state.calls += 1;
        if state.down { Err(L2Error::other("down")) } else { Ok(answer(&mut state)) }
    }
}

/// A node's end of a [`Store`].
struct Client {
    store: Arc<Store>,
    way: Duration,
}

impl Client {
    async fn call<T>(&self, answer: impl FnOnce(&mut State) -> T) -> Result<T, L2Error> {
        sleep(self.way).await;
        let answer = self.store.call(answer);
        sleep(self.way).await;
        answer
    }
}

#[async_trait]
impl L2 for Client {
    fn is_shared(&self) -> bool {
        true
    }

    async fn read(&self, keys: &[String], tags: CacheTags) -> Result<Reading, L2Error> {
        self.call(|state| {
            let mut reading = Reading::default();
            let alive = |key| state.entries.get(key).filter(|(_, until)| now() < *until);
            reading.entries = keys.iter().map(|key| alive(key).map(|(bytes, _)| bytes.clone())).collect();
            for tag in tags.iter() {
                reading.versions[tag] = Some(state.versions[tag]).filter(|version| *version > 0);
            }
            reading
        })
        .await
    }

    async fn bump(
        &self,
        tags: CacheTags,
        known: &PerTag<u64>,
        flush: Option<&Flush>,
    ) -> Result<ScriptReply, L2Error> {
        self.call(|state| {
            let clock = micros(now());
            for tag in tags.iter() {
                state.versions[tag] = clock.max(state.versions[tag] + 1).max(known[tag] + 1);
            }
            let versions = tags.iter().map(|tag| (tag, state.versions[tag])).collect();
            let _ = self.store.bus.send(BusMessage { origin: "a node".to_owned(), versions });
            state.reply(flush)
        })
        .await
    }

    async fn start(
        &self,
        tags: CacheTags,
        known: &PerTag<u64>,
        flush: Option<&Flush>,
    ) -> Result<ScriptReply, L2Error> {
        self.call(|state| {
            let clock = micros(now());
            for tag in tags.iter() {
                if state.versions[tag] == 0 || state.versions[tag] < known[tag] {
                    state.versions[tag] = clock.max(known[tag] + 1);
                }
            }
            state.reply(flush)
        })
        .await
    }

    async fn store(
        &self,
        entries: &[Storing],
        _: CacheTags,
        flush: Option<&Flush>,
    ) -> Result<ScriptReply, L2Error> {
        self.call(|state| {
            let clock = micros(now());
            for entry in entries {
                let age = micros(entry.age);
                let created = entry.created_micros.unwrap_or(clock).min(clock - age);
                let around = format!("{created:016}");
                let bytes = [around.as_bytes(), &entry.payload, around.as_bytes()].concat();
                state.entries.insert(entry.key.clone(), (bytes.into(), now() + entry.keep));
            }
            state.reply(flush)
        })
        .await
    }

    async fn subscribe(&self) -> Result<Box<dyn Subscription>, L2Error> {
        if self.store.state.lock().unwrap().deaf {
            return Err(L2Error::other("deaf"));
        }
        Ok(Box::new(Ears(self.store.bus.subscribe())))
    }

    async fn memory(&self) -> Result<Option<RedisMemory>, L2Error> {
        Ok(None)
    }
}

struct Ears(broadcast::Receiver<BusMessage>);

#[async_trait]
impl Subscription for Ears {
    async fn next(&mut self) -> Option<Result<BusMessage, L2Error>> {
        self.0.recv().await.ok().map(Ok)
    }
}
