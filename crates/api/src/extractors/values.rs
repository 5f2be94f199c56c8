//! Values in URLs, each read from text with an error that says what was expected.

use chrono::{DateTime, Datelike, Utc};
use serde::{
    Deserialize,
    de::{IntoDeserializer, value},
};
use uuid::Uuid;

/// The longest text that may be searched for, in characters.
pub const MAX_SEARCH_CHARS: usize = 200;

/// A UUID in its usual form, 36 characters.
///
/// # Errors
/// What was expected.
pub fn uuid(text: &str) -> Result<Uuid, String> {
    match Uuid::try_parse(text) {
        Ok(id) if text.len() == 36 => Ok(id),
        _ => {
            Err(format!("expected a UUID such as 01920000-0000-7000-8000-000000000001, got {}", quoted(text)))
        }
    }
}

/// An instant in RFC 3339, of the years 0 to 9999 in UTC, to the microsecond.
///
/// # Errors
/// What was expected.
pub fn instant(text: &str) -> Result<DateTime<Utc>, String> {
    DateTime::parse_from_rfc3339(text)
        .map(|instant| instant.to_utc())
        .ok()
        .filter(|instant| (0..=9999).contains(&instant.year()))
        .map(domain::ports::truncate_to_micros)
        .ok_or_else(|| {
            let hint = if text.contains(' ') { " (in a URL a plus sign is written %2B)" } else { "" };
            format!("expected an RFC 3339 instant such as 2026-01-31T23:00:00Z, got {}{hint}", quoted(text))
        })
}

/// `true` or `false`.
///
/// # Errors
/// What was expected.
pub fn flag(text: &str) -> Result<bool, String> {
    text.parse().map_err(|_| format!("expected true or false, got {}", quoted(text)))
}

/// One of the names of `T`.
///
/// # Errors
/// What was expected.
pub fn variant<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T, String> {
    let known: Result<T, value::Error> = T::deserialize(text.into_deserializer());
    known.map_err(|error| {
        let expected = error.to_string();
        let expected = expected.split_once(", expected ").map_or("a known name", |(_, names)| names);
        format!("expected {expected}, got {}", quoted(text))
    })
}

/// A text to search for: 1 to 200 characters, not only spaces, no control characters. Returned without spaces around.
///
/// # Errors
/// What was expected.
pub fn search(text: &str) -> Result<String, String> {
    let chars = text.chars().count();
    if !(1..=MAX_SEARCH_CHARS).contains(&chars) {
        return Err(format!("expected 1 to {MAX_SEARCH_CHARS} characters, got {chars}"));
    }
    if text.chars().any(char::is_control) {
        return Err("expected text without control characters".to_owned());
    }
    match text.trim() {
        "" => Err("expected at least one character that is not a space".to_owned()),
        trimmed => Ok(trimmed.to_owned()),
    }
}

/// What was sent, quoted, and cut where it is long.
pub fn quoted(text: &str) -> String {
    let mut short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!("{short:?}")
}

#[cfg(test)]
mod tests {
    use domain::entities::user::UserStatus;

    use super::*;

    #[test]
    fn each_value_says_what_it_expects() {
        assert!(uuid("0192000000007000800000000000000 1").is_err());
        assert!(uuid("01920000000070008000000000000001").unwrap_err().contains("expected a UUID"));
        assert_eq!(
            instant("2026-01-31T23:00:00.1234567Z").unwrap().to_rfc3339(),
            "2026-01-31T23:00:00.123456+00:00"
        );
        assert!(instant("0000-01-01T00:00:00+01:00").is_err());
        assert!(instant("2026-01-31T23:00:00 01:00").unwrap_err().contains("%2B"));
        assert_eq!(variant("active"), Ok(UserStatus::Active));
        assert_eq!(
            variant::<UserStatus>("gone").unwrap_err(),
            "expected one of `invited`, `active`, `suspended`, got \"gone\""
        );
        assert!(search(" \0").is_err());
        assert_eq!(search(" a ").unwrap(), "a");
        assert_eq!(quoted(&"x".repeat(50)).chars().count(), 43);
    }
}
