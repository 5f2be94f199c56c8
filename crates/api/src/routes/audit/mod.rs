//! `/audit`: who did what.

mod list;
mod names;
mod view;

use super::Routes;

/// Registers the family.
pub(super) fn register(routes: &mut impl Routes) {
    routes.service(list::list_audit_entries);
}
