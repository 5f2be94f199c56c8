//! Tests of the crate against real servers, one module a feature.
#![cfg(test)]

mod audit;
mod audit_log;
mod budget;
mod change_feed;
mod commands;
mod conformance;
mod dead_connection;
mod dst;
mod explain;
mod faulty;
mod garbage;
mod holes;
mod hooks;
mod identity;
mod inspect;
mod list_plans;
mod log;
mod metrics_tables;
mod migrations;
mod moves;
mod node;
mod one_node;
mod proxy;
mod recount;
mod spans;
mod three_nodes;
mod tls;
mod tokens;
mod trouble;
mod two_nodes;
