//! `/metrics`: the figures of the dashboard, out of the cache.

mod encoding;
mod handlers;
mod query;
mod served;

use utoipa_actix_web::service_config::ServiceConfig;

/// Registers the family.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(handlers::get_dashboard)
        .service(handlers::get_overview)
        .service(handlers::get_charts)
        .service(handlers::get_recent_users)
        .service(handlers::get_recent_proposals)
        .service(handlers::refresh_metrics);
}
