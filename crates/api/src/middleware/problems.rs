//! Gives every error its body. An [`ApiError`] says what it is about; an error that the framework made says only its
//! status, and the routes that exist say the rest.

use actix_web::{
    HttpResponse,
    http::{
        Method, StatusCode, Uri,
        header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue, RETRY_AFTER},
    },
};

use super::RequestId;
use crate::{
    error::{ApiError, PROBLEM_JSON, Problem, ProblemKind, RETRY_AFTER_SECS},
    state::AppState,
};

/// The request that an answer is made for.
pub(super) struct Occurrence<'a> {
    pub(super) id: &'a RequestId,
    pub(super) uri: &'a Uri,
    pub(super) method: &'a Method,
    pub(super) state: &'a AppState,
}

impl Occurrence<'_> {
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
        (!has_body).then(|| self.answer(&self.of_status(status)))
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
            instance: self.uri.path().to_owned(),
            request_id: self.id.as_str().to_owned(),
            errors: error.errors.clone(),
        };
        let mut answer = HttpResponse::build(error.kind.status());
        answer
            .insert_header((CONTENT_TYPE, PROBLEM_JSON))
            .insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store")));
        if error.kind == ProblemKind::MethodNotAllowed {
            answer.insert_header((ALLOW, self.allowed().join(", ")));
        }
        if error.kind == ProblemKind::Unavailable {
            answer.insert_header((RETRY_AFTER, RETRY_AFTER_SECS.to_string()));
        }
        answer.body(serde_json::to_vec(&problem).unwrap_or_default())
    }

    /// What an answer of the framework means that says only `status`.
    fn of_status(&self, status: StatusCode) -> ApiError {
        let kind = match ProblemKind::of_status(status) {
            ProblemKind::UnknownRoute if !self.state.routes.methods_of(self.uri.path()).is_empty() => {
                ProblemKind::MethodNotAllowed
            }
            kind => kind,
        };
        let detail = match kind {
            ProblemKind::UnknownRoute => {
                "nothing is here; /openapi.json lists every route, /docs shows them".to_owned()
            }
            ProblemKind::MethodNotAllowed => {
                return ApiError::method_not_allowed(self.method, self.allowed());
            }
            ProblemKind::Internal => return ApiError::internal(status),
            _ => status.canonical_reason().unwrap_or("the request was refused").to_owned(),
        };
        ApiError::new(kind, detail)
    }

    fn allowed(&self) -> &[&'static str] {
        self.state.routes.methods_of(self.uri.path())
    }
}
