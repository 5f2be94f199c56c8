//! How long the cache's steps took, as Prometheus's histograms. The cache keeps its counts by powers of two of
//! microseconds, and they are written as they are: the recorder would want each time by itself.

use std::fmt::Write as _;

use infra::cache::Times;

/// A histogram: its name, its label's name, and what it is about.
type Described = (&'static str, &'static str, &'static str);

fn described(what: &str) -> Option<Described> {
    Some(match what {
        "l1" => ("cache_l1_hit_duration_seconds", "", "Time of a hit in L1"),
        "l2" => (
            "cache_redis_call_duration_seconds",
            "kind",
            "Time from a call to Redis to its answer, or to its failure",
        ),
        "load" => (
            "cache_load_duration_seconds",
            "part",
            "Time of a load from the database, waiting for its turn included",
        ),
        "invalidation" => (
            "cache_invalidation_duration_seconds",
            "",
            "Time until Redis acknowledged an invalidation; those that were queued are not among them",
        ),
        "bus" => (
            "cache_bus_delay_seconds",
            "",
            "Time from an invalidation on Redis's clock to its message here, up to a round trip too long",
        ),
        _ => return None,
    })
}

/// Appends `times` to `text`; those of one kind stand side by side.
pub(crate) fn render(times: &[Times], text: &mut String) {
    let mut begun = "";
    for times in times {
        let Some((name, label, about)) = described(times.what) else { continue };
        // A String takes whatever is written.
        if begun != name {
            let _ = writeln!(text, "# HELP {name} {about}\n# TYPE {name} histogram");
            begun = name;
        }
        let own = times.of.map(|of| format!("{label}=\"{of}\"")).unwrap_or_default();
        let separator = if own.is_empty() { "" } else { "," };
        let (count, edges) = times.cumulative.split_last().unwrap_or((&0, &[]));
        for (power, seen) in edges.iter().enumerate() {
            let edge = Edge(1 << power);
            let _ = writeln!(text, "{name}_bucket{{{own}{separator}le=\"{edge}\"}} {seen}");
        }
        let _ = writeln!(text, "{name}_bucket{{{own}{separator}le=\"+Inf\"}} {count}");
        let braces = if own.is_empty() { String::new() } else { format!("{{{own}}}") };
        let _ = writeln!(text, "{name}_sum{braces} {}", Edge(times.total_micros));
        let _ = writeln!(text, "{name}_count{braces} {count}");
    }
    text.push('\n');
}

/// Microseconds, written as seconds.
struct Edge(u64);

impl std::fmt::Display for Edge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{:06}", self.0 / 1_000_000, self.0 % 1_000_000)
    }
}

#[cfg(test)]
mod tests {
    use infra::cache::stats::BUCKETS;

    use super::*;

    #[test]
    fn buckets_are_cumulative_and_their_edges_seconds() {
        let mut cumulative = [3; BUCKETS];
        (cumulative[0], cumulative[1]) = (0, 1);
        let times = |what, of| Times { what, of, cumulative, total_micros: 1_500_007 };
        let mut text = String::new();
        render(&[times("l2", Some("read")), times("l2", Some("store")), times("bus", None)], &mut text);
        for line in [
            r#"cache_redis_call_duration_seconds_bucket{kind="read",le="0.000001"} 0"#,
            r#"cache_redis_call_duration_seconds_bucket{kind="read",le="0.000002"} 1"#,
            r#"cache_redis_call_duration_seconds_bucket{kind="read",le="67.108864"} 3"#,
            r#"cache_redis_call_duration_seconds_bucket{kind="store",le="+Inf"} 3"#,
            r#"cache_redis_call_duration_seconds_sum{kind="store"} 1.500007"#,
            "cache_bus_delay_seconds_count 3",
        ] {
            assert!(text.lines().any(|there| there == line), "{line} is not in\n{text}");
        }
        assert_eq!(text.matches("# TYPE cache_redis_call_duration_seconds histogram").count(), 1);
    }
}
