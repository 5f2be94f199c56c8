//! The three tables on one of the databases, filled with given rows as often as a test likes.

use async_trait::async_trait;
use domain::{
    entities::{lead, proposal, user},
    invalidation::{CacheTags, InvalidationOutcome, InvalidationSink},
};
use infra::{
    config::DatabaseConfig,
    database::{TrackedConnection, connect},
    repositories::metrics::SqlMetricsReader,
};
use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait, IntoActiveModel};
use std::{sync::Arc, time::Duration};
use test_support::{Backend, TestDatabase};

/// What the tables hold.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rows {
    pub users: Vec<user::Model>,
    pub proposals: Vec<proposal::Model>,
    pub leads: Vec<lead::Model>,
}

/// A migrated database and the reader under test.
pub(crate) struct Tables {
    db: TrackedConnection,
    pub reader: SqlMetricsReader,
    database: TestDatabase,
}

impl Tables {
    pub(crate) async fn new(backend: Backend) -> Self {
        let database = TestDatabase::new(backend).await;
        let db = open(&database).await;
        Self { reader: SqlMetricsReader::new(db.clone()), db, database }
    }

    pub(crate) async fn both() -> [Self; 2] {
        [Self::new(Backend::Postgres).await, Self::new(Backend::Sqlite).await]
    }

    pub(crate) fn backend(&self) -> Backend {
        self.database.backend()
    }

    /// A pool of its own on the same database.
    pub(crate) async fn another_connection(&self) -> TrackedConnection {
        open(&self.database).await
    }

    /// Replaces everything by `rows`.
    pub(crate) async fn fill(&self, rows: &Rows) {
        for table in ["leads", "proposals", "users"] {
            self.db.execute_unprepared(&format!("DELETE FROM {table}")).await.unwrap();
        }
        self.insert::<user::Entity, _>(&rows.users).await;
        self.insert::<proposal::Entity, _>(&rows.proposals).await;
        self.insert::<lead::Entity, _>(&rows.leads).await;
    }

    #[expect(clippy::disallowed_methods, reason = "nobody caches what this test writes")]
    async fn insert<E, A>(&self, rows: &[E::Model])
    where
        E: EntityTrait,
        E::Model: IntoActiveModel<A> + Clone,
        A: ActiveModelTrait<Entity = E>,
    {
        // Far below the databases' limits on bound values.
        for rows in rows.chunks(500) {
            let rows = rows.iter().cloned().map(IntoActiveModel::into_active_model);
            E::insert_many(rows).exec_without_returning(&self.db).await.unwrap();
        }
    }
}

async fn open(database: &TestDatabase) -> TrackedConnection {
    let config = DatabaseConfig {
        url: database.url().clone(),
        direct_url: database.url().clone(),
        max_connections: 4,
        connect_timeout: Duration::from_secs(10),
        auto_migrate: false,
    };
    connect(&config, Arc::new(Nobody)).await.unwrap()
}

struct Nobody;

#[async_trait]
impl InvalidationSink for Nobody {
    async fn invalidate(&self, _tags: CacheTags) -> InvalidationOutcome {
        InvalidationOutcome::Applied
    }

    fn invalidate_uncertain(&self, _tags: CacheTags) {}
}
