//! How the cache behaves, case by case, by name. What has time in it runs in a [`world`] of its own; what has several nodes
//! in it, on real servers.

mod eager;
mod fail_safe;
mod l2_trouble;
mod layers;
mod loads;
mod nodes;
mod tags;
mod time;
mod world;
