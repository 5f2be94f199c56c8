//! Everything between the domain and the outside: the database behind a connection that tracks what writes make old,
//! the two-level cache, and the services that the API calls. It knows no HTTP.

pub mod cache;
pub mod change_feed;
pub mod config;
pub mod database;
pub mod error;
pub mod identity;
pub mod metrics;
pub mod metrics_cache;
pub mod repositories;
