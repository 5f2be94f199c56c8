//! When things happen: more of them as the months go by, few at night and at the week-end, fewer in August and after
//! Christmas, and no two days alike. Clock and calendar are those of Paris.
//!
//! All of it is whole-number arithmetic, so that the same plan gives the same rows on every machine.

use chrono::{DateTime, Datelike as _, NaiveDate, Timelike as _, Utc};
use chrono_tz::Europe::Paris;
use rand::{Rng, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// Microseconds since 1970: what the generator counts in, and as fine as the database keeps.
pub(crate) type Micros = i64;

/// A minute.
pub(crate) const MINUTE: Micros = 60_000_000;
/// An hour.
pub(crate) const HOUR: Micros = 60 * MINUTE;
/// A day of 24 hours.
pub(crate) const DAY: Micros = 24 * HOUR;

/// The instant that is `micros` after 1970 began.
pub(crate) fn instant(micros: Micros) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// How much happens on a day of the week and at an hour of the day.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rhythm {
    /// Monday first.
    weekdays: [u8; 7],
    /// From midnight.
    hours: [u8; 24],
}

impl Rhythm {
    /// What people do at work: a pause at noon, little on Friday afternoon's far side.
    pub(crate) const OFFICE: Self = Self {
        weekdays: [108, 120, 116, 114, 92, 18, 14],
        hours: [1, 1, 1, 1, 1, 2, 6, 22, 62, 94, 100, 92, 48, 62, 92, 98, 90, 72, 40, 24, 18, 14, 8, 3],
    };

    /// What the public does, in the evening and at the week-end too.
    pub(crate) const PUBLIC: Self = Self {
        weekdays: [100, 104, 102, 100, 94, 66, 72],
        hours: [6, 3, 2, 2, 2, 4, 12, 30, 56, 74, 82, 84, 80, 78, 80, 82, 84, 88, 92, 96, 100, 92, 58, 22],
    };
}

/// A stretch of at most an hour, and how much happens up to its end.
#[derive(Clone, Copy)]
struct Cell {
    start: Micros,
    length: Micros,
    weight_up_to_end: u128,
}

/// Hands out instants of a stretch of time, in order.
pub(crate) struct Calendar(Vec<Cell>);

impl Calendar {
    /// The hours from `from` to `until` (excluded), each with its weight. `noise` makes good and bad days.
    pub(crate) fn new(from: Micros, until: Micros, rhythm: Rhythm, noise: u64) -> Self {
        let span = u128::from((until - from).max(1).unsigned_abs());
        let mut cells = Vec::new();
        let mut sum = 0;
        let mut start = from;
        let mut day = (NaiveDate::MIN, 0);
        while start < until {
            let length = (HOUR - start.rem_euclid(HOUR)).min(until - start);
            let local = instant(start).with_timezone(&Paris);
            if day.0 != local.date_naive() {
                day = (local.date_naive(), weight_of_day(local.date_naive(), noise));
            }
            let progress = u128::from((start - from).unsigned_abs()) * 1000 / span;
            let growth = 1000 + 2 * progress + progress * progress / 1000;
            let weekday = u128::from(rhythm.weekdays[local.weekday().num_days_from_monday() as usize]);
            let hour = u128::from(rhythm.hours[local.hour() as usize]);
            sum += growth * weekday * hour * day.1 * u128::from(length.unsigned_abs());
            cells.push(Cell { start, length, weight_up_to_end: sum });
            start += length;
        }
        Self(cells)
    }

    /// `n` instants, oldest first: one somewhere in each n-th part of what happens.
    pub(crate) fn instants(self, n: u32, mut rng: ChaCha8Rng) -> impl Iterator<Item = Micros> {
        let total = self.0.last().map_or(0, |cell| cell.weight_up_to_end);
        let (n, mut at) = (u128::from(n), 0);
        (0..n).map(move |k| {
            let position = (k * total + rng.random_range(0..total)) / n;
            while self.0[at].weight_up_to_end <= position {
                at += 1;
            }
            let cell = self.0[at];
            let below = if at == 0 { 0 } else { self.0[at - 1].weight_up_to_end };
            let length = u128::from(cell.length.unsigned_abs());
            let offset = (position - below) * length / (cell.weight_up_to_end - below);
            cell.start + Micros::try_from(offset).unwrap_or(0)
        })
    }
}

/// A good day, a bad day, a holiday: a percentage.
fn weight_of_day(date: NaiveDate, noise: u64) -> u128 {
    let mut rng = ChaCha8Rng::seed_from_u64(noise ^ u64::from(date.num_days_from_ce().unsigned_abs()));
    let season = match (date.month(), date.day()) {
        (8, _) => 62,
        (12, 22..) | (1, ..=2) => 45,
        (5, 1 | 8) | (7, 14) | (11, 1 | 11) => 40,
        _ => 100,
    };
    season * rng.random_range(78..=126)
}

/// `at`, or the next morning if it is night in Paris.
pub(crate) fn when_awake(at: Micros, rng: &mut ChaCha8Rng) -> Micros {
    let hour = Micros::from(instant(at).with_timezone(&Paris).hour());
    match hour {
        0..7 => at + (7 - hour) * HOUR + rng.random_range(0..3 * HOUR),
        22.. => at + (31 - hour) * HOUR + rng.random_range(0..3 * HOUR),
        _ => at,
    }
}

/// How long something takes: a share in per cent for each stretch of time, from the shortest. The shares add up to 100.
pub(crate) type Delays = [(u32, Micros, Micros)];

/// A time that something takes.
pub(crate) fn delay(delays: &Delays, rng: &mut ChaCha8Rng) -> Micros {
    let mut left = rng.random_range(0..100);
    for &(share, from, to) in delays {
        if left < share {
            return rng.random_range(from..to);
        }
        left -= share;
    }
    delays.last().map_or(0, |&(_, _, to)| to)
}
