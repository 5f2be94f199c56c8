//! The API over HTTP: real servers, real databases, a real client.
#![cfg(test)]

mod admin;
mod any_input;
mod api_tokens;
mod app;
mod audit;
mod bad_clients;
mod browsers;
mod bulk;
mod change_feed;
mod chaos;
mod config;
mod crud;
mod events;
mod exports;
mod lists;
mod lost_updates;
mod metrics_http;
mod openapi;
mod outages;
mod problems;
mod roles;
mod routing;
mod session;
mod shutdown;
mod sign_in;
mod spa;
