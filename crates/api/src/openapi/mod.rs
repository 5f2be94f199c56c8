//! The OpenAPI 3.1 document, made from the handlers themselves: a route that is registered is documented, and what every
//! answer has in common is added here once.

mod problems;
mod route_table;

use actix_web::App;
use utoipa::{
    Modify, OpenApi,
    openapi::{
        Header, ObjectBuilder, RefOr, Response,
        path::{HttpMethod, Operation, PathItem},
        schema::{Schema, Type},
    },
};
use utoipa_actix_web::AppExt as _;

pub use problems::{
    AttemptProblems, CreateBelowProblems, CreateProblems, DeleteProblems, LastAdminConflict, LinkConflict,
    MetricsProblems, MoveConflict, QueryProblems, RedeemProblems, RefreshProblems, RowProblems,
    SignInProblems, UpdateProblems, UserChangeConflict, UserConflict,
};
pub use route_table::{MismatchedRoutes, NoRoute, Route, RouteTable};

use crate::{error::Problem, routes};

/// What the document says besides its routes.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Admin metrics",
        description = "Users, proposals and leads, and the figures of the admin dashboard out of a two-level cache.\n\n\
            Every error is `application/problem+json`; a problem's `type` is stable. Instants are RFC 3339 in UTC, amounts \
            whole minor units of their currency. A write's answer carries `X-Data-Version`; sent back as \
            `X-Min-Data-Version`, no answer is older than that write, on any instance. `HEAD` works wherever `GET` does. A row's `ETag` is its `updatedAt` in double quotes; sent back as `If-Match` with a \
            change, nobody's change is lost unseen.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    tags(
        (name = "session", description = "Signing in and out, and the own password."),
        (name = "metrics", description = "The figures of the dashboard, out of the cache."),
        (name = "users", description = "Who can be proposed to, who signs in."),
        (name = "proposals", description = "What a user sends to a client, from draft to a decision."),
        (name = "leads", description = "Who answered a proposal, from new to converted or lost."),
        (name = "cache", description = "What the cache is doing, and making it forget."),
        (name = "service", description = "Health, counters and this document."),
    ),
    components(schemas(Problem, domain::FieldError)),
    modifiers(&Common),
)]
struct Base;

/// The whole document.
pub fn document() -> utoipa::openapi::OpenApi {
    let (_, mut document) =
        App::new().into_utoipa_app().openapi(Base::openapi()).configure(routes::document).split_for_parts();
    // Once more, now that the paths are there.
    Common.modify(&mut document);
    document
}

/// The document as it is served and committed: JSON, indented, with a line break at its end.
///
/// # Errors
/// None in practice: the document is plain data.
pub fn document_json() -> Result<String, serde_json::Error> {
    json_of(&document())
}

/// `document` as it is served and committed.
pub(crate) fn json_of(document: &utoipa::openapi::OpenApi) -> Result<String, serde_json::Error> {
    document.to_pretty_json().map(|mut text| {
        text.push('\n');
        text
    })
}

/// What every operation has in common.
struct Common;

impl Modify for Common {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let schemas = document.components.iter_mut().flat_map(|components| components.schemas.values_mut());
        for schema in schemas {
            if let RefOr::T(Schema::Object(object)) = schema {
                object.properties.values_mut().for_each(drop_null_default);
            }
        }
        for (path, item) in &mut document.paths.paths {
            for (_, operation) in operations(item) {
                if path.starts_with("/api/") {
                    for (status, problem) in problems::always() {
                        operation.responses.responses.entry(status).or_insert(problem);
                    }
                }
                for response in operation.responses.responses.values_mut() {
                    if let RefOr::T(response) = response {
                        add_request_id(response);
                    }
                }
            }
        }
    }
}

/// A field of a change that is left out has no value; null, which `serde(default)` is taken for, is refused.
fn drop_null_default(property: &mut RefOr<Schema>) {
    let default = match property {
        RefOr::T(Schema::Object(object)) => &mut object.default,
        RefOr::Ref(reference) => &mut reference.default,
        RefOr::T(_) => return,
    };
    if *default == Some(serde_json::Value::Null) {
        *default = None;
    }
}

fn add_request_id(response: &mut Response) {
    response.headers.entry("X-Request-Id".to_owned()).or_insert_with(|| {
        RefOr::T(text_header(
            "The request's id: the one sent in `X-Request-Id` if it is 1 to 64 letters, digits, dots, underscores or \
             dashes, else a new one.",
        ))
    });
}

/// A header that holds text.
fn text_header(description: &str) -> Header {
    let mut header = Header::new(ObjectBuilder::new().schema_type(Type::String));
    header.description = Some(description.to_owned());
    header
}

/// The operations of a path, each with its method.
fn operations(item: &mut PathItem) -> impl Iterator<Item = (HttpMethod, &mut Operation)> {
    let PathItem { get, put, post, delete, patch, .. } = item;
    [
        (HttpMethod::Get, get),
        (HttpMethod::Put, put),
        (HttpMethod::Post, post),
        (HttpMethod::Delete, delete),
        (HttpMethod::Patch, patch),
    ]
    .into_iter()
    .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}
