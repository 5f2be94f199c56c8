//! L2: what the engine asks of a shared store. Two backends: Redis, and none (this process alone). Each call is one
//! command; the caller bounds it in time and counts it. Counts of commands ride on calls that happen anyway: `flush`.

pub mod info;
mod none;
mod redis;
pub(super) mod scripts;

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use domain::invalidation::{CacheTag, CacheTags};

pub use self::{
    none::NoL2,
    redis::{RedisL2, RedisMemory},
};
use super::{
    budget::{Flush, Tally},
    trouble::Trouble,
    versions::PerTag,
};

/// Why a call gave nothing: its kind decides what becomes of the call, its text is for the log.
pub type L2Error = Trouble;

/// What one read of entries and versions gives.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// What lies under each key asked for, in that order.
    pub entries: Vec<Option<Bytes>>,
    /// The version of each tag asked for; `None` where there is none or it is not a number.
    pub versions: PerTag<Option<u64>>,
}

/// What a script tells.
#[derive(Clone, Copy, Debug, Default)]
pub struct ScriptReply {
    /// The version of each tag sent, as it is now; 0 where it is missing.
    pub versions: PerTag<u64>,
    /// The store's clock, µs since 1970.
    pub clock_micros: u64,
    /// How many connections heard of an invalidation on the bus, as far as the store can tell.
    pub heard_by: Option<u64>,
    /// How many commands the script ran inside the store.
    pub ran: u64,
    /// The fleet's counts after those that were sent were added, and with them what the script ran; `None` where none were
    /// sent, or the store could not add them.
    pub fleet: Option<Tally>,
}

/// Commands that were sent beside those that calls stand for, since the start.
#[derive(Clone, Copy, Debug, Default)]
pub struct Beside {
    /// To set connections up.
    pub connect: u64,
    /// Scripts sent once more, as text.
    pub script: u64,
}

/// An entry to store.
#[derive(Clone, Debug)]
pub struct Storing {
    /// The key's text.
    pub key: String,
    /// How long ago the value was created.
    pub age: Duration,
    /// When it was created on the store's clock, as far as the writer can tell: the store may run the call late, and the
    /// value is then older than `age` says.
    pub created_micros: Option<u64>,
    /// After how long the store may forget it.
    pub keep: Duration,
    /// What [`super::codec::encode`] made.
    pub payload: Bytes,
}

/// What the bus tells: who invalidated which tags, and their versions now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BusMessage {
    /// The instance that did.
    pub origin: String,
    /// The tags and their versions.
    pub versions: Vec<(CacheTag, u64)>,
}

impl BusMessage {
    /// No message is longer, in bytes: an origin, and each tag with its version.
    const LONGEST: usize = 1024;

    /// Reads `origin;users=17,all=18`; `None` where it is anything else.
    pub fn decode(text: &[u8]) -> Option<Self> {
        if text.len() > Self::LONGEST {
            return None;
        }
        let (origin, members) = std::str::from_utf8(text).ok()?.split_once(';')?;
        let versions = members
            .split(',')
            .map(|member| {
                let (name, version) = member.split_once('=')?;
                let digits = version.bytes().all(|byte| byte.is_ascii_digit());
                Some((CacheTag::from_name(name)?, version.parse().ok().filter(|_| digits)?))
            })
            .collect::<Option<_>>()?;
        Some(Self { origin: origin.to_owned(), versions })
    }
}

/// A subscription to the bus, acknowledged.
#[async_trait]
pub trait Subscription: Send {
    /// The next message, or what could not be decoded as one; `None` once the connection has ended.
    async fn next(&mut self) -> Option<Result<BusMessage, L2Error>>;
}

/// A shared store of entries and tag versions.
#[async_trait]
pub trait L2: Send + Sync + 'static {
    /// Whether there are other processes behind it. Without, nothing is stored, the bus is not needed, and no call
    /// fails.
    fn is_shared(&self) -> bool;

    /// One read of any number of entries and tags.
    async fn read(&self, keys: &[String], tags: CacheTags) -> Result<Reading, L2Error>;

    /// Invalidates `tags`: sets each version to `max(stored + 1, known + 1, the store's clock in µs)` and tells the bus.
    async fn bump(
        &self,
        tags: CacheTags,
        known: &PerTag<u64>,
        flush: Option<&Flush>,
    ) -> Result<ScriptReply, L2Error>;

    /// Gives versions to those of `tags` that have none, or one lower than `known`, by the same rule; leaves the others
    /// as they are; tells all of them. Without tags it only exchanges counts.
    async fn start(
        &self,
        tags: CacheTags,
        known: &PerTag<u64>,
        flush: Option<&Flush>,
    ) -> Result<ScriptReply, L2Error>;

    /// Stores entries and tells the versions of `tags`.
    async fn store(
        &self,
        entries: &[Storing],
        tags: CacheTags,
        flush: Option<&Flush>,
    ) -> Result<ScriptReply, L2Error>;

    /// Subscribes to the bus on a connection of its own; ends once the subscription is acknowledged.
    async fn subscribe(&self) -> Result<Box<dyn Subscription>, L2Error>;

    /// Memory used and its limit, bytes; for statistics only.
    async fn memory(&self) -> Result<Option<RedisMemory>, L2Error>;

    /// What was sent beside the calls.
    fn beside(&self) -> Beside {
        Beside::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_decodes_whole_or_not_at_all() {
        let message = BusMessage::decode(b"a1;users=17,all=18").unwrap();
        assert_eq!(message.versions, [(CacheTag::Users, 17), (CacheTag::All, 18)]);
        for wrong in [
            "",
            "a1",
            "a1;",
            "a1;users",
            "a1;users=",
            "a1;users=-1",
            "a1;users=+1",
            "a1;nobody=1",
            "a1;users=1,",
        ] {
            assert_eq!(BusMessage::decode(wrong.as_bytes()), None, "{wrong}");
        }
    }
}
