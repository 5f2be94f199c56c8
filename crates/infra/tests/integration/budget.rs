//! The budget of commands on a real Redis: what is counted is what Redis saw, and each level gives up what it says and
//! keeps what the cache promises.

use std::collections::BTreeMap;

use domain::{
    invalidation::{CacheTag, InvalidationOutcome},
    metrics::period::RecentLimit,
};
use infra::cache::{CacheStats, budget::Month};
use redis::aio::MultiplexedConnection;
use test_support::{RedisServer, TestDatabase};

use crate::node::{Node, Options, entries_are_stored, eventually};

const DAY: f64 = 86_400.0;

struct Ground {
    database: TestDatabase,
    redis: RedisServer,
    admin: MultiplexedConnection,
    month: Month,
    /// Seconds of the month that are left, and today's day of it.
    left: f64,
    today: u64,
}

impl Ground {
    async fn new() -> Self {
        let (database, redis) = (TestDatabase::postgres().await, RedisServer::start().unwrap());
        let client = redis::Client::open(redis.url()).unwrap();
        let mut admin = client.get_multiplexed_async_connection().await.unwrap();
        let (secs, _): (u64, u64) = redis::cmd("TIME").query_async(&mut admin).await.unwrap();
        redis::cmd("CONFIG").arg("RESETSTAT").exec_async(&mut admin).await.unwrap();
        let month = Month::of(secs * 1_000_000);
        #[expect(clippy::cast_precision_loss, reason = "seconds of a month")]
        let left = (month.ends_secs() - secs) as f64;
        let today = (secs - month.begins_secs()) / 86_400 + 1;
        Self { database, redis, admin, month, left, today }
    }

    async fn node(&self, settings: &[(&str, &str)]) -> Node {
        let url = self.redis.url();
        let options = Options { redis: Some((&url, "metrics")), settings, ..Options::default() };
        Node::start(self.database.url(), options).await
    }

    fn key(&self) -> String {
        format!("{{metrics}}:budget:{}", self.month)
    }

    /// What lies in Redis, by field.
    async fn counted(&self) -> BTreeMap<String, u64> {
        redis::cmd("HGETALL").arg(self.key()).query_async(&mut self.admin.clone()).await.unwrap()
    }

    /// A million commands are counted already, and the month will end with so many.
    async fn spent_a_million_of(&self, forecast: f64) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "some number of commands"
        )]
        let today = ((forecast - 1e6) * DAY / self.left) as u64;
        let mut command = redis::cmd("HSET");
        command.arg(self.key()).arg("read").arg(1_000_000).arg(format!("d{}", self.today)).arg(today);
        command.exec_async(&mut self.admin.clone()).await.unwrap();
    }

    /// All commands that Redis has run, but for the test's own.
    async fn run(&self) -> u64 {
        let text: String =
            redis::cmd("INFO").arg("commandstats").query_async(&mut self.admin.clone()).await.unwrap();
        let own = ["config|resetstat", "info", "keys", "client|setinfo", "hgetall", "monitor", "echo"];
        let calls = text.lines().filter_map(|line| {
            let (name, figures) = line.strip_prefix("cmdstat_")?.split_once(":calls=")?;
            let calls = figures.split(',').next()?.parse::<u64>().ok()?;
            (!own.contains(&name)).then_some(calls)
        });
        calls.sum()
    }
}

/// Waits until every call is answered and counted.
async fn settled(node: &Node) {
    eventually("every call is answered", || async {
        let l2 = node.cache.counts().instance.l2.unwrap();
        let sent = l2.commands.by_kind;
        let of = |kind: &str| *sent.get(kind).unwrap();
        let answered = |kind| {
            let times = node.cache.times();
            times.iter().find(|times| (times.what, times.of) == ("l2", Some(kind))).unwrap().cumulative[27]
        };
        l2.stores_waiting == 0
            && ["read", "store", "invalidate", "start"].into_iter().all(|kind| of(kind) == answered(kind))
    })
    .await;
}

fn level(stats: &CacheStats) -> u8 {
    stats.fleet.commands.as_ref().unwrap().level
}

const MILLION: &[(&str, &str)] = &[("CACHE_L2_COMMANDS_PER_MONTH", "1050000")];

#[tokio::test]
async fn what_the_fleet_counts_is_what_redis_ran_also_after_a_restart() {
    let ground = Ground::new().await;
    let (a, b) = (ground.node(&[]).await, ground.node(&[]).await);
    for node in [&a, &b] {
        node.add_user().await;
        node.bus_is_up().await;
        node.dashboard().await;
    }
    for node in [&a, &b] {
        settled(node).await;
    }
    a.cache.invalidate_all().await;
    b.hears_of(&a, CacheTag::All).await;
    let stores = b.commands("store");
    b.dashboard().await;
    eventually("it is stored", || async { b.commands("store") > stores }).await;
    entries_are_stored(&ground.redis.url(), "metrics", 4).await;
    for node in [&a, &b] {
        settled(node).await;
        assert!(node.cache.shut_down(crate::node::PATIENCE).await);
    }
    let counted = ground.counted().await;
    let (days, kinds): (Vec<_>, Vec<_>) =
        counted.iter().partition(|(name, _)| name.starts_with('d') && name[1..].parse::<u8>().is_ok());
    let sum = |fields: &[(&String, &u64)]| fields.iter().map(|(_, count)| **count).sum::<u64>();
    assert!(counted["inner"] > 20, "{counted:?}");
    assert_eq!(sum(&kinds), ground.run().await, "{counted:?}");
    assert_eq!(sum(&kinds), sum(&days), "each is in a day: {counted:?}");
    let ttl: u64 = redis::cmd("TTL").arg(ground.key()).query_async(&mut ground.admin.clone()).await.unwrap();
    assert!(ttl > 390 * 86_400, "{ttl}");

    // A process that starts now knows it all with its first script's reply.
    let c = ground.node(&[]).await;
    let fresh = c.cache.counts().fleet.commands.unwrap();
    assert_eq!((fresh.month, fresh.complete), (0, false));
    c.cache.invalidate_users().await;
    let known = c.cache.counts().fleet.commands.unwrap();
    assert!(known.complete);
    assert_eq!(known.month, sum(&kinds) + c.cache.counts().instance.l2.unwrap().commands.billed);
}

#[tokio::test]
async fn a_key_of_another_type_hurts_nothing_and_lost_counts_come_back() {
    let ground = Ground::new().await;
    let node = ground.node(&[]).await;
    redis::cmd("SET").arg(ground.key()).arg("x").exec_async(&mut ground.admin.clone()).await.unwrap();
    assert_eq!(node.cache.invalidate_all().await, InvalidationOutcome::Applied);
    let commands = node.cache.counts().fleet.commands.unwrap();
    assert!(!commands.complete && commands.month > 0, "{commands:?}");
    redis::cmd("DEL").arg(ground.key()).exec_async(&mut ground.admin.clone()).await.unwrap();
    let stats = node.cache.stats().await;
    assert!(stats.fleet.commands.unwrap().complete, "asked for the statistics");

    // Garbage in one field is none of the others' business.
    let other = ground.node(&[]).await;
    redis::cmd("HSET")
        .arg(ground.key())
        .arg("read")
        .arg("garbage")
        .arg("store")
        .arg(900)
        .exec_async(&mut ground.admin.clone())
        .await
        .unwrap();
    assert_eq!(other.cache.invalidate_all().await, InvalidationOutcome::Applied);
    let before = other.cache.counts().fleet.commands.unwrap();
    assert!(before.complete && before.by_kind["store"] >= 900, "{before:?}");

    redis::cmd("FLUSHALL").exec_async(&mut ground.admin.clone()).await.unwrap();
    let after = other.cache.stats().await.fleet.commands.unwrap();
    assert!(after.month >= before.month, "{after:?}");
    let counted = ground.counted().await;
    assert!(counted["store"] >= 900, "it came back: {counted:?}");
}

#[tokio::test]
async fn at_level_one_what_l1_held_is_not_asked_of_l2_and_what_it_never_held_is() {
    let ground = Ground::new().await;
    ground.spent_a_million_of(1.15e6).await;
    let (a, b) = (ground.node(MILLION).await, ground.node(MILLION).await);
    let id = a.add_user().await;
    for node in [&a, &b] {
        node.bus_is_up().await;
        node.cache.invalidate_leads().await;
        assert_eq!(level(&node.cache.counts()), 1);
        assert_eq!(node.number(id).await, 0);
    }
    b.hears_of(&a, CacheTag::Leads).await;
    a.hears_of(&b, CacheTag::Leads).await;
    entries_are_stored(&ground.redis.url(), "metrics", 1).await;
    let reads = (a.commands("read"), b.commands("read"));
    for number in 1..10 {
        a.write(id, number).await;
        assert_eq!(a.number(id).await, number);
        b.hears_of(&a, CacheTag::Users).await;
        assert_eq!(b.number(id).await, number);
    }
    // A node whose bus is behind asks all the same; a message that comes late counts as a gap.
    for (node, reads) in [(&a, reads.0), (&b, reads.1)] {
        let gaps = node.cache.counts().instance.l2.unwrap().bus.gaps;
        assert!(gaps > 0 || node.commands("read") == reads, "L1 held an older one");
    }
    let reads = a.commands("read");
    assert!(a.cache.counts().instance.l2.unwrap().reads_spared >= 9);
    a.dashboard().await;
    assert!(a.commands("read") > reads, "L1 held none of the others");
    assert!(a.commands("store") > 0);
    // The versions that a client has seen are as good as ever.
    let version = a.cache.data_version();
    b.hears_of(&a, CacheTag::Users).await;
    let served = b.cache.recent_users(RecentLimit::default(), Some(&version)).await.unwrap();
    assert_eq!(crate::node::number_of(&served, id), 9);
}

#[tokio::test]
async fn at_level_two_nothing_is_read_or_stored_unless_the_database_does_not_answer() {
    let ground = Ground::new().await;
    let free = ground.node(&[]).await;
    let id = free.add_user().await;
    free.bus_is_up().await;
    assert_eq!(free.number(id).await, 0);
    entries_are_stored(&ground.redis.url(), "metrics", 1).await;
    ground.spent_a_million_of(1.4e6).await;
    let node = ground.node(MILLION).await;
    // Opens the bus, which a node needs to know what it may do without.
    node.cache.probe_l2().await;
    eventually("the bus is up", || async { node.cache.hears_of_others() }).await;
    assert_eq!(node.cache.invalidate_leads().await, InvalidationOutcome::Applied);
    assert_eq!(level(&node.cache.counts()), 2);
    let reads = node.commands("read");
    node.dashboard().await;
    assert_eq!((node.commands("read"), node.commands("store")), (reads, 0));
    assert!(node.cache.counts().instance.l2.unwrap().stores_spared > 0);

    // Another one, whose L1 is empty and whose database is down: what L2 has is better than an error.
    let cold = ground.node(MILLION).await;
    cold.cache.probe_l2().await;
    eventually("the bus is up", || async { cold.cache.hears_of_others() }).await;
    cold.cache.invalidate_leads().await;
    assert_eq!(level(&cold.cache.counts()), 2);
    cold.source.fail(true);
    assert_eq!(cold.number(id).await, 0);
    assert!(cold.source.loads() > 0, "the database was asked first");
}

#[tokio::test]
async fn at_level_three_invalidations_wait_here_nobody_reads_the_old_and_sessions_do_not_wait() {
    let ground = Ground::new().await;
    ground.spent_a_million_of(1e6).await;
    let spent: &[(&str, &str)] = &[("CACHE_L2_COMMANDS_PER_MONTH", "1000000")];
    let (a, b) = (ground.node(spent).await, ground.node(&[]).await);
    let id = b.add_user().await;
    b.bus_is_up().await;
    a.cache.probe_l2().await;
    eventually("the bus is up", || async { a.cache.hears_of_others() }).await;
    assert_eq!(a.cache.invalidate_leads().await, InvalidationOutcome::Applied, "the first goes at once");
    let stats = a.cache.counts();
    assert_eq!((level(&stats), stats.instance.staleness_bound.kind), (3, "budget"));
    assert_eq!(b.number(id).await, 0);

    // Within ten seconds of the first nothing is sent; on a machine on which they pass all the same, the next one waits.
    let mut number = 0;
    let mut outcome = InvalidationOutcome::Applied;
    while outcome == InvalidationOutcome::Applied && number < 50 {
        number += 1;
        rename(&a, number).await;
        outcome = a.cache.invalidate_users().await;
        assert_eq!(a.number(id).await, number, "who writes reads it");
    }
    assert_eq!(outcome, InvalidationOutcome::Queued);
    assert!(a.cache.counts().instance.l2.unwrap().invalidations_withheld > 0);
    // It may be acknowledged between two looks.
    let pending = || a.cache.counts().instance.pending_tags.contains(&"users");
    let (before, none) = (pending(), a.cache.data_version().get(CacheTag::Users).is_none());
    assert!(none == before || none == pending(), "it has no version yet");
    assert_eq!(a.cache.invalidate(CacheTag::Sessions.into()).await, InvalidationOutcome::Applied);
    b.hears_of(&a, CacheTag::Users).await;
    assert_eq!(b.number(id).await, number, "what waited went with it");

    rename(&a, 100).await;
    a.cache.invalidate_users().await;
    assert!(a.cache.shut_down(crate::node::PATIENCE).await, "nothing waits for a process that ends");
    b.hears_of(&a, CacheTag::Users).await;
    assert_eq!(b.number(id).await, 100);
}

/// Gives every user this number, past the hooks: those make the sessions' tag old too, which never waits.
async fn rename(node: &Node, number: u64) {
    use sea_orm::ConnectionTrait as _;
    let sql = format!("UPDATE users SET display_name = '{number}'");
    node.db.execute_unprepared(&sql).await.unwrap();
}
