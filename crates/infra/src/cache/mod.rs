//! The two-level cache. (The engine is being written; this is its surface.)

mod body;
mod served;

pub use body::{Body, Variant};
pub use served::{CacheError, DataVersion, LayerOutcome, Lookup, Served};
