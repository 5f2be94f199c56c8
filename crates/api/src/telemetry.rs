//! Logs, and the numbers that Prometheus collects. The recorder belongs to a node and not to the process, so that several
//! nodes can run side by side.

use std::{
    collections::HashMap,
    io::IsTerminal as _,
    sync::{
        PoisonError, RwLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use actix_web::http::{Method, StatusCode};
use infra::{
    cache::{CacheStats, Times},
    config::{ConfigError, Env, unexpected},
};
use metrics::{Counter, Histogram, Key, Label, Level, Metadata, Recorder, SharedString, Unit};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use tracing_subscriber::EnvFilter;

use crate::{cache_histograms, cache_metrics, events::EventCounts};

/// Upper edges of the latency histogram's buckets, in seconds.
const LATENCY_BUCKETS: [f64; 13] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];
const REQUESTS: &str = "http_requests_total";
const LATENCY: &str = "http_request_duration_seconds";
const METADATA: Metadata<'static> = Metadata::new(module_path!(), Level::INFO, None);
/// After so many requests the samples kept for the histogram are folded into its buckets.
const FOLD_EVERY: u32 = 4096;

/// How requests are counted.
pub struct HttpMetrics {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
    /// By route. The recorder would find them by their labels, which would have to be made for each answer.
    series: RwLock<HashMap<String, Vec<Series>>>,
    until_fold: AtomicU32,
}

/// What counts the answers of a route that have one method and one status.
struct Series {
    method: &'static str,
    status: StatusCode,
    answers: Counter,
    times: Histogram,
}

impl Default for HttpMetrics {
    fn default() -> Self {
        let builder = PrometheusBuilder::new();
        let builder = builder
            .set_buckets_for_metric(Matcher::Full(LATENCY.to_owned()), &LATENCY_BUCKETS)
            .unwrap_or_else(|_| PrometheusBuilder::new());
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        recorder.describe_counter(REQUESTS.into(), Some(Unit::Count), "Requests answered".into());
        recorder.describe_histogram(
            LATENCY.into(),
            Some(Unit::Seconds),
            "Time from a request's head to its answer's head".into(),
        );
        Self { recorder, handle, series: RwLock::default(), until_fold: AtomicU32::new(0) }
    }
}

impl HttpMetrics {
    /// Counts an answer. `route` is the route's template, never the path, so that there are few series.
    pub fn count(&self, method: &Method, route: &str, status: StatusCode, took: Duration) {
        let method = method_name(method);
        if !self.count_known(method, route, status, took) {
            self.register(method, route, status);
            self.count_known(method, route, status, took);
        }
        if self.until_fold.fetch_add(1, Ordering::Relaxed) % FOLD_EVERY == FOLD_EVERY - 1 {
            self.handle.run_upkeep();
        }
    }

    /// Counts, where there is a series for it already.
    fn count_known(&self, method: &'static str, route: &str, status: StatusCode, took: Duration) -> bool {
        let series = self.series.read().unwrap_or_else(PoisonError::into_inner);
        let Some(series) = series.get(route).into_iter().flatten().find(|series| series.is(method, status))
        else {
            return false;
        };
        series.answers.increment(1);
        series.times.record(took.as_secs_f64());
        true
    }

    fn register(&self, method: &'static str, route: &str, status: StatusCode) {
        let labels = vec![
            Label::new("method", method),
            Label::new("route", route.to_owned()),
            Label::new("status", SharedString::from(status.as_str().to_owned())),
        ];
        let mut series = self.series.write().unwrap_or_else(PoisonError::into_inner);
        let of_route = series.entry(route.to_owned()).or_default();
        // Another worker may have been here first.
        if !of_route.iter().any(|series| series.is(method, status)) {
            let answers =
                self.recorder.register_counter(&Key::from_parts(REQUESTS, labels.clone()), &METADATA);
            let times = self.recorder.register_histogram(&Key::from_parts(LATENCY, labels), &METADATA);
            of_route.push(Series { method, status, answers, times });
        }
    }

    /// Everything counted here, by the cache and of the event streams, in Prometheus's text format.
    pub fn render(&self, cache: &CacheStats, times: &[Times], events: EventCounts) -> String {
        cache_metrics::copy(cache, &self.recorder);
        copy_events(events, &self.recorder);
        let mut text = self.handle.render();
        cache_histograms::render(times, &mut text);
        text
    }
}

fn copy_events(events: EventCounts, recorder: &impl Recorder) {
    let key = Key::from_static_name;
    #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
    recorder.register_gauge(&key("event_streams_open"), &METADATA).set(events.open as f64);
    recorder.register_counter(&key("event_streams_refused_total"), &METADATA).absolute(events.refused);
    recorder.register_counter(&key("events_announced_total"), &METADATA).absolute(events.announced);
}

impl Series {
    fn is(&self, method: &'static str, status: StatusCode) -> bool {
        self.status == status && self.method == method
    }
}

/// A method's name; one that nobody has heard of would make a series of its own.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PATCH => "PATCH",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Pretty,
    /// For programs: one JSON object a line.
    Json,
}

/// `info`, but for libraries that tell of every step of their own start.
const DEFAULT_DIRECTIVES: &str = "info,sea_orm_migration=warn,actix_server=warn";

/// What is logged, and how.
#[derive(Debug)]
pub struct LogConfig {
    format: LogFormat,
    filter: EnvFilter,
}

impl LogConfig {
    /// Reads `LOG_FORMAT` and `RUST_LOG`.
    ///
    /// # Errors
    /// Names the variable that cannot be used.
    pub fn from_env(env: &Env) -> Result<Self, ConfigError> {
        const LOG_FORMAT: &str = "LOG_FORMAT";
        const RUST_LOG: &str = "RUST_LOG";
        let format = match env.get(LOG_FORMAT) {
            None if std::io::stdout().is_terminal() => LogFormat::Pretty,
            None | Some("json") => LogFormat::Json,
            Some("pretty") => LogFormat::Pretty,
            Some(other) => return Err(unexpected(LOG_FORMAT, other, "pretty or json")),
        };
        let directives = env.get(RUST_LOG).unwrap_or(DEFAULT_DIRECTIVES);
        let filter = EnvFilter::builder()
            .parse(directives)
            .map_err(|_| unexpected(RUST_LOG, directives, "directives such as info or warn,api=debug"))?;
        Ok(Self { format, filter })
    }

    /// Sends the log to standard output from now on.
    pub fn install(self) {
        let builder = tracing_subscriber::fmt().with_env_filter(self.filter);
        // Fails only where a log is installed already, which then stays.
        let _ = match self.format {
            LogFormat::Pretty => builder.with_target(false).try_init(),
            LogFormat::Json => builder.json().flatten_event(true).with_current_span(false).try_init(),
        };
    }
}
