//! Bytes that are kept ready in several encodings: which of them a request gets, and whether its client has them already.

use std::borrow::Cow;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        Method, StatusCode,
        header::{
            ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderMap, HeaderName,
            HeaderValue, IF_NONE_MATCH, VARY,
        },
    },
};
use infra::cache::Variant;

use super::encoding::{Encoded, choose};

/// What a request gets of a body.
pub(super) struct Kept<'a> {
    /// The bytes and their entity tag.
    pub(super) variant: &'a Variant,
    /// Its `Content-Encoding`.
    pub(super) coding: Option<&'static str>,
    /// Whether the client has it already.
    pub(super) known: bool,
}

impl<'a> Kept<'a> {
    /// What `request` gets of `body`.
    pub(super) fn of(body: &'a impl Encoded, request: &HttpRequest) -> Self {
        let headers = request.headers();
        let (variant, coding) = choose(body, &text(headers, &ACCEPT_ENCODING));
        let conditional = request.method() == Method::GET;
        let known = conditional && matches(&text(headers, &IF_NONE_MATCH), &variant.etag);
        Self { variant, coding, known }
    }

    /// The answer: the bytes, which are `media` and may be kept as `cache_control` says; only their entity tag where the
    /// client has them. Which bytes they are depends on the headers in `vary`.
    pub(super) fn answer(
        &self,
        media: &'static str,
        cache_control: &'static str,
        vary: &'static str,
    ) -> HttpResponse {
        let status = if self.known { StatusCode::NOT_MODIFIED } else { StatusCode::OK };
        let mut answer = HttpResponse::build(status);
        answer
            .insert_header((ETAG, self.variant.etag.as_str()))
            .insert_header((CACHE_CONTROL, HeaderValue::from_static(cache_control)))
            .insert_header((VARY, HeaderValue::from_static(vary)));
        if self.known {
            return answer.finish();
        }
        answer.insert_header((CONTENT_TYPE, HeaderValue::from_static(media)));
        if let Some(coding) = self.coding {
            answer.insert_header((CONTENT_ENCODING, HeaderValue::from_static(coding)));
        }
        answer.body(self.variant.bytes.clone())
    }
}

/// The values of the header `name`, which may stand there several times, as one list.
fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Cow<'a, str> {
    let mut values = headers.get_all(name).filter_map(|value| value.to_str().ok());
    let first = Cow::Borrowed(values.next().unwrap_or_default());
    values.fold(first, |list, value| list + "," + value)
}

/// Whether `if_none_match` names `etag`, compared weakly (RFC 9110 §13.1.2). Ours hold neither comma nor quote.
fn matches(if_none_match: &str, etag: &str) -> bool {
    if_none_match
        .split(',')
        .map(str::trim)
        .any(|candidate| candidate == "*" || candidate.strip_prefix("W/").unwrap_or(candidate) == etag)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    #[test]
    fn a_header_that_stands_there_several_times_is_one_list() {
        let mut headers = HeaderMap::new();
        assert_eq!(text(&headers, &IF_NONE_MATCH), "");
        for value in ["\"a\"", "\"b\", \"c\""] {
            headers.append(IF_NONE_MATCH, HeaderValue::from_str(value).unwrap());
        }
        assert_eq!(text(&headers, &IF_NONE_MATCH), "\"a\",\"b\", \"c\"");
    }

    #[test]
    fn entity_tags_are_compared_weakly() {
        for (header, same) in [
            ("\"a\"", true),
            ("W/\"a\"", true),
            ("\"b\", \"a\"", true),
            ("*", true),
            ("\"b\"", false),
            ("a", false),
            ("", false),
        ] {
            assert_eq!(matches(header, "\"a\""), same, "{header}");
        }
    }
}
