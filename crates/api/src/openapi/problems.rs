//! The problems that operations answer with, by what the operations take: each set documents its statuses, with an
//! example for every kind.

use std::collections::BTreeMap;

use utoipa::{
    IntoResponses,
    openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder, example::ExampleBuilder},
};

use super::text_header;
use crate::error::{PROBLEM_JSON, ProblemKind, RETRY_AFTER_SECS};

type Responses = BTreeMap<String, RefOr<Response>>;

/// Declares sets of problems.
macro_rules! problem_sets {
    ($($(#[$doc:meta])* $set:ident: $($kind:ident),+;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $set;

        impl IntoResponses for $set {
            fn responses() -> Responses {
                documented(&[$(ProblemKind::$kind),+])
            }
        }
    )+};
}

problem_sets! {
    /// Of an operation that takes query parameters, or none at all.
    QueryProblems: InvalidQuery;
    /// Of an operation on a row.
    RowProblems: InvalidQuery, NotFound, InvalidId;
    /// Of an operation that makes a row.
    CreateProblems: MalformedJson, InvalidQuery, BodyTooLarge, UnsupportedMediaType, InvalidFields;
    /// Of an operation that makes a row below another.
    CreateBelowProblems: MalformedJson, InvalidQuery, BodyTooLarge, UnsupportedMediaType, InvalidFields, UnknownParent;
    /// Of an operation that changes a row.
    UpdateProblems: MalformedJson, InvalidQuery, InvalidHeader, NotFound, LostUpdate, BodyTooLarge, UnsupportedMediaType, InvalidId, InvalidFields;
    /// Of an operation that deletes a row.
    DeleteProblems: InvalidQuery, InvalidHeader, NotFound, LostUpdate, InvalidId;
    /// Of an operation that could give a user another one's e-mail address.
    UserConflict: DuplicateEmail;
    /// Of an operation that could give a user another one's e-mail address, or leave nobody to administrate.
    UserChangeConflict: DuplicateEmail, LastAdmin;
    /// Of an operation that could leave nobody to administrate.
    LastAdminConflict: LastAdmin;
    /// Of an operation that signs in.
    SignInProblems: SignInRefused, SignInNotAllowed, TooManyAttempts;
    /// Of an operation that asks for a password.
    AttemptProblems: TooManyAttempts;
    /// Of an operation that uses a one-time link.
    RedeemProblems: MalformedJson, InvalidQuery, LinkOfNoUse, BodyTooLarge, UnsupportedMediaType, InvalidFields, InvalidLink, TooManyAttempts;
    /// Of an operation that makes a one-time link.
    LinkConflict: LinkOfNoUse;
    /// Of an operation that moves a status.
    MoveConflict: IllegalMove;
    /// Of an operation that reads figures.
    MetricsProblems: InvalidQuery, InvalidHeader;
    /// Of an operation that recomputes figures.
    RefreshProblems: InvalidQuery;
}

/// What any operation may answer with.
pub(super) fn always() -> Responses {
    documented(&[ProblemKind::Internal, ProblemKind::Unavailable])
}

/// One response a status, with an example for each of its kinds.
fn documented(kinds: &[ProblemKind]) -> Responses {
    let mut by_status: BTreeMap<String, Vec<ProblemKind>> = BTreeMap::new();
    for kind in kinds {
        by_status.entry(kind.status().as_u16().to_string()).or_default().push(*kind);
    }
    by_status.into_iter().map(|(status, kinds)| (status, RefOr::T(response(&kinds)))).collect()
}

fn response(kinds: &[ProblemKind]) -> Response {
    let titles: Vec<_> = kinds.iter().map(|kind| format!("{} (`{}`)", kind.title(), kind.name())).collect();
    let examples = kinds.iter().map(|kind| {
        let example = ExampleBuilder::new().summary(kind.title()).value(Some(serde_json::json!({
            "type": kind.type_uri(),
            "title": kind.title(),
            "status": kind.status().as_u16(),
            "detail": "What is wrong this time, and what was expected.",
            "instance": "/api/v1/…",
            "requestId": "01920000-0000-7000-8000-000000000001",
        })));
        (kind.name(), RefOr::from(example.build()))
    });
    let content =
        ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).examples_from_iter(examples);
    let mut response =
        ResponseBuilder::new().description(titles.join("; ")).content(PROBLEM_JSON, content.build());
    if kinds.contains(&ProblemKind::Unavailable) {
        let after = format!("After how many seconds to try again: {RETRY_AFTER_SECS}.");
        response = response.header("Retry-After", text_header(&after));
    }
    response.build()
}
