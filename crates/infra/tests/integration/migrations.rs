//! The schema that the migrations make, on both databases: it comes and goes as a whole, refuses what the rules refuse,
//! and keeps what the entities write just as they wrote it.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::entities::{
    lead::{self, LeadSource, LeadStatus},
    proposal::{self, ProposalStatus},
    user::{self, Role, UserStatus},
};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, DbBackend, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QueryOrder as _, Statement,
};
use secrecy::ExposeSecret as _;
use test_support::{Backend, TestDatabase, each_backend};
use uuid::Uuid;

/// What there is beside primary keys.
const INDICES: [&str; 28] = [
    "idx_api_tokens_created_at_desc",
    "idx_audit_log_action",
    "idx_audit_log_actor_id",
    "idx_audit_log_actor_kind",
    "idx_audit_log_created_at_desc",
    "idx_audit_log_request_id",
    "idx_audit_log_subject_id",
    "idx_audit_log_subject_kind",
    "idx_leads_converted_at",
    "idx_leads_created_at_desc",
    "idx_leads_proposal_id_status",
    "idx_leads_source_created_at",
    "idx_leads_status_created_at",
    "idx_proposals_created_at_desc",
    "idx_proposals_decided_at",
    "idx_proposals_sent_at",
    "idx_proposals_status_created_at",
    "idx_proposals_user_id_status",
    "idx_sessions_expires_at",
    "idx_sessions_user_id",
    "idx_sign_in_links_user_id",
    "idx_users_created_at_desc",
    "idx_users_first_sent_at",
    "idx_users_role_created_at",
    "idx_users_status_created_at",
    "uq_sessions_token_hash",
    "uq_sign_in_links_token_hash",
    "uq_users_email_lower",
];

/// What there is besides on PostgreSQL where it has trigrams, as the servers of the tests do.
const SEARCHES: [&str; 3] = ["idx_leads_search", "idx_proposals_search", "idx_users_search"];

/// An index that the fourth migration makes hold more.
const WIDENED: &str = "idx_users_created_at_desc";

/// How many migrations there are.
const MIGRATIONS: u32 = 12;

/// What there is when only the first `count` migrations have been applied.
fn first_ones(count: usize) -> Vec<bool> {
    (0..MIGRATIONS as usize).map(|index| index < count).collect()
}

#[tokio::test]
async fn up_down_and_up_again() {
    each_backend(async |database| {
        let url = database.url().expose_secret();
        assert_eq!(indices(database).await, INDICES);
        assert_eq!(applied(url).await, [true; MIGRATIONS as usize]);
        insert_one_of_each(&connect(database).await, at(0)).await;

        assert!(definition(database, WIDENED).await.contains("first_sent_at"));
        migrations::down(url, MIGRATIONS - 3).await.expect("the last ones go");
        assert_eq!(applied(url).await, first_ones(3));
        let left = indices(database).await;
        assert!(left.iter().all(|index| INDICES.contains(&index.as_str())), "{left:?}");
        assert!(!definition(database, WIDENED).await.contains("first_sent_at"));
        migrations::down(url, 1).await.expect("the one before goes, its rows with it");
        assert_eq!(applied(url).await, first_ones(2));
        migrations::down(url, MIGRATIONS).await.expect("the others too");
        assert_eq!(applied(url).await, [false; MIGRATIONS as usize]);
        assert_eq!(indices(database).await, Vec::<String>::new());

        migrations::up(url).await.expect("up again");
        migrations::up(url).await.expect("nothing left to do");
        assert_eq!(indices(database).await, INDICES);
        insert_one_of_each(&connect(database).await, at(0)).await;

        migrations::redo(url, MIGRATIONS - 1).await.expect("all but one anew");
        assert_eq!(applied(url).await, [true; MIGRATIONS as usize]);
        let db = connect(database).await;
        assert_eq!(user::Entity::find().all(&db).await.expect("users").len(), 1, "the first one stayed");
        assert_eq!(proposal::Entity::find().all(&db).await, Ok(vec![]));

        migrations::fresh(url).await.expect("all of them anew");
        assert_eq!(indices(database).await, INDICES);
        assert_eq!(user::Entity::find().all(&connect(database).await).await, Ok(vec![]));
    })
    .await;
}

#[tokio::test]
async fn texts_are_indexed_where_the_role_may_make_the_extension_and_only_there() {
    let database = TestDatabase::postgres().await;
    let url = database.url().expose_secret();
    let db = connect(&database).await;
    assert!(definition(&database, SEARCHES[0]).await.contains("gin_trgm_ops"));
    migrations::down(url, 2).await.expect("down");
    for statement in [
        "DROP EXTENSION pg_trgm",
        "DO $$ BEGIN CREATE ROLE migrates_here LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
        "ALTER ROLE migrates_here PASSWORD 'poor'",
        "DO $$ DECLARE t text; BEGIN FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP \
         EXECUTE format('ALTER TABLE %I OWNER TO migrates_here', t); END LOOP; END $$",
        "ALTER SCHEMA public OWNER TO migrates_here",
    ] {
        db.execute_unprepared(statement).await.expect(statement);
    }
    let mut poor = url::Url::parse(url).expect("a URL");
    poor.set_username("migrates_here").expect("a user");
    poor.set_password(Some("poor")).expect("a password");
    migrations::up(poor.as_str()).await.expect("without the extension too");
    assert_eq!(applied(url).await, [true; MIGRATIONS as usize]);
    let rows = Statement::from_string(
        DbBackend::Postgres,
        "SELECT count(*) FROM pg_indexes WHERE indexname LIKE '%\\_search'",
    );
    let found = db.query_one_raw(rows).await.expect("the catalog").expect("a row");
    assert_eq!(found.try_get_by_index::<i64>(0).expect("a number"), 0);
}

#[tokio::test]
async fn instances_that_migrate_at_once_wait_for_each_other() {
    each_backend(async |database| {
        let url = database.url().expose_secret();
        migrations::down(url, MIGRATIONS).await.expect("down");
        let started: Vec<_> = (0..6)
            .map(|_| {
                let url = url.to_owned();
                tokio::spawn(async move { migrations::up(&url).await })
            })
            .collect();
        for instance in started {
            instance.await.expect("no panic").expect("migrated, by itself or by another");
        }
        assert_eq!(indices(database).await, INDICES);
    })
    .await;
}

#[tokio::test]
async fn a_run_that_fails_leaves_nothing_behind() {
    each_backend(async |database| {
        let url = database.url().expose_secret();
        migrations::down(url, MIGRATIONS).await.expect("down");
        let db = connect(database).await;
        db.execute_unprepared("CREATE TABLE leads (in_the_way bigint)").await.expect("a table");
        migrations::up(url).await.expect_err("the third migration finds its table's name taken");
        assert_eq!(applied(url).await, [false; MIGRATIONS as usize]);
        db.execute_unprepared("SELECT * FROM users").await.expect_err("the first migration was taken back");
    })
    .await;
}

#[tokio::test]
async fn what_breaks_a_rule_is_refused_by_name() {
    each_backend(async |database| {
        let db = connect(database).await;
        insert_one_of_each(&db, at(0)).await;
        let other_user = user::Model { id: Uuid::now_v7(), email: "bob@example.org".into(), ..a_user(at(1)) };
        other_user.into_active_model().insert(&db).await.expect("another user");
        let instant = "'2026-01-01T00:00:00+00:00'";
        for (rule, breach) in [
            ("ck_users_role", "UPDATE users SET role = 'boss'".to_owned()),
            ("ck_users_status", "UPDATE users SET status = 'gone'".to_owned()),
            (
                "uq_users_email_lower",
                "UPDATE users SET email = 'ADA@Example.org' WHERE email LIKE 'bob%'".to_owned(),
            ),
            ("ck_proposals_amount_minor", "UPDATE proposals SET amount_minor = -1".to_owned()),
            ("ck_proposals_amount_minor", "UPDATE proposals SET amount_minor = 100000000001".to_owned()),
            ("ck_proposals_status", format!("UPDATE proposals SET status = 'lost', sent_at = {instant}")),
            ("ck_proposals_sent_at", "UPDATE proposals SET status = 'sent'".to_owned()),
            ("ck_proposals_sent_at", format!("UPDATE proposals SET sent_at = {instant}")),
            (
                "ck_proposals_decided_at",
                format!("UPDATE proposals SET status = 'expired', sent_at = {instant}"),
            ),
            (
                "ck_proposals_decided_at",
                format!(
                    "UPDATE proposals SET status = 'viewed', sent_at = {instant}, decided_at = {instant}"
                ),
            ),
            ("ck_leads_source", "UPDATE leads SET source = 'dream'".to_owned()),
            ("ck_leads_status", "UPDATE leads SET status = 'draft'".to_owned()),
            ("ck_leads_converted_at", "UPDATE leads SET status = 'converted'".to_owned()),
            ("ck_leads_converted_at", format!("UPDATE leads SET converted_at = {instant}")),
        ] {
            refused(&db, &breach, rule).await;
        }
        // SQLite does not say which one.
        let postgres = database.backend() == Backend::Postgres;
        let key = |name: &'static str| if postgres { name } else { "FOREIGN KEY constraint failed" };
        refused(&db, "DELETE FROM users WHERE email LIKE 'ada%'", key("fk_proposals_user_id")).await;
        refused(&db, "DELETE FROM proposals", key("fk_leads_proposal_id")).await;
        for column in ["email", "display_name", "role", "status", "created_at", "updated_at"] {
            refused(&db, &format!("UPDATE users SET {column} = NULL"), column).await;
        }
    })
    .await;
}

#[tokio::test]
async fn the_ends_of_what_is_allowed_are_allowed() {
    each_backend(async |database| {
        let db = connect(database).await;
        insert_one_of_each(&db, at(0)).await;
        let instant = "'2026-01-01T00:00:00+00:00'";
        for allowed in [
            "UPDATE proposals SET amount_minor = 0".to_owned(),
            "UPDATE proposals SET amount_minor = 100000000000".to_owned(),
            format!("UPDATE proposals SET status = 'viewed', sent_at = {instant}"),
            format!("UPDATE proposals SET status = 'declined', decided_at = {instant}"),
            format!("UPDATE leads SET status = 'converted', converted_at = {instant}"),
        ] {
            db.execute_unprepared(&allowed).await.expect(&allowed);
        }
    })
    .await;
}

/// On PostgreSQL the types see to this.
#[tokio::test]
async fn sqlite_takes_values_in_the_form_that_compares() {
    let database = TestDatabase::sqlite().await;
    let db = connect(&database).await;
    insert_one_of_each(&db, at(0)).await;
    for wrong in [
        "2026-01-01T00:00:00Z",
        "2026-01-01 00:00:00+00:00",
        "2026-01-01T00:00:00",
        "2026-01-01T01:00:00+01:00",
        "2026-01-01T00:00:00.5+00:00",
        "2026-01-01T00:00:00.000+00:00",
        "2026-01-01T00:00:00.120000+00:00",
        "2026-01-01T00:00:00.123456789+00:00",
        "2026-02-30T00:00:00+00:00",
        "2026-01-01T25:00:00+00:00",
        "2026-01-01",
        "now",
        "",
    ] {
        for column in ["created_at", "updated_at", "first_sent_at"] {
            let breach = format!("UPDATE users SET {column} = '{wrong}'");
            refused(&db, &breach, &format!("ck_users_{column}_form")).await;
        }
    }
    for right in [
        "2026-01-01T00:00:00+00:00",
        "2026-12-31T23:59:59.999+00:00",
        "2024-02-29T23:59:59.999999+00:00",
        "2026-01-01T00:00:00.100001+00:00",
        "2026-01-01T00:00:00.001+00:00",
    ] {
        let statement = format!("UPDATE users SET created_at = '{right}', first_sent_at = '{right}'");
        db.execute_unprepared(&statement).await.expect(right);
    }
    refused(&db, "UPDATE leads SET id = 'an-id-as-text-of-36-letters-is-no-blob'", "cannot store TEXT").await;
    refused(&db, "UPDATE leads SET id = x'00'", "ck_leads_id_form").await;
    refused(&db, "UPDATE proposals SET amount_minor = 1.5", "cannot store REAL").await;
    refused(&db, "UPDATE users SET created_at = 1767225600", "ck_users_created_at_form").await;
}

#[tokio::test]
async fn entities_come_back_and_compare_as_they_were_written() {
    each_backend(async |database| {
        let db = connect(database).await;
        let (ada, offer, reader) = insert_one_of_each(&db, at(0)).await;
        assert_eq!(user::Entity::find_by_id(ada.id).one(&db).await, Ok(Some(ada.clone())));
        assert_eq!(proposal::Entity::find_by_id(offer.id).one(&db).await, Ok(Some(offer.clone())));
        assert_eq!(lead::Entity::find_by_id(reader.id).one(&db).await, Ok(Some(reader.clone())));

        // A whole second, milliseconds and microseconds, each next to its neighbours.
        let micros = [-1, 0, 1, 999, 1_000, 1_001, 500_000, 999_999, 1_000_000, 1_000_001];
        for n in micros {
            let row = lead::Model { id: Uuid::now_v7(), created_at: at(n), ..reader.clone() };
            row.into_active_model().insert(&db).await.expect("a lead");
        }
        let mut expected: Vec<_> = micros.map(at).into();
        expected.push(reader.created_at);
        expected.sort_unstable();
        let sorted =
            lead::Entity::find().order_by_asc(lead::Column::CreatedAt).all(&db).await.expect("leads");
        assert!(sorted.iter().map(|lead| lead.created_at).eq(expected.iter().copied()));
        for n in micros {
            let earlier = lead::Entity::find().filter(lead::Column::CreatedAt.lt(at(n)));
            let count = earlier.all(&db).await.expect("leads").len();
            assert_eq!(
                count,
                expected.iter().filter(|instant| **instant < at(n)).count(),
                "before {}",
                at(n)
            );
        }
        let of_offer = lead::Entity::find().filter(lead::Column::ProposalId.eq(offer.id)).all(&db).await;
        assert_eq!(of_offer.expect("leads").len(), expected.len());
    })
    .await;
}

async fn refused(db: &impl ConnectionTrait, statement: &str, rule: &str) {
    match db.execute_unprepared(statement).await {
        Ok(_) => panic!("{rule} let this through: {statement}"),
        Err(error) => {
            assert!(error.to_string().contains(rule), "expected {rule} to refuse {statement}, got: {error}");
        }
    }
}

async fn connect(database: &TestDatabase) -> impl ConnectionTrait {
    infra::database::connect_untracked(database.url(), 1, Duration::from_secs(10)).await.expect("a pool")
}

async fn applied(url: &str) -> Vec<bool> {
    let status = migrations::status(url).await.expect("the status");
    status.into_iter().map(|migration| migration.applied).collect()
}

/// The names of all indices that were asked for by name, in their order.
async fn indices(database: &TestDatabase) -> Vec<String> {
    let db = connect(database).await;
    let query = match db.get_database_backend() {
        DbBackend::Sqlite => {
            "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY 1"
        }
        _ => {
            "SELECT indexname::text FROM pg_indexes \
             WHERE schemaname = 'public' AND indexname NOT LIKE '%\\_pkey' ORDER BY 1"
        }
    };
    let rows = db
        .query_all_raw(Statement::from_string(db.get_database_backend(), query))
        .await
        .expect("the catalog");
    let mut names: Vec<String> = rows.iter().map(|row| row.try_get_by_index(0).expect("a name")).collect();
    if db.get_database_backend() == DbBackend::Postgres && !names.is_empty() {
        let all = names.len();
        names.retain(|name| !SEARCHES.contains(&name.as_str()));
        assert!([0, SEARCHES.len()].contains(&(all - names.len())), "all searches have their index, or none");
    }
    names
}

/// The statement that makes `index` as it is now.
async fn definition(database: &TestDatabase, index: &str) -> String {
    let db = connect(database).await;
    let query = match db.get_database_backend() {
        DbBackend::Sqlite => format!("SELECT sql FROM sqlite_schema WHERE name = '{index}'"),
        _ => format!("SELECT indexdef FROM pg_indexes WHERE indexname = '{index}'"),
    };
    let statement = Statement::from_string(db.get_database_backend(), query);
    let row = db.query_one_raw(statement).await.expect("the catalog").expect("the index");
    row.try_get_by_index(0).expect("a statement")
}

/// So many microseconds after an instant of old.
fn at(micros: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::microseconds(micros)
}

fn a_user(now: DateTime<Utc>) -> user::Model {
    user::Model {
        id: Uuid::now_v7(),
        email: "ada@example.org".into(),
        display_name: "Ada Lovelace".into(),
        role: Role::Viewer,
        status: UserStatus::Active,
        first_sent_at: Some(now),
        created_at: now,
        updated_at: now,
    }
}

async fn insert_one_of_each(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
) -> (user::Model, proposal::Model, lead::Model) {
    let user = a_user(now);
    let proposal = proposal::Model {
        id: Uuid::now_v7(),
        user_id: user.id,
        title: "New roof".into(),
        client_name: "Mairie de Lyon".into(),
        amount_minor: 1_250_000,
        currency: "EUR".into(),
        status: ProposalStatus::Draft,
        sent_at: None,
        decided_at: None,
        created_at: now,
        updated_at: now,
    };
    let lead = lead::Model {
        id: Uuid::now_v7(),
        proposal_id: proposal.id,
        name: "Jean Valjean".into(),
        email: "jean@example.org".into(),
        source: LeadSource::Website,
        status: LeadStatus::New,
        converted_at: None,
        created_at: now,
        updated_at: now,
    };
    let user = user.into_active_model().insert(db).await.expect("a user");
    let proposal = proposal.into_active_model().insert(db).await.expect("a proposal");
    let lead = lead.into_active_model().insert(db).await.expect("a lead");
    (user, proposal, lead)
}
