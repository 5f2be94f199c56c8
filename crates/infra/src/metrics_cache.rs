//! The dashboard's numbers, out of the cache. (The engine is being written; this is its surface.)

use domain::{
    invalidation::{CacheTags, InvalidationOutcome},
    metrics::period::{MetricsQuery, RecentLimit},
};

use crate::cache::{CacheError, DataVersion, Served};

/// Get-or-set for the dashboard and its parts, refresh and invalidation. Cheap to share behind an `Arc`.
pub struct MetricsCacheService {}

#[expect(clippy::unused_async, clippy::todo, reason = "the cache branch")]
impl MetricsCacheService {
    /// The whole dashboard. `min`, here and below, is the least data version the answer may be computed from
    /// (`X-Min-Data-Version`).
    ///
    /// # Errors
    /// [`CacheError`], here and below.
    pub async fn dashboard(
        &self,
        _query: MetricsQuery,
        _min: Option<&DataVersion>,
    ) -> Result<Served, CacheError> {
        todo!()
    }

    /// Key figures, breakdowns and the funnel.
    pub async fn overview(
        &self,
        _query: MetricsQuery,
        _min: Option<&DataVersion>,
    ) -> Result<Served, CacheError> {
        todo!()
    }

    /// The chart series.
    pub async fn charts(
        &self,
        _query: MetricsQuery,
        _min: Option<&DataVersion>,
    ) -> Result<Served, CacheError> {
        todo!()
    }

    /// The newest users.
    pub async fn recent_users(
        &self,
        _limit: RecentLimit,
        _min: Option<&DataVersion>,
    ) -> Result<Served, CacheError> {
        todo!()
    }

    /// The newest proposals.
    pub async fn recent_proposals(
        &self,
        _limit: RecentLimit,
        _min: Option<&DataVersion>,
    ) -> Result<Served, CacheError> {
        todo!()
    }

    /// The dashboard recomputed from the database, past both layers, and stored: an invalidation of everything, then a
    /// read.
    pub async fn refresh(&self, _query: MetricsQuery) -> Result<Served, CacheError> {
        todo!()
    }

    /// Makes everything that carries one of `tags` old.
    pub async fn invalidate(&self, _tags: CacheTags) -> InvalidationOutcome {
        todo!()
    }

    /// The versions known now, without the tags whose invalidation is pending: what the answer to a write carries.
    pub fn data_version(&self) -> DataVersion {
        todo!()
    }
}
