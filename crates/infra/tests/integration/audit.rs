//! What the audit log says of each kind of change, and that it says nothing of a change that did not happen.

use std::sync::Arc;

use domain::{
    audit::{Action, Actor, Author, Subject, SubjectKind},
    entities::{
        audit_entry,
        lead::{self, LeadPatch, LeadSource, LeadStatus, NewLead},
        moves::BulkMove,
        proposal::{NewProposal, ProposalPatch, ProposalStatus},
        user::{NewUser, Role, UserPatch, UserStatus},
    },
    ports::{Clock, SystemClock},
};
use infra::{
    database::{TrackedConnection, connect_untracked},
    repositories::{AuditLog, Expected, LeadRepository, ProposalRepository, UserRepository},
};
use sea_orm::{ConnectionTrait as _, EntityTrait as _, QueryOrder as _, prelude::Uuid};
use serde_json::{Value, json};
use test_support::{TestDatabase, each_backend};

use crate::{hooks::Recorder, node::PATIENCE};

struct Fixture {
    db: TrackedConnection,
    users: UserRepository,
    proposals: ProposalRepository,
    leads: LeadRepository,
    log: AuditLog,
}

fn author() -> Author {
    Author {
        actor: Actor::User { id: Uuid::from_u128(7), email: "root@example.org".into() },
        address: Some("2001:db8::7".parse().unwrap()),
        request_id: Some("r7".into()),
    }
}

impl Fixture {
    async fn new(database: &TestDatabase) -> Self {
        let inner = connect_untracked(database.url(), 4, PATIENCE).await.unwrap();
        let db = TrackedConnection::new(inner, Arc::new(Recorder::default()));
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        Self {
            users: UserRepository::new(db.clone(), Arc::clone(&clock)).by(author()),
            proposals: ProposalRepository::new(db.clone(), Arc::clone(&clock)).by(author()),
            leads: LeadRepository::new(db.clone(), Arc::clone(&clock)).by(author()),
            log: AuditLog::new(db.clone(), clock),
            db,
        }
    }

    async fn entries(&self) -> Vec<audit_entry::Model> {
        audit_entry::Entity::find()
            .order_by_asc(audit_entry::Column::CreatedAt)
            .order_by_asc(audit_entry::Column::Id)
            .all(&self.db)
            .await
            .unwrap()
    }

    /// The entries from the one at `from` on: what was done to which row, with what details.
    async fn told(&self, from: usize) -> Vec<(String, Option<Uuid>, Value)> {
        let entries = self.entries().await.into_iter().skip(from);
        entries.map(|e| (e.action, e.subject_id, serde_json::from_str(&e.details).unwrap())).collect()
    }

    async fn user(&self) -> Uuid {
        let new = NewUser {
            email: "ada@example.org".into(),
            display_name: "Ada".into(),
            role: Role::Viewer,
            status: UserStatus::Invited,
        };
        self.users.create(new).await.unwrap().id
    }

    async fn lead_below(&self, proposal_id: Uuid) -> lead::Model {
        let new = NewLead {
            proposal_id,
            name: "Jean".into(),
            email: "jean@example.org".into(),
            source: LeadSource::Website,
        };
        self.leads.create(new).await.unwrap()
    }

    async fn proposal_of(&self, user_id: Uuid) -> Uuid {
        let new = NewProposal {
            user_id,
            title: "Roof".into(),
            client_name: "Mairie".into(),
            amount_minor: 100,
            currency: "EUR".into(),
        };
        self.proposals.create(new).await.unwrap().id
    }
}

#[tokio::test]
async fn each_change_is_told_with_the_values_that_say_nothing_about_a_person() {
    each_backend(async |database| {
        let f = Fixture::new(database).await;
        let user = f.user().await;
        let patch = UserPatch {
            email: Some("ada@example.com".into()),
            status: Some(UserStatus::Active),
            ..UserPatch::default()
        };
        f.users.update(user, patch.clone(), Expected::default()).await.unwrap();
        f.users.update(user, patch, Expected::default()).await.expect("nothing changes, nothing is told");
        let proposal = f.proposal_of(user).await;
        let patch =
            ProposalPatch { title: Some("Dach".into()), amount_minor: Some(200), ..ProposalPatch::default() };
        f.proposals.update(proposal, patch, Expected::default()).await.unwrap();
        let first = f.entries().await.swap_remove(0);
        assert_eq!((first.actor_kind.as_str(), first.actor_id), ("user", Some(Uuid::from_u128(7))));
        assert_eq!(first.actor_name.as_deref(), Some("root@example.org"));
        assert_eq!(
            (first.address.as_deref(), first.request_id.as_deref()),
            (Some("2001:db8::7"), Some("r7"))
        );
        assert_eq!(first.subject_kind, "user");
        let row = |action: Action, id: Uuid, details: Value| (action.as_str().to_owned(), Some(id), details);
        assert_eq!(
            f.told(0).await,
            [
                row(Action::UserCreated, user, json!({"values": {"role": "viewer", "status": "invited"}})),
                row(
                    Action::UserUpdated,
                    user,
                    json!({"changes": {"email": {}, "status": {"from": "invited", "to": "active"}}})
                ),
                row(
                    Action::ProposalCreated,
                    proposal,
                    json!({"values": {"status": "draft", "amountMinor": 100, "currency": "EUR"}})
                ),
                row(
                    Action::ProposalUpdated,
                    proposal,
                    json!({"changes": {"title": {}, "amountMinor": {"from": 100, "to": 200}}})
                ),
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn a_move_of_many_tells_each_row_that_moved() {
    each_backend(async |database| {
        let f = Fixture::new(database).await;
        let user = f.user().await;
        let proposal = f.proposal_of(user).await;
        let (one, two) = (f.lead_below(proposal).await.id, f.lead_below(proposal).await.id);
        let patch = LeadPatch { status: Some(LeadStatus::Contacted), ..LeadPatch::default() };
        f.leads.update(two, patch, Expected::default()).await.unwrap();
        let before = f.entries().await.len();
        let request = BulkMove { ids: vec![two, one, Uuid::nil()], status: LeadStatus::Contacted };
        f.leads.move_many(request).await.unwrap();
        let moved = json!({"changes": {"status": {"from": "new", "to": "contacted"}}});
        assert_eq!(f.told(before).await, [("lead.updated".to_owned(), Some(one), moved)]);

        let request = BulkMove { ids: vec![proposal], status: ProposalStatus::Sent };
        f.proposals.move_many(request).await.unwrap();
        f.leads.delete(one, Expected::default()).await.unwrap();
        f.proposals.delete(proposal, Expected::default()).await.unwrap();
        f.users.delete(user, Expected::default()).await.unwrap();
        let told = f.told(before + 1).await;
        let actions: Vec<_> = told.iter().map(|(action, id, _)| (action.as_str(), id.unwrap())).collect();
        assert_eq!(
            actions,
            [
                ("proposal.updated", proposal),
                ("lead.deleted", one),
                ("proposal.deleted", proposal),
                ("user.deleted", user)
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn a_change_that_does_not_happen_is_not_told_and_one_that_cannot_be_told_does_not_happen() {
    each_backend(async |database| {
        let f = Fixture::new(database).await;
        let user = f.user().await;
        let illegal = BulkMove { ids: vec![f.proposal_of(user).await], status: ProposalStatus::Accepted };
        f.proposals.move_many(illegal).await.expect_err("a draft is not accepted");
        f.users.delete(Uuid::nil(), Expected::default()).await.expect_err("nobody");
        f.log
            .record(
                &Author::operator(),
                Action::CacheInvalidated,
                Subject::whole(SubjectKind::Cache),
                json!({"tags": ["all"]}),
            )
            .await
            .unwrap();
        let told = f.told(2).await;
        assert_eq!(told, [("cache.invalidated".to_owned(), None, json!({"tags": ["all"]}))]);

        f.db.execute_unprepared("ALTER TABLE audit_log RENAME TO elsewhere").await.unwrap();
        f.users.delete(user, Expected::default()).await.expect_err("there is no log");
        f.db.execute_unprepared("ALTER TABLE elsewhere RENAME TO audit_log").await.unwrap();
        f.users.get(user).await.expect("it was not deleted");
    })
    .await;
}
