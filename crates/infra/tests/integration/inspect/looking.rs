//! What the console finds, and what it says of it.

use std::time::Duration;

use domain::invalidation::{CacheTag, CacheTags};
use infra::{
    cache::inspect::{Contents, Found, Inspector, Item, State, dial},
    config::CacheTtls,
};
use test_support::{RedisServer, TestDatabase, TestRedis};

use super::{config, connection, console, l2, set, start_tags};
use crate::node::{Node, PATIENCE, entries_are_stored};

struct Fixture {
    database: TestDatabase,
    redis: TestRedis,
    node: Node,
}

impl Fixture {
    /// A node that has stored the dashboard's four parts.
    async fn filled() -> Self {
        let (database, redis) = (TestDatabase::sqlite().await, TestRedis::new().await);
        let node = Node::with_redis(database.url(), &redis).await;
        node.add_user().await;
        node.dashboard().await;
        entries_are_stored(redis.url(), redis.namespace(), 4).await;
        Self { database, redis, node }
    }

    async fn console(&self) -> Inspector {
        console(self.redis.url(), self.redis.namespace()).await
    }

    async fn contents(&self) -> Contents {
        self.console().await.contents().await.unwrap()
    }
}

fn parts(contents: &Contents) -> Vec<&str> {
    contents.entries.iter().map(|item| item.key.unwrap().part()).collect()
}

#[tokio::test]
async fn what_a_node_stored_is_fresh_until_its_tags_are_invalidated() {
    let fixture = Fixture::filled().await;
    let contents = fixture.contents().await;
    assert_eq!(parts(&contents), ["charts", "overview", "recentProposals", "recentUsers"]);
    for item in &contents.entries {
        let header = item.header.as_ref().unwrap();
        assert_eq!(item.state, State::Fresh, "{item:?}");
        assert!(header.ttl_left <= header.ttl && header.ttl_left + header.age >= header.ttl / 2);
        assert!(item.kept_for.unwrap() > header.ttl_left, "it is kept to stand in");
        assert!(item.stored_bytes > header.packed_bytes);
    }

    fixture.node.cache.invalidate_leads().await;
    let contents = fixture.contents().await;
    for item in &contents.entries {
        let depends = item.key.unwrap().tags().contains(CacheTag::Leads);
        let expected = if depends { State::Stale(CacheTag::Leads.into()) } else { State::Fresh };
        assert_eq!(item.state, expected, "{item:?}");
    }
    fixture.node.cache.invalidate(CacheTags::of(&[CacheTag::Users, CacheTag::All])).await;
    let contents = fixture.contents().await;
    let users = contents.entries.iter().find(|item| item.key.unwrap().part() == "recentUsers").unwrap();
    assert_eq!(users.state, State::Stale(CacheTags::of(&[CacheTag::Users, CacheTag::All])));
    drop(fixture.database);
}

#[tokio::test]
async fn an_entry_is_expired_by_the_settings_of_who_reads_it() {
    let fixture = Fixture::filled().await;
    let (redis, _) = config(&[("REDIS_URL", fixture.redis.url())]);
    let never = Duration::ZERO;
    let ttls = CacheTtls {
        dashboard: never,
        overview: never,
        charts: never,
        recent_users: never,
        recent_proposals: PATIENCE,
    };
    let dialled = dial(&redis).await;
    let mut console = Inspector::new(&dialled, fixture.redis.namespace(), ttls, PATIENCE).unwrap();
    let contents = console.contents().await.unwrap();
    for item in &contents.entries {
        let expected = if item.text.contains("recentProposals") { State::Fresh } else { State::Expired };
        assert_eq!(item.state, expected, "{item:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_shown_with_its_reason_and_what_is_not_ours_is_named() {
    let fixture = Fixture::filled().await;
    let (url, namespace) = (fixture.redis.url(), fixture.redis.namespace());
    let entry = |text: &str| format!("{{{namespace}}}:{text}");
    let users = entry("v1:recentUsers:10");
    let stored: Vec<u8> =
        redis::cmd("GET").arg(&users).query_async(&mut connection(url).await).await.unwrap();
    let mut newer = stored.clone();
    newer[19] = b'2';
    let mut damaged = stored.clone();
    let last_of_body = damaged.len() - 17;
    damaged[last_of_body] ^= 1;
    let mut future = stored.clone();
    let length = future.len();
    future[..16].copy_from_slice(b"9999999999999999");
    future[length - 16..].copy_from_slice(b"9999999999999999");
    set(url, &entry("v1:recentUsers:1"), b"garbage").await;
    set(url, &entry("v1:recentUsers:2"), &stored).await;
    set(url, &entry("v1:recentUsers:3"), &newer).await;
    set(url, &entry("v2:recentUsers:10"), b"whatever the next release writes").await;
    set(url, &entry("nobody's"), b"17").await;
    redis::cmd("RPUSH")
        .arg(entry("v1:recentUsers:4"))
        .arg("a")
        .exec_async(&mut connection(url).await)
        .await
        .unwrap();
    let contents = fixture.contents().await;
    let of = |text: &str| contents.entries.iter().find(|item| item.text == text).unwrap();
    let why = |item: &Item| match &item.state {
        State::Unreadable(why) => why.clone(),
        other => panic!("{other:?}"),
    };
    assert!(why(of("v1:recentUsers:1")).contains("not stored by this service"));
    assert_eq!(why(of("v1:recentUsers:2")), "it is the entry of the key \"v1:recentUsers:10\"");
    assert!(why(of("v1:recentUsers:3")).contains("\"AMC2\""));
    assert!(why(of("v1:recentUsers:4")).contains("a list in Redis"));
    assert!(of("v2:recentUsers:10").key.is_none());
    assert!(why(of("v2:recentUsers:10")).contains("another release"));
    assert_eq!(contents.foreign, ["nobody's"]);
    assert_eq!(contents.entries.len(), 4 + 5);
    assert_eq!(of("v1:recentUsers:10").state, State::Fresh);

    for (bytes, expected) in [(damaged, "checksum"), (future, "future")] {
        set(url, &users, &bytes).await;
        let contents = fixture.contents().await;
        let item = contents.entries.iter().find(|item| item.text == "v1:recentUsers:10").unwrap();
        assert!(why(item).contains(expected), "{item:?}");
        assert_eq!(item.kept_for, None);
    }
}

#[tokio::test]
async fn a_tag_that_is_missing_or_garbage_is_unknown_and_nothing_that_carries_it_is_fresh() {
    let fixture = Fixture::filled().await;
    let (url, namespace) = (fixture.redis.url(), fixture.redis.namespace());
    set(url, &format!("{{{namespace}}}:proposals"), b"seventeen").await;
    redis::cmd("DEL")
        .arg(format!("{{{namespace}}}:leads"))
        .exec_async(&mut connection(url).await)
        .await
        .unwrap();
    let contents = fixture.contents().await;
    assert!(contents.tags[CacheTag::Users].version.is_some());
    let proposals = &contents.tags[CacheTag::Proposals];
    assert!(proposals.version.is_none() && proposals.problem.is_some());
    let leads = &contents.tags[CacheTag::Leads];
    assert!(leads.version.is_none() && leads.problem.is_none());
    for item in &contents.entries {
        let State::Stale(tags) = item.state else { panic!("{item:?}") };
        assert_eq!(
            tags,
            item.key.unwrap().tags().intersection(CacheTags::of(&[CacheTag::Proposals, CacheTag::Leads]))
        );
    }
    set(url, &format!("{{{namespace}}}:proposals"), b"9999999999999999").await;
    let problem = fixture.contents().await.tags[CacheTag::Proposals].problem.clone().unwrap();
    assert!(problem.contains("ahead"), "{problem}");
}

#[tokio::test]
async fn one_key_is_found_with_and_without_the_namespace() {
    let fixture = Fixture::filled().await;
    let mut console = fixture.console().await;
    let text = "v1:recentUsers:10";
    for name in [text.to_owned(), format!("{{{}}}:{text}", fixture.redis.namespace())] {
        let Found::Entry(item, body, tags) = console.find(&name).await.unwrap() else { panic!("{name}") };
        assert_eq!((item.text.as_str(), &item.state), (text, &State::Fresh));
        assert!(body.unwrap().starts_with(b"{\"meta\""));
        assert_eq!(tags[CacheTag::Users].version, Some(item.header.unwrap().versions[CacheTag::Users]));
    }
    assert!(matches!(console.find("v1:recentUsers:11").await.unwrap(), Found::Nothing));
    assert!(
        matches!(console.find("users").await.unwrap(), Found::Tag(CacheTag::Users, state) if state.version.is_some())
    );
    set(fixture.redis.url(), &format!("{{{}}}:x", fixture.redis.namespace()), b"1").await;
    assert!(matches!(console.find("x").await.unwrap(), Found::Foreign(kind) if kind == "string"));
}

#[tokio::test]
async fn thousands_of_entries_cost_a_command_a_hundred() {
    let redis = RedisServer::start().unwrap();
    let mut pipeline = redis::pipe();
    for number in 0..2_500 {
        pipeline.cmd("SET").arg(format!("{{metrics}}:v1:old:{number}")).arg("x");
        pipeline.cmd("SET").arg(format!("other:{number}")).arg("x");
    }
    pipeline.exec_async(&mut connection(&redis.url()).await).await.unwrap();
    start_tags(&l2(&redis.url(), "metrics")).await;
    let mut console = console(&redis.url(), "metrics").await;
    let contents = console.contents().await.unwrap();
    assert_eq!((contents.entries.len(), contents.foreign.len(), contents.vanished), (2_500, 0, 0));
    // 25 reads, and a SCAN for about a thousand of 5,004 keys.
    assert!((26..=40).contains(&console.commands()), "{}", console.commands());
}

#[tokio::test]
async fn an_empty_redis_is_no_error_and_a_server_that_tells_nothing_is_unknown() {
    let redis = RedisServer::start().unwrap();
    let mut console = console(&redis.url(), "metrics").await;
    let contents = console.contents().await.unwrap();
    assert!(contents.entries.is_empty() && contents.foreign.is_empty());
    assert!(CacheTag::EVERY.into_iter().all(|tag| contents.tags[tag].version.is_none()));
    let server = console.server().await.unwrap();
    assert!(server.version.is_some() && server.used_memory.unwrap() > 0);
    assert_eq!((server.max_memory, server.is_replica()), (Some(0), false));
    assert_eq!(console.subscribers().await.unwrap(), Some(0));

    let mut admin = connection(&redis.url()).await;
    redis::cmd("ACL").arg(&["SETUSER", "default", "-info", "-pubsub"]).exec_async(&mut admin).await.unwrap();
    let server = console.server().await.unwrap();
    assert!(server.version.is_none() && server.used_memory.is_none());
    assert_eq!(console.subscribers().await.unwrap(), None);
    redis::cmd("ACL").arg(&["SETUSER", "default", "-eval"]).exec_async(&mut admin).await.unwrap();
    let trouble = console.contents().await.unwrap_err();
    assert_eq!(trouble.code.as_deref(), Some("NOPERM"), "{trouble}");
    assert!(trouble.advice.contains("ACL"), "{trouble}");
}

#[tokio::test]
async fn entries_that_go_meanwhile_are_no_error() {
    let redis = RedisServer::start().unwrap();
    let mut pipeline = redis::pipe();
    for number in 0..3_000 {
        let key = format!("{{metrics}}:v1:old:{number}");
        pipeline.cmd("SET").arg(key).arg("x").arg("PX").arg(1 + number / 10);
    }
    pipeline.exec_async(&mut connection(&redis.url()).await).await.unwrap();
    let mut console = console(&redis.url(), "metrics").await;
    loop {
        let contents = console.contents().await.unwrap();
        assert!(contents.entries.iter().all(|item| matches!(item.state, State::Unreadable(_))));
        if contents.entries.is_empty() {
            break;
        }
    }
}
