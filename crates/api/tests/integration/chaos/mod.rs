//! Chaos against the real thing: three `api` processes on a real PostgreSQL and a real Redis, with a proxy of the tests' own
//! in front of each server for each node. One scenario a fault; a writer and readers on all nodes throughout; and a
//! [`checker`] that reads afterwards, in the database's own account, what was true when.
//!
//! Each scenario prints its seed. `CHAOS_SEED=S cargo test -p api --test integration chaos` plays the same plan again: the
//! same faults in the same order, the same writes and reads; what processes do in between is their own.
//! `CHAOS_MINUTES=M cargo test -p api --test integration chaos::scenarios::everything_at_once -- --nocapture` goes on with
//! random faults for so many minutes. See `docs/CHAOS.md`.

mod checker;
mod journal;
mod mix;
mod node;
mod readers;
mod scenarios;
mod servers;
mod shown;
mod stage;
mod state;
mod version;
mod world;
mod writer;
