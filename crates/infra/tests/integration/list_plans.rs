//! No list looks at a whole table because of one filter: the plans of the statements that the repositories really send, on both
//! databases, with enough rows that it would matter.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    entities::{
        lead::{LeadSource, LeadStatus},
        proposal::ProposalStatus,
        user::{Role, UserStatus},
    },
    ports::SystemClock,
};
use infra::{
    database::{TrackedConnection, connect_untracked},
    repositories::{
        Cursor, LeadFilter, LeadRepository, PageRequest, ProposalFilter, ProposalRepository, TimeRange,
        UserFilter, UserRepository,
    },
};
use sea_orm::{ConnectionTrait, DbBackend, Statement, prelude::Uuid};
use test_support::{TestDatabase, each_backend};

use crate::{explain::ROWS, hooks::Recorder};

/// The same rows for SQLite, fewer of them.
const SQLITE_ROWS: [&str; 4] = [
    "INSERT INTO users (id, email, display_name, role, status, first_sent_at, created_at, updated_at)
     WITH RECURSIVE made(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM made WHERE n < 3000),
     timed AS (SELECT n, strftime('%Y-%m-%dT%H:%M:%S', 'now', '-' || (n * 6) || ' hours') || '+00:00' AS at FROM made)
     SELECT randomblob(16), 'u' || n || '@example.org', 'User ' || n, 'user', 'active', at, at, at FROM timed",
    "INSERT INTO proposals (id, user_id, title, client_name, amount_minor, currency, status, sent_at, decided_at,
         created_at, updated_at)
     SELECT randomblob(16), u.id, 'Roof', 'Client', 100, 'EUR', s.status,
         CASE WHEN s.status <> 'draft' THEN u.created_at END,
         CASE WHEN s.status = 'accepted' THEN u.created_at END, u.created_at, u.created_at
     FROM users u, (SELECT 'draft' AS status UNION ALL SELECT 'sent' UNION ALL SELECT 'viewed' UNION ALL SELECT 'accepted') s",
    "INSERT INTO leads (id, proposal_id, name, email, source, status, converted_at, created_at, updated_at)
     SELECT randomblob(16), p.id, 'Lead', 'lead@example.org', 'website', s.status,
         CASE WHEN s.status = 'converted' THEN p.created_at END, p.created_at, p.created_at
     FROM proposals p, (SELECT 'new' AS status UNION ALL SELECT 'lost' UNION ALL SELECT 'converted') s",
    "ANALYZE",
];

/// Repositories whose statements are noted down.
struct Fixture {
    db: TrackedConnection,
    statements: Arc<Mutex<Vec<Statement>>>,
    users: UserRepository,
    proposals: ProposalRepository,
    leads: LeadRepository,
}

impl Fixture {
    async fn new(database: &TestDatabase) -> Self {
        let mut inner = connect_untracked(database.url(), 1, Duration::from_secs(10)).await.unwrap();
        let rows = match inner.get_database_backend() {
            DbBackend::Sqlite => SQLITE_ROWS,
            _ => ROWS,
        };
        for statement in rows {
            inner.execute_unprepared(statement).await.expect(statement);
        }
        let statements = Arc::<Mutex<Vec<Statement>>>::default();
        let seen = Arc::clone(&statements);
        inner.set_metric_callback(move |info| seen.lock().unwrap().push(info.statement.clone()));
        let db = TrackedConnection::new(inner, Arc::new(Recorder::default()));
        let clock = Arc::new(SystemClock);
        Self {
            users: UserRepository::new(db.clone(), clock.clone()),
            proposals: ProposalRepository::new(db.clone(), clock.clone()),
            leads: LeadRepository::new(db.clone(), clock),
            db,
            statements,
        }
    }

    /// The plan of the one statement since the last call.
    async fn plan(&self) -> String {
        let statements = std::mem::take(&mut *self.statements.lock().unwrap());
        let [statement] = <[Statement; 1]>::try_from(statements).expect("one statement");
        let (explain, line) = match statement.db_backend {
            DbBackend::Sqlite => ("EXPLAIN QUERY PLAN ", 3),
            _ => ("EXPLAIN ", 0),
        };
        let explained = Statement { sql: format!("{explain}{}", statement.sql), ..statement };
        let lines = self.db.query_all_raw(explained).await.expect("a plan");
        self.statements.lock().unwrap().clear();
        lines.iter().map(|row| row.try_get_by_index::<String>(line).unwrap() + "\n").collect()
    }
}

/// Whether the plan looks at a whole table, not led by an index.
fn looks_at_everything(plan: &str) -> bool {
    plan.lines().any(|line| {
        line.contains("Seq Scan") || (line.trim_start().starts_with("SCAN ") && !line.contains(" USING "))
    })
}

fn days_ago(days: i64) -> DateTime<Utc> {
    domain::ports::truncate_to_micros(Utc::now()) - TimeDelta::days(days)
}

fn long_ago() -> TimeRange {
    TimeRange { from: Some(days_ago(400)), to: Some(days_ago(398)) }
}

#[tokio::test]
async fn no_filter_makes_a_list_look_at_a_whole_table() {
    each_backend(async |database| {
        let f = Fixture::new(database).await;
        let owner = f.users.list(&UserFilter::default(), PageRequest::default()).await.unwrap().items[7].id;
        let parent =
            f.proposals.list(&ProposalFilter::default(), PageRequest::default()).await.unwrap().items[7].id;
        f.statements.lock().unwrap().clear();
        let further_on = PageRequest {
            after: Some(Cursor { created_at: days_ago(90), id: Uuid::from_u128(7) }),
            ..PageRequest::default()
        };
        let mut plans = Vec::new();
        for request in [PageRequest::default(), further_on] {
            let none = UserFilter::default;
            for filter in [
                none(),
                UserFilter { status: vec![UserStatus::Suspended], ..none() },
                UserFilter { status: vec![UserStatus::Suspended, UserStatus::Invited], ..none() },
                UserFilter { role: Some(Role::Admin), ..none() },
                UserFilter { created: long_ago(), ..none() },
                UserFilter { activated_before: Some(days_ago(700)), ..none() },
                UserFilter { q: Some("User 1234".into()), ..none() },
            ] {
                f.users.list(&filter, request).await.unwrap();
                plans.push((format!("{filter:?}"), f.plan().await));
            }
            let none = ProposalFilter::default;
            for filter in [
                none(),
                ProposalFilter { status: vec![ProposalStatus::Expired], ..none() },
                ProposalFilter { status: vec![ProposalStatus::Expired, ProposalStatus::Declined], ..none() },
                ProposalFilter { user_id: Some(owner), ..none() },
                ProposalFilter { created: long_ago(), ..none() },
                ProposalFilter { sent: long_ago(), ..none() },
                ProposalFilter { decided: long_ago(), ..none() },
                ProposalFilter { q: Some("nothing like it".into()), ..none() },
            ] {
                f.proposals.list(&filter, request).await.unwrap();
                plans.push((format!("{filter:?}"), f.plan().await));
            }
            let none = LeadFilter::default;
            for filter in [
                none(),
                LeadFilter { status: vec![LeadStatus::Qualified], ..none() },
                LeadFilter { status: vec![LeadStatus::Qualified, LeadStatus::Contacted], ..none() },
                LeadFilter { source: Some(LeadSource::Import), ..none() },
                LeadFilter { proposal_id: Some(parent), ..none() },
                LeadFilter { user_id: Some(owner), ..none() },
                LeadFilter { created: long_ago(), ..none() },
                LeadFilter { converted: long_ago(), ..none() },
                LeadFilter { q: Some("nothing like it".into()), ..none() },
            ] {
                f.leads.list(&filter, request).await.unwrap();
                plans.push((format!("{filter:?}"), f.plan().await));
            }
        }
        let everything: Vec<_> = plans.iter().filter(|(_, plan)| looks_at_everything(plan)).collect();
        assert!(everything.is_empty(), "{everything:#?}");
        // What nobody has is found out in the index of the texts alone.
        if database.backend() == test_support::Backend::Postgres {
            for (filter, plan) in plans.iter().filter(|(filter, _)| filter.contains("nothing like it")) {
                assert!(plan.contains("_search"), "{filter}:\n{plan}");
            }
        }
    })
    .await;
}
