//! The charts: five series over the window's buckets, with the period before laid over them.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Meta, window::Window};

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

/// What was counted for the charts of a window.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChartCounts {
    /// For each bucket, oldest first.
    pub buckets: Vec<EventCounts>,
    /// For the interval that each bucket is compared with.
    pub previous: Vec<EventCounts>,
}

/// How often something happened in an interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventCounts {
    /// Users created.
    pub users_new: i64,
    /// Proposals created.
    pub proposals_new: i64,
    /// Proposals sent.
    pub proposals_sent: i64,
    /// Leads created.
    pub leads_new: i64,
    /// Leads converted.
    pub leads_converted: i64,
}

impl EventCounts {
    /// The count that the series called `key` shows.
    #[must_use]
    pub const fn of(&self, key: SeriesKey) -> i64 {
        match key {
            SeriesKey::UsersNew => self.users_new,
            SeriesKey::ProposalsNew => self.proposals_new,
            SeriesKey::ProposalsSent => self.proposals_sent,
            SeriesKey::LeadsNew => self.leads_new,
            SeriesKey::LeadsConverted => self.leads_converted,
        }
    }
}

impl Charts {
    /// The charts of `window`, from what was counted for it.
    #[must_use]
    pub fn assemble(window: &Window, counts: &ChartCounts) -> Self {
        let series = |key| {
            let values: Vec<i64> = counts.buckets.iter().map(|bucket| bucket.of(key)).collect();
            Series {
                key,
                total: values.iter().sum(),
                values,
                previous_values: counts.previous.iter().map(|bucket| bucket.of(key)).collect(),
            }
        };
        Self {
            meta: window.meta(),
            granularity: window.period.granularity(),
            buckets: window
                .buckets
                .iter()
                .map(|bucket| BucketMeta {
                    label: bucket.label.clone(),
                    start_at: bucket.interval.from,
                    end_at: bucket.interval.to,
                    partial: bucket.partial,
                })
                .collect(),
            series: SeriesKey::EVERY.into_iter().map(series).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::UTC;

    use super::*;
    use crate::metrics::period::Period;

    #[test]
    fn a_series_shows_its_counts_their_total_and_those_before() {
        let now = "2026-11-23T05:12:00Z".parse().unwrap();
        let window = Window::at(now, Period::Days7, UTC);
        let of = |leads_converted| EventCounts { leads_converted, ..EventCounts::default() };
        let counts = ChartCounts {
            buckets: (0..7).map(of).collect(),
            previous: (0..7).map(|index| of(10 + index)).collect(),
        };
        let charts = Charts::assemble(&window, &counts);
        assert_eq!(charts.granularity, Granularity::Day);
        assert_eq!(charts.buckets[6].label, "2026-11-23");
        assert_eq!((charts.buckets[6].end_at, charts.buckets[6].partial), (window.current.to, true));
        assert_eq!(charts.series.iter().map(|series| series.key).collect::<Vec<_>>(), SeriesKey::EVERY);
        let converted = &charts.series[4];
        assert_eq!((&converted.values[..], converted.total), (&[0, 1, 2, 3, 4, 5, 6][..], 21));
        assert_eq!(converted.previous_values[0], 10);
        assert_eq!(charts.series[0].total, 0);
    }
}
