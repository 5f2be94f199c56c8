//! The domain of the admin dashboard: users, proposals and leads with their rules, what every metric means, and
//! which cached numbers a write makes old. It knows no Redis, no HTTP server and no async runtime; the outer
//! crates implement the traits in [`ports`] and [`invalidation`].

pub mod access;
pub mod audit;
pub mod entities;
pub mod error;
pub mod invalidation;
pub mod metrics;
pub mod ports;
pub mod schema;
pub mod validation;

pub use error::{DomainError, FieldError};
