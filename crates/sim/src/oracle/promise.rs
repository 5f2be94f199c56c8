//! What is promised, and how a promise that is broken is told.

use std::fmt;

/// What is promised; the numbers are those of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Promise {
    /// 1
    ReadYourWrites,
    /// 2
    BoundedStaleness,
    /// 3
    NoStaleSet,
    /// 4
    Ttl,
    /// 4, of what stands in.
    StandIn,
    /// 5
    OneLoad,
    /// 6
    NeverFails,
    /// 8
    Commands,
    /// What an answer and a write say of their data's version.
    DataVersion,
    /// A value is never another key's.
    RightValue,
    /// Once troubles end, so do their traces.
    Convergence,
}

impl fmt::Display for Promise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ReadYourWrites => "1 read-your-writes",
            Self::BoundedStaleness => "2 bounded staleness",
            Self::NoStaleSet => "3 no stale set",
            Self::Ttl => "4 TTL",
            Self::StandIn => "4 stand-ins",
            Self::OneLoad => "5 one load",
            Self::NeverFails => "6 never fails",
            Self::Commands => "8 commands",
            Self::DataVersion => "honest data version",
            Self::RightValue => "right value",
            Self::Convergence => "convergence",
        })
    }
}

/// A promise broken.
#[derive(Clone, Debug)]
pub struct Violation {
    /// Which.
    pub promise: Promise,
    /// How.
    pub what: String,
    /// When, µs.
    pub at: u64,
}
