//! The database: how to connect, and the connection that tracks what writes make old.

mod connect;
mod health;
mod retry;
mod unit_of_work;

pub use connect::{connect, connect_untracked};
pub use health::{DatabaseHealth, DatabaseState, is_transient, is_unconfirmed, is_unreachable};
pub(crate) use retry::read_again_if_dead;
pub use unit_of_work::{TrackedConnection, TrackedTransaction};
