//! `/metrics`: the figures of the dashboard, out of the cache.

mod handlers;
mod query;
mod served;

use super::Routes;

/// Registers the family.
pub(super) fn register(routes: &mut impl Routes) {
    routes
        .service(handlers::get_dashboard)
        .service(handlers::get_overview)
        .service(handlers::get_charts)
        .service(handlers::get_recent_users)
        .service(handlers::get_recent_proposals)
        .service(handlers::refresh_metrics);
}
