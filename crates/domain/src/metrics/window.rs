//! Windows of time: N local calendar days that end with today, and the same window N days earlier. Every edge is a
//! wall time first (`local_time` makes an instant of it), so that a day of 23 or 25 hours is still a day.

use chrono::{DateTime, Days, DurationRound, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;

use super::{IntervalMeta, Meta, PeriodMeta, buckets, local_time, period::Period};

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
        let days = Days::new(period.days().into());
        let today = now.with_timezone(&tz).date_naive();
        let to = end_of_minute(now);
        // The wall time with which the current minute ends, even where the clock is changed at that very instant.
        let wall_to = local_time::wall_before(to, tz);
        let first_day = today + Days::new(1) - days;

        let current = Interval { from: local_time::first_instant(first_day, tz), to };
        // What a clamp changes is a window that would overlap the next one or end before it begins; it takes a zone
        // that is changed within a minute, as none has been since 1972.
        let previous_from = local_time::first_instant(first_day - days, tz);
        let previous_to = local_time::resolve(wall_to - days, tz).min(current.from).max(previous_from);
        let previous = Interval { from: previous_from, to: previous_to };

        let buckets = buckets::cut(period, tz, first_day, today, current, previous);
        Self { period, tz, today, current, previous, buckets, now }
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

/// The end of the minute that `now` is in: a row just written counts at once, and the window is the same for a minute.
fn end_of_minute(now: DateTime<Utc>) -> DateTime<Utc> {
    let minute = TimeDelta::minutes(1);
    now.duration_trunc(minute).unwrap_or(now) + minute
}

#[cfg(test)]
mod tests;
