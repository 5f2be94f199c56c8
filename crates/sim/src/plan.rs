//! The plan of a schedule: how the world is set up, and what is done to it when. Drawn from a seed; a failing one is made
//! smaller by leaving things out.

use std::time::Duration;

use chrono::NaiveDate;
use domain::{
    invalidation::{CacheTag, CacheTags},
    metrics::period::{MetricsQuery, Period},
};
use infra::{
    cache::key::Key,
    config::{CacheConfig, CacheTtls},
};

use crate::{chance::Chance, database::Health, network::Way};

/// How the world is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How far each node's clock is off, µs; as many as there are nodes.
    pub skews: Vec<i64>,
    /// How long a call takes each way, at most, µs.
    pub call_spread_micros: u64,
    /// How late messages of the bus are, at most, µs.
    pub bus_spread_micros: u64,
    /// So many messages in a hundred come twice.
    pub repeated_percent: u64,
    /// So many requests, and so many replies, in a thousand get lost.
    pub lost_per_mille: u64,
    /// How long a load takes, at most, µs.
    pub load_spread_micros: u64,
    /// So many loads in a thousand fail.
    pub load_fails_per_mille: u64,
    /// Bodies are longer by so many bytes.
    pub padding: usize,
    /// Of the engine.
    pub grace: Duration,
    /// Of the engine.
    pub load_soft: Duration,
    /// Of the engine.
    pub load_hard: Duration,
    /// How long a write's invalidation may come after its commit, µs; only where the commit is the later.
    pub uncertain_within_micros: u64,
}

/// What is done. Times are µs.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "a field's name and its action's sentence say what it is")]
pub enum Action {
    /// A read on a node by a client, who may name the version it last saw, and may give up.
    Read { node: usize, key: usize, client: usize, names_min: bool, gives_up: Option<u64> },
    /// Several readers at once.
    Crowd { node: usize, key: usize, readers: u64 },
    /// A write of some tables.
    Write { node: usize, tags: CacheTags, client: usize },
    /// A write whose process ends between the commit and the invalidation.
    Forgotten { node: usize, tags: CacheTags, back_after: u64 },
    /// A write of which nobody knows the outcome; it is committed later, if at all.
    Uncertain { node: usize, tags: CacheTags, commits_after: Option<u64> },
    /// An explicit refresh.
    Refresh { node: usize },
    /// A process ends as it should, and comes back.
    Stop { node: usize, back_after: u64 },
    /// A process ends where it stands, and comes back.
    Crash { node: usize, back_after: u64 },
    /// A process stands still.
    Freeze { node: usize, during: u64 },
    /// Redis is emptied.
    Wipe,
    /// Redis forgets a tag.
    EvictTag { tag: CacheTag },
    /// Redis forgets an entry.
    EvictEntry { which: u64 },
    /// Something else lies under an entry's key.
    Garbage { which: u64, what: u64 },
    /// A replica takes over that lacks what was written last.
    FailOver { loses: u64 },
    /// Redis's clock jumps, µs.
    ClockJump { by: i64 },
    /// The network between a node and Redis.
    Link { node: usize, way: Way, during: u64 },
    /// Redis cannot be reached by anybody.
    Outage { way: Way, during: u64 },
    /// Calls of a node are slow.
    SlowCalls { node: usize, by: u64, during: u64 },
    /// A node's subscription ends.
    CutBus { node: usize },
    /// A node's connection for calls ends.
    CutCalls { node: usize },
    /// A node's subscription is dead, and nobody notices for a while.
    DeadBus { node: usize, noticed_after: u64 },
    /// Messages to a node get lost on a connection that lives.
    LossyBus { node: usize, percent: u64 },
    /// Something on the bus that is no message.
    GarbageMessage,
    /// The database is in trouble.
    Trouble { health: Health, during: u64 },
}

/// An action, and how long after the one before, µs.
pub type Step = (u64, Action);

/// A plan.
#[derive(Clone, Debug)]
pub struct Plan {
    /// How the world is set up.
    pub settings: Settings,
    /// What is done, in this order.
    pub steps: Vec<Step>,
    /// The seed of all other chance.
    pub seed: u64,
}

const MILLI: u64 = 1000;
const SECOND: u64 = 1_000_000;

/// Clients that remember the version they last saw.
pub const CLIENTS: usize = 3;

/// The keys that are read.
pub fn keys() -> [Key; 7] {
    let date = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap_or_default();
    let query = MetricsQuery::default();
    let other = MetricsQuery { period: Period::Days7, ..query };
    let rows = domain::metrics::period::RecentLimit::default();
    [
        Key::Dashboard(query, date),
        Key::Overview(query, date),
        Key::Charts(query, date),
        Key::RecentUsers(rows),
        Key::RecentProposals(rows),
        Key::Dashboard(other, date),
        Key::Overview(other, date),
    ]
}

/// How long each part is fresh.
pub fn ttls() -> CacheTtls {
    CacheTtls {
        dashboard: Duration::from_mins(1),
        overview: Duration::from_mins(2),
        charts: Duration::from_mins(1),
        recent_users: Duration::from_secs(30),
        recent_proposals: Duration::from_secs(30),
    }
}

/// The time limit of calls to Redis.
pub const L2_TIMEOUT: Duration = Duration::from_millis(250);

impl Settings {
    fn draw(chance: &Chance) -> Self {
        let nodes = chance.between(2, 5);
        let skewed = chance.percent(50);
        let skew = |_| {
            let off = i64::try_from(chance.below(10 * SECOND)).unwrap_or_default();
            if skewed { off - 5_000_000 } else { 0 }
        };
        let soft = *chance.one_of(&[200, 500, 1000]);
        Self {
            skews: (0..nodes).map(skew).collect(),
            call_spread_micros: *chance.one_of(&[100, 500, 500, 5 * MILLI, 60 * MILLI]),
            bus_spread_micros: *chance.one_of(&[100, 500, 5 * MILLI, 50 * MILLI, 3 * SECOND]),
            repeated_percent: *chance.one_of(&[0, 10, 50]),
            lost_per_mille: *chance.one_of(&[0, 0, 0, 5, 50]),
            load_spread_micros: *chance.one_of(&[MILLI, 5 * MILLI, 20 * MILLI, 300 * MILLI]),
            load_fails_per_mille: *chance.one_of(&[0, 0, 0, 20, 100]),
            padding: if chance.percent(3) { 1100 } else { 0 },
            grace: Duration::from_secs(*chance.one_of(&[0, 20, 3600])),
            load_soft: Duration::from_millis(soft),
            load_hard: Duration::from_millis(soft * chance.between(1, 10)),
            uncertain_within_micros: 25 * SECOND,
        }
    }

    /// How many nodes there are.
    pub fn nodes(&self) -> usize {
        self.skews.len()
    }

    /// The engine's configuration.
    pub fn cache(&self) -> CacheConfig {
        CacheConfig {
            namespace: "sim".to_owned(),
            l1_max_bytes: 1 << 20,
            l1_max_items: 64,
            ttls: ttls(),
            grace: self.grace,
            load_soft: self.load_soft,
            load_hard: self.load_hard,
            l2_timeout: L2_TIMEOUT,
            l2_commands_per_month: None,
            l2_price_per_100k: None,
        }
    }
}

impl Plan {
    /// The plan of `seed`.
    pub fn draw(seed: u64) -> Self {
        let chance = Chance::new(seed);
        let settings = Settings::draw(&chance);
        let draw = Draw::new(&chance, settings.nodes());
        let count = chance.between(20, 61);
        let mut steps = Vec::new();
        while steps.len() < usize::try_from(count).unwrap_or_default() {
            draw.scene(&mut steps);
        }
        Self { settings, steps, seed: chance.word() }
    }
}

/// What a plan's steps are drawn with.
struct Draw<'a> {
    chance: &'a Chance,
    nodes: usize,
    /// How far apart things are, µs.
    pace: u64,
    /// How many in a hundred steps are troubles.
    trouble_percent: u64,
    /// Whether Redis's clock may go back; then nothing may be lost.
    clock_goes_back: bool,
    /// The keys and nodes that most happens to.
    key: usize,
}

impl<'a> Draw<'a> {
    fn new(chance: &'a Chance, nodes: usize) -> Self {
        Self {
            chance,
            nodes,
            pace: *chance.one_of(&[300, 2 * MILLI, 20 * MILLI, 200 * MILLI, 2 * SECOND]),
            trouble_percent: *chance.one_of(&[0, 10, 20, 40]),
            clock_goes_back: chance.percent(10),
            key: usize::try_from(chance.below(7)).unwrap_or_default(),
        }
    }

    fn node(&self) -> usize {
        usize::try_from(self.chance.below(self.nodes as u64)).unwrap_or_default()
    }

    fn key(&self) -> usize {
        if self.chance.percent(50) {
            return self.key;
        }
        usize::try_from(self.chance.below(7)).unwrap_or_default()
    }

    fn client(&self) -> usize {
        usize::try_from(self.chance.below(CLIENTS as u64)).unwrap_or_default()
    }

    fn tags(&self) -> CacheTags {
        let one = [CacheTag::Users, CacheTag::Proposals, CacheTag::Leads];
        let first = *self.chance.one_of(&one);
        match self.chance.below(4) {
            0 => [first, *self.chance.one_of(&one)].into_iter().collect(),
            _ => first.into(),
        }
    }

    fn pause(&self) -> u64 {
        match self.chance.below(20) {
            0 => self.chance.below(40 * SECOND),
            1 | 2 => self.chance.below(2 * SECOND),
            3..=7 => self.chance.below(100),
            _ => self.chance.below(self.pace),
        }
    }

    /// From a moment to a minute, short ones more often.
    fn a_while(&self) -> u64 {
        let most = *self.chance.one_of(&[5 * MILLI, 100 * MILLI, SECOND, 5 * SECOND, 40 * SECOND]);
        self.chance.below(most)
    }

    fn scene(&self, steps: &mut Vec<Step>) {
        if self.chance.percent(self.trouble_percent) {
            steps.push((self.pause(), self.trouble()));
            return;
        }
        let chance = self.chance;
        let (node, key) = (self.node(), self.key());
        let action = match chance.below(100) {
            0..=54 => {
                let gives_up = chance.percent(8).then(|| chance.below(20 * MILLI));
                let names_min = chance.percent(15);
                Action::Read { node, key, client: self.client(), names_min, gives_up }
            }
            55..=62 => Action::Crowd { node, key, readers: chance.between(2, 6) },
            63..=92 => Action::Write { node, tags: self.tags(), client: self.client() },
            93..=95 => Action::Refresh { node },
            96 => Action::Forgotten { node, tags: self.tags(), back_after: self.a_while() },
            _ => {
                let commits_after = chance.percent(70).then(|| chance.below(25 * SECOND));
                Action::Uncertain { node, tags: self.tags(), commits_after }
            }
        };
        steps.push((self.pause(), action));
    }

    fn trouble(&self) -> Action {
        let chance = self.chance;
        let node = self.node();
        let which = chance.word();
        let during = self.a_while();
        let ways = [Way::Refused, Way::Swallowed, Way::Mute];
        match chance.below(21) {
            0 if !self.clock_goes_back => Action::Wipe,
            1 if !self.clock_goes_back => Action::EvictTag { tag: *chance.one_of(&CacheTag::EVERY) },
            2 if !self.clock_goes_back => Action::FailOver { loses: chance.below(SECOND) },
            0..=2 => Action::ClockJump { by: -i64::try_from(chance.below(SECOND)).unwrap_or_default() },
            3 => Action::ClockJump { by: i64::try_from(chance.below(20 * SECOND)).unwrap_or_default() },
            4 => Action::EvictEntry { which },
            5 => Action::Garbage { which, what: chance.below(4) },
            6 | 7 => Action::Link { node, way: *chance.one_of(&ways), during },
            8 => Action::Outage { way: *chance.one_of(&ways), during },
            9 => Action::SlowCalls { node, by: chance.below(400 * MILLI), during },
            10 | 11 => Action::CutBus { node },
            12 => Action::CutCalls { node },
            13 => Action::DeadBus { node, noticed_after: chance.below(60 * SECOND) },
            14 => Action::LossyBus { node, percent: chance.between(10, 101) },
            15 => Action::GarbageMessage,
            16 => {
                let healths = [
                    Health::Slow(chance.below(3 * SECOND)),
                    Health::Failing,
                    Health::Hanging,
                    Health::Failing,
                ];
                Action::Trouble { health: *chance.one_of(&healths), during }
            }
            17 => Action::Stop { node, back_after: during },
            18 => Action::Crash { node, back_after: during },
            19 => Action::Freeze { node, during: during.min(5 * SECOND) },
            _ => Action::Trouble { health: Health::Slow(chance.below(3 * SECOND)), during },
        }
    }
}
