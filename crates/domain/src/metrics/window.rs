//! Windows of time: N local calendar days that end with today, and the same window N days earlier.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

use super::{IntervalMeta, Meta, PeriodMeta, period::Period};

/// A half-open interval of time, `[from, to)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// The first instant in it.
    pub from: DateTime<Utc>,
    /// The first instant after it.
    pub to: DateTime<Utc>,
}

/// A bucket of the charts, with the interval it is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// `YYYY-MM-DD` for a day, `YYYY-MM` for a month.
    pub label: String,
    /// The instants it holds, cut at the window's edges.
    pub interval: Interval,
    /// The same bucket N local days earlier.
    pub previous: Interval,
    /// Whether the window cuts it.
    pub partial: bool,
}

/// A period as of an instant: its edges, those of the period before, and its buckets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// The period's name.
    pub period: Period,
    /// Whose calendar days count.
    pub tz: Tz,
    /// Today in `tz`.
    pub today: NaiveDate,
    /// N local days that end with the current minute.
    pub current: Interval,
    /// The same local wall times N days earlier.
    pub previous: Interval,
    /// The chart buckets, oldest first; they tile `current`.
    pub buckets: Vec<Bucket>,
    /// The instant for which the window was computed.
    pub now: DateTime<Utc>,
}

impl Window {
    /// The window of `period` in `tz` as of `now`.
    #[must_use]
    pub fn at(now: DateTime<Utc>, period: Period, tz: Tz) -> Self {
        let _ = (now, period, tz);
        todo!("the metrics branch")
    }

    /// What an answer for this window says of itself.
    #[must_use]
    pub fn meta(&self) -> Meta {
        Meta {
            period: PeriodMeta {
                key: self.period,
                from: self.current.from,
                to: self.current.to,
                tz: self.tz.name().to_owned(),
            },
            previous: IntervalMeta { from: self.previous.from, to: self.previous.to },
            generated_at: self.now,
        }
    }
}
