//! Queries and writes, one entity a file. A write runs in a transaction of its own and announces, through the hooks or
//! itself, what it makes old.

pub mod metrics;
