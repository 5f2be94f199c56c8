//! The table of problems: each has a stable type, a status and a title. A client switches on the type; nothing here is
//! ever renamed.

use std::borrow::Cow;

use actix_web::http::StatusCode;
use domain::schema::one_of;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, schema::Schema},
};

/// A kind of problem that an answer can report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProblemKind {
    /// The request could not be read.
    BadRequest,
    /// The body is not JSON at all.
    MalformedJson,
    /// A query parameter is unknown, repeated or holds something unacceptable.
    InvalidQuery,
    /// A request header holds something unacceptable.
    InvalidHeader,
    /// Nobody is signed in, and there is no token that may be used.
    Unauthenticated,
    /// The e-mail address or the password is wrong.
    SignInRefused,
    /// The role does not allow it.
    Forbidden,
    /// The role does not allow to sign in.
    SignInNotAllowed,
    /// It may have come from a page of another origin.
    CrossOrigin,
    /// No route has this path.
    UnknownRoute,
    /// There is no row with this id.
    NotFound,
    /// The path exists, the method does not.
    MethodNotAllowed,
    /// The body did not arrive in time.
    RequestTimeout,
    /// Another user has the e-mail address.
    DuplicateEmail,
    /// The status cannot move there.
    IllegalMove,
    /// Nobody would be left who can administrate.
    LastAdmin,
    /// The user could not sign in with a one-time link.
    LinkOfNoUse,
    /// The row is not as `If-Match` expects it to be.
    LostUpdate,
    /// The body is over the limit.
    BodyTooLarge,
    /// The body is not declared as JSON.
    UnsupportedMediaType,
    /// The id in the path is not a UUID.
    InvalidId,
    /// Fields of the body are unknown, missing or hold something unacceptable.
    InvalidFields,
    /// The parent that the body names does not exist.
    UnknownParent,
    /// The one-time link is unknown, used, or over.
    InvalidLink,
    /// There were too many failed attempts.
    TooManyAttempts,
    /// The session or token has its share of event streams.
    TooManyStreams,
    /// The service failed.
    Internal,
    /// The database cannot be reached at present.
    Unavailable,
}

/// A row of the table: type, status, title.
type Row = (&'static str, u16, &'static str);

impl ProblemKind {
    /// Every kind, in the order of the statuses.
    pub const EVERY: [Self; 28] = [
        Self::BadRequest,
        Self::MalformedJson,
        Self::InvalidQuery,
        Self::InvalidHeader,
        Self::Unauthenticated,
        Self::SignInRefused,
        Self::Forbidden,
        Self::SignInNotAllowed,
        Self::CrossOrigin,
        Self::UnknownRoute,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::RequestTimeout,
        Self::DuplicateEmail,
        Self::IllegalMove,
        Self::LastAdmin,
        Self::LinkOfNoUse,
        Self::LostUpdate,
        Self::BodyTooLarge,
        Self::UnsupportedMediaType,
        Self::InvalidId,
        Self::InvalidFields,
        Self::UnknownParent,
        Self::InvalidLink,
        Self::TooManyAttempts,
        Self::TooManyStreams,
        Self::Internal,
        Self::Unavailable,
    ];

    const fn row(self) -> Row {
        match self {
            Self::BadRequest => ("bad-request", 400, "The request cannot be understood"),
            Self::MalformedJson => ("malformed-json", 400, "The body is not JSON"),
            Self::InvalidQuery => ("invalid-query", 400, "A query parameter is not valid"),
            Self::InvalidHeader => ("invalid-header", 400, "A request header is not valid"),
            Self::Unauthenticated => ("unauthenticated", 401, "Nobody is signed in"),
            Self::SignInRefused => ("sign-in-refused", 401, "The e-mail address or the password is wrong"),
            Self::Forbidden => ("forbidden", 403, "The role does not allow it"),
            Self::SignInNotAllowed => ("sign-in-not-allowed", 403, "The role does not allow to sign in"),
            Self::CrossOrigin => ("cross-origin", 403, "The request may come from another page"),
            Self::UnknownRoute => ("unknown-route", 404, "There is no such route"),
            Self::NotFound => ("not-found", 404, "There is no such row"),
            Self::MethodNotAllowed => ("method-not-allowed", 405, "The route does not allow this method"),
            Self::RequestTimeout => ("request-timeout", 408, "The body did not arrive in time"),
            Self::DuplicateEmail => ("duplicate-email", 409, "The e-mail address is taken"),
            Self::IllegalMove => ("illegal-move", 409, "The status cannot move there"),
            Self::LastAdmin => ("last-admin", 409, "No active admin would be left"),
            Self::LinkOfNoUse => ("link-of-no-use", 409, "The user cannot sign in"),
            Self::LostUpdate => ("lost-update", 412, "The row was changed meanwhile"),
            Self::BodyTooLarge => ("body-too-large", 413, "The body is too large"),
            Self::UnsupportedMediaType => ("unsupported-media-type", 415, "The body is not declared as JSON"),
            Self::InvalidId => ("invalid-id", 422, "The id is not a UUID"),
            Self::InvalidFields => ("invalid-fields", 422, "A field is not valid"),
            Self::UnknownParent => ("unknown-parent", 422, "The parent does not exist"),
            Self::InvalidLink => ("invalid-link", 422, "The one-time link is not valid"),
            Self::TooManyAttempts => ("too-many-attempts", 429, "There were too many failed attempts"),
            Self::TooManyStreams => ("too-many-streams", 429, "Too many event streams are open"),
            Self::Internal => ("internal", 500, "The service failed"),
            Self::Unavailable => ("unavailable", 503, "The service is unavailable at present"),
        }
    }

    /// The last part of its type.
    pub const fn name(self) -> &'static str {
        self.row().0
    }

    /// Its type: a URI that identifies it and leads nowhere.
    pub fn type_uri(self) -> String {
        format!("urn:problem-type:admin-metrics:{}", self.name())
    }

    /// Its status.
    pub fn status(self) -> StatusCode {
        StatusCode::from_u16(self.row().1).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Its title, the same for every occurrence.
    pub const fn title(self) -> &'static str {
        self.row().2
    }

    /// The kind for an answer that carries `status` and says nothing else.
    pub fn of_status(status: StatusCode) -> Self {
        match status.as_u16() {
            404 => Self::UnknownRoute,
            405 => Self::MethodNotAllowed,
            408 => Self::RequestTimeout,
            413 => Self::BodyTooLarge,
            415 => Self::UnsupportedMediaType,
            503 => Self::Unavailable,
            code if code < 500 => Self::BadRequest,
            _ => Self::Internal,
        }
    }
}

/// A problem's `type`: clients get a union of all of them.
impl PartialSchema for ProblemKind {
    fn schema() -> RefOr<Schema> {
        let meanings: Vec<_> = Self::EVERY
            .iter()
            .map(|kind| format!("`{}` ({}): {}", kind.name(), kind.status().as_u16(), kind.title()))
            .collect();
        let description = format!(
            "What kind of problem it is; stable. After the prefix `urn:problem-type:admin-metrics:`\n\n{}.",
            meanings.join(".\n\n")
        );
        let uris: Vec<_> = Self::EVERY.into_iter().map(Self::type_uri).collect();
        one_of(&description, uris.iter().map(String::as_str), &Self::InvalidFields.type_uri())
    }
}

impl ToSchema for ProblemKind {
    fn name() -> Cow<'static, str> {
        "ProblemType".into()
    }
}
