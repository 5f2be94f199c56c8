//! Windows on days of 23, 24 and 25 hours, over gaps and folds, and their properties in any zone at any time.

use chrono::{Datelike, TimeZone};
use chrono_tz::{
    Africa::Cairo,
    America::{Sao_Paulo, St_Johns},
    Asia::{Beirut, Kathmandu},
    Australia::Lord_Howe,
    Europe::Paris,
    Pacific::Apia,
    TZ_VARIANTS, UTC,
};
use proptest::prelude::*;

use super::*;

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn interval(from: &str, to: &str) -> Interval {
    Interval { from: instant(from), to: instant(to) }
}

fn hours(interval: Interval) -> f64 {
    f64::from(i32::try_from((interval.to - interval.from).num_minutes()).unwrap()) / 60.0
}

fn day(window: &Window, label: &str) -> Bucket {
    window.buckets.iter().find(|bucket| bucket.label == label).unwrap().clone()
}

#[test]
fn a_plain_week_in_utc() {
    let window = Window::at(instant("2026-11-23T05:12:03.5Z"), Period::Days7, UTC);
    assert_eq!(window.today, NaiveDate::from_ymd_opt(2026, 11, 23).unwrap());
    assert_eq!(window.current, interval("2026-11-17T00:00:00Z", "2026-11-23T05:13:00Z"));
    assert_eq!(window.previous, interval("2026-11-10T00:00:00Z", "2026-11-16T05:13:00Z"));
    let labels: Vec<&str> = window.buckets.iter().map(|bucket| bucket.label.as_str()).collect();
    assert_eq!(
        labels,
        ["2026-11-17", "2026-11-18", "2026-11-19", "2026-11-20", "2026-11-21", "2026-11-22", "2026-11-23"]
    );
    let partial: Vec<bool> = window.buckets.iter().map(|bucket| bucket.partial).collect();
    assert_eq!(partial, [false, false, false, false, false, false, true]);
    assert_eq!(window.buckets[6].previous, interval("2026-11-16T00:00:00Z", "2026-11-16T05:13:00Z"));
}

#[test]
fn the_window_is_stable_within_a_minute_and_holds_its_last_microsecond() {
    let at = |text| Window::at(instant(text), Period::Days30, Paris);
    let start = at("2026-11-23T05:12:00Z");
    let end = at("2026-11-23T05:12:59.999999Z");
    assert_eq!((start.current, start.previous, &start.buckets), (end.current, end.previous, &end.buckets));
    assert!(end.now < end.current.to);
    assert_eq!(at("2026-11-23T05:13:00Z").current.to, instant("2026-11-23T05:14:00Z"));
}

#[test]
fn today_is_the_zones_and_its_last_minute_ends_the_day() {
    let window = Window::at(instant("2026-11-22T23:30:00Z"), Period::Days7, Paris);
    assert_eq!(window.today, NaiveDate::from_ymd_opt(2026, 11, 23).unwrap());
    assert_eq!(window.current.from, instant("2026-11-16T23:00:00Z"));

    let window = Window::at(instant("2026-11-23T22:59:10Z"), Period::Days7, Paris);
    assert_eq!(window.current, interval("2026-11-16T23:00:00Z", "2026-11-23T23:00:00Z"));
    assert_eq!(window.previous, interval("2026-11-09T23:00:00Z", "2026-11-16T23:00:00Z"));
    assert!(!window.buckets[6].partial);
}

#[test]
fn a_day_of_23_hours_and_one_of_25() {
    let spring = Window::at(instant("2026-03-31T10:00:00Z"), Period::Days7, Paris);
    assert_eq!(day(&spring, "2026-03-29").interval, interval("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"));
    assert!((hours(day(&spring, "2026-03-29").previous) - 24.0).abs() < 1e-9);
    // Noon by the clock on both sides: 10:01 UTC in summer, 11:01 in winter.
    assert_eq!(spring.previous, interval("2026-03-17T23:00:00Z", "2026-03-24T11:01:00Z"));

    let autumn = Window::at(instant("2026-10-31T10:00:00Z"), Period::Days7, Paris);
    assert_eq!(day(&autumn, "2026-10-25").interval, interval("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"));

    // Lord Howe's clock moves by half an hour.
    let half = Window::at(instant("2026-04-08T03:00:00Z"), Period::Days7, Lord_Howe);
    assert!((hours(day(&half, "2026-04-05").interval) - 24.5).abs() < 1e-9);
    // Kathmandu's offset is 5:45, always.
    let quarter = Window::at(instant("2026-04-08T03:00:00Z"), Period::Days7, Kathmandu);
    assert_eq!(quarter.current.from, instant("2026-04-01T18:15:00Z"));
}

#[test]
fn a_wall_time_in_a_gap_is_the_first_instant_after_it() {
    // 02:30 in Paris did not exist a week before; the window before ends at 03:00.
    let window = Window::at(instant("2026-04-05T00:29:00Z"), Period::Days7, Paris);
    assert_eq!(window.previous.to, instant("2026-03-29T01:00:00Z"));
    assert_eq!(window.buckets[6].previous.to, instant("2026-03-29T01:00:00Z"));

    // Clocks put forward at midnight: the day begins at one o'clock.
    for (zone, date, begins) in [
        (Sao_Paulo, "2018-11-04", "2018-11-04T03:00:00Z"),
        (Beirut, "2022-03-27", "2022-03-26T22:00:00Z"),
        (Cairo, "2024-04-26", "2024-04-25T22:00:00Z"),
    ] {
        let begins = instant(begins);
        let now = begins + TimeDelta::hours(50);
        let window = Window::at(now, Period::Days7, zone);
        assert_eq!(day(&window, date).interval.from, begins, "{zone}");
        assert!((hours(day(&window, date).interval) - 23.0).abs() < 1e-9, "{zone}");
        let first = Window::at(begins + TimeDelta::hours(6 * 24 + 3), Period::Days7, zone);
        assert_eq!(first.buckets[0].label, date, "{zone}");
        assert_eq!(first.current.from, begins, "{zone}");
        // The last minute before the gap ends the day before it, and the window before ends at the same midnight.
        let eve = Window::at(begins - TimeDelta::seconds(20), Period::Days7, zone);
        assert_eq!(eve.current.to, begins, "{zone}");
        assert_eq!(eve.previous.to, eve.current.from, "{zone}");
    }
}

#[test]
fn a_wall_time_in_a_fold_is_the_earlier() {
    // 02:30 in Paris came twice a week before, at 00:30 and 01:30 UTC.
    let window = Window::at(instant("2026-11-01T01:29:00Z"), Period::Days7, Paris);
    assert_eq!(window.previous.to, instant("2026-10-25T00:30:00Z"));
    // And within the fold: both passes through 02:30 are compared with the same wall time.
    for now in ["2026-10-25T00:29:00Z", "2026-10-25T01:29:00Z"] {
        let window = Window::at(instant(now), Period::Days7, Paris);
        assert_eq!(window.previous.to, instant("2026-10-18T00:30:00Z"));
    }
    // São Paulo's fold is the hour before midnight: the day has 25 hours and begins at its first instant.
    let window = Window::at(instant("2018-02-20T12:00:00Z"), Period::Days7, Sao_Paulo);
    assert_eq!(day(&window, "2018-02-17").interval, interval("2018-02-17T02:00:00Z", "2018-02-18T03:00:00Z"));
    // St. John's put its clock back over midnight, from 00:01 to 23:01: the day began before that.
    let window = Window::at(instant("2008-11-05T12:00:00Z"), Period::Days7, St_Johns);
    assert_eq!(day(&window, "2008-11-02").interval.from, instant("2008-11-02T02:30:00Z"));
}

#[test]
fn a_date_that_never_was_is_an_empty_day() {
    let window = Window::at(instant("2012-01-02T12:00:00Z"), Period::Days7, Apia);
    let skipped = day(&window, "2011-12-30");
    assert_eq!(skipped.interval, interval("2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z"));
    assert_eq!(day(&window, "2011-12-29").interval, interval("2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z"));
    assert_eq!(day(&window, "2011-12-31").interval.from, instant("2011-12-30T10:00:00Z"));
    // A window that begins with it begins with the day after.
    let window = Window::at(instant("2012-01-05T00:00:00Z"), Period::Days7, Apia);
    assert_eq!(
        (window.buckets[0].label.as_str(), window.current.from),
        ("2011-12-30", instant("2011-12-30T10:00:00Z"))
    );
}

#[test]
fn months_are_cut_at_both_edges() {
    let window = Window::at(instant("2026-11-23T05:12:00Z"), Period::Days365, Paris);
    assert_eq!(window.buckets.len(), 13);
    let (first, last) = (&window.buckets[0], &window.buckets[12]);
    assert_eq!((first.label.as_str(), first.partial), ("2025-11", true));
    assert_eq!(first.interval, interval("2025-11-23T23:00:00Z", "2025-11-30T23:00:00Z"));
    assert_eq!(first.previous, interval("2024-11-23T23:00:00Z", "2024-11-30T23:00:00Z"));
    assert_eq!((last.label.as_str(), last.partial), ("2026-11", true));
    assert_eq!(last.interval, interval("2026-10-31T23:00:00Z", "2026-11-23T05:13:00Z"));
    assert_eq!(last.previous, interval("2025-10-31T23:00:00Z", "2025-11-23T05:13:00Z"));
    assert!(window.buckets[1..12].iter().all(|bucket| !bucket.partial));
}

#[test]
fn a_year_that_is_the_calendars_has_12_months() {
    let window = Window::at(instant("2026-12-31T22:59:00Z"), Period::Days365, Paris);
    assert_eq!(window.buckets.len(), 12);
    assert!(window.buckets.iter().all(|bucket| !bucket.partial));
    assert_eq!(window.current, interval("2025-12-31T23:00:00Z", "2026-12-31T23:00:00Z"));
    // In a leap year 365 days begin on January 2nd.
    let window = Window::at(instant("2028-12-31T12:00:00Z"), Period::Days365, UTC);
    assert_eq!((window.buckets.len(), window.buckets[0].partial), (12, true));
    assert_eq!(window.current.from, instant("2028-01-02T00:00:00Z"));
    assert_eq!(window.previous.from, instant("2027-01-02T00:00:00Z"));
    // February 29th counts, and is compared with a March 1st.
    let window = Window::at(instant("2028-02-29T12:00:00Z"), Period::Days365, UTC);
    assert_eq!(window.buckets[11].interval.from, instant("2028-02-01T00:00:00Z"));
    assert_eq!(window.previous.to, instant("2027-03-01T12:01:00Z"));
}

/// Any zone, any instant from 1970 to 2100; near a change of the clock as often as not.
fn zone_and_now() -> impl Strategy<Value = (Tz, DateTime<Utc>)> {
    let anywhere = 0..4_102_444_800_000_000_i64;
    (prop::sample::select(TZ_VARIANTS.as_slice()), anywhere, any::<bool>(), -200_000_000_i64..200_000_000)
        .prop_map(|(tz, micros, near_change, off)| {
            let now = DateTime::from_timestamp_micros(micros).unwrap();
            let change = near_change.then(|| next_change(now, tz)).flatten();
            (tz, change.map_or(now, |change| change + TimeDelta::microseconds(off)))
        })
}

/// The next change of the clock within a year, found by halving.
fn next_change(after: DateTime<Utc>, tz: Tz) -> Option<DateTime<Utc>> {
    use chrono::Offset;
    let offset = |at: DateTime<Utc>| tz.offset_from_utc_datetime(&at.naive_utc()).fix();
    let day = (0..365)
        .map(|days| after + TimeDelta::days(days))
        .find(|at| offset(*at) != offset(*at + TimeDelta::days(1)))?;
    let (mut before, mut changed) = (day, day + TimeDelta::days(1));
    while changed - before > TimeDelta::microseconds(1) {
        let middle = before + (changed - before) / 2;
        if offset(middle) == offset(day) { before = middle } else { changed = middle }
    }
    Some(changed)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, ..ProptestConfig::default() })]

    #[test]
    fn buckets_tile_the_window_and_the_one_before((tz, now) in zone_and_now(), period in prop::sample::select(&Period::EVERY[..])) {
        let window = Window::at(now, period, tz);
        prop_assert!(window.current.from <= now && now < window.current.to);
        prop_assert!(window.previous.from <= window.previous.to);
        prop_assert!(window.previous.to <= window.current.from);
        for (interval, buckets) in [
            (window.current, window.buckets.iter().map(|bucket| bucket.interval).collect::<Vec<_>>()),
            (window.previous, window.buckets.iter().map(|bucket| bucket.previous).collect()),
        ] {
            prop_assert_eq!(buckets[0].from, interval.from);
            prop_assert_eq!(buckets[buckets.len() - 1].to, interval.to);
            prop_assert!(buckets.windows(2).all(|pair| pair[0].to == pair[1].from));
            prop_assert!(buckets.iter().all(|bucket| bucket.from <= bucket.to));
        }
        let labels: std::collections::BTreeSet<_> = window.buckets.iter().map(|bucket| bucket.label.clone()).collect();
        prop_assert_eq!(labels.len(), window.buckets.len());
        match period {
            Period::Days365 => {
                prop_assert!(matches!(window.buckets.len(), 12 | 13));
                let first = window.buckets[0].interval.from.with_timezone(&tz).day();
                prop_assert!(!window.buckets[0].partial || first != 1);
            }
            days => prop_assert_eq!(window.buckets.len(), days.days() as usize),
        }
    }

    #[test]
    fn every_edge_is_the_first_instant_at_which_the_clock_shows_its_wall_time((tz, now) in zone_and_now(), days in prop_oneof![Just(0), 0_u64..800]) {
        let wall = now.with_timezone(&tz).naive_local() - Days::new(days);
        let edge = local_time::resolve(wall, tz);
        let before = edge - TimeDelta::microseconds(1);
        prop_assert!(edge.with_timezone(&tz).naive_local() >= wall);
        prop_assert!(before.with_timezone(&tz).naive_local() < wall);
        // Nor any earlier: in a fold this is the first of the two.
        for quarters in 1..=26 * 4 {
            let earlier = edge - TimeDelta::minutes(15 * quarters);
            prop_assert!(earlier.with_timezone(&tz).naive_local() < wall);
        }
    }

    #[test]
    fn the_window_before_is_the_window_as_of_its_end((tz, now) in zone_and_now(), period in prop::sample::select(&Period::EVERY[..])) {
        let window = Window::at(now, period, tz);
        let wall_to = local_time::wall_before(window.current.to, tz) - Days::new(period.days().into());
        // Where the nominal end falls into a gap, the day it names may not have begun a microsecond before; where its
        // seconds differ from the minute's (before 1972), there is no such minute.
        let in_gap = local_time::wall_before(window.previous.to, tz) != wall_to;
        prop_assume!(!in_gap && window.previous.to.timestamp() % 60 == 0);
        let before = Window::at(window.previous.to - TimeDelta::microseconds(1), period, tz);
        prop_assert_eq!(before.current, window.previous);
    }
}
