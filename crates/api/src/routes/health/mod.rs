//! `/health`: whether the process runs, and whether it can do its work.

mod live;
mod ready;

use super::Routes;

/// Registers the family.
pub(super) fn register(routes: &mut impl Routes) {
    routes.service(live::get_liveness).service(ready::get_readiness);
}
