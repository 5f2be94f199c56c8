//! The problems that operations answer with, by what the operations take: each set documents its statuses, with an
//! example for every kind.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use utoipa::{
    IntoResponses,
    openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder, example::ExampleBuilder},
};

use super::{headers::text_header, problem_examples::example};
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
    /// Of an operation that streams.
    StreamProblems: InvalidQuery, TooManyStreams;
    /// Of an operation that recomputes figures.
    RefreshProblems: InvalidQuery;
}

/// Adds problems of `kinds` to what `responses` has already, also of the same status.
pub(super) fn add(responses: &mut Responses, kinds: &[ProblemKind]) {
    for (status, added) in documented(kinds) {
        match (responses.get_mut(&status), added) {
            (Some(RefOr::T(known)), RefOr::T(added)) => merge(known, added),
            (_, added) => {
                responses.insert(status, added);
            }
        }
    }
}

fn merge(known: &mut Response, added: Response) {
    for (media_type, content) in added.content {
        let (Some(RefOr::T(known_content)), RefOr::T(content)) =
            (known.content.get_mut(&media_type), &content)
        else {
            known.content.insert(media_type, content);
            continue;
        };
        for (name, example) in &content.examples {
            if !known_content.examples.contains_key(name) {
                known_content.examples.insert(name.clone(), example.clone());
                let title = kind_of(name).map_or("", ProblemKind::title);
                known.description = format!("{}; {title} (`{name}`)", known.description);
            }
        }
    }
    known.headers.extend(added.headers);
}

fn kind_of(name: &str) -> Option<ProblemKind> {
    ProblemKind::EVERY.into_iter().find(|kind| kind.name() == name)
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
        let example = ExampleBuilder::new().summary(kind.title()).value(Some(example(*kind, "/")));
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
    if kinds.iter().any(|kind| kind.status() == StatusCode::TOO_MANY_REQUESTS) {
        response = response.header("Retry-After", text_header("After how many seconds to try again."));
    }
    if kinds.iter().any(|kind| kind.status() == StatusCode::UNAUTHORIZED) {
        response = response
            .header("WWW-Authenticate", text_header("How a machine says who it is: with a bearer token."));
    }
    response.build()
}

/// Says in the examples of the problems in `response` that they happened on `path`.
pub(super) fn set_instance(response: &mut Response, path: &str) {
    let Some(RefOr::T(content)) = response.content.get_mut(PROBLEM_JSON) else { return };
    for (name, shown) in &mut content.examples {
        let kind = kind_of(name);
        if let (RefOr::T(shown), Some(kind)) = (shown, kind) {
            shown.value = Some(example(kind, path));
        }
    }
}
