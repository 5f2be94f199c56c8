//! `/cache`: making the cache forget, and what it is doing.

mod invalidate;
mod stats;

use utoipa_actix_web::service_config::ServiceConfig;

/// Registers the family.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(invalidate::create_invalidation).service(stats::get_cache_stats);
}
