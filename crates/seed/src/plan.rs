//! What to generate: how many rows, over which time, from which seed.

use anyhow::{Context as _, bail};
use chrono::{DateTime, Days, NaiveDate, NaiveTime, SubsecRound as _, TimeZone as _, Utc};
use chrono_tz::Europe::Paris;

/// The arguments of the generator: equal plans give equal rows, ids too.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// How many users.
    pub users: u32,
    /// How many proposals; where there are some, there must be users.
    pub proposals: u32,
    /// How many leads; where there are some, there must be proposals.
    pub leads: u32,
    /// Any number; another one gives other rows.
    pub seed: u64,
    /// The oldest row is about this many days old.
    pub days: u32,
    /// Every instant in every row is before this one.
    pub until: DateTime<Utc>,
}

/// The most days a plan may span: ten years.
pub const MAX_DAYS: u32 = 3653;

impl Plan {
    /// A dashboard's worth of rows up to now.
    pub fn demo() -> Self {
        Self { users: 2_000, proposals: 6_000, leads: 20_000, seed: 42, days: 400, until: now() }
    }

    /// The plan, if rows can be made from it.
    ///
    /// # Errors
    /// Where rows would have nothing to belong to, or no time to happen in.
    pub fn checked(self) -> anyhow::Result<Self> {
        if self.proposals > 0 && self.users == 0 {
            bail!(
                "--proposals {}: expected --users of at least 1, since a proposal belongs to a user",
                self.proposals
            );
        }
        if self.leads > 0 && self.proposals == 0 {
            bail!(
                "--leads {}: expected --proposals of at least 1, since a lead belongs to a proposal",
                self.leads
            );
        }
        if !(1..=MAX_DAYS).contains(&self.days) {
            bail!("--days: expected a whole number from 1 to {MAX_DAYS}, got {}", self.days);
        }
        Ok(self)
    }

    /// The instant before which nothing happened.
    pub fn from(&self) -> DateTime<Utc> {
        self.until - Days::new(self.days.into())
    }

    /// How many rows in all.
    pub fn rows(&self) -> u64 {
        u64::from(self.users) + u64::from(self.proposals) + u64::from(self.leads)
    }
}

/// Now, in whole seconds.
pub fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(0)
}

/// Reads `--until`: an instant of RFC 3339, or a date, which stands for its first moment in Paris.
///
/// # Errors
/// Where it is neither.
pub fn parse_until(text: &str) -> anyhow::Result<DateTime<Utc>> {
    const EXPECTED: &str = "expected a date such as 2026-03-31 or an instant such as 2026-03-31T18:00:00Z";
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        return Ok(instant.to_utc().trunc_subsecs(6));
    }
    let date: NaiveDate = text.parse().ok().context(EXPECTED)?;
    // Paris changes its clocks at two in the morning: midnight is always there, and once.
    let midnight = Paris.from_local_datetime(&date.and_time(NaiveTime::MIN)).earliest().context(EXPECTED)?;
    Ok(midnight.to_utc())
}
