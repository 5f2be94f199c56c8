//! Each way of writing: which tags the sink is told of, and when, on both databases.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use domain::{
    entities::{cascade, lead, proposal, user},
    invalidation::{CacheTag, CacheTags, InvalidationOutcome, InvalidationSink},
    ports::{Clock as _, SystemClock},
};
use futures_util::FutureExt as _;
use infra::database::{TrackedConnection, connect_untracked};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, DbErr, EntityTrait as _, IntoActiveModel as _, TransactionError,
    TransactionSession as _, TransactionTrait as _,
};
use test_support::{TestDatabase, each_backend};

use crate::node::{PATIENCE, new_user};

pub(crate) const USERS: CacheTags = CacheTags::of(&[CacheTag::Users]);
/// Of a user who may be signed in.
const USERS_AND_SESSIONS: CacheTags = CacheTags::of(&[CacheTag::Users, CacheTag::Sessions]);
pub(crate) const PROPOSALS: CacheTags = CacheTags::of(&[CacheTag::Proposals]);
pub(crate) const LEADS: CacheTags = CacheTags::of(&[CacheTag::Leads]);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Committed(CacheTags),
    Uncertain(CacheTags),
}
use Told::{Committed, Uncertain};

#[derive(Clone, Default)]
pub(crate) struct Recorder(Arc<Mutex<Vec<Told>>>);

#[async_trait]
impl InvalidationSink for Recorder {
    async fn invalidate(&self, tags: CacheTags) -> InvalidationOutcome {
        self.0.lock().unwrap().push(Committed(tags));
        InvalidationOutcome::Applied
    }

    fn invalidate_uncertain(&self, tags: CacheTags) {
        self.0.lock().unwrap().push(Uncertain(tags));
    }
}

impl Recorder {
    /// What was told since the last call.
    pub(crate) fn take(&self) -> Vec<Told> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

struct Fixture {
    db: TrackedConnection,
    told: Recorder,
}

impl Fixture {
    async fn new(database: &TestDatabase) -> Self {
        let told = Recorder::default();
        let inner = connect_untracked(database.url(), 4, PATIENCE).await.unwrap();
        Self { db: TrackedConnection::new(inner, Arc::new(told.clone())), told }
    }

    /// What was told since the last call.
    fn told(&self) -> Vec<Told> {
        self.told.take()
    }

    async fn user(&self) -> user::Model {
        let row = new_user(0).insert(&self.db).await.unwrap();
        self.told();
        row
    }

    async fn count(&self) -> usize {
        user::Entity::find().all(&self.db).await.unwrap().len()
    }
}

pub(crate) fn new_proposal(user: &user::Model) -> proposal::ActiveModel {
    let new = proposal::NewProposal {
        user_id: user.id,
        title: "Roof".into(),
        client_name: "Mairie".into(),
        amount_minor: 100,
        currency: "EUR".into(),
    };
    new.into_active_model(SystemClock.now()).unwrap()
}

pub(crate) fn new_lead(proposal: &proposal::Model) -> lead::ActiveModel {
    let new = lead::NewLead {
        proposal_id: proposal.id,
        name: "Jean".into(),
        email: "jean@example.org".into(),
        source: lead::LeadSource::Website,
    };
    new.into_active_model(SystemClock.now()).unwrap()
}

#[tokio::test]
async fn outside_a_transaction_every_write_is_told_at_once() {
    each_backend(async |database| {
        let f = Fixture::new(database).await;
        let row = new_user(0).insert(&f.db).await.unwrap();
        assert_eq!(f.told(), [Committed(USERS)], "insert");
        let change = user::ActiveModel { display_name: Set("1".into()), ..row.clone().into() };
        change.update(&f.db).await.unwrap();
        assert_eq!(f.told(), [Committed(USERS_AND_SESSIONS)], "update");
        row.clone().into_active_model().update(&f.db).await.unwrap();
        assert_eq!(f.told(), [Committed(USERS_AND_SESSIONS)], "an update that changes nothing");
        let change = user::ActiveModel { display_name: Set("2".into()), ..row.clone().into() };
        change.save(&f.db).await.unwrap();
        assert_eq!(f.told(), [Committed(USERS_AND_SESSIONS)], "save");
        let proposal = new_proposal(&row).insert(&f.db).await.unwrap();
        assert_eq!(f.told(), [Committed(PROPOSALS)], "a proposal");
        let lead = new_lead(&proposal).insert(&f.db).await.unwrap();
        assert_eq!(f.told(), [Committed(LEADS)], "a lead");
        lead.into_active_model().delete(&f.db).await.unwrap();
        assert_eq!(f.told(), [Committed(LEADS)], "delete");
        proposal.into_active_model().delete(&f.db).await.unwrap();
        assert_eq!(f.told(), [Committed(PROPOSALS)], "delete");
        row.into_active_model().delete(&f.db).await.unwrap();
        assert_eq!(f.told(), [Committed(USERS_AND_SESSIONS)], "delete");
    })
    .await;
}

#[tokio::test]
async fn a_write_that_fails_tells_nothing() {
    each_backend(async |database| {
        let f = Fixture::new(database).await;
        let row = f.user().await;
        let mut twin = new_user(1);
        twin.email = Set(row.email.to_uppercase());
        assert!(twin.insert(&f.db).await.is_err());
        assert_eq!(f.told(), []);
    })
    .await;
}

#[tokio::test]
async fn a_transaction_tells_once_after_its_commit() {
    each_backend(async |database| {
        let f = Fixture::new(database).await;
        let owner = f.user().await;
        let txn = f.db.begin_write().await.unwrap();
        new_user(0).insert(&txn).await.unwrap();
        let proposal = new_proposal(&owner).insert(&txn).await.unwrap();
        new_proposal(&owner).insert(&txn).await.unwrap();
        new_lead(&proposal).insert(&txn).await.unwrap();
        assert_eq!(f.told(), [], "told before the commit: a reader would cache the old rows again");
        txn.commit().await.unwrap();
        assert_eq!(f.told(), [Committed(USERS.union(PROPOSALS).union(LEADS))]);
    })
    .await;
}

#[tokio::test]
async fn a_transaction_that_is_rolled_back_or_dropped_tells_nothing() {
    each_backend(async |database| {
        let f = Fixture::new(database).await;
        let txn = f.db.begin_write().await.unwrap();
        new_user(0).insert(&txn).await.unwrap();
        txn.rollback().await.unwrap();
        assert_eq!(f.told(), []);
        let txn = f.db.begin_write().await.unwrap();
        new_user(0).insert(&txn).await.unwrap();
        drop(txn);
        assert_eq!(f.told(), []);
        assert_eq!(f.count().await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_transaction_that_only_reads_tells_nothing() {
    each_backend(async |database| {
        let f = Fixture::new(database).await;
        let txn = f.db.begin().await.unwrap();
        user::Entity::find().all(&txn).await.unwrap();
        txn.commit().await.unwrap();
        assert_eq!(f.told(), []);
    })
    .await;
}

#[tokio::test]
async fn a_released_savepoint_hands_its_tags_to_its_parent() {
    each_backend(async |database| {
        let f = Fixture::new(database).await;
        let owner = f.user().await;
        let txn = f.db.begin_write().await.unwrap();
        let savepoint = txn.begin().await.unwrap();
        let nested = savepoint.begin().await.unwrap();
        new_proposal(&owner).insert(&nested).await.unwrap();
        nested.commit().await.unwrap();
        savepoint.commit().await.unwrap();
        assert_eq!(f.told(), []);
        txn.commit().await.unwrap();
        assert_eq!(f.told(), [Committed(PROPOSALS)]);
    })
    .await;
}

#[tokio::test]
async fn a_savepoint_rolled_back_or_dropped_takes_its_tags_with_it() {
    each_backend(async |database| {
        let f = Fixture::new(database).await;
        let owner = f.user().await;
        let txn = f.db.begin_write().await.unwrap();
        new_user(0).insert(&txn).await.unwrap();
        let savepoint = txn.begin().await.unwrap();
        new_proposal(&owner).insert(&savepoint).await.unwrap();
        savepoint.rollback().await.unwrap();
        let savepoint = txn.begin().await.unwrap();
        new_proposal(&owner).insert(&savepoint).await.unwrap();
        drop(savepoint);
        txn.commit().await.unwrap();
        assert_eq!(f.told(), [Committed(USERS)]);
        assert_eq!(proposal::Entity::find().all(&f.db).await.unwrap().len(), 0);
    })
    .await;
}

#[tokio::test]
async fn the_closure_style_tells_after_commit_and_nothing_on_error() {
    each_backend(async |database| {
        let f = Fixture::new(database).await;
        f.db.transaction::<_, (), DbErr>(|txn| {
            Box::pin(async move { new_user(0).insert(txn).await.map(drop) })
        })
        .await
        .unwrap();
        assert_eq!(f.told(), [Committed(USERS)]);
        let failed =
            f.db.transaction::<_, (), DbErr>(|txn| {
                Box::pin(async move {
                    new_user(0).insert(txn).await?;
                    Err(DbErr::Custom("no".into()))
                })
            })
            .await;
        assert!(matches!(failed, Err(TransactionError::Transaction(_))));
        assert_eq!(f.told(), []);
        assert_eq!(f.count().await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_nested_active_model_tells_after_the_transaction_it_opens() {
    each_backend(async |database| {
        let f = Fixture::new(database).await;
        let owner = f.user().await;
        let change = user::ActiveModelEx {
            display_name: Set("1".into()),
            ..user::ActiveModel::from(owner.clone()).into()
        };
        change.update(&f.db).await.unwrap();
        let told = f.told();
        assert!(
            !told.is_empty() && told.iter().all(|told| *told == Committed(USERS_AND_SESSIONS)),
            "{told:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn deleting_takes_what_hangs_below_and_tells_every_table_once() {
    each_backend(async |database| {
        let f = Fixture::new(database).await;
        let owner = f.user().await;
        let proposal = new_proposal(&owner).insert(&f.db).await.unwrap();
        let other = new_proposal(&owner).insert(&f.db).await.unwrap();
        new_lead(&proposal).insert(&f.db).await.unwrap();
        new_lead(&other).insert(&f.db).await.unwrap();
        f.told();
        let txn = f.db.begin_write().await.unwrap();
        assert!(cascade::delete_proposal(&txn, proposal.id).await.unwrap());
        txn.commit().await.unwrap();
        assert_eq!(f.told(), [Committed(PROPOSALS.union(LEADS))]);
        let txn = f.db.begin_write().await.unwrap();
        assert!(cascade::delete_user(&txn, owner.id).await.unwrap());
        assert!(!cascade::delete_user(&txn, owner.id).await.unwrap());
        txn.commit().await.unwrap();
        assert_eq!(f.told(), [Committed(CacheTags::EVERY.difference(CacheTag::All.into()))]);
        assert_eq!(lead::Entity::find().all(&f.db).await.unwrap().len(), 0);
        assert_eq!(f.count().await, 0);
    })
    .await;
}

/// A commit whose future is dropped may have happened: what it wrote counts as old either way.
#[tokio::test]
async fn a_cancelled_commit_is_told_as_uncertain() {
    each_backend(async |database| {
        let f = Fixture::new(database).await;
        // PostgreSQL answers over a socket and SQLite from another thread: a single poll seldom sees the end.
        let cancelled = async || {
            let txn = f.db.begin_write().await.unwrap();
            new_user(0).insert(&txn).await.unwrap();
            let outcome = txn.commit().now_or_never();
            let expected = if outcome.is_some() { Committed(USERS) } else { Uncertain(USERS) };
            assert_eq!(f.told(), [expected]);
            outcome.is_none()
        };
        let mut seen = false;
        for _ in 0..100 {
            seen = seen || cancelled().await;
        }
        assert!(seen, "no commit was cancelled");
    })
    .await;
}

/// A commit that the database refuses (here a check that PostgreSQL defers to the commit) may, for all the client can
/// tell, have happened.
#[tokio::test]
async fn a_commit_that_fails_is_told_as_uncertain() {
    use sea_orm::ConnectionTrait as _;
    let database = TestDatabase::postgres().await;
    let f = Fixture::new(&database).await;
    f.db.execute_unprepared(
        "ALTER TABLE users ADD CONSTRAINT unique_at_commit UNIQUE (display_name) DEFERRABLE INITIALLY DEFERRED",
    )
    .await
    .unwrap();
    f.user().await;
    let txn = f.db.begin_write().await.unwrap();
    new_user(0).insert(&txn).await.unwrap();
    assert!(txn.commit().await.is_err());
    assert_eq!(f.told(), [Uncertain(USERS)]);
}
