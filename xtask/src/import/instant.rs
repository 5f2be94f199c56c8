//! Times as files write them.

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveTime, TimeDelta, Utc};

/// What a time may look like, for those who wrote another.
pub(super) const EXPECTED: &str =
    "an instant such as 2026-03-31T18:00:00Z, 2026-03-31 18:00:00 (which is UTC) or 2026-03-31";

/// Reads RFC 3339 with any offset, `YYYY-MM-DD HH:MM:SS` with or without a fraction, or `YYYY-MM-DD`; without an offset
/// it is UTC. Cut down to microseconds. Also what PostgreSQL writes: `2026-03-31 18:00:00+00`.
pub(super) fn parse(text: &str) -> Option<DateTime<Utc>> {
    let date = date(text.get(..10)?)?;
    let local = match &text[10..] {
        "" => date.and_time(NaiveTime::MIN),
        time => {
            let (time, rest) = time.split_at_checked(9)?;
            let (micros, offset) = fraction(rest)?;
            date.and_time(NaiveTime::MIN) + time_of_day(time)? + micros - offset_seconds(offset)?
        }
    };
    (1..=9999).contains(&local.year()).then(|| local.and_utc())
}

fn date(text: &str) -> Option<NaiveDate> {
    let shaped = has_shape(text, "0000-00-00");
    shaped.then(|| {
        NaiveDate::from_ymd_opt(number(&text[..4]).cast_signed(), number(&text[5..7]), number(&text[8..]))
    })?
}

/// Since midnight. A leap second is the first of the next minute, which both databases can keep.
fn time_of_day(text: &str) -> Option<TimeDelta> {
    let shaped = [" 00:00:00", "T00:00:00", "t00:00:00"].iter().any(|shape| has_shape(text, shape));
    let [hour, minute, second] = shaped.then(|| [1, 4, 7].map(|at| number(&text[at..at + 2])))?;
    let exists = hour < 24 && minute < 60 && (second < 60 || second == 60 && minute == 59);
    exists.then(|| TimeDelta::seconds((hour * 3600 + minute * 60 + second).into()))
}

/// The microseconds after a point, if there are some, and what follows.
fn fraction(text: &str) -> Option<(TimeDelta, &str)> {
    let Some(rest) = text.strip_prefix('.') else { return Some((TimeDelta::zero(), text)) };
    let length = rest.bytes().take_while(u8::is_ascii_digit).count();
    let digits = &rest[..length.min(6)];
    let scale = 10_i64.pow(6 - u32::try_from(digits.len()).ok()?);
    (length > 0).then(|| (TimeDelta::microseconds(i64::from(number(digits)) * scale), &rest[length..]))
}

/// How far ahead of UTC: `Z`, `+HH:MM` or `+HH`; nothing is UTC.
fn offset_seconds(text: &str) -> Option<TimeDelta> {
    if matches!(text, "" | "Z" | "z") {
        return Some(TimeDelta::zero());
    }
    let (ahead, shape) = (text.starts_with('+'), if text.len() == 3 { "00" } else { "00:00" });
    let hours_minutes = text.strip_prefix(['+', '-']).filter(|rest| has_shape(rest, shape))?;
    let (hours, minutes) = (number(&hours_minutes[..2]), hours_minutes.get(3..).map_or(0, number));
    let offset = TimeDelta::seconds((hours * 3600 + minutes * 60).into());
    (hours < 24 && minutes < 60).then(|| if ahead { offset } else { -offset })
}

/// Whether `text` is as `shape`, where `0` stands for any digit.
fn has_shape(text: &str, shape: &str) -> bool {
    text.len() == shape.len()
        && text.bytes().zip(shape.bytes()).all(|(byte, like)| match like {
            b'0' => byte.is_ascii_digit(),
            _ => byte == like,
        })
}

/// The number that a few digits make.
fn number(digits: &str) -> u32 {
    digits.bytes().fold(0, |number, digit| number * 10 + u32::from(digit - b'0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_is_the_instant_it_says() {
        for (text, instant) in [
            ("2026-03-31T18:00:00Z", "2026-03-31T18:00:00Z"),
            ("2026-03-31t18:00:00z", "2026-03-31T18:00:00Z"),
            ("2026-03-31T18:00:00+02:00", "2026-03-31T16:00:00Z"),
            ("2026-03-31 18:00:00-05:30", "2026-03-31T23:30:00Z"),
            ("2026-03-31 18:00:00", "2026-03-31T18:00:00Z"),
            ("2026-03-31T18:00:00", "2026-03-31T18:00:00Z"),
            ("2026-03-31 18:00:00.5", "2026-03-31T18:00:00.5Z"),
            ("2026-03-31", "2026-03-31T00:00:00Z"),
            ("2026-03-31 18:00:00.123456+00", "2026-03-31T18:00:00.123456Z"),
            ("2026-03-31 18:00:00-03", "2026-03-31T21:00:00Z"),
            ("2026-03-31T18:00:00.1234567891Z", "2026-03-31T18:00:00.123456Z"),
            ("2026-03-31 18:00:00.9999999", "2026-03-31T18:00:00.999999Z"),
            ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
            ("1969-12-31T23:59:59.9999999Z", "1969-12-31T23:59:59.999999Z"),
        ] {
            assert_eq!(parse(text), Some(instant.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn what_could_be_meant_in_two_ways_or_does_not_exist_is_refused() {
        for text in [
            "31/03/2026",
            "03-31-2026",
            "2026-3-31",
            "20260331",
            "2026-02-30",
            "2026-03-31 18:00",
            "2026-03-31 6:00:00 PM",
            "2026-03-31 24:00:00",
            "2026-03-31 18:00:00 Europe/Paris",
            "2026-03-31 18:00:00.",
            "2026-03-31 18:00:00.Z",
            "2026-03-31 18:00:60",
            "2026-03-31 18:00:00+24:00",
            "2026-03-31 18:00:00+02:60",
            "2026-03-31 18:00:00+2",
            "2026-03-31 18:00:00 +02:00",
            "2026-03-31 ",
            "2026-03-31Z",
            "+2026-03-31",
            "0000-12-31",
            "10000-01-01T00:00:00Z",
            "9999-12-31T23:59:59-01:00",
            "1774980000",
            "now",
            "",
            "é026-03-31",
            "2026-03-31 18:00:0é+0",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
