//! The audit log as a table: nobody changes it, an operator can still prune it, and each filter is served by an index.

use std::{sync::Arc, time::Duration};

use domain::{
    audit::{Action, Actor, ActorKind, Author, Subject, SubjectKind},
    ports::{Clock, SystemClock},
};
use infra::{
    database::{TrackedConnection, connect_untracked},
    repositories::{AuditFilter, AuditLog, PageRequest, TimeRange},
};
use sea_orm::{ConnectionTrait, DbBackend, Statement, prelude::Uuid};
use serde_json::json;
use test_support::{Backend, TestDatabase, each_backend};

use crate::{hooks::Recorder, node::PATIENCE};

const OPERATIONS: &str = include_str!("../../../../docs/OPERATIONS.md");

async fn log(database: &TestDatabase) -> (TrackedConnection, AuditLog) {
    let inner = connect_untracked(database.url(), 1, PATIENCE).await.unwrap();
    let db = TrackedConnection::new(inner, Arc::new(Recorder::default()));
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    (db.clone(), AuditLog::new(db, clock))
}

fn author(actor: Actor, request: &str) -> Author {
    Author { actor, address: None, request_id: Some(request.to_owned()) }
}

async fn count(log: &AuditLog, filter: AuditFilter) -> usize {
    log.list(&filter, PageRequest::default()).await.unwrap().items.len()
}

#[tokio::test]
async fn nobody_changes_what_is_written() {
    each_backend(async |database| {
        let (db, log) = log(database).await;
        let cache = Subject::whole(SubjectKind::Cache);
        log.record(&Author::operator(), Action::CacheInvalidated, cache, json!({})).await.unwrap();
        let mut attempts = vec!["UPDATE audit_log SET actor_kind = 'user'", "DELETE FROM audit_log"];
        if database.backend() == Backend::Postgres {
            // SQLite has no such statement.
            attempts.push("TRUNCATE audit_log");
        }
        for attempt in attempts {
            let refused = db.execute_unprepared(attempt).await.expect_err(attempt).to_string();
            assert!(refused.contains("audit_log is append-only"), "{attempt}: {refused}");
        }
        assert_eq!(count(&log, AuditFilter::default()).await, 1);
    })
    .await;
}

/// The statements that the documentation gives to operators, one block a database.
fn pruning(backend: Backend) -> &'static str {
    let (_, section) = OPERATIONS.split_once("## The audit log").expect("the section");
    let blocks: Vec<_> =
        section.split("```sql\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    match backend {
        Backend::Postgres => blocks[0],
        Backend::Sqlite => blocks[1],
    }
}

#[tokio::test]
async fn an_operator_prunes_the_log_as_documented() {
    each_backend(async |database| {
        let (db, log) = log(database).await;
        let cache = Subject::whole(SubjectKind::Cache);
        log.record(&Author::operator(), Action::CacheInvalidated, cache, json!({})).await.unwrap();
        let id = match database.backend() {
            Backend::Postgres => "gen_random_uuid()",
            Backend::Sqlite => "randomblob(16)",
        };
        for year in ["2019", "2020"] {
            let old = format!(
                "INSERT INTO audit_log (id, created_at, actor_kind, action, subject_kind, details) \
                 VALUES ({id}, '{year}-01-31T12:00:00.123456+00:00', 'operator', 'user.deleted', 'user', '{{}}')"
            );
            db.execute_unprepared(&old).await.unwrap();
        }
        assert_eq!(count(&log, AuditFilter::default()).await, 3);
        db.execute_unprepared(pruning(database.backend())).await.unwrap();
        let left = log.list(&AuditFilter::default(), PageRequest::default()).await.unwrap().items;
        assert_eq!(left.iter().map(|entry| entry.action.as_str()).collect::<Vec<_>>(), ["cache.invalidated"]);
        for attempt in ["UPDATE audit_log SET actor_kind = 'user'", "DELETE FROM audit_log"] {
            db.execute_unprepared(attempt).await.expect_err("it is append-only again");
        }
    })
    .await;
}

#[tokio::test]
async fn each_filter_finds_its_entries() {
    each_backend(async |database| {
        let (_db, log) = log(database).await;
        let (ada, machine, row) = (Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3));
        let user = author(Actor::User { id: ada, email: "ada@example.org".into() }, "r1");
        let token = author(Actor::Token { id: machine, name: "CI".into() }, "r2");
        let entries = [
            (&user, Action::UserCreated, Subject::row(SubjectKind::User, row)),
            (&user, Action::UserDeleted, Subject::row(SubjectKind::User, row)),
            (&token, Action::LeadsExported, Subject::whole(SubjectKind::Lead)),
        ];
        for (author, action, subject) in entries {
            log.record(author, action, subject, json!({"a": 1})).await.unwrap();
        }
        let newest = log.list(&AuditFilter::default(), PageRequest::default()).await.unwrap().items;
        assert_eq!(newest[0].action, "leads.exported");
        let now = newest[0].created_at;
        let none = AuditFilter::default;
        let filters = [
            (AuditFilter { actor_id: Some(ada), ..none() }, 2),
            (AuditFilter { actor_kind: Some(ActorKind::Token), ..none() }, 1),
            (AuditFilter { action: vec![Action::UserCreated, Action::LeadsExported], ..none() }, 2),
            (AuditFilter { subject_kind: Some(SubjectKind::User), ..none() }, 2),
            (AuditFilter { subject_id: Some(row), ..none() }, 2),
            (AuditFilter { subject_id: Some(row), action: vec![Action::UserDeleted], ..none() }, 1),
            (AuditFilter { request_id: Some("r2".into()), ..none() }, 1),
            (AuditFilter { request_id: Some("r".into()), ..none() }, 0),
            (AuditFilter { created: TimeRange { from: Some(now), to: None }, ..none() }, 1),
            (AuditFilter { created: TimeRange { from: None, to: Some(now) }, ..none() }, 2),
        ];
        for (filter, expected) in filters {
            assert_eq!(count(&log, filter.clone()).await, expected, "{filter:?}");
        }
    })
    .await;
}

/// Enough entries, all of one kind but a few, that a planner has something to choose.
const MANY: [&str; 2] = [
    "INSERT INTO audit_log (id, created_at, actor_kind, actor_id, action, subject_kind, subject_id, request_id, details)
     SELECT gen_random_uuid(), now() - n * interval '1 minute',
         (ARRAY['user', 'user', 'user', 'token'])[1 + n % 4],
         ('00000000-0000-7000-8000-' || lpad((n % 500)::text, 12, '0'))::uuid,
         CASE WHEN n % 100 = 0 THEN 'session.refused' ELSE 'user.updated' END,
         CASE WHEN n % 100 = 0 THEN 'session' ELSE 'user' END,
         gen_random_uuid(), 'r' || n, '{}'
     FROM generate_series(1, 20000) n",
    "ANALYZE audit_log",
];

const MANY_ON_SQLITE: [&str; 2] = [
    "WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < 5000)
     INSERT INTO audit_log (id, created_at, actor_kind, actor_id, action, subject_kind, subject_id, request_id, details)
     SELECT randomblob(16), strftime('%Y-%m-%dT%H:%M:%S', 1800000000 + n * 60, 'unixepoch') || '+00:00',
         CASE n % 4 WHEN 3 THEN 'token' ELSE 'user' END, CAST(printf('%016d', n % 500) AS BLOB),
         CASE WHEN n % 100 = 0 THEN 'session.refused' ELSE 'user.updated' END,
         CASE WHEN n % 100 = 0 THEN 'session' ELSE 'user' END,
         randomblob(16), 'r' || n, '{}'
     FROM counted",
    "ANALYZE",
];

/// What is asked for, and the index that serves it.
const SERVED: [(&str, &str); 7] = [
    ("actor_id = (SELECT actor_id FROM audit_log LIMIT 1)", "idx_audit_log_actor_id"),
    ("actor_kind = 'operator'", "idx_audit_log_actor_kind"),
    ("action = 'session.refused'", "idx_audit_log_action"),
    ("subject_kind = 'session'", "idx_audit_log_subject_kind"),
    ("subject_id = (SELECT subject_id FROM audit_log LIMIT 1)", "idx_audit_log_subject_id"),
    ("request_id = 'r17'", "idx_audit_log_request_id"),
    ("created_at >= (SELECT max(created_at) FROM audit_log)", "idx_audit_log_created_at_desc"),
];

#[tokio::test]
async fn each_filter_is_served_by_an_index() {
    each_backend(async |database| {
        let db = connect_untracked(database.url(), 1, Duration::from_secs(10)).await.unwrap();
        let (many, explain) = match database.backend() {
            Backend::Postgres => (MANY, "EXPLAIN"),
            Backend::Sqlite => (MANY_ON_SQLITE, "EXPLAIN QUERY PLAN"),
        };
        for statement in many {
            db.execute_unprepared(statement).await.expect(statement);
        }
        let mut unserved = Vec::new();
        for (condition, index) in SERVED {
            let query = format!(
                "SELECT * FROM audit_log WHERE {condition} ORDER BY created_at DESC, id DESC LIMIT 51"
            );
            let plan = plan(&db, &format!("{explain} {query}")).await;
            if !plan.contains(&format!("{index} ")) {
                unserved
                    .push(format!("{index} does not serve {condition} on {}:\n{plan}", database.backend()));
            }
            if plan.contains("Seq Scan") && !plan.contains("InitPlan") {
                unserved.push(format!("every row is read for {condition}:\n{plan}"));
            }
        }
        assert!(unserved.is_empty(), "{}", unserved.join("\n"));
    })
    .await;
}

async fn plan(db: &impl ConnectionTrait, explain: &str) -> String {
    let (backend, column) = match db.get_database_backend() {
        DbBackend::Sqlite => (DbBackend::Sqlite, "detail"),
        other => (other, "QUERY PLAN"),
    };
    let lines = db.query_all_raw(Statement::from_string(backend, explain)).await.expect(explain);
    let lines = lines.iter().map(|line| line.try_get::<String>("", column).expect("a line of the plan"));
    lines.collect::<Vec<_>>().join("\n")
}
