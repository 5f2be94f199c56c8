//! What a caller may ask for: a period, a time zone, a number of recent rows. Each parses from text with an error that
//! says what was expected.

use std::{fmt, str::FromStr};

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How many local calendar days, ending with today.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
pub enum Period {
    /// 7 days.
    #[serde(rename = "7d")]
    Days7,
    /// 30 days.
    #[default]
    #[serde(rename = "30d")]
    Days30,
    /// 365 days.
    #[serde(rename = "365d")]
    Days365,
}

impl Period {
    /// Every period.
    pub const EVERY: [Self; 3] = [Self::Days7, Self::Days30, Self::Days365];

    /// Its name in URLs and keys.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Days7 => "7d",
            Self::Days30 => "30d",
            Self::Days365 => "365d",
        }
    }

    /// How many local calendar days it spans, today included.
    #[must_use]
    pub const fn days(self) -> u32 {
        match self {
            Self::Days7 => 7,
            Self::Days30 => 30,
            Self::Days365 => 365,
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A value that names no period, time zone or limit; the text says what was expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ParseError(pub String);

impl FromStr for Period {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::EVERY
            .into_iter()
            .find(|period| period.as_str() == text)
            .ok_or_else(|| ParseError(format!("expected 7d, 30d or 365d, got {}", quoted(text))))
    }
}

/// The time zone that is used when none is asked for.
pub const DEFAULT_TIME_ZONE: Tz = Tz::Europe__Paris;

/// The IANA time zone called `name`.
///
/// # Errors
/// [`ParseError`] where there is none of that name.
pub fn parse_time_zone(name: &str) -> Result<Tz, ParseError> {
    name.parse().map_err(|_| {
        ParseError(format!("expected an IANA time zone such as Europe/Paris, got {}", quoted(name)))
    })
}

/// What overview, charts and dashboard are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MetricsQuery {
    /// How many days.
    pub period: Period,
    /// Whose calendar days.
    pub tz: Tz,
}

impl Default for MetricsQuery {
    fn default() -> Self {
        Self { period: Period::default(), tz: DEFAULT_TIME_ZONE }
    }
}

/// How many recent rows: 1 to 50, 10 unless said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RecentLimit(u8);

impl RecentLimit {
    /// The most rows that may be asked for.
    pub const MAX: u8 = 50;

    /// The number of rows.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl Default for RecentLimit {
    fn default() -> Self {
        Self(10)
    }
}

impl FromStr for RecentLimit {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        match text.parse() {
            Ok(rows @ 1..=Self::MAX) => Ok(Self(rows)),
            _ => Err(ParseError(format!(
                "expected a whole number from 1 to {}, got {}",
                Self::MAX,
                quoted(text)
            ))),
        }
    }
}

/// What was sent, quoted, and cut where it is long.
fn quoted(text: &str) -> String {
    let mut short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!("{short:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_zones_and_limits_say_what_they_expect() {
        assert_eq!("365d".parse(), Ok(Period::Days365));
        assert!("1d".parse::<Period>().unwrap_err().0.contains("7d, 30d or 365d"));
        assert!(parse_time_zone("Mars/Olympus").unwrap_err().0.contains("Europe/Paris"));
        assert_eq!("50".parse::<RecentLimit>().unwrap().get(), 50);
        for wrong in ["0", "51", "-1", "ten", ""] {
            assert!(wrong.parse::<RecentLimit>().is_err(), "{wrong}");
        }
    }
}
