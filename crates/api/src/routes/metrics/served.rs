//! An answer out of the cache as HTTP: its headers say where it came from and how old it is; its bytes are sent as they
//! are kept, without serialising, compressing or copying. What the client has already is not sent again.

use std::{fmt::Write as _, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::{
        StatusCode,
        header::{AGE, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, VARY},
    },
};
use infra::cache::Served;

use crate::routes::{kept::Kept, respond::X_DATA_VERSION};

const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");
const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// Whether an answer lists people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    /// Only figures: a client may keep it, and asks before it uses it again.
    Figures,
    /// People's names and addresses: nobody may keep it.
    People,
}

impl Holds {
    const fn cache_control(self) -> HeaderValue {
        match self {
            Self::Figures => HeaderValue::from_static("private, no-cache"),
            Self::People => HeaderValue::from_static("no-store"),
        }
    }
}

/// The answer to `request`: 200 with the body, or 304 where the client has it.
pub(super) fn answer(request: &HttpRequest, served: &Served, holds: Holds) -> HttpResponse {
    let Kept { variant, coding, known } = Kept::of(&*served.body, request);
    let mut answer = HttpResponse::build(if known { StatusCode::NOT_MODIFIED } else { StatusCode::OK });
    answer.insert_header((ETAG, variant.etag.as_str()));
    describe(&mut answer, served, holds);
    if known {
        return answer.finish();
    }
    answer.insert_header((CONTENT_TYPE, HeaderValue::from_static("application/json")));
    if let Some(coding) = coding {
        answer.insert_header((CONTENT_ENCODING, HeaderValue::from_static(coding)));
    }
    answer.body(variant.bytes.clone())
}

/// The headers that a 304 carries as well.
fn describe(answer: &mut HttpResponseBuilder, served: &Served, holds: Holds) {
    answer
        .insert_header((CACHE_CONTROL, holds.cache_control()))
        .insert_header((VARY, HeaderValue::from_static("Accept-Encoding, Cookie, Authorization")))
        .insert_header((AGE, served.age.as_secs()))
        .insert_header((CACHE_STATUS, served.cache_status()));
    if !served.timings.is_empty() {
        answer.insert_header((SERVER_TIMING, timings(&served.timings)));
    }
    if !served.data_version.is_empty() {
        answer.insert_header((X_DATA_VERSION, served.data_version.to_string()));
    }
}

/// `l2;dur=0.417, db;dur=12.003`: each step's time in milliseconds.
fn timings(steps: &[(&'static str, Duration)]) -> String {
    let mut text = String::with_capacity(steps.len() * "total;dur=0.000, ".len());
    let mut separator = "";
    for (step, took) in steps {
        let micros = took.as_micros();
        // A String takes whatever is written. Whole numbers: a float's digits take several times as long to find.
        let _ = write!(text, "{separator}{step};dur={}.{:03}", micros / 1000, micros % 1000);
        separator = ", ";
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_in_milliseconds() {
        let steps = [("l2", Duration::from_nanos(417_900)), ("db", Duration::from_micros(12_003))];
        assert_eq!(timings(&steps), "l2;dur=0.417, db;dur=12.003");
    }
}
