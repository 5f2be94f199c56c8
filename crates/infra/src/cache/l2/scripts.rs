//! The scripts that run in Redis: what they are called with, and what their replies mean.

use domain::invalidation::CacheTags;
use redis::{ErrorKind, RedisResult, Script as Hashed, ServerErrorKind, ToRedisArgs, aio::ConnectionLike};

use super::{ScriptReply, Storing};
use crate::cache::{budget::Flush, key::Namespace, stats::Counter, versions::PerTag};

/// A script's text, in the order of its files, with what stands before each.
macro_rules! text_of {
    ($($name:literal),+) => {
        concat!(include_str!("scripts/counted.lua"), $(include_str!(concat!("scripts/", $name, ".lua"))),+)
    };
}

/// The scripts. Each is sent by its hash, and by its text where the server does not know it yet.
pub(crate) struct Scripts {
    bump: Script,
    start: Script,
    store: Script,
}

struct Script {
    text: &'static str,
    hash: String,
}

/// A script with what it is called with.
pub(crate) struct Call<'a> {
    script: &'a Script,
    keys: Vec<Vec<u8>>,
    arguments: Vec<Vec<u8>>,
}

impl Script {
    fn new(text: &'static str) -> Self {
        Self { text, hash: Hashed::new(text).get_hash().to_owned() }
    }

    fn call(&self) -> Call<'_> {
        Call { script: self, keys: Vec::new(), arguments: Vec::new() }
    }
}

impl Call<'_> {
    fn key(&mut self, key: impl ToRedisArgs) -> &mut Self {
        key.write_redis_args(&mut self.keys);
        self
    }

    fn arg(&mut self, argument: impl ToRedisArgs) -> &mut Self {
        argument.write_redis_args(&mut self.arguments);
        self
    }

    fn counts(&mut self, names: &Namespace, flush: Option<&Flush>) {
        if let Some(flush) = flush {
            self.key(names.budget(flush.known.month)).arg(flush.text());
        }
    }

    /// Runs it: one command, and one more, counted by `again`, where the server does not know the script yet.
    ///
    /// # Errors
    /// Those of Redis and of the connection.
    pub(crate) async fn run(
        &self,
        connection: &mut impl ConnectionLike,
        again: &Counter,
    ) -> RedisResult<Vec<String>> {
        match self.command("EVALSHA", &self.script.hash).query_async(connection).await {
            Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                again.count();
                self.command("EVAL", self.script.text).query_async(connection).await
            }
            outcome => outcome,
        }
    }

    fn command(&self, name: &str, script: &str) -> redis::Cmd {
        let mut command = redis::cmd(name);
        command.arg(script).arg(self.keys.len()).arg(&self.keys).arg(&self.arguments);
        command
    }
}

impl Scripts {
    /// Reads their texts.
    pub(crate) fn new() -> Self {
        Self {
            bump: Script::new(text_of!("versions", "bump")),
            start: Script::new(text_of!("versions", "start")),
            store: Script::new(text_of!("store")),
        }
    }

    /// [`super::L2::bump`]
    pub(crate) fn bump(
        &self,
        names: &Namespace,
        origin: &str,
        tags: CacheTags,
        known: &PerTag<u64>,
        flush: Option<&Flush>,
    ) -> Call<'_> {
        let mut call = self.bump.call();
        call.arg(names.bus()).arg(origin);
        for tag in tags.iter() {
            call.key(names.tag(tag)).arg(tag.as_str()).arg(known[tag]);
        }
        call.counts(names, flush);
        call
    }

    /// [`super::L2::start`]
    pub(crate) fn start(
        &self,
        names: &Namespace,
        tags: CacheTags,
        known: &PerTag<u64>,
        flush: Option<&Flush>,
    ) -> Call<'_> {
        let mut call = self.start.call();
        call.arg(tags.iter().count());
        for tag in tags.iter() {
            call.key(names.tag(tag)).arg(known[tag]);
        }
        call.counts(names, flush);
        call
    }

    /// [`super::L2::store`]
    pub(crate) fn store(
        &self,
        names: &Namespace,
        entries: &[Storing],
        tags: CacheTags,
        flush: Option<&Flush>,
    ) -> Call<'_> {
        let mut call = self.store.call();
        call.arg(entries.len());
        for entry in entries {
            call.key(names.entry(&entry.key))
                .arg(whole(entry.age.as_micros()))
                .arg(entry.created_micros.unwrap_or_default())
                .arg(whole(entry.keep.as_millis()).max(1))
                .arg(&entry.payload[..]);
        }
        for tag in tags.iter() {
            call.key(names.tag(tag));
        }
        call.counts(names, flush);
        call
    }
}

/// What the numbers mean that a script called with `tags` and `flush` replies.
pub(crate) fn reply(numbers: &[String], tags: CacheTags, flush: Option<&Flush>) -> ScriptReply {
    let mut numbers = numbers.iter().map(|text| text.parse::<u64>().ok());
    let mut next = || numbers.next().flatten();
    let mut reply = ScriptReply { clock_micros: next().unwrap_or_default(), ..ScriptReply::default() };
    for tag in tags.iter() {
        reply.versions[tag] = next().unwrap_or_default();
    }
    reply.heard_by = next();
    reply.ran = next().unwrap_or_default();
    reply.fleet = flush.and_then(|flush| flush.reply(std::iter::from_fn(next)));
    reply
}

/// A tag's version as it lies in Redis; `None` where there is none.
pub(crate) fn version_of(text: &[u8]) -> Option<u64> {
    std::str::from_utf8(text).ok()?.parse().ok().filter(|version| *version > 0)
}

fn whole(number: u128) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
