//! The routes, one family a folder, one action a file. A handler extracts, calls one service, and maps.

pub mod cache;
pub mod health;
pub mod leads;
pub mod metrics;
mod page;
pub mod proposals;
mod respond;
mod service;
pub mod users;

use utoipa_actix_web::service_config::ServiceConfig;

pub use page::PageInfo;

/// Registers every documented route.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(
        utoipa_actix_web::scope("/api/v1")
            .configure(metrics::configure)
            .configure(cache::configure)
            .configure(users::configure)
            .configure(proposals::configure)
            .configure(leads::configure),
    );
    config.configure(health::configure);
    config.configure(service::configure);
}
