//! Suite `engine`: what the engine adds to the pieces it stands on. Each operation runs turn by turn with the bare one:
//! an L1 hit with a `get` of quick_cache, an L2 read with an `MGET` of the same keys, an invalidation with an `EVALSHA`
//! of the same script.
//!
//! The samples are criterion's, see [`beside`]. As on a server's worker, the operations are asked for on a thread with a
//! runtime of its own, while connections and the engine's tasks live on the process's.

mod beside;
mod invalidation;
mod l1_hit;
mod l2_read;

use crate::{figure::Figure, ground::Ground};

/// What is read stays fresh for the whole run.
const FRESH: [(&str, &str); 5] = [
    ("CACHE_TTL_DASHBOARD_SECS", "3600"),
    ("CACHE_TTL_OVERVIEW_SECS", "3600"),
    ("CACHE_TTL_CHARTS_SECS", "3600"),
    ("CACHE_TTL_RECENT_USERS_SECS", "3600"),
    ("CACHE_TTL_RECENT_PROPOSALS_SECS", "3600"),
];

/// A machine that does something else for a moment makes no call fail: a failed one is no figure.
const PATIENT: [(&str, &str); 1] = [("CACHE_L2_TIMEOUT_MS", "10000")];

pub async fn run(ground: &Ground) -> anyhow::Result<Vec<Figure>> {
    Ok(vec![l1_hit::run(ground).await?, l2_read::run(ground).await?, invalidation::run(ground).await?])
}
