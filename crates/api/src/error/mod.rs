//! The one place that turns what went wrong into HTTP. A handler returns an [`ApiError`]; the outermost middleware makes
//! its answer, since only it knows the request. What a driver said is logged there and never sent.

mod codes;
mod problem;

use std::{fmt, time::Duration};

use actix_web::{
    HttpResponse, ResponseError,
    http::{
        StatusCode,
        header::{HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE},
    },
};
use domain::{DomainError, FieldError};
use infra::{cache::CacheError, database::is_transient, error::RepositoryError, identity::CheckError};

use crate::etag;

pub use codes::ProblemKind;
pub use problem::{PROBLEM_JSON, Problem, instance_of};

/// After how many seconds a client may try again when the database cannot be reached.
pub const RETRY_AFTER_SECS: u64 = 2;

/// Why a request is not answered as it wished.
#[derive(Clone, Debug)]
pub struct ApiError {
    /// The kind of problem.
    pub kind: ProblemKind,
    /// What is wrong this time; goes to the client.
    pub detail: String,
    /// Each wrong field; goes to the client.
    pub errors: Vec<FieldError>,
    /// Headers that its answer carries.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// What was underneath; goes to the log only.
    pub cause: Option<String>,
}

impl ApiError {
    /// A problem of `kind`; `detail` goes to the client.
    pub fn new(kind: ProblemKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), errors: Vec::new(), headers: Vec::new(), cause: None }
    }

    /// A problem with each of `errors`, which name `what` (field, query parameter, header).
    pub fn of_fields(kind: ProblemKind, what: &str, errors: Vec<FieldError>) -> Self {
        let names: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
        let are = if names.len() == 1 { "is" } else { "are" };
        let plural = if names.len() == 1 { "" } else { "s" };
        let detail = format!("{} {what}{plural} {are} not valid: {}", names.len(), names.join(", "));
        Self { errors, ..Self::new(kind, detail) }
    }

    /// The same, and its answer carries this header.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The same, and its answer says after how many seconds the client may try again.
    #[must_use]
    pub fn retry_after(self, seconds: u64) -> Self {
        self.with_header(RETRY_AFTER, HeaderValue::from(seconds))
    }

    /// The service failed; `cause` goes to the log.
    pub fn internal(cause: impl fmt::Display) -> Self {
        let detail = "Something went wrong in the service; the request's id leads to the cause in its log.";
        Self { cause: Some(cause.to_string()), ..Self::new(ProblemKind::Internal, detail) }
    }

    /// The database does not answer; `cause` goes to the log.
    pub fn unavailable(cause: impl fmt::Display) -> Self {
        let detail = "The database does not answer at present. Nothing was changed; try again.";
        let error = Self::new(ProblemKind::Unavailable, detail).retry_after(RETRY_AFTER_SECS);
        Self { cause: Some(cause.to_string()), ..error }
    }
}

impl ApiError {
    /// The database did not confirm a write that it may have made; `cause` goes to the log.
    pub fn unconfirmed(cause: impl fmt::Display) -> Self {
        let detail = "The database did not confirm the change: it was made whole, or not at all. Look before you try again.";
        let error = Self::new(ProblemKind::Unavailable, detail).retry_after(RETRY_AFTER_SECS);
        Self { cause: Some(cause.to_string()), ..error }
    }

    /// Nobody is signed in: `detail` says what was brought along instead.
    pub fn unauthenticated(detail: &str) -> Self {
        Self::new(ProblemKind::Unauthenticated, detail).challenged()
    }

    /// There were too many failures; the next attempt is in `seconds`.
    pub fn too_many_attempts(seconds: u64) -> Self {
        let detail = format!(
            "expected the next attempt in {seconds} seconds; an admin can make a one-time link for whoever cannot wait"
        );
        Self::new(ProblemKind::TooManyAttempts, detail).retry_after(seconds)
    }

    /// Too many tokens that were never issued came from one address; the next one is looked at after `wait`.
    pub fn too_many_unknown_tokens(wait: Duration) -> Self {
        let seconds = wait.as_secs() + 1;
        let detail = format!(
            "too many tokens from there were never issued here; expected the next attempt in {seconds} seconds"
        );
        Self::new(ProblemKind::TooManyAttempts, detail).retry_after(seconds)
    }

    /// Too much is being asked at once.
    pub fn busy() -> Self {
        let detail = "Too many are signing in at once. Nothing was changed; try again.";
        Self::new(ProblemKind::Unavailable, detail).retry_after(RETRY_AFTER_SECS)
    }

    /// The same, and its answer says how a caller identifies itself, as every 401 does.
    #[must_use]
    pub fn challenged(self) -> Self {
        self.with_header(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"admin-metrics\""))
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.title(), self.detail)
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.kind.status()
    }

    /// Only the status: the outermost middleware adds the body.
    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}

impl From<DomainError> for ApiError {
    fn from(error: DomainError) -> Self {
        match error {
            DomainError::Invalid(errors) => Self::of_fields(ProblemKind::InvalidFields, "field", errors),
            DomainError::IllegalMove { .. } => {
                let detail = error.to_string();
                let errors = vec![FieldError::new("status", "illegal_move", &detail)];
                Self { errors, ..Self::new(ProblemKind::IllegalMove, detail) }
            }
            DomainError::IllegalMoves { ref errors, .. } => {
                let errors = errors.clone();
                Self { errors, ..Self::new(ProblemKind::IllegalMove, error.to_string()) }
            }
        }
    }
}

impl From<RepositoryError> for ApiError {
    fn from(error: RepositoryError) -> Self {
        match &error {
            RepositoryError::Domain(rule) => rule.clone().into(),
            RepositoryError::NotFound { .. } => Self::new(ProblemKind::NotFound, error.to_string()),
            RepositoryError::DuplicateEmail { .. } => {
                let detail = error.to_string();
                let errors = vec![FieldError::new("email", "taken", &detail)];
                Self { errors, ..Self::new(ProblemKind::DuplicateEmail, detail) }
            }
            RepositoryError::UnknownParent { field, .. } => {
                let detail = error.to_string();
                let errors = vec![FieldError::new(*field, "not_found", &detail)];
                Self { errors, ..Self::new(ProblemKind::UnknownParent, detail) }
            }
            RepositoryError::LostUpdate { entity, id, updated_at } => {
                let now = etag::of_row(*updated_at);
                let detail = format!(
                    "the {entity} with the id {id} is not what If-Match names: its ETag is {now} now. Read it again, \
                     and change what is still to be changed"
                );
                let errors = vec![FieldError::new("If-Match", "lost_update", format!("expected {now}"))];
                Self { errors, ..Self::new(ProblemKind::LostUpdate, detail) }
            }
            RepositoryError::NoLongerAdmin => Self::new(ProblemKind::Forbidden, error.to_string()),
            RepositoryError::LastAdmin { .. } => Self::new(ProblemKind::LastAdmin, error.to_string()),
            RepositoryError::Unconfirmed(_) => Self::unconfirmed(&error),
            RepositoryError::Database(cause) if is_transient(cause) => Self::unavailable(&error),
            RepositoryError::Database(_) => Self::internal(&error),
        }
    }
}

impl From<CacheError> for ApiError {
    fn from(error: CacheError) -> Self {
        match &error {
            CacheError::LoadFailed(_) | CacheError::TimedOut(_) | CacheError::Unanswered => {
                let detail = "The figures cannot be computed at present, and none are at hand; try again.";
                let unavailable = Self::new(ProblemKind::Unavailable, detail).retry_after(RETRY_AFTER_SECS);
                Self { cause: Some(error.to_string()), ..unavailable }
            }
            CacheError::VersionAhead => {
                let errors = vec![FieldError::new("X-Min-Data-Version", "range", error.to_string())];
                Self::of_fields(ProblemKind::InvalidHeader, "request header", errors)
            }
        }
    }
}

impl From<CheckError> for ApiError {
    fn from(error: CheckError) -> Self {
        match error {
            CheckError::Busy => Self::busy(),
            CheckError::Limited(limited) => Self::too_many_unknown_tokens(limited.retry_after),
            CheckError::Unavailable(_) => Self::unavailable(error),
            CheckError::Failed(_) => Self::internal(error),
        }
    }
}
