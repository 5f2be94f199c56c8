//! Versions of the data, as clients see them.

use std::fmt;

use serde_json::Value;

/// A tag that writes make old.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    Users,
    Proposals,
    Leads,
}

const NAMES: [(Tag, &str); 3] = [(Tag::Users, "users"), (Tag::Proposals, "proposals"), (Tag::Leads, "leads")];

/// A version of each tag, of those that are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Version([Option<u64>; 3]);

impl Version {
    /// Reads the header `X-Data-Version`.
    pub(super) fn of_header(text: &str) -> Self {
        let mut version = Self::default();
        for member in text.split(',').filter(|member| !member.is_empty()) {
            let (name, number) = member.split_once('=').expect("tag=number");
            let (tag, _) = NAMES.iter().find(|(_, known)| *known == name).expect("a tag");
            version.0[*tag as usize] = Some(number.parse().expect("a number"));
        }
        version
    }

    /// Reads what `/cache/stats` tells of each tag; 0 = none.
    pub(super) fn of_each(tags: &Value) -> Self {
        Self(NAMES.map(|(_, name)| tags[name].as_u64().filter(|version| *version > 0)))
    }

    /// Only what it says of `tags`; nothing where one of them is missing.
    pub(super) fn of_all(self, tags: &[Tag]) -> Option<Self> {
        let mut some = Self::default();
        for tag in tags {
            some.0[*tag as usize] = Some(self.0[*tag as usize]?);
        }
        Some(some)
    }

    /// Whether this is at least `other` in every tag that `other` names.
    pub(super) fn covers(&self, other: &Self) -> bool {
        self.0
            .iter()
            .zip(other.0)
            .all(|(ours, least)| least.is_none_or(|least| ours.is_some_and(|ours| ours >= least)))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let members =
            NAMES.iter().filter_map(|(tag, name)| Some(format!("{name}={}", self.0[*tag as usize]?)));
        f.write_str(&members.collect::<Vec<_>>().join(","))
    }
}
