//! The HTTP service: metrics, entities, cache and health over REST, documented by OpenAPI. It knows no SQL: a handler
//! extracts, calls one service of `infra`, and maps what comes back.

pub mod access;
pub mod admin;
mod cache_histograms;
mod cache_metrics;
pub mod cli;
pub mod config;
pub mod cookie;
pub mod csv;
pub mod error;
mod etag;
pub mod events;
pub mod extractors;
pub mod health;
mod listener;
pub mod middleware;
pub mod openapi;
pub mod routes;
pub mod spa;
pub mod startup;
pub mod state;
pub mod telemetry;
pub mod token;

pub use listener::raise_open_files;
