//! The instance that listens goes, or its connection does: another one, or the same again, makes everything old once and
//! follows from there.

use domain::invalidation::CacheTag;
use infra::change_feed::ChangeFeedState;
use test_support::{PostgresServer, TestDatabase, TestRedis};

use super::{QUICK, cut_off, feed, listens, node, psql, rename, run, shows};
use crate::node::eventually;

#[tokio::test]
async fn of_two_instances_one_listens_and_the_other_takes_over() {
    let (database, redis) = (TestDatabase::postgres().await, TestRedis::new().await);
    let (a, b) = (node(&database, &redis).await, node(&database, &redis).await);
    let first = feed(&a, &database, Some(&redis), QUICK);
    listens(&first).await;
    let second = feed(&b, &database, Some(&redis), QUICK);
    let id = a.add_user().await;
    let db = psql(&database).await;
    for number in 1..=3 {
        run(&db, &rename(id, number)).await;
        shows(&b, id, number).await;
    }
    assert_eq!(second.status().state, ChangeFeedState::Waiting, "there is one lock");
    assert_eq!(second.status().takeovers, 0);
    drop(first);
    listens(&second).await;
    assert_eq!(second.status().takeovers, 1);
    run(&db, &rename(id, 4)).await;
    shows(&a, id, 4).await;
    shows(&b, id, 4).await;
    second.stop().await;
}

#[tokio::test]
async fn what_was_written_while_nobody_listened_is_seen_once_somebody_does() {
    let (database, redis) = (TestDatabase::postgres().await, TestRedis::new().await);
    let (a, b) = (node(&database, &redis).await, node(&database, &redis).await);
    let first = feed(&a, &database, Some(&redis), QUICK);
    listens(&first).await;
    let id = b.add_user().await;
    b.bus_is_up().await;
    // What the feed makes of that write must not come in later.
    eventually("told", || async { first.status().invalidations == 1 }).await;
    a.has_told_all().await;
    b.hears_of(&a, CacheTag::Users).await;
    shows(&b, id, 0).await;
    first.stop().await;
    assert_eq!(first.status().state, ChangeFeedState::Waiting);
    let db = psql(&database).await;
    run(&db, &rename(id, 1)).await;
    assert_eq!(b.number(id).await, 0, "nobody was told");
    let everything = a.cache.counts().instance.invalidations["all"];
    let second = feed(&a, &database, Some(&redis), QUICK);
    shows(&b, id, 1).await;
    listens(&second).await;
    assert_eq!(a.cache.counts().instance.invalidations["all"], everything + 1, "everything once");
    second.stop().await;
}

#[tokio::test]
async fn a_connection_that_was_cut_comes_back_and_closes_the_gap() {
    let (database, redis) = (TestDatabase::postgres().await, TestRedis::new().await);
    let a = node(&database, &redis).await;
    let following = feed(&a, &database, Some(&redis), QUICK);
    listens(&following).await;
    let id = a.add_user().await;
    let db = psql(&database).await;
    for round in 1..=3 {
        cut_off(&database).await;
        eventually("it listens again", || async { following.status().takeovers == 1 + round }).await;
        run(&db, &rename(id, round)).await;
        shows(&a, id, round).await;
    }
    assert_eq!(a.cache.counts().instance.invalidations["all"], 4);
    following.stop().await;
}

#[tokio::test]
async fn who_is_signed_in_is_looked_at_again_after_a_gap() {
    let (database, redis) = (TestDatabase::postgres().await, TestRedis::new().await);
    let a = node(&database, &redis).await;
    let following = feed(&a, &database, Some(&redis), QUICK);
    listens(&following).await;
    let known = a.cache.sessions_stamp();
    assert!(a.cache.is_current(&known));
    cut_off(&database).await;
    eventually("sessions are old", || async { !a.cache.is_current(&known) }).await;
    eventually("it listens again", || async { following.status().takeovers == 2 }).await;
    following.stop().await;
}

#[tokio::test]
async fn two_caches_on_one_database_have_a_listener_each() {
    let database = TestDatabase::postgres().await;
    let (here, there) = (TestRedis::new().await, TestRedis::new().await);
    let (a, b) = (node(&database, &here).await, node(&database, &there).await);
    let feeds = [feed(&a, &database, Some(&here), QUICK), feed(&b, &database, Some(&there), QUICK)];
    for following in &feeds {
        listens(following).await;
    }
    let id = a.add_user().await;
    shows(&b, id, 0).await;
    // Hooks tell those that share a cache; the feed tells the others.
    a.write(id, 1).await;
    shows(&b, id, 1).await;
    for following in &feeds {
        following.stop().await;
    }
}

#[tokio::test]
async fn a_database_that_is_restarted_is_followed_again() {
    let mut server = tokio::task::spawn_blocking(|| PostgresServer::start().unwrap()).await.unwrap();
    let redis = TestRedis::new().await;
    migrations::up(&server.url()).await.unwrap();
    let url = server.url().into();
    let a = crate::node::Node::with_redis(&url, &redis).await;
    let shared = Some(redis.namespace().to_owned());
    let sink = std::sync::Arc::clone(&a.cache) as std::sync::Arc<dyn domain::invalidation::InvalidationSink>;
    let following = infra::change_feed::ChangeFeed::start(
        infra::change_feed::Feed { url, shared, pace: QUICK },
        sink,
        &tokio::runtime::Handle::current(),
    );
    listens(&following).await;
    let server = tokio::task::spawn_blocking(move || {
        server.stop();
        server.resume().unwrap();
        server
    });
    let _server = server.await.unwrap();
    eventually("it listens again", || async { following.status().takeovers == 2 }).await;
    assert_eq!(a.cache.counts().instance.invalidations[CacheTag::All.as_str()], 2);
    following.stop().await;
}
