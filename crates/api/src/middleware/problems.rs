//! A request that is being answered, and the body of every error that it may come to. An [`ApiError`] says what it is about;
//! an error that the framework made says only its status.

use std::time::Instant;

use actix_web::{
    HttpResponse,
    dev::ServiceRequest,
    http::{
        Method, StatusCode, Uri,
        header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue},
    },
    web::Data,
};
use tracing::Span;

use super::RequestId;
use crate::{
    error::{ApiError, PROBLEM_JSON, Problem, ProblemKind, instance_of},
    openapi::NoRoute,
    state::AppState,
};

/// The request that an answer is made for. It does not hold the request itself: routing needs to be its only owner.
pub(super) struct Occurrence {
    pub(super) id: RequestId,
    pub(super) uri: Uri,
    /// As it was asked with: `HEAD`, too.
    pub(super) method: Method,
    pub(super) started: Instant,
    /// The template of its path, where there is such a path.
    pub(super) template: Option<&'static str>,
    /// Whose page sent it, where pages of others may read answers.
    pub(super) origin: Option<HeaderValue>,
    /// What happens while it is answered; disabled unless somebody traces `debug`.
    pub(super) span: Span,
    pub(super) state: Data<AppState>,
}

impl Occurrence {
    pub(super) fn of(request: &ServiceRequest, state: Data<AppState>) -> Self {
        let id = RequestId::of(request.headers());
        // Not the query string: it may hold names.
        let span = tracing::debug_span!(
            "request", request.id = id.as_str(), http.method = %request.method(), http.path = request.path()
        );
        Self {
            id,
            span,
            uri: request.uri().clone(),
            method: request.method().clone(),
            started: Instant::now(),
            template: None,
            origin: state.edge.origins.asking(request.headers()),
            state,
        }
    }

    /// What is wrong with a request that has no route.
    pub(super) fn no_route(&mut self, none: NoRoute<'_>) -> ApiError {
        match none {
            NoRoute::UnknownPath => ApiError::new(ProblemKind::UnknownRoute, UNKNOWN_ROUTE),
            NoRoute::WrongMethod { template, allowed } => {
                self.template = Some(template);
                let listed = allowed.join(", ");
                let detail = format!("got {}, expected {listed}", self.method);
                let error = ApiError::new(ProblemKind::MethodNotAllowed, detail);
                match HeaderValue::try_from(listed) {
                    Ok(listed) => error.with_header(ALLOW, listed),
                    Err(_) => error,
                }
            }
        }
    }

    /// The answer to send instead of `response`, where that is an error without its body.
    pub(super) fn problem_for<B>(&self, response: &HttpResponse<B>) -> Option<HttpResponse> {
        let status = response.status();
        if !status.is_client_error() && !status.is_server_error() {
            return None;
        }
        if let Some(error) = response.error().and_then(|error| error.as_error::<ApiError>()) {
            return Some(self.answer(error));
        }
        let has_body = response.headers().get(CONTENT_TYPE).is_some_and(|media| {
            let media = media.as_bytes();
            media.starts_with(b"application/problem+json") || media.starts_with(b"application/json")
        });
        (!has_body).then(|| self.answer(&of_status(status)))
    }

    /// What was underneath `response`, for the log.
    #[expect(clippy::unused_self, reason = "reads with problem_for")]
    pub(super) fn cause_of<B>(&self, response: &HttpResponse<B>) -> Option<String> {
        let error = response.error()?;
        match error.as_error::<ApiError>() {
            Some(error) => error.cause.clone(),
            None => Some(error.to_string()),
        }
    }

    /// The whole answer for `error`.
    pub(super) fn answer(&self, error: &ApiError) -> HttpResponse {
        let problem = Problem {
            type_uri: error.kind.type_uri(),
            title: error.kind.title(),
            status: error.kind.status().as_u16(),
            detail: error.detail.clone(),
            instance: instance_of(self.uri.path()),
            request_id: self.id.as_str().to_owned(),
            errors: error.errors.clone(),
        };
        let mut answer = HttpResponse::build(error.kind.status());
        answer
            .insert_header((CONTENT_TYPE, PROBLEM_JSON))
            .insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store")));
        for header in &error.headers {
            answer.append_header(header.clone());
        }
        if error.kind == ProblemKind::RequestTimeout {
            // What is still to come of the body must not be taken for another request.
            answer.force_close();
        }
        answer.body(serde_json::to_vec(&problem).unwrap_or_default())
    }
}

/// What is wrong with a path that nothing has.
pub const UNKNOWN_ROUTE: &str = "nothing is here; /openapi.json lists every route, /docs shows them";

/// What an answer of the framework means that says only `status`.
fn of_status(status: StatusCode) -> ApiError {
    match ProblemKind::of_status(status) {
        ProblemKind::Internal => ApiError::internal(status),
        kind @ ProblemKind::UnknownRoute => ApiError::new(kind, UNKNOWN_ROUTE),
        kind => ApiError::new(kind, status.canonical_reason().unwrap_or("the request was refused")),
    }
}
