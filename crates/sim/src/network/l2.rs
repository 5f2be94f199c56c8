//! What the engine asks of Redis, done by the fake store.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use domain::invalidation::CacheTags;
use infra::cache::{
    budget::Flush,
    l2::{L2, L2Error, Reading, RedisMemory, ScriptReply, Storing, Subscription},
    versions::PerTag,
};

use super::{
    FakeL2, Kind,
    bus::{FakeSubscription, Queue, Subscriber},
};
use crate::{coverage::Sighting, oracle::Source};

#[async_trait]
impl L2 for FakeL2 {
    fn is_shared(&self) -> bool {
        true
    }

    async fn read(&self, keys: &[String], tags: CacheTags) -> Result<Reading, L2Error> {
        let keys = keys.to_vec();
        let kind = Kind::Read(keys.clone(), tags);
        let (reading, seq) = self
            .call(kind, move |world, state| {
                let clock = state.redis.clock(world.now());
                Ok(state.redis.store.read(clock, &keys, tags))
            })
            .await?;
        let mut state = self.world.state();
        let of_all = reading.entries.is_empty() && tags == CacheTags::EVERY;
        let source = if of_all { Source::ReadingAll } else { Source::Read };
        for tag in tags.iter() {
            if let Some(version) = reading.versions[tag] {
                state.told(&self.world, self.owner, tag, version, source);
            }
        }
        if of_all {
            state.read_all(self.world.now(), self.owner, seq);
            state.coverage.saw(Sighting::Resync);
        }
        Ok(reading)
    }

    async fn bump(
        &self,
        tags: CacheTags,
        known: &PerTag<u64>,
        _flush: Option<&Flush>,
    ) -> Result<ScriptReply, L2Error> {
        let (known, origin) = (*known, format!("n{}", self.owner.0));
        let (reply, _) = self
            .call(Kind::Bump(tags), move |world, state| {
                let clock = state.redis.clock(world.now());
                let mut reply = state.redis.store.bump(clock, tags, &known);
                let members: Vec<_> =
                    tags.iter().map(|tag| format!("{tag}={}", reply.versions[tag])).collect();
                for tag in tags.iter() {
                    state.made(world.now(), tag, reply.versions[tag], true);
                }
                let text = format!("{origin};{}", members.join(","));
                reply.heard_by = Some(world.publish(state, &text));
                Ok(reply)
            })
            .await?;
        self.told_by_script(tags, &reply, Source::Script);
        Ok(reply)
    }

    async fn start(
        &self,
        tags: CacheTags,
        known: &PerTag<u64>,
        _flush: Option<&Flush>,
    ) -> Result<ScriptReply, L2Error> {
        let known = *known;
        let (reply, _) = self
            .call(Kind::Start(tags), move |world, state| {
                let clock = state.redis.clock(world.now());
                let reply = state.redis.store.start(clock, tags, &known);
                for tag in tags.iter() {
                    state.made(world.now(), tag, reply.versions[tag], false);
                }
                Ok(reply)
            })
            .await?;
        self.world.state().coverage.saw(Sighting::Start);
        self.told_by_script(tags, &reply, Source::Script);
        Ok(reply)
    }

    async fn store(
        &self,
        entries: &[Storing],
        tags: CacheTags,
        _flush: Option<&Flush>,
    ) -> Result<ScriptReply, L2Error> {
        let kind = Kind::Store(entries.iter().map(|entry| entry.key.clone()).collect());
        let entries = entries.to_vec();
        let sent = self.world.now();
        let (reply, _) = self
            .call(kind, move |world, state| {
                let clock = state.redis.clock(world.now());
                if entries.iter().any(|entry| entry.created_micros.is_none()) {
                    state.facts.undated = state.facts.undated.max(world.now() - sent);
                }
                state.redis.store.store(clock, &entries, tags)
            })
            .await?;
        self.told_by_script(tags, &reply, Source::Read);
        Ok(reply)
    }

    async fn subscribe(&self) -> Result<Box<dyn Subscription>, L2Error> {
        let queue = Arc::new(Mutex::new(Queue::default()));
        let (registered, owner) = (Arc::clone(&queue), self.owner);
        self.call(Kind::Subscribe, move |_, state| {
            let subscriber = Subscriber { owner, queue: registered, dead: false, lossy: 0 };
            state.redis.subscribers.push(subscriber);
            Ok(())
        })
        .await?;
        self.world.state().subscribed(self.owner);
        Ok(Box::new(FakeSubscription {
            world: Arc::clone(&self.world),
            owner,
            queue,
            newest: 0,
            seen: Vec::new(),
        }))
    }

    async fn memory(&self) -> Result<Option<RedisMemory>, L2Error> {
        Ok(None)
    }
}
