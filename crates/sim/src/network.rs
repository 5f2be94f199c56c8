//! Redis as a node sees it: the fake store behind a network. Each call takes its time on the way there and back, may get
//! lost on either (executed or not), and dies with its connection; messages of the bus are late, out of order, doubled or
//! lost. What the engine is told is told the oracle in the same moment.

mod bus;
mod calls;
mod l2;

use domain::invalidation::CacheTags;

use self::bus::Subscriber;
pub use self::calls::FakeL2;
use crate::{store::Store, world::EPOCH_MICROS};

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
