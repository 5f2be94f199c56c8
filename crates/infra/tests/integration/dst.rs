//! Days that do not have 24 hours, and wall times that come twice or never: a row every 15 minutes, counted by the
//! databases.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::{
    Africa::Cairo,
    America::{Havana, Sao_Paulo},
    Asia::Beirut,
    Australia::Lord_Howe,
    Europe::Paris,
    Pacific::Apia,
    Tz,
};
use domain::{
    entities::user::{self, Role, UserStatus},
    metrics::{charts::Charts, overview::KpiValue, period::Period, window::Window},
    ports::MetricsReader,
};
use uuid::Uuid;

use crate::metrics_tables::{Rows, Tables};

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A user every quarter of an hour, from whole hour to whole hour.
fn one_every_15_minutes(from: &str, to: &str) -> Rows {
    let (from, to) = (instant(from), instant(to));
    let quarters = std::iter::successors(Some(from), |at| Some(*at + TimeDelta::minutes(15)));
    let users = quarters.take_while(|at| *at < to).map(|at| user::Model {
        id: Uuid::now_v7(),
        email: format!("{}@example.org", at.timestamp()),
        display_name: "Ada Lovelace".to_owned(),
        role: Role::User,
        status: UserStatus::Active,
        first_sent_at: None,
        created_at: at,
        updated_at: at,
    });
    Rows { users: users.collect(), ..Rows::default() }
}

fn users_of(charts: &Charts, label: &str) -> i64 {
    let bucket = charts.buckets.iter().position(|bucket| bucket.label == label).unwrap();
    charts.series[0].values[bucket]
}

#[tokio::test]
async fn a_day_has_as_many_quarters_as_its_clock_goes_through() {
    // Zone, a time some days after the change, and days with the hours they had.
    type Days = &'static [(&'static str, f64)];
    let cases: [(Tz, &str, Days); 10] = [
        (Paris, "2026-03-31T12:00:00Z", &[("2026-03-28", 24.0), ("2026-03-29", 23.0), ("2026-03-30", 24.0)]),
        (Paris, "2026-10-27T12:00:00Z", &[("2026-10-24", 24.0), ("2026-10-25", 25.0), ("2026-10-26", 24.0)]),
        // Changes at midnight, forward and back.
        (
            Sao_Paulo,
            "2018-11-06T12:00:00Z",
            &[("2018-11-03", 24.0), ("2018-11-04", 23.0), ("2018-11-05", 24.0)],
        ),
        (
            Sao_Paulo,
            "2018-02-20T12:00:00Z",
            &[("2018-02-16", 24.0), ("2018-02-17", 25.0), ("2018-02-18", 24.0)],
        ),
        (Beirut, "2022-03-29T12:00:00Z", &[("2022-03-26", 24.0), ("2022-03-27", 23.0)]),
        (Cairo, "2024-04-28T12:00:00Z", &[("2024-04-25", 24.0), ("2024-04-26", 23.0)]),
        // One o'clock becomes midnight: the first hour of the day comes twice.
        (Havana, "2024-11-05T12:00:00Z", &[("2024-11-02", 24.0), ("2024-11-03", 25.0)]),
        // Half an hour.
        (
            Lord_Howe,
            "2026-04-07T12:00:00Z",
            &[("2026-04-04", 24.0), ("2026-04-05", 24.5), ("2026-04-06", 24.0)],
        ),
        (
            Lord_Howe,
            "2026-10-06T12:00:00Z",
            &[("2026-10-03", 24.0), ("2026-10-04", 23.5), ("2026-10-05", 24.0)],
        ),
        // A whole day that Samoa skipped.
        (Apia, "2012-01-02T12:00:00Z", &[("2011-12-29", 24.0), ("2011-12-30", 0.0), ("2011-12-31", 24.0)]),
    ];
    for tables in Tables::both().await {
        for (tz, now, days) in cases {
            let now = instant(now);
            let from = (now - TimeDelta::days(9)).to_rfc3339();
            tables.fill(&one_every_15_minutes(&from, &now.to_rfc3339())).await;
            let charts = tables.reader.charts(&Window::at(now, Period::Days7, tz)).await.unwrap();
            for (label, hours) in days {
                let quarters = users_of(&charts, label);
                let expected = hours * 4.0;
                assert!(
                    (f64::from(i32::try_from(quarters).unwrap()) - expected).abs() < 0.5,
                    "{label} in {tz}: {quarters} quarters, expected {expected}"
                );
            }
        }
    }
}

#[tokio::test]
async fn windows_over_a_change_are_compared_by_wall_times() {
    // Noon in Paris is 11:00 UTC in winter, 10:00 in summer. The window of 2026-03-31, 12:00 has a day of 23 hours;
    // the one before, until 12:00 of 2026-03-24, has none.
    let now = instant("2026-03-31T09:59:30Z");
    let window = Window::at(now, Period::Days7, Paris);
    for tables in Tables::both().await {
        tables.fill(&one_every_15_minutes("2026-03-01T00:00:00Z", "2026-04-02T00:00:00Z")).await;
        let overview = tables.reader.overview(&window).await.unwrap();
        let users = &overview.kpis[1];
        let count = |hours: i64| Some(KpiValue::Number(domain::metrics::Number::Count(4 * hours)));
        assert_eq!(users.value, count(6 * 24 - 1 + 12));
        assert_eq!(users.previous, count(6 * 24 + 12));
        let charts = tables.reader.charts(&window).await.unwrap();
        assert_eq!(charts.series[0].values, [96, 96, 96, 96, 92, 96, 48]);
        assert_eq!(charts.series[0].previous_values, [96, 96, 96, 96, 96, 96, 48]);
    }
}

#[tokio::test]
async fn a_row_at_an_edge_is_in_the_later_bucket() {
    let now = instant("2026-10-27T12:00:30Z");
    let window = Window::at(now, Period::Days7, Paris);
    let tick = TimeDelta::microseconds(1);
    let mut rows = one_every_15_minutes("2026-10-01T00:00:00Z", "2026-10-01T02:00:00Z");
    // The day of 25 hours begins at 22:00 UTC and ends at 23:00 UTC.
    let (begins, ends) = (instant("2026-10-24T22:00:00Z"), instant("2026-10-25T23:00:00Z"));
    let edges = [
        window.current.from - tick,
        window.current.from,
        begins - tick,
        begins,
        ends - tick,
        ends,
        window.current.to - tick,
        window.current.to,
    ];
    for (user, edge) in rows.users.iter_mut().zip(edges) {
        user.created_at = edge;
    }
    for tables in Tables::both().await {
        tables.fill(&rows).await;
        let charts = tables.reader.charts(&window).await.unwrap();
        assert_eq!(charts.series[0].values, [1, 0, 0, 1, 2, 1, 1]);
        assert_eq!(charts.series[0].total, 6);
        let overview = tables.reader.overview(&window).await.unwrap();
        let total: Vec<_> = overview.kpis[0].spark.iter().map(|n| serde_json::to_value(n).unwrap()).collect();
        assert_eq!(total, [2, 2, 2, 3, 5, 6, 7].map(serde_json::Value::from));
    }
}
