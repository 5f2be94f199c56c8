//! A fake database: a table is the number of its commits. A load takes its snapshot somewhere between its beginning and
//! its end, may be slow, fail or hang; the body it brings is its own number, so that the oracle can look up of any answer
//! what it was computed from.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use domain::invalidation::CacheTag;
use infra::cache::{
    entry::Entry,
    key::Key,
    source::{LoadError, Source},
};

use crate::{
    coverage::Sighting,
    executor::Owner,
    world::{State, World},
};

/// The tags of tables.
pub const TABLES: [CacheTag; 3] = [CacheTag::Users, CacheTag::Proposals, CacheTag::Leads];

/// Once everything is mended no load takes longer, µs.
const CALM_SPREAD_MICROS: u64 = 20_000;

/// How many commits each table has seen.
pub type Rows = [u64; 3];

/// How the database does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Health {
    /// Well.
    #[default]
    Well,
    /// Loads take up to this many µs longer.
    Slow(u64),
    /// Loads fail.
    Failing,
    /// Loads never end.
    Hanging,
}

/// Tables, and all loads there ever were.
#[derive(Default)]
pub struct Database {
    /// The tables now.
    pub rows: Rows,
    /// How it does.
    pub health: Health,
    /// Every load, by its number.
    pub loads: Vec<Load>,
    /// Every assembly: when it was made, and the loads of its parts.
    pub assemblies: Vec<(u64, [usize; 4])>,
}

/// A load.
#[derive(Clone, Debug)]
pub struct Load {
    /// Of what.
    pub key: Key,
    /// By which process.
    pub owner: Owner,
    /// Its place in the order of all that happens.
    pub begun: u64,
    /// When it began, µs.
    pub begun_at: u64,
    /// What it saw.
    pub rows: Rows,
    /// When it ended, µs.
    pub ended_at: Option<u64>,
    /// Whether it brought nothing.
    pub failed: bool,
}

/// A process's way to the database.
pub struct FakeSource {
    world: Arc<World>,
    owner: Owner,
}

impl FakeSource {
    /// The way of process `owner`.
    pub fn new(world: Arc<World>, owner: Owner) -> Self {
        Self { world, owner }
    }
}

/// What a body says: the assembly, if it is one, and the loads it was made of.
pub fn read_body(body: &[u8]) -> Option<(Option<usize>, Vec<usize>)> {
    let text = std::str::from_utf8(body).ok()?;
    let (assembly, loads) = match text.split_once(':') {
        Some((assembly, loads)) => (Some(assembly.parse().ok()?), loads),
        None => (None, text),
    };
    let loads = loads.split(',').map(|load| load.trim_end().parse().ok()).collect::<Option<_>>()?;
    Some((assembly, loads))
}

/// A load under way; dropped before its end it was given up.
struct UnderWay {
    world: Arc<World>,
    number: usize,
    ended: bool,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        if !self.ended {
            let mut state = self.world.state();
            self.world.load_given_up(&mut state, self.number);
        }
    }
}

#[async_trait]
impl Source for FakeSource {
    async fn load(&self, key: &Key) -> Result<Bytes, LoadError> {
        let world = &self.world;
        let chance = &world.chance;
        let (number, health, calm) = {
            let mut state = world.state();
            let state: &mut State = &mut state;
            state.coverage.saw(Sighting::Load);
            let number = state.database.loads.len();
            let begun = state.tick();
            state.database.loads.push(Load {
                key: *key,
                owner: self.owner,
                begun,
                begun_at: world.now(),
                rows: Rows::default(),
                ended_at: None,
                failed: false,
            });
            world.tell(|| format!("process {} begins load {number} of {}", self.owner.0, key.text()));
            world.load_begun(state, number);
            (number, state.database.health, state.calm)
        };
        let mut under_way = UnderWay { world: Arc::clone(world), number, ended: false };
        let spread = world.settings.load_spread_micros;
        let spread = if calm { spread.min(CALM_SPREAD_MICROS) } else { spread };
        let slower = if let Health::Slow(by) = health { chance.below(by) } else { 0 };
        let takes = 100 + chance.below(spread) + slower;
        let before = chance.below(takes);
        world.scheduler.sleep(Duration::from_micros(before)).await;
        {
            let mut state = world.state();
            let rows = state.database.rows;
            state.database.loads[number].rows = rows;
            world.tell(|| format!("  load {number} sees {rows:?}"));
        }
        if health == Health::Hanging {
            std::future::pending::<()>().await;
        }
        world.scheduler.sleep(Duration::from_micros(takes - before)).await;
        under_way.ended = true;
        let mut state = world.state();
        let failed = health == Health::Failing
            || (!state.calm && chance.below(1000) < world.settings.load_fails_per_mille);
        world.load_ended(&mut state, number, failed);
        if failed {
            state.coverage.saw(Sighting::LoadFailed);
            return Err(LoadError("the database failed".into()));
        }
        let mut body = number.to_string();
        body.extend(std::iter::repeat_n(' ', world.settings.padding));
        Ok(body.into())
    }

    fn assemble(&self, _key: &Key, parts: &[Arc<Entry>]) -> Result<Bytes, LoadError> {
        let garbage = || LoadError("a part is not what it should be".into());
        let mut loads = [0; 4];
        for (load, part) in loads.iter_mut().zip(parts) {
            let (_, of) = read_body(&part.body.identity.bytes).ok_or_else(garbage)?;
            *load = *of.first().ok_or_else(garbage)?;
        }
        let mut state = self.world.state();
        let number = state.database.assemblies.len();
        state.database.assemblies.push((self.world.now(), loads));
        let [a, b, c, d] = loads;
        self.world.tell(|| format!("process {} assembles {loads:?}", self.owner.0));
        Ok(format!("{number}:{a},{b},{c},{d}").into())
    }
}
