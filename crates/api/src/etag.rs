//! Entity tags of rows. A row's is its `updatedAt`, in quotes, as the JSON has it: different in any two states of the row, and
//! a row of a list is enough to make it from.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use chrono::{DateTime, SecondsFormat, Utc};

/// An entity tag (RFC 9110 §8.8.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EntityTag {
    /// Whether it is marked as weak.
    pub(crate) weak: bool,
    /// What stands between the quotes.
    pub(crate) opaque: String,
}

/// What a header with a list of entity tags holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum EntityTags {
    /// `*`
    Any,
    /// One or more.
    List(Vec<EntityTag>),
}

/// The entity tag of a row that last changed at `updated_at`: a strong one.
pub(crate) fn of_row(updated_at: DateTime<Utc>) -> String {
    format!("\"{}\"", instant(updated_at))
}

/// When the row last changed whose entity tag `tag` is, if a row's can be like that.
pub(crate) fn updated_at(tag: &EntityTag) -> Option<DateTime<Utc>> {
    let found = DateTime::parse_from_rfc3339(&tag.opaque).ok()?.to_utc();
    (!tag.weak && instant(found) == tag.opaque).then_some(found)
}

/// As JSON has it.
fn instant(updated_at: DateTime<Utc>) -> String {
    updated_at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// The entity tags in the header `name`, which may stand there several times; `None` where it does not.
///
/// # Errors
/// What was expected, where it holds no list of entity tags.
pub(crate) fn in_header(headers: &HeaderMap, name: &HeaderName) -> Result<Option<EntityTags>, String> {
    let values: Vec<_> = headers.get_all(name).map(HeaderValue::as_bytes).collect();
    if values.is_empty() {
        return Ok(None);
    }
    parse(&values.join(&b","[..])).map(Some).ok_or_else(|| {
        "expected entity tags in double quotes such as \"2026-01-31T23:00:00.123456Z\", separated by commas, or *".to_owned()
    })
}

/// `*`, or a list of one or more entity tags, in which empty elements are passed over.
fn parse(list: &[u8]) -> Option<EntityTags> {
    let mut rest = list.trim_ascii();
    if rest == b"*" {
        return Some(EntityTags::Any);
    }
    let mut tags = Vec::new();
    loop {
        while let Some(after) = rest.strip_prefix(b",") {
            rest = after.trim_ascii_start();
        }
        if rest.is_empty() {
            return (!tags.is_empty()).then_some(EntityTags::List(tags));
        }
        let weak = rest.strip_prefix(b"W/");
        let quoted = weak.unwrap_or(rest).strip_prefix(b"\"")?;
        let end = quoted.iter().position(|byte| *byte == b'"')?;
        let (opaque, after) = quoted.split_at(end);
        if opaque.iter().any(|byte| *byte <= b' ' || *byte == 0x7f) {
            return None;
        }
        tags.push(EntityTag { weak: weak.is_some(), opaque: String::from_utf8_lossy(opaque).into_owned() });
        rest = after.get(1..)?.trim_ascii_start();
        if !rest.is_empty() && !rest.starts_with(b",") {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(weak: bool, opaque: &str) -> EntityTag {
        EntityTag { weak, opaque: opaque.to_owned() }
    }

    #[test]
    fn a_list_is_read_as_the_standard_has_it() {
        let list = |tags: &[EntityTag]| Some(EntityTags::List(tags.to_vec()));
        for (text, expected) in [
            ("*", Some(EntityTags::Any)),
            (" * ", Some(EntityTags::Any)),
            ("\"a\"", list(&[tag(false, "a")])),
            ("\"\"", list(&[tag(false, "")])),
            ("W/\"a\",\"b,c\" , \"d\"", list(&[tag(true, "a"), tag(false, "b,c"), tag(false, "d")])),
            (", ,\"a\",", list(&[tag(false, "a")])),
            ("", None),
            (",", None),
            ("a", None),
            ("\"a", None),
            ("\"a\" \"b\"", None),
            ("\"a\"b", None),
            ("\"a b\"", None),
            ("w/\"a\"", None),
            ("*, \"a\"", None),
            ("\"a\", *", None),
        ] {
            assert_eq!(parse(text.as_bytes()), expected, "{text}");
        }
        assert!(parse(b"\"\xff\"").is_some());
    }

    #[test]
    fn a_rows_tag_is_its_time_as_json_has_it() {
        for micros in [0, 1_800_000_000_000_000, 1_800_000_000_120_000, 1_800_000_000_123_456] {
            let at = DateTime::from_timestamp_micros(micros).unwrap();
            assert_eq!(of_row(at), serde_json::to_string(&at).unwrap());
            let opaque = of_row(at).trim_matches('"').to_owned();
            assert_eq!(updated_at(&tag(false, &opaque)), Some(at));
            assert_eq!(updated_at(&tag(true, &opaque)), None, "a weak one never matches");
            assert_eq!(updated_at(&tag(false, &opaque.replace('Z', "+00:00"))), None);
        }
        assert_eq!(updated_at(&tag(false, "7")), None);
    }
}
