//! The answers of the routes that read and write rows: never stored by anyone, and after a write with the versions of the
//! data it left behind.

use actix_web::{
    HttpResponse, HttpResponseBuilder,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, ETAG, HeaderName, HeaderValue, LOCATION},
    },
};
use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use crate::{etag, extractors::IfNoneMatch, state::AppState};

/// The header with the versions of the data behind an answer.
pub(super) const X_DATA_VERSION: HeaderName = HeaderName::from_static("x-data-version");

/// The row that was read, which last changed at `updated_at`; nothing but its entity tag where the client `has` it.
pub(super) fn row(has: &IfNoneMatch, updated_at: DateTime<Utc>, body: &impl Serialize) -> HttpResponse {
    let etag = etag::of_row(updated_at);
    let known = has.names(&etag);
    let mut answer = not_stored(if known { StatusCode::NOT_MODIFIED } else { StatusCode::OK });
    answer.insert_header((ETAG, etag));
    if known { answer.finish() } else { answer.json(body) }
}

/// What was read: rows, which hold people's data.
pub(super) fn read(body: &impl Serialize) -> HttpResponse {
    not_stored(StatusCode::OK).json(body)
}

/// The row as a write left it, which changed at `updated_at`.
pub(super) fn updated(state: &AppState, updated_at: DateTime<Utc>, body: &impl Serialize) -> HttpResponse {
    after_write(state, StatusCode::OK).insert_header((ETAG, etag::of_row(updated_at))).json(body)
}

/// What a write changed.
pub(super) fn changed(state: &AppState, body: &impl Serialize) -> HttpResponse {
    after_write(state, StatusCode::OK).json(body)
}

/// The row that a write made, which is now at `/api/v1/{family}/{id}`.
pub(super) fn created(
    state: &AppState,
    (family, id, updated_at): (&str, Uuid, DateTime<Utc>),
    body: &impl Serialize,
) -> HttpResponse {
    after_write(state, StatusCode::CREATED)
        .insert_header((ETAG, etag::of_row(updated_at)))
        .insert_header((LOCATION, format!("/api/v1/{family}/{id}")))
        .json(body)
}

/// A write that left nothing to show.
pub(super) fn deleted(state: &AppState) -> HttpResponse {
    after_write(state, StatusCode::NO_CONTENT).finish()
}

/// An answer after a write: with the versions that are known now.
pub(super) fn after_write(state: &AppState, status: StatusCode) -> HttpResponseBuilder {
    let mut answer = not_stored(status);
    let version = state.metrics.data_version();
    if !version.is_empty() {
        answer.insert_header((X_DATA_VERSION, version.to_string()));
    }
    answer
}

fn not_stored(status: StatusCode) -> HttpResponseBuilder {
    let mut answer = HttpResponse::build(status);
    answer.insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store")));
    answer
}

/// Something that left nothing to show, and no figure older.
pub(super) fn nothing() -> HttpResponse {
    not_stored(StatusCode::NO_CONTENT).finish()
}

/// Something about the service itself.
pub(super) fn status(code: StatusCode, body: &impl Serialize) -> HttpResponse {
    not_stored(code).json(body)
}
