//! What happens around every request, in one pass: it gets an id, `HEAD` is answered as `GET`, a panic becomes a 500, an
//! error gets its body, and the outcome is counted and, where it is slow or failed, logged.

mod observe;
mod problems;
mod request_id;

use std::{panic::AssertUnwindSafe, time::Instant};

use actix_web::{
    Error, HttpResponse,
    body::{BoxBody, EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    error::InternalError,
    http::{
        Method,
        header::{HeaderMap, HeaderName, HeaderValue, X_CONTENT_TYPE_OPTIONS},
    },
    middleware::Next,
    web::Data,
};
use futures_util::FutureExt as _;

use crate::{error::ApiError, state::AppState};
use observe::Observed;
use problems::Occurrence;
pub use request_id::RequestId;

/// The header that carries a request's id.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Wraps the whole app.
///
/// # Errors
/// Only with an answer that is complete already: where a panic took the request away.
pub async fn around<B: MessageBody + 'static>(
    state: Data<AppState>,
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, Error> {
    let started = Instant::now();
    let id = RequestId::of(request.headers());
    // Not the request itself: routing needs to be its only owner.
    let uri = request.uri().clone();
    let method = request.method().clone();
    if method == Method::HEAD {
        // The codec remembers that it was HEAD and sends no body.
        request.head_mut().method = Method::GET;
    }
    let occurrence = Occurrence { id: &id, uri: &uri, method: &method, state: &state };
    let observed = Observed { id: &id, uri: &uri, method: &method, started };

    let outcome = AssertUnwindSafe(next.call(request)).catch_unwind().await;
    match outcome {
        Ok(Ok(response)) => {
            let cause = occurrence.cause_of(response.response());
            let mut response = match occurrence.problem_for(response.response()) {
                Some(problem) => {
                    let (request, _) = response.into_parts();
                    ServiceResponse::new(request, problem).map_into_right_body()
                }
                None => response.map_into_left_body(),
            };
            finish(response.headers_mut(), &id);
            let route = response.request().match_pattern();
            observed.report(&state.telemetry, route.as_deref(), response.status(), cause.as_deref());
            Ok(response)
        }
        Ok(Err(error)) => Err(occurrence_alone(&occurrence, &observed, &ApiError::internal(&error))),
        Err(panic) => {
            let message = panic_message(panic.as_ref());
            Err(occurrence_alone(&occurrence, &observed, &ApiError::internal(format!("panic: {message}"))))
        }
    }
}

/// The answer where the request is gone: an error that carries it whole.
fn occurrence_alone(occurrence: &Occurrence<'_>, observed: &Observed<'_>, error: &ApiError) -> Error {
    let mut response: HttpResponse = occurrence.answer(error);
    finish(response.headers_mut(), occurrence.id);
    observed.report(&occurrence.state.telemetry, None, response.status(), error.cause.as_deref());
    InternalError::from_response("the answer is complete", response).into()
}

/// The headers that every answer carries.
fn finish(headers: &mut HeaderMap, id: &RequestId) {
    headers.insert(X_REQUEST_ID, id.header());
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}
