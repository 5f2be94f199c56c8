//! Two operations side by side under criterion. Criterion times one function after another; minutes later the machine is
//! another one. Here its measurement *is* the ratio: each of its samples runs subject and baseline in short blocks, turn
//! by turn, and hands in the one time divided by the other. Warm-up, sample sizes and the bootstrap are criterion's; its
//! files go to a folder that is removed with the run.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::Context as _;
use criterion::{
    Criterion, PlottingBackend, SamplingMode, Throughput,
    measurement::{Measurement, ValueFormatter},
};
use serde::Deserialize;

use crate::{
    figure::{Figure, Quantity},
    ground::Ground,
    sample::Turns,
};

/// How many samples a ratio is taken of, and for how long.
const SAMPLES: (usize, usize) = (100, 30);
const WARM_UP: (Duration, Duration) = (Duration::from_secs(2), Duration::from_millis(300));
const MEASURING: (Duration, Duration) = (Duration::from_secs(15), Duration::from_millis(1500));
/// Enough for two digits of an interval's ends.
const RESAMPLES: usize = 10_000;

/// What the two are called.
#[derive(Clone, Copy, Debug)]
pub(super) struct Names {
    /// In criterion's report.
    pub(super) id: &'static str,
    /// What is measured.
    pub(super) subject: &'static str,
    /// What it is compared with.
    pub(super) baseline: &'static str,
    /// How often one runs before it is the other's turn.
    pub(super) block: u64,
}

/// Takes the times of `subject` and `baseline`, which run one operation each and panic where it does not do what it
/// should.
pub(super) async fn beside(
    ground: &Ground,
    names: Names,
    subject: impl AsyncFnMut() + Send + 'static,
    baseline: impl AsyncFnMut() + Send + 'static,
) -> anyhow::Result<Figure> {
    let quick = ground.quick;
    let folder = tempfile::tempdir()?;
    let path = folder.path().to_owned();
    let taking = move || take(quick, &path, names, subject, baseline);
    let times = tokio::task::spawn_blocking(taking).await.context("an operation failed")??;
    let mut turns = Turns::default();
    for time in times {
        turns.add(time.of_one(time.subject), time.of_one(time.baseline));
    }
    let estimates = std::fs::read(folder.path().join(names.id).join("ratio/new/estimates.json"))?;
    let Estimates { median } = serde_json::from_slice(&estimates).context("criterion's estimates")?;
    let interval = median.confidence_interval;
    let mut figure = Figure::new(
        names.subject,
        Quantity::seconds(turns.measured()),
        names.baseline,
        Quantity::seconds(turns.baseline()),
        turns.ratio(),
    );
    figure.confidence = Some((interval.lower_bound, interval.upper_bound));
    Ok(figure)
}

fn take(
    quick: bool,
    folder: &Path,
    names: Names,
    mut subject: impl AsyncFnMut(),
    mut baseline: impl AsyncFnMut(),
) -> anyhow::Result<Vec<Times>> {
    let pick = |(full, short): (Duration, Duration)| if quick { short } else { full };
    let samples = if quick { SAMPLES.1 } else { SAMPLES.0 };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let taken = Arc::new(Mutex::new(Vec::new()));
    let mut criterion = Criterion::default()
        .with_measurement(Beside)
        .plotting_backend(PlottingBackend::None)
        .output_directory(folder)
        .nresamples(RESAMPLES)
        .sample_size(samples)
        .warm_up_time(pick(WARM_UP))
        .measurement_time(pick(MEASURING));
    let mut group = criterion.benchmark_group(names.id);
    // All samples alike: their ratios are then comparable.
    group.sampling_mode(SamplingMode::Flat);
    group.bench_function("ratio", |bencher| {
        bencher.iter_custom(|iterations| {
            let times = runtime.block_on(blocks(iterations, names.block, &mut subject, &mut baseline));
            taken.lock().unwrap_or_else(PoisonError::into_inner).push(times);
            times
        });
    });
    group.finish();
    let mut taken = taken.lock().unwrap_or_else(PoisonError::into_inner);
    // Those before were criterion's warm-up.
    let warm_up = taken.len() - samples;
    Ok(taken.split_off(warm_up))
}

/// Runs each of the two `iterations` times, in blocks, the one that comes first changing from block to block.
async fn blocks(
    iterations: u64,
    block: u64,
    subject: &mut impl AsyncFnMut(),
    baseline: &mut impl AsyncFnMut(),
) -> Times {
    let mut times = Times { iterations, ..Times::default() };
    let mut left = iterations;
    let mut subject_first = true;
    while left > 0 {
        let now = left.min(block);
        if subject_first {
            times.subject += timed(now, subject).await;
            times.baseline += timed(now, baseline).await;
        } else {
            times.baseline += timed(now, baseline).await;
            times.subject += timed(now, subject).await;
        }
        subject_first = !subject_first;
        left -= now;
    }
    times
}

async fn timed(times: u64, operation: &mut impl AsyncFnMut()) -> Duration {
    let begun = Instant::now();
    for _ in 0..times {
        operation().await;
    }
    begun.elapsed()
}

/// What one sample took.
#[derive(Clone, Copy, Debug, Default)]
struct Times {
    iterations: u64,
    subject: Duration,
    baseline: Duration,
}

impl Times {
    /// Seconds an operation, of the `whole` time.
    fn of_one(self, whole: Duration) -> f64 {
        whole.as_secs_f64() / self.iterations as f64
    }

    fn ratio(self) -> f64 {
        self.subject.as_secs_f64() / self.baseline.as_secs_f64()
    }
}

/// Measures how many times longer the subject takes than the baseline.
struct Beside;

impl Measurement for Beside {
    type Intermediate = ();
    type Value = Times;

    // Both are for functions that criterion times itself; here it is told.
    fn start(&self) {}

    fn end(&self, (): ()) -> Times {
        Times::default()
    }

    fn add(&self, one: &Times, other: &Times) -> Times {
        Times {
            iterations: one.iterations + other.iterations,
            subject: one.subject + other.subject,
            baseline: one.baseline + other.baseline,
        }
    }

    fn zero(&self) -> Times {
        Times::default()
    }

    /// Criterion divides by the number of iterations; what comes out is the ratio.
    fn to_f64(&self, times: &Times) -> f64 {
        times.ratio() * times.iterations as f64
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        &RatioFormatter
    }
}

struct RatioFormatter;

impl ValueFormatter for RatioFormatter {
    fn scale_values(&self, _: f64, _: &mut [f64]) -> &'static str {
        "×"
    }

    fn scale_throughputs(&self, _: f64, _: &Throughput, _: &mut [f64]) -> &'static str {
        "×"
    }

    fn scale_for_machines(&self, _: &mut [f64]) -> &'static str {
        "ratio"
    }
}

/// The part of criterion's `estimates.json` that is wanted.
#[derive(Deserialize)]
struct Estimates {
    median: Estimate,
}

#[derive(Deserialize)]
struct Estimate {
    confidence_interval: Interval,
}

#[derive(Deserialize)]
struct Interval {
    lower_bound: f64,
    upper_bound: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn both_run_as_often_in_turns() {
        let (subject, baseline) = (Mutex::new(Vec::new()), &Mutex::new(0));
        let mut subject_runs = async || subject.lock().unwrap().push(*baseline.lock().unwrap());
        let mut baseline_runs = async || *baseline.lock().unwrap() += 1;
        let times = blocks(7, 3, &mut subject_runs, &mut baseline_runs).await;
        // Blocks of 3, 3 and 1; in the second the baseline came first.
        assert_eq!(*subject.lock().unwrap(), [0, 0, 0, 6, 6, 6, 6]);
        assert_eq!((times.iterations, *baseline.lock().unwrap()), (7, 7));
    }

    #[test]
    #[expect(clippy::float_cmp, reason = "numbers that a float holds exactly")]
    fn what_criterion_divides_by_the_iterations_is_the_ratio() {
        let times =
            Times { iterations: 10, subject: Duration::from_secs(30), baseline: Duration::from_secs(20) };
        assert_eq!(Beside.to_f64(&times) / 10.0, 1.5);
        assert_eq!(times.of_one(times.subject), 3.0);
    }

    #[tokio::test]
    async fn criterions_estimates_come_back() {
        let ground = Ground::new(true, false);
        let names = Names { id: "test", subject: "two sleeps", baseline: "a sleep", block: 1 };
        let nap = |n: u64| std::thread::sleep(Duration::from_micros(100 * n));
        let figure = beside(&ground, names, async move || nap(3), async move || nap(1));
        let figure = figure.await.unwrap();
        let (low, high) = figure.confidence.unwrap();
        assert_eq!(figure.ratio.turns, SAMPLES.1);
        assert!(0.0 < low && low <= high, "{figure:?}");
    }
}
