//! The body of every error: `application/problem+json` (RFC 9457).

use domain::FieldError;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use utoipa::ToSchema;

use super::ProblemKind;

/// The media type of a [`Problem`].
pub const PROBLEM_JSON: &str = "application/problem+json";

/// What went wrong, in a form for programs and in words for people.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// A stable identifier of the kind of problem.
    #[serde(rename = "type")]
    #[schema(value_type = ProblemKind)]
    pub type_uri: String,
    /// The kind of problem in words, the same for every occurrence.
    #[schema(example = "A field is not valid")]
    pub title: &'static str,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599, example = 422)]
    pub status: u16,
    /// What is wrong this time, and what was expected.
    #[schema(example = "1 field is not valid: amountMinor")]
    pub detail: String,
    /// The path of the request.
    #[schema(format = "uri-reference", example = "/api/v1/proposals")]
    pub instance: String,
    /// The request's id, to be named when asking for help; also in `X-Request-Id`.
    #[schema(pattern = "^[A-Za-z0-9._-]{1,64}$", example = "01920000-0000-7000-8000-000000000001")]
    pub request_id: String,
    /// Each wrong field, parameter or header.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

/// What may stand in a path as it is (RFC 3986 §3.3), and the percent sign, which is looked at by itself.
const IN_PATHS: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@')
    .remove(b'/')
    .remove(b'%');

/// The path of a request, which may hold anything, as the URI reference that a problem's `instance` is.
pub fn instance_of(path: &str) -> String {
    let encoded = utf8_percent_encode(path, IN_PATHS).to_string();
    if !encoded.contains('%') {
        return encoded;
    }
    let mut whole = String::with_capacity(encoded.len());
    for (place, char) in encoded.char_indices() {
        let is_escape = || {
            let digits = encoded.as_bytes().get(place + 1..place + 3);
            digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
        };
        whole.push(char);
        if char == '%' && !is_escape() {
            whole.push_str("25");
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::instance_of;

    #[test]
    fn an_instance_is_a_uri_reference_whatever_was_sent() {
        for (path, instance) in [
            ("/api/v1/users", "/api/v1/users"),
            ("/api/v1/users/%00", "/api/v1/users/%00"),
            ("/a{b}\"|^", "/a%7Bb%7D%22%7C%5E"),
            ("/%zz/%4/%", "/%25zz/%254/%25"),
        ] {
            assert_eq!(instance_of(path), instance);
        }
    }
}
