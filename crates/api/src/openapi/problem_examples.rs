//! What a problem of each kind looks like when it happens: a realistic detail and, where fields are to blame, which.

use domain::FieldError;
use serde_json::{Value, json};

use crate::error::ProblemKind;

/// What went wrong this time, and each wrong field: its name, code and detail.
type Told = (&'static str, &'static [(&'static str, &'static str, &'static str)]);

/// A problem of `kind` on the path `instance`, as a client would get it.
pub(super) fn example(kind: ProblemKind, instance: &str) -> Value {
    let (detail, errors) = told(kind);
    // The name of one row of the family that the path is in.
    let family = instance.split('/').nth(3).filter(|family| family.ends_with('s'));
    let row = family.map_or("row".to_owned(), |family| family.trim_end_matches('s').replace('-', " "));
    let detail = detail.replace("{row}", &row);
    let mut problem = json!({
        "type": kind.type_uri(),
        "title": kind.title(),
        "status": kind.status().as_u16(),
        "detail": detail,
        "instance": instance,
        "requestId": "01920000-0000-7000-8000-000000000001",
    });
    if !errors.is_empty() {
        let errors = errors.iter().map(|(field, code, detail)| FieldError::new(*field, *code, *detail));
        problem["errors"] = json!(errors.collect::<Vec<_>>());
    }
    problem
}

const fn told(kind: ProblemKind) -> Told {
    match kind {
        ProblemKind::BadRequest => ("the body ended too early", &[]),
        ProblemKind::MalformedJson => ("expected JSON: EOF while parsing an object at line 1 column 24", &[]),
        ProblemKind::InvalidQuery => (
            "1 query parameter is not valid: colour",
            &[("colour", "unknown_field", "this route takes no query parameters")],
        ),
        ProblemKind::InvalidHeader => (
            "1 request header is not valid: X-Min-Data-Version",
            &[(
                "X-Min-Data-Version",
                "format",
                "expected users=N,proposals=N,leads=N (any of them, once), N a whole number",
            )],
        ),
        ProblemKind::Unauthenticated => (
            "expected a session's cookie (POST /api/v1/session) or the header Authorization: Bearer with a token",
            &[],
        ),
        ProblemKind::SignInRefused => (
            "expected the e-mail address and the password of an active user; one-time links are made by an admin",
            &[],
        ),
        ProblemKind::Forbidden => ("expected an admin; the caller is a viewer, who may only read", &[]),
        ProblemKind::SignInNotAllowed => {
            ("got a user with the role user, expected a viewer or an admin", &[])
        }
        ProblemKind::CrossOrigin => (
            "expected Sec-Fetch-Site: same-origin or Origin: https://metrics.example.com, got Sec-Fetch-Site: cross-site; a \
             program without a browser sends a token in Authorization instead of a session's cookie",
            &[],
        ),
        ProblemKind::UnknownRoute => {
            ("nothing is here; /openapi.json lists every route, /docs shows them", &[])
        }
        ProblemKind::NotFound => ("there is no {row} with the id 01920000-0000-7000-8000-000000000001", &[]),
        ProblemKind::MethodNotAllowed => ("got PUT, expected GET, HEAD, POST", &[]),
        ProblemKind::RequestTimeout => ("expected the whole body within 15 s", &[]),
        ProblemKind::DuplicateEmail => (
            "another user has the e-mail address ada@example.org",
            &[("email", "taken", "another user has the e-mail address ada@example.org")],
        ),
        ProblemKind::IllegalMove => (
            "a lead cannot move from converted to new; its status is final",
            &[("status", "illegal_move", "a lead cannot move from converted to new; its status is final")],
        ),
        ProblemKind::LastAdmin => {
            ("this is the last active admin: expected another one, who is to stay", &[])
        }
        ProblemKind::LinkOfNoUse => {
            ("a suspended user cannot sign in: expected one who is invited or active", &[])
        }
        ProblemKind::LostUpdate => (
            "the {row} with the id 01920000-0000-7000-8000-000000000001 is not what If-Match names: its ETag is \
             \"2026-01-31T23:05:00Z\" now. Read it again, and change what is still to be changed",
            &[("If-Match", "lost_update", "expected \"2026-01-31T23:05:00Z\"")],
        ),
        ProblemKind::BodyTooLarge => ("expected a body of at most 65536 bytes", &[]),
        ProblemKind::UnsupportedMediaType => ("expected the header Content-Type: application/json", &[]),
        ProblemKind::InvalidId => (
            "id: expected a UUID such as 01920000-0000-7000-8000-000000000001, got \"17\"",
            &[("id", "format", "expected a UUID such as 01920000-0000-7000-8000-000000000001, got \"17\"")],
        ),
        ProblemKind::InvalidFields => (
            "1 field is not valid: displayName",
            &[("displayName", "length", "expected 1 to 200 characters, got 0")],
        ),
        ProblemKind::UnknownParent => (
            "there is no user with the id 01920000-0000-7000-8000-000000000001",
            &[("userId", "not_found", "there is no user with the id 01920000-0000-7000-8000-000000000001")],
        ),
        ProblemKind::InvalidLink => (
            "expected the token of a link that is less than 24 hours old and was not used; an admin can make another",
            &[],
        ),
        ProblemKind::TooManyAttempts => ("there were too many failed attempts: try again in 60 seconds", &[]),
        ProblemKind::TooManyStreams => (
            "as many event streams are open for this session or token as it may have at once (10); close one of them first",
            &[],
        ),
        ProblemKind::Internal => {
            ("Something went wrong in the service; the request's id leads to the cause in its log.", &[])
        }
        ProblemKind::Unavailable => {
            ("The database does not answer at present. Nothing was changed; try again.", &[])
        }
    }
}
