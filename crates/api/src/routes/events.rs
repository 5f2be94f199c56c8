//! Live updates: a stream of the versions of the data.

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue},
};

use super::Routes;
use crate::{
    error::{ApiError, ProblemKind},
    events::{Full, StreamedData},
    extractors::NoQuery,
    middleware::credential,
    openapi::StreamProblems,
    state::State,
};

/// After how many seconds whoever found no place may try again: by then a client that has gone unnoticed has been found out.
const RETRY_AFTER_SECS: u64 = 15;
const EVENT_STREAM: HeaderValue = HeaderValue::from_static("text/event-stream");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
/// By this nginx, and whoever follows it, is told not to hold events back until there are enough of them.
const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// Registers the family.
pub(super) fn register(routes: &mut impl Routes) {
    routes.service(stream_events);
}

/// Listen to changes
#[utoipa::path(
    tag = "events",
    responses(
        (status = 200, description = "Server-sent events, until either side ends the stream. `versions` (its data is `DataVersions`) comes at once and then each time the data has moved; `end` (`StreamEnd`) is the last where the server ends the stream; a comment is a sign of life.",
            body = StreamedData, content_type = "text/event-stream",
            headers(
                ("Cache-Control" = String, description = "`no-store`"),
                ("X-Accel-Buffering" = String, description = "`no`: a proxy passes events on as they come."),
            ),
        ),
        StreamProblems,
    ),
    description = "The versions of the data as they are now, then one event each time they move, at most one in 250 ms; the rows themselves are not in it. A tag whose number differs from the one before, or that is left out, has changed. Events have no id: a client that connects again gets the present versions at once, and has missed nothing. A comment comes every 15 seconds. Listening does not keep a session alive; the stream ends with it.",
)]
#[get("/events")]
async fn stream_events(state: State, _: NoQuery, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    // The caller was let in, and is looked at once more: what happens from here on ends the stream.
    let stay = match credential(request.headers(), &state.cookie) {
        Some(credential) => state.identities.stay(credential).await?,
        None => None,
    };
    let stay =
        stay.ok_or_else(|| ApiError::unauthenticated("the session was ended just now; sign in again"))?;
    let stream = state.events.open(stay).await.map_err(no_place)?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, EVENT_STREAM))
        .insert_header((CACHE_CONTROL, NO_STORE))
        .insert_header((X_ACCEL_BUFFERING, HeaderValue::from_static("no")))
        // Nothing else comes on this connection: once the stream ends, so does it.
        .force_close()
        .streaming(stream))
}

fn no_place(full: Full) -> ApiError {
    let (kind, detail) = match full {
        Full::Holder(most) => (
            ProblemKind::TooManyStreams,
            format!(
                "as many event streams are open for this session or token as it may have at once ({most}); close one of them first"
            ),
        ),
        Full::Node(most) => (
            ProblemKind::Unavailable,
            format!(
                "as many event streams are open on this instance as it serves at once ({most}); try again later, and until then read /api/v1/metrics/dashboard from time to time"
            ),
        ),
    };
    ApiError::new(kind, detail).retry_after(RETRY_AFTER_SECS)
}
