//! The simulation itself.
#![cfg(test)]

mod schedules;
