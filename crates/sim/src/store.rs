//! A fake of what the engine uses of Redis: strings with an end, and the three scripts, by their letter. It is pure: the
//! caller says what time it is. The conformance suite holds it against the real Redis.

use std::collections::BTreeMap;

use bytes::Bytes;
use domain::invalidation::CacheTags;
use infra::cache::{
    l2::{L2Error, Reading, ScriptReply, Storing},
    mutation::{Mutation, is_on},
    versions::PerTag,
};

const DAY_MICROS: u64 = 86_400_000_000;
/// No version has more digits.
const DIGITS: usize = 16;

/// What lies under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Bytes.
    Text(Bytes),
    /// Something that is no string.
    List,
}

#[derive(Clone, Debug)]
struct Held {
    value: Value,
    /// On the store's clock, µs.
    expires: Option<u64>,
}

/// Keys and values.
#[derive(Clone, Debug, Default)]
pub struct Store {
    held: BTreeMap<String, Held>,
    /// What each write replaced, the newest last: what a fail-over may undo.
    undo: Vec<Undo>,
}

#[derive(Clone, Debug)]
struct Undo {
    at: u64,
    key: String,
    before: Option<Held>,
}

impl Store {
    /// [`infra::cache::l2::L2::read`]
    pub fn read(&mut self, clock: u64, keys: &[String], tags: CacheTags) -> Reading {
        let entries = keys.iter().map(|key| self.text(clock, key).cloned()).collect();
        let mut reading = Reading { entries, ..Reading::default() };
        for tag in tags.iter() {
            reading.versions[tag] = self
                .text(clock, tag.as_str())
                .and_then(|text| std::str::from_utf8(text).ok()?.parse().ok())
                .filter(|version| *version > 0);
        }
        reading
    }

    /// `bump.lua`, but for telling the bus.
    pub fn bump(&mut self, clock: u64, tags: CacheTags, known: &PerTag<u64>) -> ScriptReply {
        let mut reply = ScriptReply { clock_micros: clock, ..ScriptReply::default() };
        for tag in tags.iter() {
            let stored = self.version(clock, tag.as_str());
            let known = self.believed(clock, known[tag]);
            let version = if is_on(Mutation::PlainCounter) {
                stored + 1
            } else if is_on(Mutation::CounterWithoutKnown) {
                (stored + 1).max(clock)
            } else {
                (stored + 1).max(known + 1).max(clock)
            };
            self.set(clock, tag.as_str(), Value::Text(version.to_string().into()), None);
            reply.versions[tag] = version;
        }
        reply
    }

    /// `start.lua`
    pub fn start(&mut self, clock: u64, tags: CacheTags, known: &PerTag<u64>) -> ScriptReply {
        let mut reply = ScriptReply { clock_micros: clock, ..ScriptReply::default() };
        for tag in tags.iter() {
            let mut stored = self.version(clock, tag.as_str());
            let plain = is_on(Mutation::PlainCounter);
            let without_known = plain || is_on(Mutation::CounterWithoutKnown);
            let known = if without_known { 0 } else { self.believed(clock, known[tag]) };
            if stored == 0 || stored < known {
                stored = if plain { 1 } else { (known + 1).max(clock) };
                self.set(clock, tag.as_str(), Value::Text(stored.to_string().into()), None);
            }
            reply.versions[tag] = stored;
        }
        reply
    }

    /// `store.lua`
    ///
    /// # Errors
    /// Where a tag holds what is no text: the whole reply cannot be read then.
    pub fn store(
        &mut self,
        clock: u64,
        entries: &[Storing],
        tags: CacheTags,
    ) -> Result<ScriptReply, L2Error> {
        for entry in entries {
            let age = u64::try_from(entry.age.as_micros()).unwrap_or(u64::MAX);
            let by_age = clock.saturating_sub(age);
            let created =
                entry.created_micros.filter(|told| *told > 0).map_or(by_age, |told| told.min(by_age));
            let created = format!("{created:016}");
            let keep = u64::try_from(entry.keep.as_millis()).unwrap_or(u64::MAX).max(1);
            let bytes = [created.as_bytes(), &entry.payload, created.as_bytes()].concat();
            let expires = clock.saturating_add(keep.saturating_mul(1000));
            self.set(clock, &entry.key, Value::Text(bytes.into()), Some(expires));
        }
        let mut reply = ScriptReply { clock_micros: clock, ..ScriptReply::default() };
        for tag in tags.iter() {
            if let Some(text) = self.text(clock, tag.as_str()) {
                let text = std::str::from_utf8(text).map_err(|error| L2Error::other(error.to_string()))?;
                reply.versions[tag] = text.parse().unwrap_or_default();
            }
        }
        Ok(reply)
    }

    /// Puts `value` under `key`, until `expires` on the store's clock.
    pub fn set(&mut self, clock: u64, key: &str, value: Value, expires: Option<u64>) {
        let before = self.held.insert(key.to_owned(), Held { value, expires });
        self.undo.push(Undo { at: clock, key: key.to_owned(), before });
    }

    /// Forgets `key`.
    pub fn remove(&mut self, key: &str) {
        self.held.remove(key);
    }

    /// Forgets everything.
    pub fn wipe(&mut self) {
        self.held.clear();
        self.undo.clear();
    }

    /// What a replica takes over that had not yet got what was written since `since`.
    pub fn lose_since(&mut self, since: u64) {
        while let Some(undo) = self.undo.pop_if(|undo| undo.at >= since) {
            match undo.before {
                Some(before) => self.held.insert(undo.key, before),
                None => self.held.remove(&undo.key),
            };
        }
    }

    /// The keys that are no tags.
    pub fn entry_keys(&self) -> Vec<String> {
        self.held.keys().filter(|key| key.starts_with('v')).cloned().collect()
    }

    /// The bytes under `key`.
    pub fn text(&mut self, clock: u64, key: &str) -> Option<&Bytes> {
        if self.held.get(key).is_some_and(|held| held.expires.is_some_and(|end| clock >= end)) {
            self.held.remove(key);
        }
        match &self.held.get(key)?.value {
            Value::Text(bytes) => Some(bytes),
            Value::List => None,
        }
    }

    /// A tag's version as the scripts read it.
    fn version(&mut self, clock: u64, key: &str) -> u64 {
        let text = self.text(clock, key).and_then(|text| std::str::from_utf8(text).ok());
        let digits =
            text.filter(|text| text.len() <= DIGITS && text.bytes().all(|byte| byte.is_ascii_digit()));
        let version = digits.and_then(|digits| digits.parse().ok()).unwrap_or_default();
        self.believed(clock, version)
    }

    #[expect(clippy::unused_self, reason = "reads as the script does")]
    fn believed(&self, clock: u64, version: u64) -> u64 {
        let plausible = version <= clock + DAY_MICROS && version.to_string().len() <= DIGITS;
        if plausible { version } else { 0 }
    }
}
