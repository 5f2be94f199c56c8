//! Counts of commands: by kind, in a month of Redis's clock, and how an instance's own are added to the fleet's.

use std::fmt;

use chrono::{DateTime, Datelike as _, Months, NaiveDate};

/// Seconds of a day.
pub(crate) const DAY_SECS: u64 = 86_400;

/// For how long the counts of a month are kept from its first command on: a year and a month.
const KEEP_SECS: u64 = 400 * DAY_SECS;

/// A kind of commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Reads of entries and versions (`MGET`).
    Read,
    /// Stores (`EVALSHA`).
    Store,
    /// Invalidations (`EVALSHA`).
    Invalidate,
    /// Starts of unknown tags (`EVALSHA`).
    Start,
    /// Subscriptions to the bus (`SUBSCRIBE`).
    Subscribe,
    /// `INFO`, for the statistics.
    Info,
    /// Exchanging counts with the fleet where no script call happened anyway (`EVALSHA`).
    Budget,
    /// Setting connections up (`AUTH`, `SELECT`).
    Connect,
    /// Scripts sent once more, as text, to a server that did not know them (`EVAL`).
    Script,
    /// Run by scripts inside Redis; nothing that is sent.
    Inner,
}

impl Kind {
    /// All of them.
    pub const EVERY: [Self; 10] = [
        Self::Read,
        Self::Store,
        Self::Invalidate,
        Self::Start,
        Self::Subscribe,
        Self::Info,
        Self::Budget,
        Self::Connect,
        Self::Script,
        Self::Inner,
    ];

    /// Its name, in Redis as in every report.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Store => "store",
            Self::Invalidate => "invalidate",
            Self::Start => "start",
            Self::Subscribe => "subscribe",
            Self::Info => "info",
            Self::Budget => "budget",
            Self::Connect => "connect",
            Self::Script => "script",
            Self::Inner => "inner",
        }
    }
}

/// A count for each kind, in the order of [`Kind::EVERY`].
pub type ByKind = [u64; Kind::EVERY.len()];

/// A month of Redis's clock (UTC).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month(NaiveDate);

impl Month {
    /// The month of `micros` since 1970.
    pub fn of(micros: u64) -> Self {
        let at = i64::try_from(micros).ok().and_then(DateTime::from_timestamp_micros).unwrap_or_default();
        let date = at.date_naive();
        Self(date.with_day(1).unwrap_or(date))
    }

    /// The month that [`fmt::Display`] writes as `text`.
    pub fn from_text(text: &str) -> Option<Self> {
        let month = Self(format!("{text}-01").parse().ok()?);
        // Only what is written as we write it is ours.
        (month.to_string() == text).then_some(month)
    }

    /// Its first second, since 1970.
    pub fn begins_secs(self) -> u64 {
        seconds_of(self.0)
    }

    /// The second after its last.
    pub fn ends_secs(self) -> u64 {
        self.0.checked_add_months(Months::new(1)).map_or(u64::MAX, seconds_of)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0.year(), self.0.month())
    }
}

fn seconds_of(date: NaiveDate) -> u64 {
    u64::try_from(date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp()).unwrap_or_default()
}

/// What was counted in a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// The month.
    pub month: Month,
    /// By kind.
    pub kinds: ByKind,
    /// By day of the month, all kinds together.
    pub days: [u64; 31],
}

impl Tally {
    /// Nothing counted yet.
    pub fn new(month: Month) -> Self {
        Self { month, kinds: ByKind::default(), days: [0; 31] }
    }

    /// All kinds together.
    pub fn total(&self) -> u64 {
        self.kinds.iter().sum()
    }

    /// What is known after `other` was told: counts of a month only grow, and a later month replaces an earlier one.
    pub fn merge(&mut self, other: &Self) {
        if other.month > self.month {
            *self = *other;
        } else if other.month == self.month {
            let mine = self.kinds.iter_mut().chain(&mut self.days);
            for (mine, theirs) in mine.zip(other.counts()) {
                *mine = (*mine).max(theirs);
            }
        }
    }

    /// The names of the counts in Redis: the kinds, then the days.
    pub(crate) fn names() -> Vec<String> {
        let kinds = Kind::EVERY.iter().map(|kind| kind.name().to_owned());
        kinds.chain((1..=31).map(|day| format!("d{day}"))).collect()
    }

    /// Takes over `counts`, in the order of the names.
    pub(crate) fn set(&mut self, counts: impl IntoIterator<Item = u64>) {
        for (mine, count) in self.kinds.iter_mut().chain(&mut self.days).zip(counts) {
            *mine = count;
        }
    }

    fn counts(&self) -> impl Iterator<Item = u64> {
        self.kinds.into_iter().chain(self.days)
    }
}

/// What an instance adds to the fleet's counts by a script call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flush {
    /// The fleet's counts as this instance knows them: should Redis have lost them, they come back.
    pub known: Tally,
    /// What it has counted itself and not yet told.
    pub added: ByKind,
}

impl Flush {
    /// As the scripts take it; see `l2/scripts/counted.lua`.
    pub(crate) fn text(&self) -> String {
        let month = self.known.month;
        let added = self.added.into_iter().chain([0; 31]);
        let fields: Vec<_> = Tally::names()
            .into_iter()
            .zip(self.known.counts().zip(added))
            .map(|(name, (known, added))| format!("{name}={known}+{added}"))
            .collect();
        format!("{},{},{KEEP_SECS};{}", month.begins_secs(), month.ends_secs(), fields.join(","))
    }

    /// What the scripts reply to [`Self::text`]; `None` where they did not add it.
    pub(crate) fn reply(&self, counts: impl IntoIterator<Item = u64>) -> Option<Tally> {
        let mut counts = counts.into_iter();
        let mut tally = Tally::new(self.known.month);
        for count in tally.kinds.iter_mut().chain(&mut tally.days) {
            *count = counts.next()?;
        }
        Some(tally)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_utc_and_half_open() {
        let at = |text: &str| {
            let at = DateTime::parse_from_rfc3339(text).unwrap().timestamp_micros();
            Month::of(u64::try_from(at).unwrap())
        };
        let november = at("2026-11-01T00:00:00Z");
        assert_eq!(november, at("2026-11-30T23:59:59.999999Z"));
        assert_eq!(november.to_string(), "2026-11");
        assert_eq!(november.ends_secs() - november.begins_secs(), 30 * DAY_SECS);
        let december = at("2026-12-01T00:00:00Z");
        assert_eq!((december.begins_secs(), december > november), (november.ends_secs(), true));
        assert_eq!(Month::from_text("2026-11"), Some(november));
        for wrong in ["2026-13", "2026-1", "2026-11-01", "", "x", "+2026-11"] {
            assert_eq!(Month::from_text(wrong), None, "{wrong}");
        }
        // What no clock shows is some month all the same.
        assert_eq!(Month::of(u64::MAX).to_string(), "1970-01");
    }

    #[test]
    fn counts_of_a_month_only_grow_and_a_later_month_replaces_them() {
        let (november, december) =
            (Month::from_text("2026-11").unwrap(), Month::from_text("2026-12").unwrap());
        let mut known = Tally::new(november);
        let mut told = Tally::new(november);
        (told.kinds[0], told.days[30]) = (7, 9);
        known.kinds[1] = 5;
        known.merge(&told);
        assert_eq!((known.kinds[0], known.kinds[1], known.days[30], known.total()), (7, 5, 9, 12));
        known.merge(&Tally::new(december));
        assert_eq!(known, Tally::new(december));
        known.merge(&told);
        assert_eq!(known, Tally::new(december));
    }
}
