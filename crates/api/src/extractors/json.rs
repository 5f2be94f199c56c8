//! JSON bodies: declared as JSON, at most [`BODY_LIMIT`] bytes, here in time, and nothing in them that is not known. What is wrong is
//! named by its path in the body.

use std::{future::Future, pin::Pin};

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    error::PayloadError,
    http::{StatusCode, header},
    web,
};
use bytes::Bytes;
use domain::FieldError;
use serde::de::{DeserializeOwned, IgnoredAny};

use tokio::time::timeout;

use crate::{
    config::Limits,
    error::{ApiError, ProblemKind},
    state::State,
};

/// The most bytes a body may have.
pub const BODY_LIMIT: usize = 64 * 1024;
/// The most characters of a parser's message that are passed on.
const DETAIL_CHARS: usize = 300;

/// A request's body.
#[derive(Debug)]
pub struct JsonBody<T>(pub T);

impl<T: DeserializeOwned> FromRequest for JsonBody<T> {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let declared = check_headers(request);
        let patience =
            request.app_data::<State>().map_or(Limits::default().body, |state| state.edge.body_timeout);
        let bytes = Bytes::from_request(request, payload);
        Box::pin(async move {
            declared?;
            let bytes = timeout(patience, bytes).await.map_err(|_| {
                let detail = format!("expected the whole body within {} s", patience.as_secs_f32());
                ApiError::new(ProblemKind::RequestTimeout, detail)
            })?;
            let bytes = bytes.map_err(|error| unreadable(&error))?;
            parse(&bytes).map(Self)
        })
    }
}

/// How long a body may be, for the app's data: [`Bytes`] asks it.
pub fn payload_config() -> web::PayloadConfig {
    web::PayloadConfig::new(BODY_LIMIT)
}

fn check_headers(request: &HttpRequest) -> Result<(), ApiError> {
    let refuse = |detail: &str| Err(ApiError::new(ProblemKind::UnsupportedMediaType, detail));
    let text = |name| request.headers().get(name).map(|value| value.to_str().unwrap_or_default());
    let media_type = text(header::CONTENT_TYPE).unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        return refuse("expected the header Content-Type: application/json");
    }
    match text(header::CONTENT_ENCODING) {
        None => Ok(()),
        Some(coding) if coding.eq_ignore_ascii_case("identity") => Ok(()),
        Some(_) => refuse("expected a body that is not compressed"),
    }
}

fn unreadable(error: &actix_web::Error) -> ApiError {
    let overflow = matches!(error.as_error(), Some(PayloadError::Overflow))
        || error.as_response_error().status_code() == StatusCode::PAYLOAD_TOO_LARGE;
    if overflow {
        let detail = format!("expected a body of at most {BODY_LIMIT} bytes");
        return ApiError::new(ProblemKind::BodyTooLarge, detail);
    }
    let cause = Some(error.to_string());
    ApiError { cause, ..ApiError::new(ProblemKind::BadRequest, "the body ended too early") }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    // First, so that what is not JSON is never taken for JSON with a wrong field.
    serde_json::from_slice::<IgnoredAny>(bytes).map_err(|error| malformed(&error))?;
    // A derived struct would take an array too, field by field.
    if bytes.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
        let errors = vec![FieldError::new("(body)", "type", "expected a JSON object")];
        return Err(ApiError::of_fields(ProblemKind::InvalidFields, "field", errors));
    }
    let mut parser = serde_json::Deserializer::from_slice(bytes);
    serde_path_to_error::deserialize(&mut parser).map_err(|error| {
        let path = error.path().to_string();
        wrong_field(&path, &error.into_inner())
    })
}

fn malformed(error: &serde_json::Error) -> ApiError {
    ApiError::new(ProblemKind::MalformedJson, format!("expected JSON: {}", cut(&error.to_string())))
}

/// The field that serde refused, by its path, and a stable code for what serde says in words.
fn wrong_field(path: &str, error: &serde_json::Error) -> ApiError {
    let message = error.to_string();
    // serde_json adds the place in the text; the path says more.
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
    let named = message.split('`').nth(1);
    let (code, inside) = match message {
        _ if message.starts_with("unknown field") => ("unknown_field", named),
        _ if message.starts_with("missing field") => ("required", named),
        _ if message.starts_with("duplicate field") => ("repeated", named),
        _ if message.starts_with("unknown variant") => ("unknown_value", None),
        _ if message.starts_with("invalid type") => ("type", None),
        _ if message.starts_with("invalid length") => ("length", None),
        _ => ("format", None),
    };
    let outside = path.trim_matches('.');
    let field = match inside {
        // The path may or may not end with the name, depending on how the type reads its keys.
        Some(name) if outside.is_empty() || outside == name || outside.ends_with(&format!(".{name}")) => {
            if outside.is_empty() { name } else { outside }.to_owned()
        }
        Some(name) => format!("{outside}.{name}"),
        None if outside.is_empty() => "(body)".to_owned(),
        None => outside.to_owned(),
    };
    let errors = vec![FieldError::new(cut(&field), code, cut(&in_plain_words(message)))];
    ApiError::of_fields(ProblemKind::InvalidFields, "field", errors)
}

/// serde's message without the names of Rust's types.
fn in_plain_words(message: &str) -> String {
    const WORDS: [(&str, &str); 7] = [
        ("expected i64", "expected a whole number"),
        ("expected value", "expected a text"),
        ("UUID parsing failed: ", "expected a UUID such as 01920000-0000-7000-8000-000000000001: "),
        ("unknown variant", "unknown value"),
        ("invalid type", "wrong type"),
        ("missing field", "expected the field"),
        ("expected a string", "expected a text"),
    ];
    WORDS.iter().fold(message.to_owned(), |text, (theirs, ours)| text.replace(theirs, ours))
}

fn cut(text: &str) -> String {
    let mut short: String = text.chars().take(DETAIL_CHARS).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use domain::entities::{proposal::NewProposal, user::UserPatch};

    use super::*;

    fn refusal<T: DeserializeOwned + std::fmt::Debug>(body: &str) -> (ProblemKind, String, String) {
        let error = parse::<T>(body.as_bytes()).unwrap_err();
        let first = error.errors.first();
        (
            error.kind,
            first.map_or_else(String::new, |e| e.field.clone()),
            first.map_or_else(String::new, |e| e.code.clone()),
        )
    }

    #[test]
    fn what_is_wrong_is_named() {
        use ProblemKind::{InvalidFields, MalformedJson};
        let cases = [
            (refusal::<UserPatch>("{\"email\": 5}"), (InvalidFields, "email", "type")),
            (refusal::<UserPatch>("{\"email\": null}"), (InvalidFields, "email", "type")),
            (refusal::<UserPatch>("{\"createdAt\": \"now\"}"), (InvalidFields, "createdAt", "unknown_field")),
            (refusal::<UserPatch>("{\"role\": \"king\"}"), (InvalidFields, "role", "unknown_value")),
            (
                refusal::<UserPatch>("{\"role\": \"user\", \"role\": \"user\"}"),
                (InvalidFields, "role", "repeated"),
            ),
            (refusal::<UserPatch>("[]"), (InvalidFields, "(body)", "type")),
            (refusal::<NewProposal>("{\"userId\": \"x\"}"), (InvalidFields, "userId", "format")),
            (refusal::<NewProposal>("{}"), (InvalidFields, "userId", "required")),
            (refusal::<UserPatch>("{"), (MalformedJson, "", "")),
            (refusal::<UserPatch>(""), (MalformedJson, "", "")),
            (refusal::<UserPatch>("{} {}"), (MalformedJson, "", "")),
        ];
        for ((kind, field, code), expected) in cases {
            assert_eq!((kind, field.as_str(), code.as_str()), expected);
        }
    }
}
