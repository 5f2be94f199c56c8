//! All chance of a schedule, from one seed.

use std::sync::Mutex;

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{RngCore as _, SeedableRng as _},
};

use crate::executor::lock;

/// A stream of chance that is the same for the same seed.
pub struct Chance(Mutex<ChaCha8Rng>);

impl Chance {
    /// The stream of `seed`.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(ChaCha8Rng::seed_from_u64(seed)))
    }

    /// Any number.
    pub fn word(&self) -> u64 {
        lock(&self.0).next_u64()
    }

    /// A number below `end`; 0 where that is 0.
    pub fn below(&self, end: u64) -> u64 {
        // 32 bits of chance are plenty, and multiplying is quicker than dividing.
        if end < 1 << 32 { (u64::from(lock(&self.0).next_u32()) * end) >> 32 } else { self.word() % end }
    }

    /// A number from `low` to, not including, `high`.
    pub fn between(&self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low))
    }

    /// True `times` in a hundred.
    pub fn percent(&self, times: u64) -> bool {
        self.below(100) < times
    }

    /// A number from 0 up to, not including, 1.
    pub fn unit(&self) -> f64 {
        self.below(1 << 24) as f64 / f64::from(1_u32 << 24)
    }

    /// One of `choices`, which are not none.
    pub fn one_of<'a, T>(&self, choices: &'a [T]) -> &'a T {
        &choices[usize::try_from(self.below(choices.len() as u64)).unwrap_or_default()]
    }
}
