//! From wall times to instants. A zone's clock is put forward (a gap: some wall times never come) and back (a fold: some
//! come twice), by half an hour, an hour, or a whole day; a wall time still has to name one instant.

use chrono::{DateTime, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::{GapInfo, Tz};

/// The first instant at which the clocks of `tz` show `wall` or later: in a fold the earlier of the two, in a gap the
/// first instant after it.
pub(super) fn resolve(wall: NaiveDateTime, tz: Tz) -> DateTime<Utc> {
    match tz.from_local_datetime(&wall) {
        LocalResult::Single(instant) => instant.to_utc(),
        LocalResult::Ambiguous(one, other) => one.min(other).to_utc(),
        // A gap always has an end; the zone's wall time taken for UTC only keeps this total.
        LocalResult::None => GapInfo::new(&wall, &tz)
            .and_then(|gap| gap.end)
            .map_or_else(|| wall.and_utc(), |after_gap| after_gap.to_utc()),
    }
}

/// The first instant of `date`; where the whole date is skipped, that of the next one there is.
pub(super) fn first_instant(date: NaiveDate, tz: Tz) -> DateTime<Utc> {
    resolve(date.and_time(NaiveTime::MIN), tz)
}

/// What the clocks of `tz` come to show as `instant` is reached, before they are changed at it: midnight ends a day
/// even where the clock then jumps to one o'clock or back to eleven.
pub(super) fn wall_before(instant: DateTime<Utc>, tz: Tz) -> NaiveDateTime {
    let tick = TimeDelta::microseconds(1);
    (instant - tick).with_timezone(&tz).naive_local() + tick
}
