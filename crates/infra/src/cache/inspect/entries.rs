//! What lies in Redis under this service's names, and what each entry is worth: judged as the engine judges it on a read.

use std::{collections::BTreeSet, time::Duration};

use bytes::Bytes;
use domain::invalidation::{CacheTag, CacheTags};
use redis::{ErrorKind, FromRedisValue, ParsingError, RedisError, Value};

use super::{Inspector, Trouble, changed};
use crate::cache::{
    budget::Month,
    codec::{self, Stored, Unreadable},
    key::{Key, Name, Namespace},
    l2::scripts::version_of,
    remote::DAY_MICROS,
    versions::PerTag,
};

/// So many keys are gone through by one SCAN.
const SCAN_COUNT: usize = 1000;
/// So many keys are read by one command: their values together stay within a few MB.
const READ_AT_ONCE: usize = 100;

/// Everything under the namespace.
#[derive(Clone, Debug)]
pub struct Contents {
    /// The tags' versions.
    pub tags: PerTag<TagState>,
    /// The entries, by name.
    pub entries: Vec<Item>,
    /// Months of which commands are counted.
    pub months: Vec<Month>,
    /// Names under the prefix that are nothing of this service's.
    pub foreign: Vec<String>,
    /// Entries that were there when names were listed, and gone when they were read.
    pub vanished: u64,
}

/// A tag as it lies in Redis.
#[derive(Clone, Debug, Default)]
pub struct TagState {
    /// Its version: µs since 1970 on Redis's clock, when it was made; `None` where it is unknown.
    pub version: Option<u64>,
    /// Why it is unknown, if something lies there nevertheless.
    pub problem: Option<String>,
}

/// An entry of L2, without its body.
#[derive(Clone, Debug)]
pub struct Item {
    /// Its name without the namespace.
    pub text: String,
    /// What it stands for; `None` for what another release stored.
    pub key: Option<Key>,
    /// Bytes of the value in Redis.
    pub stored_bytes: usize,
    /// How long Redis keeps it; `None`: without end.
    pub kept_for: Option<Duration>,
    /// Its header, where it is readable.
    pub header: Option<Header>,
    /// What it is worth.
    pub state: State,
}

/// What an entry's header says.
#[derive(Clone, Debug)]
pub struct Header {
    /// The format's name and version.
    pub format: &'static str,
    /// When it was created, µs since 1970 on Redis's clock.
    pub created_micros: u64,
    /// How long ago.
    pub age: Duration,
    /// How long it is fresh from its creation, by the writer's settings.
    pub ttl: Duration,
    /// How long it is fresh from now on, by the settings here; zero once that has passed.
    pub ttl_left: Duration,
    /// The tags it carries.
    pub tags: CacheTags,
    /// Their versions when it was computed.
    pub versions: PerTag<u64>,
    /// Bytes of the body, unpacked.
    pub body_bytes: usize,
    /// Bytes of the body as it is stored.
    pub packed_bytes: usize,
}

/// What an entry is worth to a reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It would be served.
    Fresh,
    /// The versions of these tags are others by now: it could only stand in while the database fails.
    Stale(CacheTags),
    /// Its time has passed; likewise.
    Expired,
    /// It is a miss, for this reason.
    Unreadable(String),
}

/// What lies under one name.
#[derive(Clone, Debug)]
pub enum Found {
    /// Nothing.
    Nothing,
    /// A tag.
    Tag(CacheTag, TagState),
    /// The commands of a month, counted.
    Budget(Month),
    /// Nothing of this service's, of this type in Redis.
    Foreign(String),
    /// An entry, with its body where that can be unpacked, and the tags' versions at that moment.
    Entry(Box<Item>, Option<Bytes>, Box<PerTag<TagState>>),
}

/// What lies under some names at one moment.
pub(super) struct Look {
    pub(super) clock_micros: u64,
    pub(super) tags: PerTag<TagState>,
    values: Vec<Slot>,
}

/// What lies under a name: its type, its remaining time in ms, and its value where it is a string.
struct Slot {
    kind: String,
    kept_millis: i64,
    value: Option<Bytes>,
}

impl Inspector {
    /// Everything under the namespace. Goes through all keys of the database, a thousand a command.
    ///
    /// # Errors
    /// [`Trouble`]
    pub async fn contents(&mut self) -> Result<Contents, Trouble> {
        let mut texts = BTreeSet::new();
        let mut foreign = BTreeSet::new();
        let mut months = BTreeSet::new();
        let mut cursor = 0;
        loop {
            let names;
            (cursor, names) = self.scan(cursor).await?;
            for (name, text) in names {
                match name {
                    Name::Tag(_) => {}
                    Name::Budget(month) => drop(months.insert(month)),
                    Name::Entry(_) | Name::OtherEntry => drop(texts.insert(text)),
                    Name::Foreign => drop(foreign.insert(text)),
                }
            }
            if cursor == 0 {
                break;
            }
        }
        let texts: Vec<String> = texts.into_iter().collect();
        let mut contents = Contents {
            tags: PerTag::default(),
            entries: Vec::new(),
            foreign: foreign.into_iter().collect(),
            months: months.into_iter().collect(),
            vanished: 0,
        };
        if texts.is_empty() {
            contents.tags = self.tags().await?;
        }
        for texts in texts.chunks(READ_AT_ONCE) {
            let look = self.look(texts).await?;
            for (text, slot) in texts.iter().zip(&look.values) {
                match self.judge(text, slot, &look) {
                    Some((item, _)) => contents.entries.push(item),
                    None => contents.vanished += 1,
                }
            }
            contents.tags = look.tags;
        }
        Ok(contents)
    }

    /// What lies under `name`, with or without the namespace before it.
    ///
    /// # Errors
    /// [`Trouble`]
    pub async fn find(&mut self, name: &str) -> Result<Found, Trouble> {
        let text = name.strip_prefix(self.names.prefix()).unwrap_or(name).to_owned();
        let look = self.look(std::slice::from_ref(&text)).await?;
        let Some(slot) = look.values.first().filter(|slot| slot.kept_millis != GONE) else {
            return Ok(Found::Nothing);
        };
        Ok(match Namespace::meaning(&text) {
            Name::Tag(tag) => Found::Tag(tag, look.tags[tag].clone()),
            Name::Budget(month) => Found::Budget(month),
            Name::Foreign => Found::Foreign(slot.kind.clone()),
            Name::Entry(_) | Name::OtherEntry => match self.judge(&text, slot, &look) {
                None => Found::Nothing,
                Some((item, stored)) => {
                    let body = stored.and_then(|stored| stored.body());
                    Found::Entry(Box::new(item), body, Box::new(look.tags))
                }
            },
        })
    }

    /// One step of going through all keys: the next cursor, and names, each with what it stands for and its text without
    /// the prefix.
    pub(super) async fn scan(&mut self, cursor: u64) -> Result<(u64, Vec<(Name, String)>), Trouble> {
        let mut command = redis::cmd("SCAN");
        command.arg(cursor).arg("MATCH").arg(self.names.pattern()).arg("COUNT").arg(SCAN_COUNT);
        let (next, names): (u64, Vec<Vec<u8>>) = self.ask(&command).await?;
        let prefix = self.names.prefix().as_bytes();
        let texts = names.iter().filter_map(|name| name.strip_prefix(prefix));
        let meant = |text: &[u8]| match std::str::from_utf8(text) {
            Ok(text) => (Namespace::meaning(text), text.to_owned()),
            Err(_) => (Name::Foreign, String::from_utf8_lossy(text).into_owned()),
        };
        Ok((next, texts.map(meant).collect()))
    }

    /// What lies under `texts` and the tags, at one moment: one command.
    pub(super) async fn look(&mut self, texts: &[String]) -> Result<Look, Trouble> {
        let mut command = redis::cmd("EVAL");
        command.arg(include_str!("../l2/scripts/inspect.lua")).arg(texts.len() + CacheTag::EVERY.len());
        for text in texts {
            command.arg(self.names.entry(text));
        }
        for tag in CacheTag::EVERY {
            command.arg(self.names.tag(tag));
        }
        let reply: Vec<Value> = self.ask(&command).await?;
        let mut reply = reply.into_iter();
        let unexpected =
            || Trouble::of_redis(&RedisError::from((ErrorKind::UnexpectedReturnType, "a reply")));
        let clock = reply.next().and_then(|clock| String::from_redis_value(clock).ok()?.parse().ok());
        let clock_micros = clock.ok_or_else(unexpected)?;
        let slots: Result<Vec<Slot>, ParsingError> = reply.map(Slot::read).collect();
        let mut values = slots.map_err(|_| unexpected())?;
        if values.len() != texts.len() + CacheTag::EVERY.len() {
            return Err(unexpected());
        }
        let mut tags = PerTag::default();
        for (tag, slot) in CacheTag::EVERY.into_iter().zip(values.split_off(texts.len())) {
            tags[tag] = TagState::of(&slot, clock_micros);
        }
        Ok(Look { clock_micros, tags, values })
    }

    /// What the entry is worth; `None` where it is gone.
    fn judge(&self, text: &str, slot: &Slot, look: &Look) -> Option<(Item, Option<Stored>)> {
        if slot.kept_millis == GONE {
            return None;
        }
        let key = Key::from_text(text);
        let read = match &slot.value {
            Some(bytes) => codec::read(text, bytes.clone()).map_err(|why| why.to_string()),
            None => Err(format!("it is a {} in Redis, and an entry is a string", slot.kind)),
        };
        let (state, header) = match (&read, &key) {
            (read, None) => {
                let why = "its name is that of an entry of another release";
                let header = read.as_ref().ok().and_then(|stored| Header::of(stored, stored.ttl, look));
                (State::Unreadable(why.to_owned()), header)
            }
            (Err(why), Some(_)) => (State::Unreadable(why.clone()), None),
            (Ok(stored), Some(key)) => {
                let fresh_for = stored.fresh_for(key, &self.ttls);
                match Header::of(stored, fresh_for, look) {
                    None => {
                        (State::Unreadable("it was created in the future of Redis's clock".to_owned()), None)
                    }
                    Some(header) => (state_of(key, stored, &header, look), Some(header)),
                }
            }
        };
        let item = Item {
            text: text.to_owned(),
            key,
            stored_bytes: slot.value.as_ref().map_or(0, Bytes::len),
            kept_for: u64::try_from(slot.kept_millis).ok().map(Duration::from_millis),
            header,
            state,
        };
        Some((item, read.ok()))
    }
}

/// What PTTL says of a key that is not there.
const GONE: i64 = -2;

impl Slot {
    fn read(value: Value) -> Result<Self, ParsingError> {
        let (kind, kept_millis, value): (String, i64, Option<Vec<u8>>) =
            FromRedisValue::from_redis_value(value)?;
        Ok(Self { kind, kept_millis, value: value.map(Bytes::from) })
    }
}

impl TagState {
    /// As the engine takes it: what is no number, or a day ahead of the clock, is unknown.
    fn of(slot: &Slot, clock_micros: u64) -> Self {
        let unknown = |problem: &str| Self { version: None, problem: Some(problem.to_owned()) };
        match &slot.value {
            None if slot.kept_millis == GONE => Self::default(),
            None => unknown(&format!("it is a {} in Redis, and a version is a string", slot.kind)),
            Some(text) => match version_of(text) {
                None => unknown("what lies there is no number"),
                Some(version) if version > clock_micros.saturating_add(DAY_MICROS) => {
                    unknown("what lies there is over a day ahead of Redis's clock")
                }
                Some(version) => Self { version: Some(version), problem: None },
            },
        }
    }
}

impl Header {
    /// `None` where it would be from the future.
    fn of(stored: &Stored, fresh_for: Duration, look: &Look) -> Option<Self> {
        let age = stored.age(look.clock_micros)?;
        Some(Self {
            format: stored.format(),
            created_micros: stored.created_micros,
            age,
            ttl: stored.ttl,
            ttl_left: fresh_for.saturating_sub(age),
            tags: stored.stamp.tags,
            versions: stored.stamp.versions,
            body_bytes: stored.length(),
            packed_bytes: stored.packed_length(),
        })
    }
}

fn state_of(key: &Key, stored: &Stored, header: &Header, look: &Look) -> State {
    if stored.stamp.tags != key.tags() {
        return State::Unreadable("it does not carry the tags that its part has".to_owned());
    }
    if stored.body().is_none() {
        return State::Unreadable(Unreadable::Body.to_string());
    }
    let changed = changed(stored.stamp.tags, &stored.stamp.versions, &look.tags);
    if !changed.is_empty() {
        State::Stale(changed)
    } else if header.ttl_left.is_zero() {
        State::Expired
    } else {
        State::Fresh
    }
}
