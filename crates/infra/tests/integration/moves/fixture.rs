//! A database with its repositories, what they tell and which statements they send.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicI64, Ordering::SeqCst},
};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    entities::{
        lead::{self, LeadPatch, LeadStatus, NewLead},
        moves::BulkMove,
        proposal::{self, NewProposal, ProposalPatch, ProposalStatus},
        user::{self},
    },
    ports::Clock,
};
use infra::{
    database::{TrackedConnection, connect_untracked},
    error::RepositoryError,
    repositories::{Expected, LeadRepository, ProposalRepository, UserRepository},
};
use sea_orm::{ActiveModelTrait as _, prelude::Uuid};
use test_support::TestDatabase;

use crate::{
    hooks::{
        Recorder,
        Told::{self},
    },
    node::{PATIENCE, new_user},
};

/// Stands still until it is moved on.
#[derive(Default)]
pub(super) struct StillClock(pub(super) AtomicI64);

impl Clock for StillClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(1_800_000_000 + self.0.load(SeqCst))
    }
}

pub(super) struct Fixture {
    pub(super) db: TrackedConnection,
    pub(super) clock: Arc<StillClock>,
    pub(super) users: UserRepository,
    pub(super) proposals: ProposalRepository,
    pub(super) leads: LeadRepository,
    pub(super) told: Recorder,
    pub(super) statements: Arc<Mutex<Vec<String>>>,
}

impl Fixture {
    pub(super) async fn new(database: &TestDatabase) -> Self {
        let (told, statements) = (Recorder::default(), Arc::<Mutex<Vec<String>>>::default());
        let mut inner = connect_untracked(database.url(), 8, PATIENCE).await.unwrap();
        let seen = Arc::clone(&statements);
        inner.set_metric_callback(move |info| seen.lock().unwrap().push(info.statement.sql.clone()));
        let db = TrackedConnection::new(inner, Arc::new(told.clone()));
        let clock = Arc::<StillClock>::default();
        let same: Arc<dyn Clock> = Arc::<StillClock>::clone(&clock);
        Self {
            users: UserRepository::new(db.clone(), Arc::clone(&same)),
            proposals: ProposalRepository::new(db.clone(), Arc::clone(&same)),
            leads: LeadRepository::new(db.clone(), same),
            db,
            clock,
            told,
            statements,
        }
    }

    /// Moves the clock on by a second.
    pub(super) fn tick(&self) {
        self.clock.0.fetch_add(1, SeqCst);
    }

    /// What was told since the last call; the statements until then are forgotten.
    pub(super) fn told(&self) -> Vec<Told> {
        self.statements();
        self.told.take()
    }

    /// The statements since the last call, each by its first word and the first table in it.
    pub(super) fn statements(&self) -> Vec<String> {
        let statements = std::mem::take(&mut *self.statements.lock().unwrap());
        let short = |sql: &String| {
            let place = |table: &&str| sql.find(&format!("\"{table}\"")).unwrap_or(usize::MAX);
            let table = ["users", "proposals", "leads", "audit_log"].into_iter().min_by_key(place).unwrap();
            format!("{} {table}", sql.split(' ').next().unwrap())
        };
        statements.iter().map(short).collect()
    }

    pub(super) async fn user(&self) -> user::Model {
        new_user(0).insert(&self.db).await.unwrap()
    }

    pub(super) async fn proposal(&self, owner: &user::Model) -> proposal::Model {
        let new = NewProposal {
            user_id: owner.id,
            title: "Roof".into(),
            client_name: "Mairie".into(),
            amount_minor: 100,
            currency: "EUR".into(),
        };
        self.proposals.create(new).await.unwrap()
    }

    pub(super) async fn lead(&self, parent: &proposal::Model) -> lead::Model {
        let new = NewLead {
            proposal_id: parent.id,
            name: "Jean".into(),
            email: "jean@example.org".into(),
            source: lead::LeadSource::default(),
        };
        self.leads.create(new).await.unwrap()
    }

    pub(super) async fn patch_proposal(
        &self,
        id: Uuid,
        to: ProposalStatus,
    ) -> Result<proposal::Model, RepositoryError> {
        self.proposals
            .update(id, ProposalPatch { status: Some(to), ..ProposalPatch::default() }, Expected::Anything)
            .await
    }

    pub(super) async fn patch_lead(&self, id: Uuid, to: LeadStatus) -> Result<lead::Model, RepositoryError> {
        self.leads
            .update(id, LeadPatch { status: Some(to), ..LeadPatch::default() }, Expected::Anything)
            .await
    }
}

pub(super) fn all_to<S>(ids: &[Uuid], status: S) -> BulkMove<S> {
    BulkMove { ids: ids.to_vec(), status }
}
