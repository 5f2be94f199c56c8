//! The two-level cache: L1 in this process's memory, L2 in Redis, in front of a source, and never wrong for long. One
//! idea a file; the order in which to read them:
//!
//! - [`key`], [`Body`], [`entry`], [`codec`]: what is cached, under which name, and how it looks in each layer.
//! - [`versions`]: the heart. Each tag has a version that only grows; an entry's stamp holds the versions *from before
//!   its load began* and is current while they are still the newest known.
//! - [`l1`], [`l2`], `remote`: the layers, and the one bounded way to the outer one; [`breaker`], `rest`, [`redis_clock`].
//! - [`trouble`]: what can be wrong with Redis, in words, and the log of it.
//! - [`flight`], `reading`, `loading`: work that several readers wait for, and when a reader may join it.
//! - `invalidator`, `bus`, `write_behind`: bump and tell; hear of others' bumps; store off the response's path; `supervised` keeps them
//!   running.
//! - `parts`, `assembly`, [`two_level`]: how a read goes through all of this, and the engine as its callers see it.
//! - `eager`, `packing`: what a hit has done behind its answer.
//! - [`News`]: what those are told who only listen.
//!
//! [`mutation`] leaves out one rule at a time, for the simulation to notice.
//!
//! [`inspect`] is for operators: it looks into L2 from outside, by the same rules, and no server uses it.
//!
//! The engine asks the world through [`runtime::Runtime`] (time, tasks, chance), [`l2::L2`] and [`source::Source`], so
//! that it can be simulated as it ships.

mod answer;
#[cfg(test)]
mod any_bytes;
mod assembly;
mod body;
pub mod breaker;
pub mod budget;
mod bus;
pub mod codec;
mod core;
mod eager;
pub mod entry;
pub mod flight;
pub mod inspect;
mod invalidator;
pub mod key;
pub mod l1;
pub mod l2;
mod loading;
pub mod mutation;
mod news;
mod packing;
mod parts;
mod reading;
pub mod redis_clock;
mod remote;
pub mod report;
mod rest;
pub mod runtime;
mod served;
pub mod source;
pub mod stats;
mod supervised;
pub mod trouble;
pub mod two_level;
pub mod versions;
mod write_behind;

pub use body::{Body, Variant};
pub use bus::BusState;
pub use news::News;
pub use report::{CacheStats, FleetCommands, L2Health, Times};
pub use served::{CacheError, DataVersion, LayerOutcome, Lookup, Served};
pub use trouble::{Trouble, TroubleKind};
pub use two_level::TwoLevel;
