//! The throw-away servers and databases do what they promise.

mod databases;
mod fault_proxy;
mod servers;
