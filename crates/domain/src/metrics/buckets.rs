//! The chart buckets of a window: local days, or local months cut at the window's edges. They tile the window, and each
//! knows the interval N days earlier that it is compared with.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, Utc};
use chrono_tz::Tz;

use super::{
    charts::Granularity,
    local_time::first_instant,
    period::Period,
    window::{Bucket, Interval},
};

/// The buckets of `period` from `first_day` to `today`, oldest first.
pub(super) fn cut(
    period: Period,
    tz: Tz,
    first_day: NaiveDate,
    today: NaiveDate,
    current: Interval,
    previous: Interval,
) -> Vec<Bucket> {
    let granularity = period.granularity();
    let days = Days::new(period.days().into());
    // Where the clock is put back over midnight, a day's nominal edge may lie past the window's end.
    let cut_at = |end: DateTime<Utc>, date: NaiveDate| first_instant(date, tz).min(end);

    let mut buckets = Vec::new();
    let mut date = first_day;
    while date <= today {
        let next = granularity.next(date);
        let last = next > today;
        let whole_from = first_instant(granularity.first(date), tz);
        let whole_to = first_instant(next, tz);
        let interval = Interval {
            from: cut_at(current.to, date),
            to: if last { current.to } else { cut_at(current.to, next) },
        };
        buckets.push(Bucket {
            label: granularity.label(date),
            interval,
            previous: Interval {
                from: cut_at(previous.to, date - days),
                to: if last { previous.to } else { cut_at(previous.to, next - days) },
            },
            partial: interval.from > whole_from || interval.to < whole_to,
        });
        date = next;
    }
    buckets
}

impl Period {
    /// What a bucket of its charts is.
    #[must_use]
    pub const fn granularity(self) -> Granularity {
        match self {
            Self::Days7 | Self::Days30 => Granularity::Day,
            Self::Days365 => Granularity::Month,
        }
    }
}

impl Granularity {
    /// The first date of the day or month that `date` is in.
    fn first(self, date: NaiveDate) -> NaiveDate {
        match self {
            Self::Day => date,
            Self::Month => date - Days::new(date.day0().into()),
        }
    }

    /// The first date of the next one.
    fn next(self, date: NaiveDate) -> NaiveDate {
        match self {
            Self::Day => date + Days::new(1),
            Self::Month => self.first(date) + Months::new(1),
        }
    }

    fn label(self, date: NaiveDate) -> String {
        let format = match self {
            Self::Day => "%Y-%m-%d",
            Self::Month => "%Y-%m",
        };
        date.format(format).to_string()
    }
}
