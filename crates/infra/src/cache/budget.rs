//! The budget of commands: what a managed Redis bills by the command is counted here, for the whole fleet.

pub mod tally;

pub use tally::{ByKind, Flush, Kind, Month, Tally};
