//! `/health`: whether the process runs, and whether it can do its work.

mod live;
mod ready;

use utoipa_actix_web::service_config::ServiceConfig;

/// Registers the family.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(live::get_liveness).service(ready::get_readiness);
}
