//! Live updates: who listens is told the versions of the data, and each time they move. In reading order: `message` is what
//! goes over the wire, `coalescing` decides when, `hub` makes each event once for all who listen, `slots` counts them, and
//! `stream` is what one of them gets.

mod coalescing;
mod hub;
mod message;
mod slots;
mod stream;

use std::time::Duration;

pub use hub::{EventCounts, Events};
pub use message::{DataVersions, EndReason, StreamEnd, StreamedData};
pub use slots::Full;
pub use stream::EventStream;

/// How often, and for how many.
#[derive(Clone, Copy, Debug)]
pub struct EventsConfig {
    /// There is at most one event in this time.
    pub window: Duration,
    /// A sign of life comes, and is looked at whether the session still stands, once in this time.
    pub heartbeat: Duration,
    /// After which time without a connection a client should try again.
    pub retry: Duration,
    /// How many streams this node serves at once.
    pub streams: usize,
    /// How many of them one session or token may have.
    pub streams_each: usize,
}

impl Default for EventsConfig {
    fn default() -> Self {
        Self {
            window: Duration::from_millis(250),
            heartbeat: Duration::from_secs(15),
            retry: Duration::from_secs(3),
            streams: 1_000,
            streams_each: 10,
        }
    }
}
