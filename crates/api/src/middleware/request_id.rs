//! A request's id: the client's own if it is sane, else a new one. It is in the answer, in a problem and in the log.

use std::time::{SystemTime, UNIX_EPOCH};

use actix_web::http::header::{HeaderMap, HeaderValue};
use uuid::Builder;

use super::X_REQUEST_ID;

/// The most characters of an id that a client may choose.
const MAX_CHARS: usize = 64;

/// A request's id: 1 to 64 letters, digits, dots, underscores and dashes.
#[derive(Clone, Debug)]
pub struct RequestId(HeaderValue);

impl RequestId {
    /// The id that `headers` bring, or a new one.
    pub fn of(headers: &HeaderMap) -> Self {
        match headers.get(X_REQUEST_ID) {
            Some(value) if Self::accepts(value.as_bytes()) => Self(value.clone()),
            _ => Self::new(),
        }
    }

    /// Whether a request may have `id`: nothing else is one.
    pub fn accepts(id: &[u8]) -> bool {
        (1..=MAX_CHARS).contains(&id.len())
            && id.iter().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(byte))
    }

    fn new() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let millis = u64::try_from(since.as_millis()).unwrap_or_default();
        // Chance of this thread's own: `Uuid::now_v7` asks the system for it, and a lock that all workers share.
        let id = Builder::from_unix_timestamp_millis(millis, &rand::random()).into_uuid();
        let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
        let text = id.hyphenated().encode_lower(&mut text);
        Self(HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static("-")))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or("-")
    }

    /// The id as a header's value.
    pub fn header(&self) -> HeaderValue {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_sane_id_is_kept() {
        let of = |id: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(X_REQUEST_ID, HeaderValue::from_str(id).unwrap());
            RequestId::of(&headers).as_str().to_owned()
        };
        assert_eq!(of("checkout-7.a_B"), "checkout-7.a_B");
        for odd in ["", "a b", "a\"b", "é", &"x".repeat(65)] {
            assert_eq!(of(odd).len(), 36, "{odd}");
        }
    }
}
