//! No L2: this process alone. Nothing is stored; versions are kept here, so that clients can still ask for data at
//! least as new as what they have seen. They start at the time of day, so that a restart never hands one out twice.

use std::{
    sync::{Mutex, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use async_trait::async_trait;
use domain::invalidation::{CacheTag, CacheTags};

use super::{L2, L2Error, Reading, RedisMemory, ScriptReply, Storing, Subscription};
use crate::cache::{budget::Flush, versions::PerTag};

/// The versions of a process without Redis.
#[derive(Debug)]
pub struct NoL2(Mutex<PerTag<u64>>);

impl NoL2 {
    /// Every tag starts now.
    pub fn new() -> Self {
        let mut versions = PerTag::default();
        for tag in CacheTag::EVERY {
            versions[tag] = clock_micros();
        }
        Self(Mutex::new(versions))
    }

    fn reply(&self, change: impl FnOnce(&mut PerTag<u64>)) -> ScriptReply {
        let mut versions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut versions);
        ScriptReply { versions: *versions, clock_micros: clock_micros(), ..ScriptReply::default() }
    }
}

impl Default for NoL2 {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl L2 for NoL2 {
    fn is_shared(&self) -> bool {
        false
    }

    async fn read(&self, keys: &[String], tags: CacheTags) -> Result<Reading, L2Error> {
        let mut reading = Reading { entries: vec![None; keys.len()], ..Reading::default() };
        let now = self.reply(|_| ());
        for tag in tags.iter() {
            reading.versions[tag] = Some(now.versions[tag]);
        }
        Ok(reading)
    }

    async fn bump(
        &self,
        tags: CacheTags,
        known: &PerTag<u64>,
        _: Option<&Flush>,
    ) -> Result<ScriptReply, L2Error> {
        Ok(self.reply(|versions| {
            for tag in tags.iter() {
                versions[tag] = clock_micros().max(versions[tag] + 1).max(known[tag] + 1);
            }
        }))
    }

    async fn start(&self, _: CacheTags, _: &PerTag<u64>, _: Option<&Flush>) -> Result<ScriptReply, L2Error> {
        Ok(self.reply(|_| ()))
    }

    async fn store(&self, _: &[Storing], _: CacheTags, _: Option<&Flush>) -> Result<ScriptReply, L2Error> {
        Ok(self.reply(|_| ()))
    }

    async fn subscribe(&self) -> Result<Box<dyn Subscription>, L2Error> {
        Err(L2Error::other("there is no bus without Redis"))
    }

    async fn memory(&self) -> Result<Option<RedisMemory>, L2Error> {
        Ok(None)
    }
}

fn clock_micros() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}
