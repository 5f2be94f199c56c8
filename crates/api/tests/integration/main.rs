//! The API over HTTP: real servers, real databases, a real client.

mod app;
mod config;
mod crud;
mod lists;
mod openapi;
mod problems;
mod shutdown;
