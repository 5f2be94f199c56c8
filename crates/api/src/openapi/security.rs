//! Who may call an operation, as the document says it: read off the access table, so that the two never differ.

use domain::access::Requires;
use utoipa::openapi::{
    OpenApi, RefOr,
    path::{HttpMethod, Operation},
    security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
};

use crate::{access::ROWS, error::ProblemKind};

/// The cookie of a person who is signed in.
const SESSION: &str = "session";
/// The bearer token of a machine.
const TOKEN: &str = "token";

/// Describes the ways to say who one is.
pub(super) fn add_schemes(document: &mut OpenApi) {
    let cookie = "Of a person who is signed in: `POST /api/v1/session` sets it. Where the service is reached over https its name \
                  is `__Host-session`. A request that changes something has to come from a page of the same origin.";
    let token =
        "Of a machine: an admin makes a token with `POST /api/v1/api-tokens`, where it is shown once.";
    let schemes = [
        (SESSION, SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(SESSION, cookie)))),
        (
            TOKEN,
            SecurityScheme::Http(
                HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(token)).build(),
            ),
        ),
    ];
    let components = document.components.get_or_insert_default();
    components.security_schemes.extend(schemes.map(|(name, scheme)| (name.to_owned(), RefOr::T(scheme))));
}

/// What the operation `method` of `path` requires of its caller; nothing is known of one without a row.
pub(super) fn requirement(method: &HttpMethod, path: &str) -> Option<Requires> {
    let method = match method {
        HttpMethod::Get => "GET",
        HttpMethod::Post => "POST",
        HttpMethod::Put => "PUT",
        HttpMethod::Patch => "PATCH",
        HttpMethod::Delete => "DELETE",
        _ => return None,
    };
    ROWS.iter().find(|(of, template, _)| (*of, *template) == (method, path)).map(|(_, _, requires)| *requires)
}

/// How those are refused who do not have what is required. Whoever can sign in can read.
pub(super) const fn refusals(requires: Requires) -> &'static [ProblemKind] {
    match requires {
        Requires::Public => &[],
        Requires::Viewer => &[ProblemKind::Unauthenticated, ProblemKind::TooManyAttempts],
        Requires::SignedIn | Requires::Admin | Requires::AdminInPerson => {
            &[ProblemKind::Unauthenticated, ProblemKind::Forbidden, ProblemKind::TooManyAttempts]
        }
    }
}

/// Says in `operation` by which ways its callers may say who they are: by any of them.
pub(super) fn complete(operation: &mut Operation, requires: Requires) {
    let ways: &[&str] = match requires {
        Requires::Public => &[],
        Requires::SignedIn | Requires::AdminInPerson => &[SESSION],
        Requires::Viewer | Requires::Admin => &[SESSION, TOKEN],
    };
    let no_scopes: [&str; 0] = [];
    let ways = ways.iter().map(|way| SecurityRequirement::new(*way, no_scopes));
    operation.security = Some(ways.collect());
}
