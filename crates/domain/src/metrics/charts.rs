//! The charts: five series over the window's buckets, with the period before laid over them.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::Meta;

/// Series over the buckets of a window; every bucket is there, zeros too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Charts {
    /// What it was computed for.
    pub meta: Meta,
    /// What a bucket is.
    pub granularity: Granularity,
    /// The buckets, oldest first.
    pub buckets: Vec<BucketMeta>,
    /// The series, in a fixed order.
    pub series: Vec<Series>,
}

/// What a bucket is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Granularity {
    /// A local calendar day.
    Day,
    /// A local calendar month.
    Month,
}

/// A bucket's name and edges.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BucketMeta {
    /// `YYYY-MM-DD` for a day, `YYYY-MM` for a month.
    #[schema(example = "2026-11-23")]
    pub label: String,
    /// Its first instant.
    pub start_at: DateTime<Utc>,
    /// The first instant after it.
    pub end_at: DateTime<Utc>,
    /// Whether the window cuts it: it holds less than its whole day or month.
    pub partial: bool,
}

/// One series.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Series {
    /// Which series.
    pub key: SeriesKey,
    /// A count for each bucket.
    pub values: Vec<i64>,
    /// The count for each bucket shifted back by the period's days.
    pub previous_values: Vec<i64>,
    /// Σ of `values`.
    pub total: i64,
}

/// A series' name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum SeriesKey {
    /// Users by their time of creation.
    UsersNew,
    /// Proposals by their time of creation.
    ProposalsNew,
    /// Proposals by the time they were sent.
    ProposalsSent,
    /// Leads by their time of creation.
    LeadsNew,
    /// Leads by the time they converted.
    LeadsConverted,
}

impl SeriesKey {
    /// Every series, in the order of the answer.
    pub const EVERY: [Self; 5] =
        [Self::UsersNew, Self::ProposalsNew, Self::ProposalsSent, Self::LeadsNew, Self::LeadsConverted];
}
