//! The fake Redis beside the real one, and the simulation itself.
#![cfg(test)]

mod conformance;
mod fake;
mod real;
mod schedules;
