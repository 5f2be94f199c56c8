//! The scripts that run in Redis: what they are called with, and what their replies mean.

use domain::invalidation::CacheTags;
use redis::{Script, ScriptInvocation};

use super::{ScriptReply, Storing};
use crate::cache::{key::Namespace, versions::PerTag};

/// The scripts. Each is sent by its hash, and by its text where the server does not know it yet.
pub(crate) struct Scripts {
    bump: Script,
    start: Script,
    store: Script,
}

impl Scripts {
    /// Reads their texts.
    pub(crate) fn new() -> Self {
        Self {
            bump: Script::new(include_str!("scripts/bump.lua")),
            start: Script::new(include_str!("scripts/start.lua")),
            store: Script::new(include_str!("scripts/store.lua")),
        }
    }

    /// [`super::L2::bump`]
    pub(crate) fn bump(
        &self,
        names: &Namespace,
        origin: &str,
        tags: CacheTags,
        known: &PerTag<u64>,
    ) -> ScriptInvocation<'_> {
        let mut invocation = self.bump.prepare_invoke();
        invocation.arg(names.bus()).arg(origin);
        for tag in tags.iter() {
            invocation.key(names.tag(tag)).arg(tag.as_str()).arg(known[tag]);
        }
        invocation
    }

    /// [`super::L2::start`]
    pub(crate) fn start(
        &self,
        names: &Namespace,
        tags: CacheTags,
        known: &PerTag<u64>,
    ) -> ScriptInvocation<'_> {
        let mut invocation = self.start.prepare_invoke();
        for tag in tags.iter() {
            invocation.key(names.tag(tag)).arg(known[tag]);
        }
        invocation
    }

    /// [`super::L2::store`]
    pub(crate) fn store(
        &self,
        names: &Namespace,
        entries: &[Storing],
        tags: CacheTags,
    ) -> ScriptInvocation<'_> {
        let mut invocation = self.store.prepare_invoke();
        invocation.arg(entries.len());
        for entry in entries {
            invocation
                .key(names.entry(&entry.key))
                .arg(whole(entry.age.as_micros()))
                .arg(entry.created_micros.unwrap_or_default())
                .arg(whole(entry.keep.as_millis()).max(1))
                .arg(&entry.payload[..]);
        }
        for tag in tags.iter() {
            invocation.key(names.tag(tag));
        }
        invocation
    }
}

/// What the numbers mean that a script called with `tags` replies.
pub(crate) fn reply(numbers: &[String], tags: CacheTags) -> ScriptReply {
    let mut numbers = numbers.iter().map(|text| text.parse::<u64>().unwrap_or_default());
    let mut reply =
        ScriptReply { clock_micros: numbers.next().unwrap_or_default(), ..ScriptReply::default() };
    for (tag, version) in tags.iter().zip(numbers.by_ref()) {
        reply.versions[tag] = version;
    }
    reply.heard_by = numbers.next();
    reply
}

/// A tag's version as it lies in Redis; `None` where there is none.
pub(crate) fn version_of(text: &[u8]) -> Option<u64> {
    std::str::from_utf8(text).ok()?.parse().ok().filter(|version| *version > 0)
}

fn whole(number: u128) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
