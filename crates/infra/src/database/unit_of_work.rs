//! A connection and a transaction that know what their writes make old. Both stand wherever SeaORM takes a connection.
//! A hook announces its tags in band ([`domain::invalidation::announce`]); outside a transaction they go to the sink at
//! once, inside one they wait: a savepoint hands them to its parent when it is released, the outermost transaction to
//! the sink after its commit, and a roll-back drops them. Where nobody knows whether a commit happened (it failed, or
//! its future was dropped) they go as uncertain: invalidating too much is safe, too little is not.

#![expect(clippy::disallowed_types, reason = "this is the wrapper that everything else uses instead")]

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
};

use super::{DatabaseHealth, health::unconfirmed, read_again_if_dead};
use async_trait::async_trait;
use domain::invalidation::{CacheTags, InvalidationSink, announced};
use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult,
    IsolationLevel, QueryResult, SqliteTransactionMode, Statement, StreamTrait, TransactionError,
    TransactionOptions, TransactionSession, TransactionTrait,
};

/// A pool whose writes are announced to an [`InvalidationSink`].
#[derive(Clone)]
pub struct TrackedConnection {
    inner: DatabaseConnection,
    sink: Arc<dyn InvalidationSink>,
    health: DatabaseHealth,
}

/// A transaction, or a savepoint in one, that gathers what was announced in it.
pub struct TrackedTransaction {
    inner: DatabaseTransaction,
    gathered: Gathered,
    parent: Parent,
    health: DatabaseHealth,
}

/// Tags announced and not yet handed on.
#[derive(Clone, Default)]
struct Gathered(Arc<Mutex<CacheTags>>);

/// Where a transaction's tags go when it commits.
enum Parent {
    Sink(Arc<dyn InvalidationSink>),
    Transaction(Gathered),
}

impl TrackedConnection {
    /// Tracks `inner`; what is committed through it is announced to `sink`.
    pub fn new(inner: DatabaseConnection, sink: Arc<dyn InvalidationSink>) -> Self {
        Self { inner, sink, health: DatabaseHealth::default() }
    }

    /// What the last operations came to.
    pub fn health(&self) -> &DatabaseHealth {
        &self.health
    }

    /// Begins a transaction that is going to write. On SQLite it takes the write lock at once, so that reading first
    /// and writing then cannot fail half-way.
    ///
    /// # Errors
    /// What the database says.
    pub async fn begin_write(&self) -> Result<TrackedTransaction, DbErr> {
        let options = TransactionOptions {
            sqlite_transaction_mode: (ConnectionTrait::get_database_backend(self) == DbBackend::Sqlite)
                .then_some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        // Nothing has happened yet, so a dead connection may be replaced.
        read_again_if_dead(|| self.begin_with_options(options)).await
    }

    /// Asks the database for a sign of life: one round trip.
    ///
    /// # Errors
    /// What the database says.
    pub async fn ping(&self) -> Result<(), DbErr> {
        self.health.note(self.inner.ping().await)
    }

    /// Closes the pool, waiting for connections in use.
    ///
    /// # Errors
    /// What the database says.
    pub async fn close(&self) -> Result<(), DbErr> {
        self.inner.close_by_ref().await
    }

    fn track(&self, inner: DatabaseTransaction) -> TrackedTransaction {
        TrackedTransaction {
            inner,
            gathered: Gathered::default(),
            parent: Parent::Sink(Arc::clone(&self.sink)),
            health: self.health.clone(),
        }
    }

    async fn hand_on(&self, tags: CacheTags) {
        self.sink.invalidate(tags).await;
    }
}

impl TrackedTransaction {
    fn track(&self, inner: DatabaseTransaction) -> Self {
        Self {
            inner,
            gathered: Gathered::default(),
            parent: Parent::Transaction(self.gathered.clone()),
            health: self.health.clone(),
        }
    }

    #[expect(clippy::unused_async, reason = "the same shape as the connection's")]
    async fn hand_on(&self, tags: CacheTags) {
        self.gathered.add(tags);
    }
}

impl Gathered {
    fn add(&self, tags: CacheTags) {
        let mut gathered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *gathered = gathered.union(tags);
    }

    fn take(&self) -> CacheTags {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Tells the sink of tags whose commit nobody saw end, unless it is defused first.
struct UnlessSeen {
    sink: Arc<dyn InvalidationSink>,
    tags: CacheTags,
}

impl UnlessSeen {
    fn defuse(mut self) -> CacheTags {
        std::mem::take(&mut self.tags)
    }
}

impl Drop for UnlessSeen {
    fn drop(&mut self) {
        if !self.tags.is_empty() {
            self.sink.invalidate_uncertain(self.tags);
        }
    }
}

#[async_trait]
impl TransactionSession for TrackedTransaction {
    async fn commit(self) -> Result<(), DbErr> {
        let Self { inner, gathered, parent, health } = self;
        let tags = gathered.take();
        match parent {
            Parent::Transaction(parent) => {
                // Handed on first: should the release be cut short, the parent's end decides.
                parent.add(tags);
                inner.commit().await
            }
            Parent::Sink(sink) => {
                let unless_seen = UnlessSeen { sink: Arc::clone(&sink), tags };
                health.note(inner.commit().await).map_err(unconfirmed)?;
                let tags = unless_seen.defuse();
                if !tags.is_empty() {
                    sink.invalidate(tags).await;
                }
                Ok(())
            }
        }
    }

    async fn rollback(self) -> Result<(), DbErr> {
        self.inner.rollback().await
    }
}

/// What a statement that does nothing returns.
fn nothing_done(backend: DbBackend) -> ExecResult {
    match backend {
        DbBackend::Sqlite => sqlx::sqlite::SqliteQueryResult::default().into(),
        _ => sqlx::postgres::PgQueryResult::default().into(),
    }
}

/// What SeaORM asks of a connection, the same for both wrappers.
macro_rules! tracked {
    ($tracked:ty, $inner:ty) => {
        #[async_trait]
        impl ConnectionTrait for $tracked {
            fn get_database_backend(&self) -> DbBackend {
                ConnectionTrait::get_database_backend(&self.inner)
            }

            async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
                self.health.note(self.inner.execute_raw(statement).await)
            }

            async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
                match announced(sql) {
                    Some(tags) => {
                        self.hand_on(tags).await;
                        Ok(nothing_done(ConnectionTrait::get_database_backend(self)))
                    }
                    None => self.health.note(self.inner.execute_unprepared(sql).await),
                }
            }

            async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
                self.health.note(self.inner.query_one_raw(statement).await)
            }

            async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
                self.health.note(self.inner.query_all_raw(statement).await)
            }
        }

        #[async_trait]
        impl TransactionTrait for $tracked {
            type Transaction = TrackedTransaction;

            async fn begin(&self) -> Result<TrackedTransaction, DbErr> {
                Ok(self.track(self.health.note(self.inner.begin().await)?))
            }

            async fn begin_with_config(
                &self,
                isolation_level: Option<IsolationLevel>,
                access_mode: Option<AccessMode>,
            ) -> Result<TrackedTransaction, DbErr> {
                Ok(self.track(
                    self.health.note(self.inner.begin_with_config(isolation_level, access_mode).await)?,
                ))
            }

            async fn begin_with_options(
                &self,
                options: TransactionOptions,
            ) -> Result<TrackedTransaction, DbErr> {
                Ok(self.track(self.health.note(self.inner.begin_with_options(options).await)?))
            }

            async fn transaction<F, T, E>(&self, callback: F) -> Result<T, TransactionError<E>>
            where
                F: for<'c> FnOnce(
                        &'c TrackedTransaction,
                    ) -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>>
                    + Send,
                T: Send,
                E: fmt::Display + fmt::Debug + Send,
            {
                self.transaction_with_config(callback, None, None).await
            }

            async fn transaction_with_config<F, T, E>(
                &self,
                callback: F,
                isolation_level: Option<IsolationLevel>,
                access_mode: Option<AccessMode>,
            ) -> Result<T, TransactionError<E>>
            where
                F: for<'c> FnOnce(
                        &'c TrackedTransaction,
                    ) -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>>
                    + Send,
                T: Send,
                E: fmt::Display + fmt::Debug + Send,
            {
                let transaction = self
                    .begin_with_config(isolation_level, access_mode)
                    .await
                    .map_err(TransactionError::Connection)?;
                match callback(&transaction).await {
                    Ok(value) => {
                        transaction.commit().await.map_err(TransactionError::Connection)?;
                        Ok(value)
                    }
                    Err(error) => {
                        transaction.rollback().await.map_err(TransactionError::Connection)?;
                        Err(TransactionError::Transaction(error))
                    }
                }
            }
        }

        impl StreamTrait for $tracked {
            type Stream<'a>
                = <$inner as StreamTrait>::Stream<'a>
            where
                Self: 'a;

            fn get_database_backend(&self) -> DbBackend {
                ConnectionTrait::get_database_backend(&self.inner)
            }

            fn stream_raw<'a>(
                &'a self,
                statement: Statement,
            ) -> Pin<Box<dyn Future<Output = Result<Self::Stream<'a>, DbErr>> + 'a + Send>> {
                self.inner.stream_raw(statement)
            }
        }
    };
}

tracked!(TrackedConnection, DatabaseConnection);
tracked!(TrackedTransaction, DatabaseTransaction);
