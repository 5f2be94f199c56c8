//! The one table of who may do what: a row for every documented operation, and nothing else. A node does not start where an
//! operation has no row, or a row no operation; what is not here is not answered at all.

use domain::access::Requires::{self, Admin, AdminInPerson, Public, SignedIn, Viewer};

/// A row of the table: method, path template, and who may. `HEAD` counts as `GET`.
pub type Row = (&'static str, &'static str, Requires);

/// Where the files of the documentation's page lie, which the document does not name; anyone may `GET` them.
pub const DOCUMENTATION: &str = "/docs/";

/// Where the dashboard's page is.
pub const PAGE: &str = "/";

/// Where the files lie that the dashboard's page is made of; anyone may `GET` them, as the page itself.
pub const ASSETS: &str = "/assets/";

/// What the page's other files, beside it, are counted as.
pub const FILES: &str = "/{file}";

/// What the paths are counted as that the dashboard knows and the service does not.
pub const PAGES: &str = "/{page}";

/// What no path of the dashboard begins with: where the service's own begin.
pub const RESERVED: [&str; 6] = ["api", "assets", "docs", "health", "metrics", "openapi.json"];

/// Where the counters for Prometheus are, which anyone may read if so configured.
pub const COUNTERS: &str = "/metrics";

/// The table.
pub const ROWS: &[Row] = &[
    // The service about itself.
    ("GET", PAGE, Public),
    ("GET", "/docs", Public),
    ("GET", "/health/live", Public),
    ("GET", "/health/ready", Public),
    ("GET", COUNTERS, Viewer),
    ("GET", "/openapi.json", Public),
    // The own sign-in.
    ("POST", "/api/v1/session", Public),
    ("GET", "/api/v1/session", SignedIn),
    ("DELETE", "/api/v1/session", SignedIn),
    ("PUT", "/api/v1/session/password", SignedIn),
    ("POST", "/api/v1/session/redeem", Public),
    // Tokens, and who did what.
    ("GET", "/api/v1/api-tokens", Admin),
    ("POST", "/api/v1/api-tokens", AdminInPerson),
    ("DELETE", "/api/v1/api-tokens/{id}", Admin),
    ("GET", "/api/v1/audit", Admin),
    // The figures.
    ("GET", "/api/v1/metrics/charts", Viewer),
    ("GET", "/api/v1/metrics/dashboard", Viewer),
    ("GET", "/api/v1/metrics/overview", Viewer),
    ("GET", "/api/v1/metrics/recent-proposals", Viewer),
    ("GET", "/api/v1/metrics/recent-users", Viewer),
    ("POST", "/api/v1/metrics/refresh", Admin),
    // The cache.
    ("GET", "/api/v1/cache/stats", Viewer),
    ("POST", "/api/v1/cache/invalidations", Admin),
    // Live updates.
    ("GET", "/api/v1/events", Viewer),
    // Rows.
    ("GET", "/api/v1/users", Viewer),
    ("POST", "/api/v1/users", Admin),
    ("GET", "/api/v1/users.csv", Viewer),
    ("GET", "/api/v1/users/{id}", Viewer),
    ("PATCH", "/api/v1/users/{id}", Admin),
    ("DELETE", "/api/v1/users/{id}", Admin),
    ("POST", "/api/v1/users/{id}/sign-in-link", AdminInPerson),
    ("GET", "/api/v1/proposals", Viewer),
    ("POST", "/api/v1/proposals", Admin),
    ("POST", "/api/v1/proposals/bulk-status", Admin),
    ("GET", "/api/v1/proposals.csv", Viewer),
    ("GET", "/api/v1/proposals/{id}", Viewer),
    ("PATCH", "/api/v1/proposals/{id}", Admin),
    ("DELETE", "/api/v1/proposals/{id}", Admin),
    ("GET", "/api/v1/leads", Viewer),
    ("POST", "/api/v1/leads", Admin),
    ("POST", "/api/v1/leads/bulk-status", Admin),
    ("GET", "/api/v1/leads.csv", Viewer),
    ("GET", "/api/v1/leads/{id}", Viewer),
    ("PATCH", "/api/v1/leads/{id}", Admin),
    ("DELETE", "/api/v1/leads/{id}", Admin),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_of_the_dashboard_begins_as_one_of_the_service_does() {
        let paths = ROWS.iter().map(|(_, path, _)| *path).chain([DOCUMENTATION, ASSETS]);
        for path in paths.filter(|path| *path != PAGE) {
            let first = path.split('/').nth(1).unwrap();
            assert!(RESERVED.contains(&first), "{path}");
        }
    }
}
