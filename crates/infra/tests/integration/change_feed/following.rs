//! One instance follows: every node sees what was written past all of them.

use std::time::{Duration, Instant};

use domain::invalidation::CacheTag;
use infra::change_feed::{ChangeFeed, ChangeFeedState, Pace};
use sea_orm::{ConnectionTrait as _, prelude::Uuid};
use test_support::{TestDatabase, TestRedis};

use super::{QUICK, feed, insert_user, listens, node, psql, rename, run, shows, version};
use crate::node::{Node, Options, eventually};

#[tokio::test]
async fn what_is_written_past_the_service_is_seen_on_every_node() {
    let (database, redis) = (TestDatabase::postgres().await, TestRedis::new().await);
    let (a, b) = (node(&database, &redis).await, node(&database, &redis).await);
    let following = feed(&a, &database, Some(&redis), QUICK);
    listens(&following).await;
    let db = psql(&database).await;
    let id = b.add_user().await;
    b.bus_is_up().await;
    shows(&a, id, 0).await;
    shows(&b, id, 0).await;
    run(&db, &rename(id, 1)).await;
    shows(&a, id, 1).await;
    shows(&b, id, 1).await;
    // In one transaction with others, as bulk SQL does it.
    let other = Uuid::now_v7();
    run(&db, &format!("BEGIN; {}; {}; {}; COMMIT", rename(id, 2), insert_user(other, 5), rename(other, 6)))
        .await;
    shows(&b, id, 2).await;
    shows(&a, other, 6).await;
    run(&db, "TRUNCATE users CASCADE").await;
    eventually("the table is empty", || async { !body(&b).await.contains(&id.to_string()) }).await;
    eventually("the table is empty", || async { !body(&a).await.contains(&id.to_string()) }).await;
    assert_eq!(following.status().takeovers, 1);
    assert!(following.status().last_heard_at.is_some());
    following.stop().await;
}

async fn body(node: &Node) -> String {
    String::from_utf8(node.recent_users().await.body.identity.bytes.to_vec()).unwrap()
}

/// As where a process dies between its commit and the invalidation: the connection tells nobody.
#[tokio::test]
async fn a_write_that_its_process_did_not_live_to_announce_is_seen() {
    let (database, redis) = (TestDatabase::postgres().await, TestRedis::new().await);
    let a = node(&database, &redis).await;
    let following = feed(&a, &database, Some(&redis), QUICK);
    listens(&following).await;
    let id = a.add_user().await;
    shows(&a, id, 0).await;
    {
        use sea_orm::{ActiveModelTrait as _, ActiveValue::Set, EntityTrait as _, TransactionTrait as _};
        // The hooks run, on a connection that hands nothing on.
        let dying =
            infra::database::connect_untracked(database.url(), 1, crate::node::PATIENCE).await.unwrap();
        let txn = dying.begin().await.unwrap();
        let row = domain::entities::user::Entity::find_by_id(id).one(&txn).await.unwrap().unwrap();
        let change = domain::entities::user::ActiveModel { display_name: Set("9".to_owned()), ..row.into() };
        change.update(&txn).await.unwrap();
        txn.commit().await.unwrap();
    }
    shows(&a, id, 9).await;
    following.stop().await;
}

#[tokio::test]
async fn a_burst_makes_few_invalidations_and_loses_nothing() {
    const WRITES: u64 = 1000;
    let (database, redis) = (TestDatabase::postgres().await, TestRedis::new().await);
    let (a, b) = (node(&database, &redis).await, node(&database, &redis).await);
    // Signs of life are asked for all the while: notifications that come with the answer count too.
    let following = feed(&a, &database, Some(&redis), Pace { check: Duration::from_millis(1), ..QUICK });
    listens(&following).await;
    let id = b.add_user().await;
    b.bus_is_up().await;
    shows(&b, id, 0).await;
    eventually("the write of the hooks is told too", || async { following.status().notifications == 1 })
        .await;
    let (db, begun) = (psql(&database).await, Instant::now());
    for number in 1..=WRITES {
        run(&db, &rename(id, number)).await;
    }
    shows(&b, id, WRITES).await;
    eventually("all were told", || async { following.status().notifications == WRITES + 1 }).await;
    let most = begun.elapsed().as_millis() / QUICK.gather.as_millis() + 2;
    let made = u128::from(following.status().invalidations);
    assert!(made <= most, "{made} invalidations, expected at most {most}");
    assert_eq!(following.status().takeovers, 1);
    following.stop().await;
}

#[tokio::test]
async fn a_write_through_the_hooks_costs_a_second_command_at_most() {
    let (database, redis) = (TestDatabase::postgres().await, TestRedis::new().await);
    let a = node(&database, &redis).await;
    let following = feed(&a, &database, Some(&redis), QUICK);
    listens(&following).await;
    let id = a.add_user().await;
    eventually("told", || async { following.status().invalidations == 1 }).await;
    let before = a.commands("invalidate");
    for write in 1..=3 {
        a.write(id, write).await;
        eventually("told", || async { following.status().invalidations == 1 + write }).await;
    }
    // Where both come at the same moment, one call carries them.
    let commands = a.commands("invalidate") - before;
    assert!((3..=2 * 3).contains(&commands), "{commands}");
    following.stop().await;
}

#[tokio::test]
async fn only_what_was_written_becomes_old() {
    let (database, redis) = (TestDatabase::postgres().await, TestRedis::new().await);
    let a = node(&database, &redis).await;
    let following = feed(&a, &database, Some(&redis), QUICK);
    listens(&following).await;
    a.add_user().await;
    eventually("told", || async { following.status().invalidations == 1 }).await;
    a.bus_is_up().await;
    let before = [CacheTag::Proposals, CacheTag::Leads, CacheTag::All].map(|tag| version(&a, tag));
    let db = psql(&database).await;
    run(&db, "UPDATE users SET status = 'suspended'").await;
    eventually("told", || async { following.status().invalidations == 2 }).await;
    let after = [CacheTag::Proposals, CacheTag::Leads, CacheTag::All].map(|tag| version(&a, tag));
    assert_eq!(after, before);
    following.stop().await;
}

#[tokio::test]
async fn without_redis_every_instance_listens_for_itself() {
    let database = TestDatabase::postgres().await;
    let alone = async || Node::start(database.url(), Options::default()).await;
    let (a, b) = (alone().await, alone().await);
    let feeds = [feed(&a, &database, None, QUICK), feed(&b, &database, None, QUICK)];
    for following in &feeds {
        listens(following).await;
    }
    let id = a.add_user().await;
    shows(&a, id, 0).await;
    shows(&b, id, 0).await;
    let db = psql(&database).await;
    run(&db, &rename(id, 1)).await;
    shows(&a, id, 1).await;
    shows(&b, id, 1).await;
    for following in &feeds {
        following.stop().await;
    }
}

#[tokio::test]
async fn where_it_is_off_nobody_listens_and_nothing_is_made() {
    let database = TestDatabase::postgres().await;
    let off = ChangeFeed::off();
    assert_eq!(off.status().state, ChangeFeedState::Off);
    off.stop().await;
    let db = psql(&database).await;
    let statement = "SELECT 1 FROM pg_trigger WHERE tgname LIKE 'tr_change_feed_%'";
    let made =
        db.query_one_raw(sea_orm::Statement::from_string(sea_orm::DbBackend::Postgres, statement)).await;
    assert!(made.unwrap().is_none());
}
