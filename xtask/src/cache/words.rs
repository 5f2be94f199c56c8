//! Times and sizes, as people read them.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use indicatif::HumanBytes;

/// `12 s`, `3 min 5 s`, `2 h 3 min`, `4 d 5 h`.
pub(super) fn span(duration: Duration) -> String {
    let secs = duration.as_secs();
    let (mins, hours, days) = (secs / 60, secs / 3600, secs / 86_400);
    match (days, hours, mins) {
        (0, 0, 0) => format!("{secs} s"),
        (0, 0, _) => format!("{mins} min {} s", secs % 60),
        (0, ..) => format!("{hours} h {} min", mins % 60),
        _ => format!("{days} d {} h", hours % 24),
    }
}

/// `0.12 ms`, `34.5 ms`, `1234 ms`.
pub(super) fn millis(duration: Duration) -> String {
    let millis = duration.as_secs_f64() * 1000.0;
    let decimals = match millis {
        _ if millis < 10.0 => 2,
        _ if millis < 100.0 => 1,
        _ => 0,
    };
    format!("{millis:.decimals$} ms")
}

/// `17 B`, `1.20 KiB`.
pub(super) fn bytes(bytes: usize) -> String {
    HumanBytes(bytes as u64).to_string()
}

/// `1 entry`, `2 entries`.
pub(super) fn count(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// `text` with its control characters written out: what others named is not to move the cursor.
pub(super) fn plain(text: &str) -> String {
    let written = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(written).collect()
}

/// The instant that is so many µs after 1970.
pub(super) fn instant(micros: u64) -> Option<DateTime<Utc>> {
    i64::try_from(micros).ok().and_then(DateTime::from_timestamp_micros)
}

/// `2026-11-23 08:00:01 UTC`.
pub(super) fn time(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// RFC 3339 with all digits, for machines.
pub(super) fn rfc3339(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// Whole milliseconds.
pub(super) fn whole_millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Whole microseconds.
pub(super) fn whole_micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_two_units_at_most() {
        for (secs, text) in [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min 0 s"),
            (3_599, "59 min 59 s"),
            (3_660, "1 h 1 min"),
            (90_000, "1 d 1 h"),
        ] {
            assert_eq!(span(Duration::from_secs(secs)), text);
        }
        assert_eq!(millis(Duration::from_micros(123)), "0.12 ms");
        assert_eq!(millis(Duration::from_micros(12_345)), "12.3 ms");
        assert_eq!(plain("né\n\u{1b}[2J"), r"né\n\u{1b}[2J");
        assert_eq!(count(1, "entry", "entries"), "1 entry");
        assert_eq!(instant(1_764_000_000_000_001).map(rfc3339).unwrap(), "2025-11-24T16:00:00.000001Z");
    }
}
