//! Counts every answer and logs those that somebody should look at.

use std::time::{Duration, Instant};

use actix_web::http::{Method, StatusCode, Uri};

use super::RequestId;
use crate::telemetry::HttpMetrics;

/// An answer that took longer is logged.
const SLOW: Duration = Duration::from_millis(500);

/// A request that is being answered.
pub(super) struct Observed<'a> {
    pub(super) id: &'a RequestId,
    pub(super) uri: &'a Uri,
    pub(super) method: &'a Method,
    pub(super) started: Instant,
}

impl Observed<'_> {
    /// Counts the answer `status` of `route` and logs it. The query string is not logged: it may hold names.
    pub(super) fn report(
        &self,
        metrics: &HttpMetrics,
        route: Option<&str>,
        status: StatusCode,
        cause: Option<&str>,
    ) {
        let took = self.started.elapsed();
        metrics.count(self.method, route.unwrap_or("unmatched"), status, took);
        let (id, method, path, status) = (self.id.as_str(), self.method, self.uri.path(), status.as_u16());
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
