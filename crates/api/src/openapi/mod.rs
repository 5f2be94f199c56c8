//! The OpenAPI 3.1 document, made from the handlers themselves: a route that is registered is documented, and what every
//! answer has in common is added here once.

mod common;
mod examples;
mod headers;
mod problem_examples;
mod problems;
mod route_table;
mod security;

use actix_web::App;
use utoipa::{Modify as _, OpenApi};
use utoipa_actix_web::AppExt as _;

pub use problems::{
    AttemptProblems, CreateBelowProblems, CreateProblems, DeleteProblems, LastAdminConflict, LinkConflict,
    MetricsProblems, MoveConflict, QueryProblems, RedeemProblems, RefreshProblems, RowProblems,
    SignInProblems, StreamProblems, UpdateProblems, UserChangeConflict, UserConflict,
};
pub use route_table::{MismatchedRoutes, NoRoute, Route, RouteTable};

use crate::{
    error::Problem,
    events::{DataVersions, StreamEnd},
    routes,
};
use common::Common;

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
        (name = "api-tokens", description = "Bearer tokens for machines."),
        (name = "audit", description = "Who did what."),
        (name = "cache", description = "What the cache is doing, and making it forget."),
        (name = "events", description = "Live updates."),
        (name = "service", description = "Health, counters and this document."),
    ),
    servers((url = "/", description = "The origin that served this document.")),
    components(schemas(Problem, domain::FieldError, DataVersions, StreamEnd)),
)]
struct Base;

/// The whole document.
pub fn document() -> utoipa::openapi::OpenApi {
    let (_, mut document) =
        App::new().into_utoipa_app().openapi(Base::openapi()).configure(routes::document).split_for_parts();
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
