//! How values are documented whose check is more than their type: the same that [`crate::validation`] asks for, so that
//! whoever keeps to the document is not refused.

use chrono_tz::TZ_VARIANTS;
use iso_currency::{Currency, IntoEnumIterator as _};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ObjectBuilder, RefOr,
        schema::{Object, Schema, Type},
    },
};

/// Text with something to see in it, and nothing that cannot be seen: neither control characters nor marks that turn the
/// direction.
pub const LINE: &str = r"^[^\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]*[^\s\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff][^\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]*$";

/// A name or a title of 1 to 200 characters.
#[must_use]
pub fn line() -> Object {
    line_of(200)
}

/// A name or a title of 1 to `max_chars` characters.
#[must_use]
pub fn line_of(max_chars: usize) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(format!(
            "1 to {max_chars} characters, none of them invisible; spaces around are dropped."
        )))
        .min_length(Some(1))
        .max_length(Some(max_chars))
        .pattern(Some(LINE))
        .build()
}

/// A currency, by its code.
#[derive(Debug)]
pub struct CurrencyCode;

impl PartialSchema for CurrencyCode {
    fn schema() -> RefOr<Schema> {
        one_of("A currency's code (ISO 4217).", Currency::iter().map(|currency| currency.code()), "EUR")
    }
}

impl ToSchema for CurrencyCode {
    fn name() -> std::borrow::Cow<'static, str> {
        "Currency".into()
    }
}

/// A time zone, by its name.
#[derive(Debug)]
pub struct TimeZone;

impl PartialSchema for TimeZone {
    fn schema() -> RefOr<Schema> {
        one_of("A time zone's name (IANA).", TZ_VARIANTS.iter().map(|zone| zone.name()), "Europe/Paris")
    }
}

impl ToSchema for TimeZone {}

/// A text that is one of `names`.
pub fn one_of<'a>(description: &str, names: impl Iterator<Item = &'a str>, example: &str) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(description))
        .enum_values(Some(names.collect::<Vec<_>>()))
        .examples([example])
        .build()
        .into()
}
