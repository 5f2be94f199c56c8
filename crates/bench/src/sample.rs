//! Numbers taken turn by turn, and what they come to.

use crate::figure::Ratio;

/// The numbers of a run's turns: measured and baseline, one beside the other.
#[derive(Clone, Debug, Default)]
pub struct Turns {
    measured: Vec<f64>,
    baseline: Vec<f64>,
}

impl Turns {
    /// Takes both numbers `turns` times, the one that comes first changing from turn to turn, after one turn that does
    /// not count.
    pub async fn take(
        turns: usize,
        mut measured: impl AsyncFnMut() -> anyhow::Result<f64>,
        mut baseline: impl AsyncFnMut() -> anyhow::Result<f64>,
    ) -> anyhow::Result<Self> {
        let mut all = Self::default();
        for turn in 0..=turns {
            let (ours, theirs) = if turn % 2 == 0 {
                let ours = measured().await?;
                (ours, baseline().await?)
            } else {
                let theirs = baseline().await?;
                (measured().await?, theirs)
            };
            if turn > 0 {
                all.add(ours, theirs);
            }
        }
        Ok(all)
    }

    /// Adds a turn.
    pub fn add(&mut self, measured: f64, baseline: f64) {
        self.measured.push(measured);
        self.baseline.push(baseline);
    }

    /// The median of what was measured.
    pub fn measured(&self) -> f64 {
        quantile(&self.measured, 0.5)
    }

    /// The median of the baseline.
    pub fn baseline(&self) -> f64 {
        quantile(&self.baseline, 0.5)
    }

    /// The turns' ratios: their median and quartiles.
    pub fn ratio(&self) -> Ratio {
        let ratios: Vec<f64> =
            self.measured.iter().zip(&self.baseline).map(|(ours, theirs)| ours / theirs).collect();
        Ratio {
            median: quantile(&ratios, 0.5),
            low: quantile(&ratios, 0.25),
            high: quantile(&ratios, 0.75),
            turns: ratios.len(),
        }
    }
}

impl FromIterator<(f64, f64)> for Turns {
    /// Of what was measured and its baseline, turn after turn.
    fn from_iter<I: IntoIterator<Item = (f64, f64)>>(turns: I) -> Self {
        let (measured, baseline) = turns.into_iter().unzip();
        Self { measured, baseline }
    }
}

/// The `q`-quantile (0 to 1) of `numbers`, between neighbours by interpolation; NaN of none.
pub fn quantile(numbers: &[f64], q: f64) -> f64 {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let place = q * last as f64;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index of the slice")]
    let below = place.floor() as usize;
    let above = (below + 1).min(last);
    sorted[below] + (sorted[above] - sorted[below]) * place.fract()
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "numbers that a float holds exactly")]
mod tests {
    use super::*;

    #[test]
    fn quantiles_lie_between_neighbours() {
        assert_eq!(quantile(&[3.0, 1.0, 2.0], 0.5), 2.0);
        assert_eq!(quantile(&[4.0, 1.0, 2.0, 3.0], 0.5), 2.5);
        assert_eq!(quantile(&[7.0], 0.99), 7.0);
        assert!(quantile(&[], 0.5).is_nan());
    }

    #[tokio::test]
    async fn a_ratio_is_taken_turn_by_turn() {
        let (mut ours, mut theirs) = (0.0, 0.0);
        // Both grow, as on a machine that slows down: the ratio stays what it is.
        let turns = Turns::take(
            5,
            async || {
                ours += 2.0;
                Ok(ours)
            },
            async || {
                theirs += 1.0;
                Ok(theirs)
            },
        );
        let turns = turns.await.unwrap();
        assert_eq!(turns.ratio(), Ratio { median: 2.0, low: 2.0, high: 2.0, turns: 5 });
        assert_eq!(turns.measured(), 8.0);
    }
}
