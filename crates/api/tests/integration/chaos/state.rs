//! What the database held: every state it was in, by its own account, one for each transaction in the order of their
//! commits.

#![expect(clippy::disallowed_types, reason = "it looks from outside, past what the service tracks")]

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, Statement};
use serde::Deserialize;
use uuid::Uuid;

use super::journal::{Journal, Time};

/// The rows of the three tables at one time.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct State {
    pub(super) users: BTreeMap<Uuid, User>,
    pub(super) proposals: BTreeMap<Uuid, Proposal>,
    pub(super) leads: BTreeMap<Uuid, Lead>,
}

#[derive(Clone, Debug, Deserialize, PartialEq)]
pub(super) struct User {
    pub(super) id: Uuid,
    pub(super) email: String,
    pub(super) display_name: String,
    pub(super) role: String,
    pub(super) status: String,
    pub(super) first_sent_at: Option<DateTime<Utc>>,
    pub(super) created_at: DateTime<Utc>,
}

#[derive(Clone, Debug, Deserialize, PartialEq)]
pub(super) struct Proposal {
    pub(super) id: Uuid,
    pub(super) user_id: Uuid,
    pub(super) title: String,
    pub(super) client_name: String,
    pub(super) amount_minor: i64,
    pub(super) currency: String,
    pub(super) status: String,
    pub(super) sent_at: Option<DateTime<Utc>>,
    pub(super) decided_at: Option<DateTime<Utc>>,
    pub(super) created_at: DateTime<Utc>,
}

#[derive(Clone, Debug, Deserialize, PartialEq)]
pub(super) struct Lead {
    pub(super) proposal_id: Uuid,
    pub(super) status: String,
    pub(super) converted_at: Option<DateTime<Utc>>,
    pub(super) created_at: DateTime<Utc>,
}

/// A transaction that changed rows.
#[derive(Clone, Debug)]
pub(super) struct Transaction {
    /// The request it belongs to, by the audit log's entry of the same transaction.
    pub(super) request: Option<String>,
    pub(super) committed: Time,
    changes: Vec<Change>,
}

#[derive(Clone, Debug)]
struct Change {
    relation: String,
    id: Uuid,
    after: Option<String>,
}

impl State {
    /// What the database holds now.
    pub(super) async fn of(database: &DatabaseConnection) -> Self {
        let mut state = Self::default();
        let all = "SELECT 'users' AS relation, id, to_jsonb(users)::text AS after FROM users \
            UNION ALL SELECT 'proposals', id, to_jsonb(proposals)::text FROM proposals \
            UNION ALL SELECT 'leads', id, to_jsonb(leads)::text FROM leads";
        for row in query(database, all).await {
            let (relation, id) = (row.try_get("", "relation").unwrap(), row.try_get("", "id").unwrap());
            state.change(&Change { relation, id, after: row.try_get("", "after").unwrap() });
        }
        state
    }

    /// The state that follows, and whether it may be: what a request changes, it changes whole.
    pub(super) fn after(&self, transaction: &Transaction) -> Self {
        let mut state = self.clone();
        transaction.changes.iter().for_each(|change| state.change(change));
        state
    }

    /// What must hold whatever happened, beside what the database itself enforces.
    pub(super) fn broken_rule(&self) -> Option<String> {
        self.proposals.values().filter(|row| row.sent_at.is_some()).find_map(|row| {
            let owner = &self.users[&row.user_id];
            owner.first_sent_at.is_none().then(|| format!("{row:?} was sent, and its owner has sent nothing"))
        })
    }

    fn change(&mut self, change: &Change) {
        let (id, after) = (change.id, change.after.as_deref());
        match change.relation.as_str() {
            "users" => put(&mut self.users, id, after),
            "proposals" => put(&mut self.proposals, id, after),
            _ => put(&mut self.leads, id, after),
        }
    }
}

fn put<T: for<'a> Deserialize<'a>>(rows: &mut BTreeMap<Uuid, T>, id: Uuid, after: Option<&str>) {
    match after {
        Some(text) => drop(rows.insert(id, serde_json::from_str(text).unwrap())),
        None => drop(rows.remove(&id)),
    }
}

/// Every transaction that changed rows, in the order of their commits.
pub(super) async fn history(database: &DatabaseConnection, journal: &Journal) -> Vec<Transaction> {
    let notes = "SELECT n.relation, n.row_id, n.after::text AS after, n.xmin::text AS number, \
        (extract(epoch FROM pg_xact_commit_timestamp(n.xmin)) * 1000000)::bigint AS micros, \
        (SELECT max(a.request_id) FROM audit_log a WHERE a.xmin = n.xmin) AS request \
        FROM chaos_history n ORDER BY micros, number, seq";
    let mut transactions: Vec<(String, Transaction)> = Vec::new();
    for row in query(database, notes).await {
        let number: String = row.try_get("", "number").unwrap();
        let change = Change {
            relation: row.try_get("", "relation").unwrap(),
            id: row.try_get("", "row_id").unwrap(),
            after: row.try_get("", "after").unwrap(),
        };
        match transactions.last_mut() {
            Some((same, transaction)) if *same == number => transaction.changes.push(change),
            _ => {
                let request = row.try_get("", "request").unwrap();
                let committed = journal.time_of(row.try_get("", "micros").unwrap());
                transactions.push((number, Transaction { request, committed, changes: vec![change] }));
            }
        }
    }
    transactions.into_iter().map(|(_, transaction)| transaction).collect()
}

/// Forgets every transaction so far.
pub(super) async fn forget(database: &DatabaseConnection) {
    database.execute_unprepared("TRUNCATE chaos_history").await.unwrap();
}

async fn query(database: &DatabaseConnection, sql: &str) -> Vec<sea_orm::QueryResult> {
    database.query_all_raw(Statement::from_string(DbBackend::Postgres, sql)).await.unwrap()
}
