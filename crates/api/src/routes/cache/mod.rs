//! `/cache`: making the cache forget, and what it is doing.

mod invalidate;
mod stats;

use super::Routes;

/// Registers the family.
pub(super) fn register(routes: &mut impl Routes) {
    routes.service(invalidate::create_invalidation).service(stats::get_cache_stats);
}
