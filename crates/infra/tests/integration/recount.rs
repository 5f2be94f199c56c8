//! Every number against a recount: random rows, many of them a microsecond from an edge, in any zone, near changes of
//! the clock, go into PostgreSQL and SQLite; what both answer must be what [`naive`] finds by looking at each row.

mod naive;
mod rows;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    metrics::{
        charts::Charts,
        overview::{KpiKey, KpiValue, Overview},
        period::{Period, RecentLimit},
        window::Window,
    },
    ports::MetricsReader,
};
use proptest::{
    prelude::*,
    test_runner::{TestCaseResult, TestRunner},
};
use serde_json::{Value, json};

use crate::metrics_tables::{Rows, Tables};
use naive::Naive;
use rows::Case;

/// On two cores a case takes some 100 ms.
const CASES: u32 = 128;

fn check(
    cases: u32,
    strategy: &impl Strategy<Value = Case>,
    test: &impl AsyncFn(&Tables, &Case, &Rows) -> TestCaseResult,
) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let tables = runtime.block_on(Tables::both());
    let config = ProptestConfig {
        cases,
        failure_persistence: None,
        max_shrink_iters: 400,
        ..ProptestConfig::default()
    };
    let mut runner = TestRunner::new(config);
    let outcome = runner.run(strategy, |case| {
        let rows = case.rows();
        runtime.block_on(async {
            for tables in &tables {
                tables.fill(&rows).await;
                test(tables, &case, &rows).await.map_err(|error| match error {
                    TestCaseError::Fail(why) => {
                        TestCaseError::fail(format!("on {}: {why}", tables.backend()))
                    }
                    reject @ TestCaseError::Reject(_) => reject,
                })?;
            }
            Ok(())
        })
    });
    // The pools need the runtime that they were opened on.
    runtime.block_on(async { drop(tables) });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

/// `answer` as a client sees it, without the times in it, which [`check_meta`] looks at.
fn without_times(answer: impl serde::Serialize) -> Value {
    let mut json = serde_json::to_value(answer).unwrap();
    json.as_object_mut().unwrap().remove("meta");
    for bucket in json.get_mut("buckets").and_then(Value::as_array_mut).into_iter().flatten() {
        let bucket = bucket.as_object_mut().unwrap();
        bucket.remove("startAt");
        bucket.remove("endAt");
    }
    json
}

fn check_meta(window: &Window, naive: &Naive) -> TestCaseResult {
    let before = |instant: DateTime<Utc>| instant - TimeDelta::microseconds(1);
    prop_assert_eq!(window.current.to, naive.to);
    prop_assert_eq!(window.previous.to, naive.previous_to);
    for (from, first_day) in
        [(window.current.from, naive.first_day), (window.previous.from, naive.first_day - naive.days())]
    {
        prop_assert!(naive.date(from) >= first_day && naive.date(before(from)) < first_day);
    }
    Ok(())
}

#[test]
fn overview_and_charts_are_what_a_recount_finds() {
    check(CASES, &rows::case(), &async |tables, case, rows| {
        let window = Window::at(case.now, case.period, case.tz);
        let naive = Naive::new(case, rows);
        check_meta(&window, &naive)?;
        let overview = tables.reader.overview(&window).await.unwrap();
        let charts = tables.reader.charts(&window).await.unwrap();
        prop_assert_eq!(without_times(&overview), naive.overview());
        prop_assert_eq!(without_times(&charts), naive.charts());
        check_sums(&overview, &charts)?;
        check_previous(tables, &window, &naive, &overview).await
    });
}

#[test]
fn recent_lists_are_the_newest_rows_with_their_counts() {
    let limits = [1, 2, 10, 50].map(|limit: u8| limit.to_string().parse::<RecentLimit>().unwrap());
    check(CASES / 2, &rows::case(), &async |tables, case, rows| {
        let naive = Naive::new(case, rows);
        for limit in limits {
            let users = tables.reader.recent_users(limit, case.now).await.unwrap();
            prop_assert_eq!(users.meta.generated_at, case.now);
            prop_assert_eq!(serde_json::to_value(users.items).unwrap(), naive.recent_users(limit));
            let proposals = tables.reader.recent_proposals(limit, case.now).await.unwrap();
            prop_assert_eq!(proposals.meta.generated_at, case.now);
            prop_assert_eq!(serde_json::to_value(proposals.items).unwrap(), naive.recent_proposals(limit));
        }
        Ok(())
    });
}

#[tokio::test]
async fn empty_tables_have_every_figure_bucket_status_and_step() {
    for tables in Tables::both().await {
        for period in Period::EVERY {
            let now = "2026-11-23T05:12:00Z".parse().unwrap();
            let window = Window::at(now, period, chrono_tz::Europe::Paris);
            let overview = serde_json::to_value(tables.reader.overview(&window).await.unwrap()).unwrap();
            let buckets = window.buckets.len();
            assert_eq!(overview["kpis"].as_array().unwrap().len(), 10);
            assert_eq!(
                overview["kpis"][2],
                json!({
                    "key": "activationRate", "unit": "rate", "value": null, "previous": null, "deltaAbs": null,
                    "deltaPct": null, "numerator": 0, "denominator": 0, "status": "no_data",
                    "spark": vec![Value::Null; buckets]
                })
            );
            assert_eq!(overview["kpis"][0]["spark"], json!(vec![0; buckets]));
            assert_eq!(overview["proposalsByStatus"].as_array().unwrap().len(), 6);
            assert_eq!(overview["leadsByStatus"].as_array().unwrap().len(), 5);
            assert_eq!(overview["funnel"].as_array().unwrap().len(), 5);
            let charts = tables.reader.charts(&window).await.unwrap();
            assert_eq!(charts.buckets.len(), buckets);
            assert!(charts.series.iter().all(|series| series.values == vec![0; buckets]));
            assert!(charts.series.iter().all(|series| series.previous_values == vec![0; buckets]));
            let limit = RecentLimit::default();
            assert!(tables.reader.recent_users(limit, now).await.unwrap().items.is_empty());
            assert!(tables.reader.recent_proposals(limit, now).await.unwrap().items.is_empty());
        }
    }
}

fn kpi(overview: &Overview, key: KpiKey) -> &domain::metrics::overview::Kpi {
    overview.kpis.iter().find(|kpi| kpi.key == key).unwrap()
}

fn count(overview: &Overview, key: KpiKey) -> i64 {
    match &kpi(overview, key).value {
        Some(KpiValue::Number(domain::metrics::Number::Count(count))) => *count,
        other => panic!("{key:?} is not a count: {other:?}"),
    }
}

/// Σ of a series is its figure, Σ of a breakdown is its new rows, and the funnel never rises.
fn check_sums(overview: &Overview, charts: &Charts) -> TestCaseResult {
    let figures = [KpiKey::UsersNew, KpiKey::ProposalsNew, KpiKey::ProposalsSent, KpiKey::LeadsNew];
    for (series, key) in charts.series.iter().zip(figures) {
        prop_assert_eq!(series.values.iter().sum::<i64>(), count(overview, key));
        prop_assert_eq!(series.total, count(overview, key));
    }
    let by_status: i64 = overview.proposals_by_status.iter().map(|status| status.count).sum();
    prop_assert_eq!(by_status, count(overview, KpiKey::ProposalsNew));
    let by_status: i64 = overview.leads_by_status.iter().map(|status| status.count).sum();
    prop_assert_eq!(by_status, count(overview, KpiKey::LeadsNew));
    let funnel: Vec<i64> = overview.funnel.iter().map(|step| step.count).collect();
    prop_assert_eq!(funnel[0], count(overview, KpiKey::UsersNew));
    prop_assert!(funnel.is_sorted_by(|one, next| one >= next));
    Ok(())
}

/// What a window says of the one before is what that window said of itself as it ended.
async fn check_previous(
    tables: &Tables,
    window: &Window,
    naive: &Naive<'_>,
    overview: &Overview,
) -> TestCaseResult {
    let as_it_ended = window.previous.to - TimeDelta::microseconds(1);
    // Where the clock was put forward over the wall time at which it nominally ended, its last day had not begun.
    if naive.date(as_it_ended) != naive.today - naive.days() {
        return Ok(());
    }
    let before = Window::at(as_it_ended, window.period, window.tz);
    prop_assert_eq!(before.current, window.previous);
    let before_overview = tables.reader.overview(&before).await.unwrap();
    for (now, then) in overview.kpis.iter().zip(&before_overview.kpis) {
        prop_assert_eq!(&now.previous, &then.value, "{:?}", now.key);
    }
    let (now, then) =
        (tables.reader.charts(window).await.unwrap(), tables.reader.charts(&before).await.unwrap());
    // Months of the year before are cut elsewhere; days are the same days.
    if window.period != Period::Days365 {
        for (now, then) in now.series.iter().zip(&then.series) {
            prop_assert_eq!(&now.previous_values, &then.values, "{:?}", now.key);
        }
    }
    for (now, then) in now.series.iter().zip(&then.series) {
        prop_assert_eq!(now.previous_values.iter().sum::<i64>(), then.total, "{:?}", now.key);
    }
    Ok(())
}
