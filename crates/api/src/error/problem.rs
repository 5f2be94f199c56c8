//! The body of every error: `application/problem+json` (RFC 9457).

use domain::FieldError;
use serde::Serialize;
use utoipa::ToSchema;

/// The media type of a [`Problem`].
pub const PROBLEM_JSON: &str = "application/problem+json";

/// What went wrong, in a form for programs and in words for people.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// A stable identifier of the kind of problem.
    #[serde(rename = "type")]
    #[schema(format = "uri", example = "urn:problem-type:admin-metrics:invalid-fields")]
    pub type_uri: String,
    /// The kind of problem in words, the same for every occurrence.
    #[schema(example = "A field is not valid")]
    pub title: &'static str,
    /// The HTTP status.
    #[schema(example = 422)]
    pub status: u16,
    /// What is wrong this time, and what was expected.
    #[schema(example = "1 field is not valid: amountMinor")]
    pub detail: String,
    /// The path of the request.
    #[schema(format = "uri-reference", example = "/api/v1/proposals")]
    pub instance: String,
    /// The request's id, to be named when asking for help; also in `X-Request-Id`.
    #[schema(example = "01920000-0000-7000-8000-000000000001")]
    pub request_id: String,
    /// Each wrong field, parameter or header.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}
