//! The generator by itself, and what it writes to real databases.

mod databases;
mod generator;

use super::plan::{Plan, parse_until};

fn plan() -> Plan {
    let until = parse_until("2026-04-15T09:30:00Z").expect("an instant");
    Plan { users: 2_000, proposals: 6_000, leads: 20_000, seed: 42, days: 400, until }
}
