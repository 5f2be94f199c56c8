//! What can be measured, one suite a file.

mod engine;
mod feed;
mod footprint;
mod growth;
mod http;
mod layers;
mod lists;
mod staleness;
mod stampede;
mod storm;

use clap::ValueEnum;

use crate::{figure::Figure, ground::Ground};

/// A suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Suite {
    /// Requests a second: a cached dashboard beside a constant.
    Http,
    /// The engine beside what it stands on: quick_cache, MGET, EVALSHA.
    Engine,
    /// A dashboard from the database, from Redis, from memory; near and far.
    Layers,
    /// A page of fifty out of a million rows.
    Lists,
    /// Many readers of one cold dashboard.
    Stampede,
    /// Reads while rows are written.
    Storm,
    /// A cold dashboard as the tables grow.
    Growth,
    /// From a write on one node to a fresh read on another.
    Staleness,
    /// What the change feed costs, and how soon it tells.
    Feed,
    /// Memory, and the time to start.
    Footprint,
}

impl Suite {
    /// Those that were named, all where none was; in their own order, each once.
    pub fn chosen(named: &[Self]) -> impl Iterator<Item = Self> {
        let named = named.to_vec();
        let all = Self::value_variants().iter().copied();
        all.filter(move |suite| named.is_empty() || named.contains(suite))
    }

    /// Its name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Engine => "engine",
            Self::Layers => "layers",
            Self::Lists => "lists",
            Self::Stampede => "stampede",
            Self::Storm => "storm",
            Self::Growth => "growth",
            Self::Staleness => "staleness",
            Self::Feed => "feed",
            Self::Footprint => "footprint",
        }
    }

    /// What it measures, in a few words.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Http => "a cached dashboard beside a constant, requests a second",
            Self::Engine => "the engine beside what it stands on",
            Self::Layers => "a dashboard from the database, from Redis, from memory",
            Self::Lists => "a page of fifty out of a million rows, beside its SQL",
            Self::Stampede => "many readers of one cold dashboard",
            Self::Storm => "reads while rows are written",
            Self::Growth => "a cold dashboard as the tables grow",
            Self::Staleness => "from a write on one node to a fresh read on another",
            Self::Feed => "what the change feed costs, and how soon it tells",
            Self::Footprint => "memory, and the time to start",
        }
    }

    /// Measures it.
    ///
    /// # Errors
    /// Where what it needs cannot be had, or does not work.
    pub async fn run(self, ground: &Ground) -> anyhow::Result<Vec<Figure>> {
        match self {
            Self::Http => http::run(ground).await,
            Self::Engine => engine::run(ground).await,
            Self::Layers => layers::run(ground).await,
            Self::Lists => lists::run(ground).await,
            Self::Stampede => stampede::run(ground).await,
            Self::Storm => storm::run(ground).await,
            Self::Growth => growth::run(ground).await,
            Self::Staleness => staleness::run(ground).await,
            Self::Feed => feed::run(ground).await,
            Self::Footprint => footprint::run(ground).await,
        }
    }
}
