//! Tests of the crate against real servers, one module a feature.
#![cfg(test)]

mod dst;
mod explain;
mod metrics_tables;
mod migrations;
mod recount;
