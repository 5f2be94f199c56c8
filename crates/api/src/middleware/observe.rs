//! Counts every answer and logs those that somebody should look at.

use std::time::Duration;

use actix_web::http::StatusCode;

use super::problems::Occurrence;

/// An answer that took longer is logged.
const SLOW: Duration = Duration::from_millis(500);

impl Occurrence {
    /// Counts the answer `status` and logs it. The query string is not logged: it may hold names.
    pub(super) fn report(&self, status: StatusCode, cause: Option<&str>) {
        let took = self.started.elapsed();
        let route = self.template.unwrap_or("unmatched");
        self.state.telemetry.count(&self.method, route, status, took);
        let (id, method, path, status) = (self.id.as_str(), &self.method, self.uri.path(), status.as_u16());
        let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        if status >= 500 {
            tracing::warn!(
                request.id = id, http.method = %method, http.path = path, http.status = status, duration_ms,
                cause = cause.unwrap_or("none"), "request failed"
            );
        } else if took > SLOW {
            tracing::warn!(
                request.id = id, http.method = %method, http.path = path, http.status = status, duration_ms,
                "request was slow"
            );
        } else {
            tracing::debug!(
                request.id = id, http.method = %method, http.path = path, http.status = status, duration_ms,
                cause, "request"
            );
        }
    }
}
