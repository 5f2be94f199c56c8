//! What Redis answers to INFO: lines `name:value`. Managed servers leave out what they like, so every field may be missing.

use std::{collections::BTreeMap, str::FromStr};

/// The fields of an INFO.
#[derive(Clone, Debug, Default)]
pub struct Info(BTreeMap<String, String>);

impl Info {
    /// Reads an INFO's text; what is no field is passed over.
    pub fn parse(text: &str) -> Self {
        let fields = text.lines().filter_map(|line| line.trim().split_once(':'));
        Self(fields.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    /// A field's text, unless it is missing or empty.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A field that parses as a `T`.
    pub fn field<T: FromStr>(&self, name: &str) -> Option<T> {
        self.text(name)?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_and_what_is_missing_is_none() {
        let info = Info::parse("# Memory\r\nused_memory:17\r\nmaxmemory_policy:noeviction\r\nempty:\r\n\r\n");
        assert_eq!(info.field("used_memory"), Some(17_u64));
        assert_eq!(info.text("maxmemory_policy"), Some("noeviction"));
        assert_eq!((info.text("empty"), info.field::<u64>("maxmemory")), (None, None));
    }
}
