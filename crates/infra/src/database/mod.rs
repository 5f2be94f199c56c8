//! The database: how to connect, and the connection that tracks what writes make old.

mod connect;
mod unit_of_work;

pub use connect::{connect, connect_untracked};
pub use unit_of_work::{TrackedConnection, TrackedTransaction};
