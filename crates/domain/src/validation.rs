//! Checks on what clients send. Each check adds a [`FieldError`] to a list, so that one answer names every wrong
//! field at once; [`Checks::finish`] turns the list into an error.

use std::ops::RangeInclusive;

use email_address::{EmailAddress, Options};
use iso_currency::Currency;

use crate::error::{DomainError, FieldError};

/// The most an amount may be, in minor units: 10¹¹, well below 2⁵³ so that JavaScript keeps it exact.
pub const MAX_AMOUNT_MINOR: i64 = 100_000_000_000;

/// The longest e-mail address accepted, in characters (RFC 5321 allows 254 octets in a path).
pub const MAX_EMAIL_CHARS: usize = 254;

/// Gathers field errors.
#[derive(Debug, Default)]
pub struct Checks(Vec<FieldError>);

impl Checks {
    /// Nothing wrong so far.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an error on `field`.
    pub fn fail(&mut self, field: &str, code: &str, detail: impl Into<String>) {
        self.0.push(FieldError::new(field, code, detail));
    }

    /// A text of `chars` characters, of which something is left without the spaces around it; control characters are
    /// refused. Returns it trimmed.
    pub fn text(&mut self, field: &str, value: &str, chars: RangeInclusive<usize>) -> String {
        let trimmed = value.trim();
        // What is too long as it was sent is too long: so the document can say it.
        let count = if trimmed.is_empty() { 0 } else { value.chars().count() };
        if !chars.contains(&count) {
            let expected = format!("expected {} to {} characters", chars.start(), chars.end());
            self.fail(field, "length", format!("{expected}, got {count}"));
        } else if value.chars().any(|c| c.is_control() || is_invisible(c)) {
            let expected = "expected text without control characters and without invisible ones";
            self.fail(field, "format", expected);
        }
        trimmed.to_owned()
    }

    /// An e-mail address; returned trimmed and in lower case, the form in which addresses are compared and kept.
    pub fn email(&mut self, field: &str, value: &str) -> String {
        let normalised = normalise_email(value);
        // No name before the address: it would make two of one.
        let address_only =
            Options::default().without_display_text().without_domain_literal().with_required_tld();
        let short_enough = normalised.chars().count() <= MAX_EMAIL_CHARS;
        if !short_enough
            || normalised.chars().any(char::is_control)
            || EmailAddress::parse_with_options(&normalised, address_only).is_err()
        {
            let expected = format!(
                "expected an e-mail address such as ada@example.org, at most {MAX_EMAIL_CHARS} characters"
            );
            self.fail(field, "format", expected);
        }
        normalised
    }

    /// An amount in minor units of its currency, 0 to [`MAX_AMOUNT_MINOR`].
    pub fn amount_minor(&mut self, field: &str, value: i64) -> i64 {
        if !(0..=MAX_AMOUNT_MINOR).contains(&value) {
            let expected = format!("expected a whole number from 0 to {MAX_AMOUNT_MINOR}");
            self.fail(field, "range", format!("{expected}, got {value}"));
        }
        value
    }

    /// An ISO 4217 code in capitals, e.g. `EUR`.
    pub fn currency(&mut self, field: &str, value: &str) -> String {
        if Currency::from_code(value).is_none() {
            let got: String = value.chars().take(12).collect();
            let detail = format!("expected a three-letter ISO 4217 code such as EUR, got {got:?}");
            self.fail(field, "unknown_value", detail);
        }
        value.to_owned()
    }

    /// `value` if nothing was wrong.
    ///
    /// # Errors
    /// [`DomainError::Invalid`] with every error gathered.
    pub fn finish<T>(self, value: T) -> Result<T, DomainError> {
        if self.0.is_empty() { Ok(value) } else { Err(DomainError::Invalid(self.0)) }
    }
}

/// Characters that show nothing, or turn the direction of what follows: they make two texts look alike. Joiners, which
/// scripts and emoji need, are not among them.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

/// The form in which an e-mail address is kept and compared: trimmed, lower case.
#[must_use]
pub fn normalise_email(value: &str) -> String {
    value.trim().to_lowercase()
}

/// Deserialises a field of a change (PATCH): absent means "leave it", so an explicit `null` is an error and not
/// silently the same as absent.
///
/// # Errors
/// Whatever `T` says of the value, `null` included.
pub fn present<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: serde::Deserialize<'de>,
    D: serde::Deserializer<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// Deserialises a whole number; as to JSON Schema, `5.0` is one.
///
/// # Errors
/// Where it is not one, or not an `i64`.
pub fn whole<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    struct Whole;

    impl serde::de::Visitor<'_> for Whole {
        type Value = i64;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a whole number")
        }

        fn visit_i64<E>(self, value: i64) -> Result<i64, E> {
            Ok(value)
        }

        fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<i64, E> {
            i64::try_from(value).map_err(|_| E::invalid_value(serde::de::Unexpected::Unsigned(value), &self))
        }

        fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<i64, E> {
            /// Up to here every whole number has a float of its own.
            const EXACT: f64 = 9_007_199_254_740_992.0;
            if value.fract() != 0.0 || value.abs() > EXACT {
                return Err(E::invalid_type(serde::de::Unexpected::Float(value), &self));
            }
            #[expect(clippy::cast_possible_truncation, reason = "it is whole, and in range")]
            Ok(value as i64)
        }
    }

    deserializer.deserialize_i64(Whole)
}

/// As [`whole`], of a field of a change: see [`present`].
///
/// # Errors
/// As [`whole`].
pub fn present_whole<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    whole(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(checks: Checks) -> Vec<(String, String)> {
        match checks.finish(()) {
            Err(DomainError::Invalid(list)) => list.into_iter().map(|e| (e.field, e.code)).collect(),
            other => panic!("expected field errors, got {other:?}"),
        }
    }

    #[test]
    fn every_wrong_field_is_named_at_once() {
        let mut checks = Checks::new();
        checks.text("title", "  ", 1..=200);
        checks.email("email", "nobody");
        checks.amount_minor("amountMinor", -1);
        checks.currency("currency", "EURO");
        let fields = errors(checks);
        let expected = [
            ("title", "length"),
            ("email", "format"),
            ("amountMinor", "range"),
            ("currency", "unknown_value"),
        ];
        assert_eq!(fields, expected.map(|(f, c)| (f.to_owned(), c.to_owned())).to_vec());
    }

    #[test]
    fn what_only_looks_like_a_name_or_an_address_is_refused() {
        for name in ["\u{200B}", "Ada\u{202E}adA", "a\u{0}b"] {
            let mut checks = Checks::new();
            checks.text("displayName", name, 1..=200);
            assert_eq!(errors(checks), [("displayName".to_owned(), "format".to_owned())], "{name:?}");
        }
        for address in ["Bob <bob@example.org>", "x@localhost", "x@[127.0.0.1]", "", "@", "a b@c.org"] {
            let mut checks = Checks::new();
            checks.email("email", address);
            assert_eq!(errors(checks), [("email".to_owned(), "format".to_owned())], "{address}");
        }
    }

    #[test]
    fn good_values_come_back_in_the_form_they_are_kept() {
        let mut checks = Checks::new();
        assert_eq!(checks.text("title", " Roof ", 1..=200), "Roof");
        assert_eq!(checks.email("email", " Ada@Example.ORG "), "ada@example.org");
        assert_eq!(checks.amount_minor("amountMinor", MAX_AMOUNT_MINOR), MAX_AMOUNT_MINOR);
        assert_eq!(checks.currency("currency", "JPY"), "JPY");
        assert_eq!(checks.finish(()), Ok(()));
    }
}
