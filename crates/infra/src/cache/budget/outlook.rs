//! How a month may end, and what the budget then asks to give up: pure arithmetic on counts.

use super::tally::{DAY_SECS, Tally};

/// The days whose mean tells how many commands a day costs now.
const WINDOW_DAYS: usize = 7;
/// Past this share of the forecast's budget, in percent, stores go too.
const STORES_PERCENT: u64 = 125;
/// A level is left only once figures higher by this, in percent, would not enter it: so that it does not flutter.
const MARGIN_PERCENT: u64 = 10;

/// Commands billed so far, and as the month may end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outlook {
    /// Since midnight (UTC).
    pub today: u64,
    /// Since the month began.
    pub month: u64,
    /// By its end, at the present rate.
    pub forecast: u64,
}

impl Outlook {
    /// As things stand in `tally` at `now_secs` since 1970. The forecast is the month so far, and for the rest of it the
    /// mean rate since midnight six days ago, or since that of the first day in this time with any command; but over a day
    /// at least, so that the first minutes of a month, or of a new deployment, are not taken for its measure.
    pub fn new(tally: &Tally, now_secs: u64) -> Self {
        let (begins, ends) = (tally.month.begins_secs(), tally.month.ends_secs());
        let now = now_secs.clamp(begins, ends);
        let today = usize::try_from((now - begins) / DAY_SECS).unwrap_or_default().min(tally.days.len() - 1);
        let month = tally.total();
        let window = today.saturating_sub(WINDOW_DAYS - 1)..=today;
        let Some(first) = window.clone().find(|day| tally.days[*day] > 0) else {
            return Self { today: 0, month, forecast: month };
        };
        let counted: u64 = tally.days[first..=today].iter().sum();
        let elapsed = (now - begins - first as u64 * DAY_SECS).max(DAY_SECS);
        let rest = u128::from(counted) * u128::from(ends - now) / u128::from(elapsed);
        let forecast = month.saturating_add(u64::try_from(rest).unwrap_or(u64::MAX));
        Self { today: tally.days[today], month, forecast }
    }
}

/// How much is given up for the budget's sake; each level includes those before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing.
    #[default]
    Nothing,
    /// While the bus is healthy, L2 is not asked for parts that L1 holds, though no longer fresh: they are loaded. There is no
    /// eager refresh, nor is Redis asked for its memory.
    SparedReads,
    /// While the bus is healthy, L2 is not asked for any part unless loading it fails; and nothing is stored.
    Stores,
    /// The budget is used up: invalidations are pending for a while, and sent together.
    Promptness,
}

impl Level {
    /// 0 to 3.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// The level of this number.
    pub fn of(number: u8) -> Self {
        match number {
            0 => Self::Nothing,
            1 => Self::SparedReads,
            2 => Self::Stores,
            _ => Self::Promptness,
        }
    }

    /// What is given up, for the log.
    pub(crate) fn given_up(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::SparedReads => "eager refresh, and reads of L2 for what L1 held",
            Self::Stores => "eager refresh, reads of L2, and stores",
            Self::Promptness => "eager refresh, reads of L2, stores, and the promptness of invalidations",
        }
    }

    /// The level after this one, with these figures and this `budget`.
    #[must_use]
    pub fn next(self, outlook: &Outlook, budget: u64) -> Self {
        let higher = |count: u64| count.saturating_add(count / 100 * MARGIN_PERCENT);
        let with_margin =
            Outlook { forecast: higher(outlook.forecast), month: higher(outlook.month), ..*outlook };
        let entered = Self::entered(outlook, budget);
        entered.max(self.min(Self::entered(&with_margin, budget)))
    }

    fn entered(outlook: &Outlook, budget: u64) -> Self {
        if outlook.month >= budget {
            Self::Promptness
        } else if outlook.forecast > budget / 100 * STORES_PERCENT {
            Self::Stores
        } else if outlook.forecast > budget {
            Self::SparedReads
        } else {
            Self::Nothing
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::budget::{Kind, Month};

    /// November 2026 with `days` counted.
    fn tally(days: &[u64]) -> Tally {
        let mut tally = Tally::new(Month::from_text("2026-11").unwrap());
        tally.days[..days.len()].copy_from_slice(days);
        tally.kinds[Kind::Read as usize] = days.iter().sum();
        tally
    }

    /// Seconds at `hour` of November's `day`.
    fn at(day: u64, hour: u64) -> u64 {
        Month::from_text("2026-11").unwrap().begins_secs() + (day - 1) * DAY_SECS + hour * 3600
    }

    #[test]
    fn a_steady_rate_goes_on() {
        let outlook = Outlook::new(&tally(&[1000; 10]), at(11, 0));
        // Nothing yet today, and the six days before it are all that is looked at.
        assert_eq!(outlook, Outlook { today: 0, month: 10_000, forecast: 30_000 });
        let noon = Outlook::new(&tally(&[&[1000; 10][..], &[500]].concat()), at(11, 12));
        assert_eq!(noon, Outlook { today: 500, month: 10_500, forecast: 30_000 });
    }

    #[test]
    fn the_recent_rate_counts_not_the_months_mean() {
        let mut days = [0; 20];
        days[13..].fill(3000);
        let outlook = Outlook::new(&tally(&days), at(21, 0));
        // 3,000 a day since the 14th; from midnight of the 15th on it is six days.
        assert_eq!(outlook, Outlook { today: 0, month: 21_000, forecast: 21_000 + 30_000 });
    }

    #[test]
    fn the_first_minutes_are_not_the_measure_of_a_month() {
        let outlook = Outlook::new(&tally(&[300]), at(1, 0) + 60);
        assert_eq!(outlook.forecast, 300 + 300 * 30 - 1, "300 a day, not 300 a minute");
        let mut late = [0; 15];
        late[14] = 300;
        let deployed = Outlook::new(&tally(&late), at(15, 1));
        assert_eq!(deployed.forecast, 300 + 300 * 383 / 24, "nor of a deployment");
    }

    #[test]
    fn there_is_always_a_forecast() {
        assert_eq!(Outlook::new(&tally(&[]), at(3, 0)), Outlook::default());
        let all = tally(&[10; 30]);
        assert_eq!(Outlook::new(&all, at(30, 24)).forecast, 300, "the month is over");
        assert_eq!(Outlook::new(&all, 0).forecast, 300 + 10 * 30, "a clock before the month");
        let mut much = tally(&[u64::MAX / 64; 30]);
        much.kinds[0] = u64::MAX / 2;
        assert!(Outlook::new(&much, at(15, 0)).forecast > u64::MAX / 2);
    }

    fn outlook(month: u64, forecast: u64) -> Outlook {
        Outlook { today: 0, month, forecast }
    }

    #[test]
    fn levels_rise_at_once_and_fall_with_a_margin() {
        let from = |level: Level, month, forecast| level.next(&outlook(month, forecast), 1000);
        assert_eq!(from(Level::Nothing, 10, 1000), Level::Nothing);
        assert_eq!(from(Level::Nothing, 10, 1001), Level::SparedReads);
        assert_eq!(from(Level::Nothing, 10, 1251), Level::Stores);
        assert_eq!(from(Level::Nothing, 999, 1000), Level::Nothing, "it will do");
        assert_eq!(from(Level::Nothing, 1000, 1000), Level::Promptness);
        assert_eq!(from(Level::Stores, 10, 1200), Level::Stores);
        assert_eq!(from(Level::Stores, 10, 1100), Level::SparedReads);
        assert_eq!(from(Level::Stores, 10, 950), Level::SparedReads);
        assert_eq!(from(Level::Stores, 10, 900), Level::Nothing);
        assert_eq!(from(Level::SparedReads, 10, 999), Level::SparedReads);
        assert_eq!(from(Level::Promptness, 0, 0), Level::Nothing, "another month");
    }
}
