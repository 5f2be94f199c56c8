//! The rows behind the dashboard, counted by the database: one statement a part, the same text on PostgreSQL and
//! SQLite. Every definition in `docs/METRICS.md` stands here once, as a range of instants on an indexed column; the
//! instants are bound, so SQL knows no time zone.

mod charts;
mod overview;
mod recent;
mod statement;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{
    metrics::{
        charts::Charts,
        overview::Overview,
        period::RecentLimit,
        recent::{RecentMeta, RecentProposals, RecentUsers},
        window::Window,
    },
    ports::MetricsReader,
};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use crate::database::{TrackedConnection, read_again_if_dead};
use statement::StatementBuilder;

/// Computes the parts from the tables, each with one statement outside any transaction.
#[derive(Clone)]
pub struct SqlMetricsReader {
    db: TrackedConnection,
}

impl SqlMetricsReader {
    /// Reads through `db`, which must be the primary database: a replica may lag behind an invalidation.
    pub fn new(db: TrackedConnection) -> Self {
        Self { db }
    }

    async fn rows<R: FromQueryResult + Send + Sync>(&self, built: StatementBuilder) -> Result<Vec<R>, DbErr> {
        let statement = built.finish(self.db.get_database_backend());
        read_again_if_dead(|| R::find_by_statement(statement.clone()).all(&self.db)).await
    }
}

#[async_trait]
impl MetricsReader for SqlMetricsReader {
    type Error = DbErr;

    async fn overview(&self, window: &Window) -> Result<Overview, DbErr> {
        let rows = self.rows(overview::statement(window)).await?;
        Ok(Overview::assemble(window, &overview::counts(window, &rows)?))
    }

    async fn charts(&self, window: &Window) -> Result<Charts, DbErr> {
        let rows = self.rows(charts::statement(window)).await?;
        Ok(Charts::assemble(window, &charts::counts(window, &rows)?))
    }

    async fn recent_users(
        &self,
        limit: RecentLimit,
        generated_at: DateTime<Utc>,
    ) -> Result<RecentUsers, DbErr> {
        let rows: Vec<recent::UserRow> = self.rows(recent::users(limit)).await?;
        let items = rows.into_iter().map(Into::into).collect();
        Ok(RecentUsers { meta: RecentMeta { generated_at }, items })
    }

    async fn recent_proposals(
        &self,
        limit: RecentLimit,
        generated_at: DateTime<Utc>,
    ) -> Result<RecentProposals, DbErr> {
        let rows: Vec<recent::ProposalRow> = self.rows(recent::proposals(limit)).await?;
        let items = rows.into_iter().map(Into::into).collect();
        Ok(RecentProposals { meta: RecentMeta { generated_at }, items })
    }
}
