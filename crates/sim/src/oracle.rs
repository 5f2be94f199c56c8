//! What is known from outside of the engine, and what must follow from it. The fakes tell the oracle whatever a process is
//! told, in the very poll in which it is told; so the oracle knows which version each process knows, what that version
//! stands for, and whether the process's bus can be relied on, without looking into the engine.
//!
//! `seq` orders events also within one instant: a load with a `begun` above an invalidation's `seq` began after it.

mod calls;
mod facts;
mod judge;
mod loads;
mod promise;
mod reads;
mod told;

pub use self::{
    facts::{Facts, Process, Source},
    promise::{Promise, Violation},
    reads::Expected,
};

/// A key that failed is left alone for so long, µs.
const BACK_OFF_MICROS: u64 = 1_000_000;
/// What a process does in one go may take so long in all, µs.
const SLACK_MICROS: u64 = 5_000;
/// The bus may be behind what a read has shown for a second, and for another one if it was behind already.
const PATIENCE_MICROS: u64 = 2_300_000;
/// What a read sets going behind its answer (a refresh: a question to Redis, then a load) has begun by then, µs.
const BEHIND_MICROS: u64 = 600_000;
/// Where readings of all versions are counted.
const READ_ALL: usize = 5;
/// Loads that run at once.
const SLOTS: usize = 8;
/// Most that is repeated of an invalidation of unknown outcome, and some more, µs.
const REPEATS_MICROS: u64 = 130_000_000;

/// Whole microseconds.
pub fn micros(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
