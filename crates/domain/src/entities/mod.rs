//! The entities, each with its rules and its hooks. A hook announces what its write makes old on the
//! connection it was given; see [`crate::invalidation`].

pub mod audit_entry;
pub mod cascade;
pub mod lead;
pub mod moves;
pub mod proposal;
pub mod user;

/// A status text as the database and the API spell it.
pub trait Named {
    /// The name, e.g. `draft`.
    fn name(&self) -> &'static str;
}
