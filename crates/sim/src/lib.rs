//! The simulation of the shipped cache engine: two to four nodes run it unchanged in one thread, over fakes of what it asks
//! the world through (`Runtime`, `L2`, `Source`), under virtual time and a scheduler whose every choice comes from a
//! seed. An oracle judges each answer, write and load by what the nodes were told, and stops at the first promise broken;
//! the seed brings it back. docs/SIMULATION.md says what is simulated and which check stands for which promise.
//!
//! Crates that simulate (turmoil, madsim, shuttle, loom) put themselves in place of tokio's network and clock or of std's
//! locks, so that code that knows no other world can be run in theirs. This engine asks the world through traits as it
//! ships, shares no lock across an `await`, and needs faults that are Redis's and not a socket's; what is left is an
//! executor of two hundred lines.

pub mod actions;
pub mod campaign;
pub mod chance;
pub mod coverage;
pub mod database;
pub mod executor;
pub mod mutations;
pub mod network;
pub mod oracle;
pub mod plan;
pub mod run;
pub mod runtime;
pub mod shrink;
pub mod store;
pub mod world;
