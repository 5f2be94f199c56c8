//! The fast way into each of the two databases, for whoever has many rows to write: the generator, an import.

pub mod postgres;
pub mod sqlite;
