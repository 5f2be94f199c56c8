//! `cargo xtask cache ping`: how far away Redis is.

use std::time::Duration;

use clap::{Args, value_parser};
use serde::Serialize;

use super::{
    Report, Settings,
    words::{count, millis, whole_micros},
};

/// Measure round trips to Redis, on one connection.
#[derive(Debug, Args)]
pub struct Ping {
    /// How many.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = value_parser!(u32).range(1..=100_000))]
    pub(super) count: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RoundTrips {
    place: String,
    count: u32,
    min_micros: u64,
    median_micros: u64,
    p95_micros: u64,
    max_micros: u64,
    /// Null without TLS.
    tls: Option<super::connect::Tls>,
}

impl Ping {
    pub(super) async fn run(self, settings: &Settings) -> anyhow::Result<Report> {
        let (mut console, tls) = settings.open().await?;
        let mut times = Vec::new();
        for _ in 0..self.count {
            times.push(console.ping().await.map_err(|trouble| settings.failed(&trouble))?);
        }
        times.sort_unstable();
        let [min, median, p95, max] = [0, 50, 95, 100].map(|percent| percentile(&times, percent));
        let tls = tls.map(super::connect::Tls::from);
        let encryption = tls.as_ref().map_or_else(|| "no TLS".to_owned(), super::connect::Tls::in_short);
        let text = format!(
            "{}: {}: min {}, median {}, p95 {}, max {}; {encryption}\n",
            settings.place(),
            count(self.count.into(), "round trip", "round trips"),
            millis(min),
            millis(median),
            millis(p95),
            millis(max)
        );
        let [min_micros, median_micros, p95_micros, max_micros] = [min, median, p95, max].map(whole_micros);
        let count = self.count;
        let place = settings.place();
        Report::new(
            RoundTrips { place, count, min_micros, median_micros, p95_micros, max_micros, tls },
            &text,
        )
    }
}

/// The time within which `percent` of 100 lay: the nearest rank.
fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_times() {
        let times: Vec<_> = (1..=20).map(Duration::from_millis).collect();
        let of = |percent| percentile(&times, percent).as_millis();
        assert_eq!([of(0), of(50), of(95), of(100)], [1, 10, 19, 20]);
        assert_eq!(percentile(&times[..1], 95), times[0]);
    }
}
