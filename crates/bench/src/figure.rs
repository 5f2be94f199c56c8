//! One figure: what was measured, what it is compared with, and what was hoped for.

use serde::Serialize;

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Unit {
    /// Seconds; shown as ns, µs, ms or s.
    Seconds,
    /// Events a second.
    PerSecond,
    /// Bytes; shown as kB or MB.
    Bytes,
    /// A plain number.
    Count,
}

/// A number with its unit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Quantity {
    /// The number, in the unit itself.
    pub value: f64,
    /// The unit.
    pub unit: Unit,
}

/// Measured ÷ baseline, over the turns of a run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Ratio {
    /// The median of the turns' ratios.
    pub median: f64,
    /// The lower quartile.
    pub low: f64,
    /// The upper quartile.
    pub high: f64,
    /// How many turns there were; 1 where a figure has no turns (its ratio is then that of the two numbers).
    pub turns: usize,
}

/// What the ratio, or the measured number itself, is hoped to be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Goal {
    /// The ratio is at least this.
    RatioAtLeast(f64),
    /// The ratio is at most this.
    RatioAtMost(f64),
    /// The measured number is at most this, in its unit.
    AtMost(f64),
    /// The ratio is at most the first, and the measured number at most the second.
    RatioAndValueAtMost(f64, f64),
}

/// One line of the report.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Figure {
    /// What was measured, in a few words.
    pub name: String,
    /// What came out: the median over the turns.
    pub measured: Quantity,
    /// What it is compared with, in a few words.
    pub baseline_name: String,
    /// What came out there.
    pub baseline: Quantity,
    /// Measured ÷ baseline.
    pub ratio: Ratio,
    /// The 95 % confidence interval of the ratio's median, where criterion took the sample: by bootstrap.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<(f64, f64)>,
    /// What was hoped for, if anything.
    pub goal: Option<Goal>,
    /// Whether the goal is met; nothing where there is none.
    pub met: Option<bool>,
}

impl Figure {
    /// A figure without a goal.
    pub fn new(
        name: impl Into<String>,
        measured: Quantity,
        baseline_name: impl Into<String>,
        baseline: Quantity,
        ratio: Ratio,
    ) -> Self {
        Self {
            name: name.into(),
            measured,
            baseline_name: baseline_name.into(),
            baseline,
            ratio,
            confidence: None,
            goal: None,
            met: None,
        }
    }

    /// The same with a goal, and whether it is met.
    #[must_use]
    pub fn goal(self, goal: Goal) -> Self {
        let met = match goal {
            Goal::RatioAtLeast(least) => self.ratio.median >= least,
            Goal::RatioAtMost(most) => self.ratio.median <= most,
            Goal::AtMost(most) => self.measured.value <= most,
            Goal::RatioAndValueAtMost(ratio, value) => {
                self.ratio.median <= ratio && self.measured.value <= value
            }
        };
        Self { goal: Some(goal), met: Some(met), ..self }
    }
}

impl Quantity {
    /// A time.
    pub const fn seconds(value: f64) -> Self {
        Self { value, unit: Unit::Seconds }
    }

    /// A rate.
    pub const fn per_second(value: f64) -> Self {
        Self { value, unit: Unit::PerSecond }
    }

    /// A size.
    pub const fn bytes(value: f64) -> Self {
        Self { value, unit: Unit::Bytes }
    }

    /// A number of things.
    pub const fn count(value: f64) -> Self {
        Self { value, unit: Unit::Count }
    }
}

impl Ratio {
    /// The ratio of two numbers that were taken once.
    pub fn of(measured: f64, baseline: f64) -> Self {
        let ratio = measured / baseline;
        Self { median: ratio, low: ratio, high: ratio, turns: 1 }
    }
}

impl std::fmt::Display for Quantity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let value = self.value;
        match self.unit {
            Unit::Seconds if value < 1e-6 => write!(f, "{:.0} ns", value * 1e9),
            Unit::Seconds if value < 1e-3 => write!(f, "{:.1} µs", value * 1e6),
            Unit::Seconds if value < 1.0 => write!(f, "{:.1} ms", value * 1e3),
            Unit::Seconds => write!(f, "{value:.2} s"),
            Unit::PerSecond if value >= 1e4 => write!(f, "{:.1} k/s", value / 1e3),
            Unit::PerSecond => write!(f, "{value:.0}/s"),
            Unit::Bytes if value >= 1e6 => write!(f, "{:.1} MB", value / 1e6),
            Unit::Bytes => write!(f, "{:.1} kB", value / 1e3),
            Unit::Count if value.fract() != 0.0 && value < 100.0 => write!(f, "{value:.2}"),
            Unit::Count => write!(f, "{value:.0}"),
        }
    }
}

impl std::fmt::Display for Ratio {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let digits = |ratio: f64| match ratio {
            ..0.1 => 4,
            ..10.0 => 2,
            ..100.0 => 1,
            _ => 0,
        };
        write!(f, "{:.*} ×", digits(self.median), self.median)?;
        if self.turns > 1 {
            write!(f, " ({:.*}–{:.*})", digits(self.low), self.low, digits(self.high), self.high)?;
        }
        Ok(())
    }
}

impl std::fmt::Display for Goal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::RatioAtLeast(least) => write!(f, "≥ {least} ×"),
            Self::RatioAtMost(most) => write!(f, "≤ {most} ×"),
            Self::AtMost(most) => write!(f, "≤ {most}"),
            Self::RatioAndValueAtMost(ratio, value) => {
                write!(f, "≤ {ratio} ×, ≤ {}", Quantity::seconds(*value))
            }
        }
    }
}
