//! Tests of the crate against real servers, one module a feature.
#![cfg(test)]

mod dst;
mod metrics_tables;
mod recount;
