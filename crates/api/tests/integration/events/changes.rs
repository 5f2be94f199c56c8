//! What is told, and when.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    time::{Duration, Instant},
};

use domain::invalidation::CacheTag;
use futures_util::{FutureExt as _, StreamExt as _};
use secrecy::ExposeSecret as _;
use serde_json::json;
use test_support::{RedisServer, TestDatabase, TestRedis};

use super::{
    EVENTS, add_user,
    listening::{Frame, Listening, are_open},
    reaches,
};
use crate::app::{TestApp, read};

const NEVER: Duration = Duration::from_hours(1);

#[tokio::test]
async fn a_stream_begins_with_the_versions_as_they_are() {
    let database = TestDatabase::sqlite().await;
    let app = TestApp::on(&database).await;
    let written = add_user(&app, "ada").await;
    let mut listening = Listening::to(&app).await;
    for (name, value) in
        [("content-type", "text/event-stream"), ("cache-control", "no-store"), ("x-accel-buffering", "no")]
    {
        assert_eq!(listening.response.headers()[name], value, "{name}");
    }
    assert_eq!(listening.frame().await, Some(Frame::Retry(3000)));
    let Some(Frame::Event(name, first)) = listening.frame().await else { panic!("no event") };
    assert_eq!(name, "versions");
    assert!(reaches(&first, &written), "{first} {written}");
    for tag in ["users", "proposals", "leads"] {
        assert!(first[tag].is_u64(), "without Redis all of them are known at once: {first}");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_change_on_one_instance_is_told_on_another() {
    let (database, redis) = (TestDatabase::postgres().await, TestRedis::new().await);
    let a = TestApp::with_redis(&database, &redis).await;
    let b = TestApp::with_redis(&database, &redis).await;
    let mut listening = Listening::to(&b).await;
    assert_eq!(listening.frame().await, Some(Frame::Retry(3000)));
    // The first comes at once: empty, or, where the bus was faster, with what it learnt on connecting.
    listening.versions().await;
    let written = add_user(&a, "ada").await;
    listening.until(|event| reaches(event, &written)).await;
    a.stop().await;
    b.stop().await;
}

#[tokio::test]
async fn listening_costs_a_subscription_and_nothing_more() {
    let (database, redis) = (TestDatabase::sqlite().await, TestRedis::new().await);
    let a = TestApp::with_redis(&database, &redis).await;
    let b = TestApp::with_redis(&database, &redis).await;
    let commands = || b.state().metrics.counts().instance.l2.unwrap().commands;
    add_user(&a, "ada").await;
    assert_eq!(commands().total, 0, "nobody listens, nobody asks");
    let mut listening = Listening::to(&b).await;
    listening.until(|event| event["users"].is_u64()).await;
    let opened = commands();
    assert_eq!((opened.by_kind["subscribe"], opened.by_kind["read"]), (1, 1));
    for n in 0..20 {
        let written = add_user(&a, &format!("user-{n}")).await;
        listening.until(|event| reaches(event, &written)).await;
    }
    assert_eq!(commands().total, opened.total);
    a.stop().await;
    b.stop().await;
}

#[tokio::test]
async fn many_changes_are_few_events_and_the_last_one_is_how_things_stand() {
    let (database, redis) = (TestDatabase::sqlite().await, TestRedis::new().await);
    let a = TestApp::with_redis(&database, &redis).await;
    let b = TestApp::with_redis(&database, &redis).await;
    // Before the first event that may be among those that are counted, however late they are read.
    let begun = Instant::now();
    let mut listening = Listening::to(&b).await;
    let first = add_user(&a, "first").await;
    listening.until(|event| reaches(event, &first)).await;
    let mut last = first;
    for n in 0..100 {
        last = add_user(&a, &format!("user-{n}")).await;
    }
    let (event, count) = listening.until(|event| reaches(event, &last)).await;
    let windows = begun.elapsed().as_millis() / 250 + 1;
    assert!((count as u128) <= windows, "{count} events in {windows} windows");
    assert_eq!(event["users"], last["users"]);
    a.stop().await;
    b.stop().await;
}

#[tokio::test]
async fn who_comes_within_the_window_hears_at_once_and_no_one_hears_the_same_twice() {
    let database = TestDatabase::sqlite().await;
    let app = TestApp::changed(&[("DATABASE_URL", database.url().expose_secret())], |config| {
        config.events.window = NEVER;
    })
    .await;
    let mut early = Listening::to(&app).await;
    early.versions().await;
    let mut last = json!({});
    for n in 0..20 {
        last = add_user(&app, &format!("user-{n}")).await;
    }
    let mut late = Listening::to(&app).await;
    assert_eq!(late.versions().await["users"], last["users"]);
    app.state().events.stop();
    let end = Frame::Event("end".to_owned(), json!({"reason": "shutdown"}));
    let mut frames = early.rest().await;
    assert_eq!(frames.pop(), Some(end.clone()));
    assert!(frames.len() <= 1, "the window is not over: {frames:?}");
    assert_eq!(late.rest().await, [end]);
    app.stop().await;
}

#[tokio::test]
async fn what_no_client_knows_of_is_no_event() {
    let database = TestDatabase::sqlite().await;
    let app = TestApp::changed(&[("DATABASE_URL", database.url().expose_secret())], |config| {
        config.events.window = Duration::ZERO;
    })
    .await;
    let mut listening = Listening::to(&app).await;
    let mut before = listening.versions().await;
    for n in 0..20 {
        app.state().metrics.invalidate(CacheTag::Sessions.into()).await;
        let written = add_user(&app, &format!("user-{n}")).await;
        let (now, _) = listening
            .until(|event| {
                assert_ne!(*event, before, "nothing has changed");
                reaches(event, &written)
            })
            .await;
        before = now;
    }
    app.stop().await;
}

#[tokio::test]
async fn every_write_is_told_also_while_redis_is_gone() {
    let (database, mut redis) = (TestDatabase::sqlite().await, RedisServer::start().unwrap());
    let variables = [("DATABASE_URL", database.url().expose_secret()), ("REDIS_URL", &redis.url())];
    let app = TestApp::with(&variables).await;
    let mut listening = Listening::to(&app).await;
    listening.until(|event| event["leads"].is_u64()).await;
    redis.stop();
    for n in 0..3 {
        add_user(&app, &format!("user-{n}")).await;
        let event = listening.versions().await;
        assert!(event["users"].is_null() && event["leads"].is_u64(), "{event}");
    }
    redis.restart_empty().unwrap();
    listening.until(|event| event["users"].is_u64()).await;
    app.stop().await;
}

#[tokio::test]
async fn a_bus_that_was_lost_comes_back_by_itself_and_brings_what_was_missed() {
    let (database, redis) = (TestDatabase::sqlite().await, RedisServer::start().unwrap());
    let variables = [("DATABASE_URL", database.url().expose_secret()), ("REDIS_URL", &redis.url())];
    let (a, b) = (TestApp::with(&variables).await, TestApp::with(&variables).await);
    let mut listening = Listening::to(&b).await;
    listening.until(|event| event["users"].is_u64()).await;
    for n in 0..3 {
        // Whoever subscribes is cut off.
        let mut connection = TcpStream::connect(("127.0.0.1", redis.port())).unwrap();
        connection.write_all(b"CLIENT KILL TYPE pubsub\r\n").unwrap();
        let mut answer = [0; 4];
        connection.read_exact(&mut answer).unwrap();
        assert_eq!(answer[0], b':');
        let written = add_user(&a, &format!("user-{n}")).await;
        listening.until(|event| reaches(event, &written)).await;
    }
    a.stop().await;
    b.stop().await;
}

#[tokio::test]
async fn there_are_signs_of_life() {
    let database = TestDatabase::sqlite().await;
    let app = TestApp::changed(&[("DATABASE_URL", database.url().expose_secret())], |config| {
        config.events.heartbeat = Duration::from_millis(1);
    })
    .await;
    let mut listening = Listening::to(&app).await;
    listening.versions().await;
    for _ in 0..3 {
        assert_eq!(listening.frame().await, Some(Frame::Comment("heartbeat".to_owned())));
    }
    app.stop().await;
}

#[tokio::test]
async fn who_reads_slowly_gets_the_newest_and_nothing_else() {
    let database = TestDatabase::sqlite().await;
    let app = TestApp::changed(&[("DATABASE_URL", database.url().expose_secret())], |config| {
        config.events.window = Duration::ZERO;
        config.events.heartbeat = NEVER;
    })
    .await;
    let stay = app.state().identities.stay(app.session()).await.unwrap().unwrap();
    let mut slow = app.state().events.open(stay).await.unwrap();
    let first = slow.next().await.unwrap().unwrap();
    assert!(first.starts_with(b"retry: 3000\n\nevent: versions\n"), "{first:?}");
    let mut quick = Listening::to(&app).await;
    let mut last = json!({});
    for n in 0..20 {
        last = add_user(&app, &format!("user-{n}")).await;
        quick.until(|event| reaches(event, &last)).await;
    }
    let next = String::from_utf8(slow.next().await.unwrap().unwrap().to_vec()).unwrap();
    let data = next.strip_prefix("event: versions\ndata: ").unwrap().trim_end();
    assert_eq!(serde_json::from_str::<serde_json::Value>(data).unwrap()["users"], last["users"]);
    assert!(slow.next().now_or_never().is_none());
    app.stop().await;
}

#[tokio::test]
async fn head_answers_and_holds_nothing() {
    let database = TestDatabase::sqlite().await;
    let app = TestApp::on(&database).await;
    let answer = read(app.request("HEAD", EVENTS)).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "text/event-stream"));
    are_open(&app, 0).await;
    app.stop().await;
}
