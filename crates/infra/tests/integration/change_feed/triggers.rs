//! What the triggers tell, and what they do not. Notifications come in the order of their commits: after one of a write
//! that tells, none is to come of those before it.

use sea_orm::{ConnectionTrait as _, prelude::Uuid};
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::postgres::PgListener;
use test_support::TestDatabase;

use super::{as_user, insert_user, psql, rename, run};

const CHANNEL: &str = "metrics_change_feed";
const ON: &str = "SELECT change_feed_on()";

async fn listen(url: &SecretString) -> PgListener {
    let mut listener = PgListener::connect(url.expose_secret()).await.unwrap();
    listener.listen(CHANNEL).await.unwrap();
    listener
}

async fn heard(listener: &mut PgListener) -> String {
    let heard = tokio::time::timeout(crate::node::PATIENCE, listener.recv()).await;
    heard.expect("a notification").unwrap().payload().to_owned()
}

fn insert_proposal(id: Uuid, user: Uuid) -> String {
    format!(
        "INSERT INTO proposals VALUES ('{id}', '{user}', 'Roof', 'Lyon', 1, 'EUR', 'draft', NULL, NULL, now(), now())"
    )
}

fn insert_lead(proposal: Uuid) -> String {
    format!(
        "INSERT INTO leads VALUES (gen_random_uuid(), '{proposal}', 'Jean', 'j@example.org', 'website', 'new', NULL, now(), now())"
    )
}

/// What a statement that counts says.
async fn counted(db: &impl sea_orm::ConnectionTrait, statement: &str) -> i64 {
    let statement = sea_orm::Statement::from_string(sea_orm::DbBackend::Postgres, statement);
    db.query_one_raw(statement).await.unwrap().unwrap().try_get_by_index(0).unwrap()
}

#[tokio::test]
async fn every_kind_of_write_tells_the_tags_of_its_table_once() {
    let database = TestDatabase::postgres().await;
    let db = psql(&database).await;
    run(&db, ON).await;
    let mut listener = listen(database.url()).await;
    let (user, proposal) = (Uuid::now_v7(), Uuid::now_v7());
    for (statement, told) in [
        (insert_user(user, 0), "users"),
        (rename(user, 1), "users,sessions"),
        ("UPDATE users SET status = 'suspended'".to_owned(), "users,sessions"),
        (insert_proposal(proposal, user), "proposals"),
        ("UPDATE proposals SET title = 'Wall'".to_owned(), "proposals"),
        (insert_lead(proposal), "leads"),
        ("UPDATE leads SET name = 'Marius'".to_owned(), "leads"),
        // Many rows, many statements: one commit tells once.
        (
            format!(
                "INSERT INTO leads SELECT gen_random_uuid(), '{proposal}', 'J', 'j@example.org', 'website', 'new', NULL, \
                 now(), now() FROM generate_series(1, 1000); UPDATE leads SET name = 'A'; UPDATE leads SET name = 'B'"
            ),
            "leads",
        ),
        ("DELETE FROM leads".to_owned(), "leads"),
        ("TRUNCATE leads".to_owned(), "leads"),
        ("DELETE FROM proposals".to_owned(), "proposals"),
        ("DELETE FROM users".to_owned(), "users,sessions"),
    ] {
        run(&db, &statement).await;
        assert_eq!(heard(&mut listener).await, told, "{statement}");
    }
    assert!(listener.next_buffered().is_none());
}

#[tokio::test]
async fn a_copy_tells() {
    let database = TestDatabase::postgres().await;
    run(&psql(&database).await, ON).await;
    let mut listener = listen(database.url()).await;
    let mut connection =
        <sqlx::PgConnection as sqlx::Connection>::connect(database.url().expose_secret()).await.unwrap();
    let mut copy = connection.copy_in_raw("COPY users FROM STDIN").await.unwrap();
    let rows: Vec<String> = (0..100)
        .map(|n| format!("{}\t{n}@example.org\t{n}\tuser\tactive\t\\N\tnow\tnow\n", Uuid::now_v7()))
        .collect();
    copy.send(rows.concat().as_bytes()).await.unwrap();
    assert_eq!(copy.finish().await.unwrap(), 100);
    assert_eq!(heard(&mut listener).await, "users");
}

#[tokio::test]
async fn what_touched_no_row_or_was_rolled_back_is_not_told() {
    let database = TestDatabase::postgres().await;
    let db = psql(&database).await;
    run(&db, ON).await;
    let (user, proposal) = (Uuid::now_v7(), Uuid::now_v7());
    run(&db, &format!("{}; {}", insert_user(user, 0), insert_proposal(proposal, user))).await;
    let mut listener = listen(database.url()).await;
    for silent in [
        "UPDATE users SET display_name = 'x' WHERE false".to_owned(),
        "DELETE FROM users WHERE false".to_owned(),
        "INSERT INTO users SELECT * FROM users WHERE false".to_owned(),
        "INSERT INTO users SELECT * FROM users ON CONFLICT DO NOTHING".to_owned(),
        format!("BEGIN; {}; TRUNCATE leads; ROLLBACK", rename(user, 1)),
        format!("BEGIN; SAVEPOINT s; {}; ROLLBACK TO s; COMMIT", rename(user, 1)),
        "UPDATE sessions SET last_seen_at = now(); DELETE FROM audit_log WHERE false".to_owned(),
    ] {
        if silent.contains("audit_log") {
            // Refused before it does anything; other tables are no business of the feed.
            let _ = db.execute_unprepared(&silent).await;
        } else {
            run(&db, &silent).await;
        }
    }
    run(&db, &insert_lead(proposal)).await;
    assert_eq!(heard(&mut listener).await, "leads");
}

#[tokio::test]
async fn a_cascade_tells_of_every_table_it_reaches() {
    let database = TestDatabase::postgres().await;
    let db = psql(&database).await;
    run(&db, ON).await;
    // As the tables are, rows that others depend on cannot be deleted; an operator may have decided otherwise.
    run(
        &db,
        "ALTER TABLE proposals DROP CONSTRAINT fk_proposals_user_id, \
            ADD FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE; \
         ALTER TABLE leads DROP CONSTRAINT fk_leads_proposal_id, \
            ADD FOREIGN KEY (proposal_id) REFERENCES proposals (id) ON DELETE CASCADE",
    )
    .await;
    let (user, proposal) = (Uuid::now_v7(), Uuid::now_v7());
    let rows = [insert_user(user, 0), insert_proposal(proposal, user), insert_lead(proposal)].join("; ");
    for cascade in [format!("DELETE FROM users WHERE id = '{user}'"), "TRUNCATE users CASCADE".to_owned()] {
        run(&db, &rows).await;
        let mut listener = listen(database.url()).await;
        run(&db, &cascade).await;
        let mut told = [heard(&mut listener).await, heard(&mut listener).await, heard(&mut listener).await];
        told.sort_unstable();
        assert_eq!(told, ["leads", "proposals", "users,sessions"], "{cascade}");
    }
}

#[tokio::test]
async fn there_are_no_triggers_unless_they_are_asked_for_and_they_go_again() {
    let database = TestDatabase::postgres().await;
    let db = psql(&database).await;
    let triggers = || counted(&db, "SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'tr_change_feed_%'");
    assert_eq!(triggers().await, 0);
    run(&db, ON).await;
    run(&db, ON).await;
    assert_eq!(triggers().await, 12);
    // One that is missing is made again.
    run(&db, "DROP TRIGGER tr_change_feed_update ON leads").await;
    run(&db, ON).await;
    assert_eq!(triggers().await, 12);
    run(&db, "SELECT change_feed_off()").await;
    run(&db, "SELECT change_feed_off()").await;
    assert_eq!(triggers().await, 0);
    run(&db, ON).await;
    let back_to =
        "SELECT count(*) FROM seaql_migrations WHERE version >= 'm20261123_000012_create_change_feed'";
    let steps = counted(&db, back_to).await.try_into().unwrap();
    migrations::down(database.url().expose_secret(), steps).await.unwrap();
    assert_eq!(triggers().await, 0);
    assert!(db.execute_unprepared(ON).await.is_err(), "the functions are gone too");
    migrations::up(database.url().expose_secret()).await.unwrap();
    assert_eq!(triggers().await, 0);
    run(&db, ON).await;
    assert_eq!(triggers().await, 12);
}

#[tokio::test]
async fn who_may_not_make_them_can_use_them_once_the_owner_has() {
    let database = TestDatabase::postgres().await;
    let owner = psql(&database).await;
    for statement in [
        "DO $$ BEGIN CREATE ROLE feed_reader LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$",
        "ALTER ROLE feed_reader PASSWORD 'poor'",
        "GRANT INSERT, SELECT ON users TO feed_reader",
    ] {
        run(&owner, statement).await;
    }
    let url = as_user(database.url(), "feed_reader", "poor");
    let poor = infra::database::connect_untracked(&url, 1, crate::node::PATIENCE).await.unwrap();
    let refused = poor.execute_unprepared(ON).await.unwrap_err();
    assert!(refused.to_string().contains("permission denied"), "{refused}");
    run(&owner, ON).await;
    run(&poor, ON).await;
    let mut listener = listen(&url).await;
    run(&poor, &insert_user(Uuid::now_v7(), 0)).await;
    assert_eq!(heard(&mut listener).await, "users");
}
