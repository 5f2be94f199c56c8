//! The database: how to connect, and the connection that tracks what writes make old.

mod connect;
mod retry;
mod unit_of_work;

pub use connect::{connect, connect_untracked};
pub(crate) use retry::read_again_if_dead;
pub use unit_of_work::{TrackedConnection, TrackedTransaction};
