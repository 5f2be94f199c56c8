//! The routes, one family a folder, one action a file. A handler extracts, calls one service, and maps.

pub mod api_tokens;
pub mod audit;
pub mod cache;
mod encoding;
mod events;
pub mod export;
pub mod health;
mod kept;
pub mod leads;
pub mod metrics;
mod page;
pub mod proposals;
mod record;
mod respond;
mod service;
pub mod session;
mod spa;
pub mod users;

use actix_web::{dev::HttpServiceFactory, web};
use utoipa_actix_web::{OpenApiFactory, service_config};

pub use page::PageInfo;

/// Where every route under `/api` stands.
const API: &str = "/api/v1";

/// Something that takes routes: a server, or the document. A server's workers need no document each: it would cost
/// several megabytes a worker.
pub trait Routes {
    /// Takes a documented route.
    fn service<F: HttpServiceFactory + OpenApiFactory + 'static>(&mut self, route: F) -> &mut Self;
}

impl Routes for web::ServiceConfig {
    fn service<F: HttpServiceFactory + OpenApiFactory + 'static>(&mut self, route: F) -> &mut Self {
        Self::service(self, route)
    }
}

impl Routes for service_config::ServiceConfig<'_> {
    fn service<F: HttpServiceFactory + OpenApiFactory + 'static>(&mut self, route: F) -> &mut Self {
        Self::service(self, route)
    }
}

/// Registers every route with a server.
pub fn serve(config: &mut web::ServiceConfig) {
    config.service(web::scope(API).configure(inside));
    outside(config);
    // What gets this far is one of the dashboard's paths: the rest is refused before.
    config.default_service(web::get().to(spa::get_file));
}

/// Registers every route with the document.
pub fn document(config: &mut service_config::ServiceConfig<'_>) {
    let inside = |config: &mut service_config::ServiceConfig<'_>| inside(config);
    config.service(utoipa_actix_web::scope(API).configure(inside));
    outside(config);
}

fn inside(routes: &mut impl Routes) {
    session::register(routes);
    metrics::register(routes);
    cache::register(routes);
    events::register(routes);
    users::register(routes);
    proposals::register(routes);
    leads::register(routes);
    api_tokens::register(routes);
    audit::register(routes);
}

fn outside(routes: &mut impl Routes) {
    health::register(routes);
    service::register(routes);
    spa::register(routes);
}
