//! From counts to an overview: rates, changes, what a figure is worth, and every status and step in its place.

use super::{
    FunnelCount, FunnelStep, IntervalCounts, Kpi, KpiKey, KpiStatus, KpiValue, LeadStatusCount, Money,
    Overview, OverviewCounts, PendingAmounts, ProposalStatusCount,
};
use crate::{
    entities::{lead::LeadStatus, proposal::ProposalStatus},
    metrics::{Number, window::Window},
};

impl Overview {
    /// The overview of `window`, from what was counted for it.
    #[must_use]
    pub fn assemble(window: &Window, counts: &OverviewCounts) -> Self {
        let funnel = &counts.funnel;
        Self {
            meta: window.meta(),
            kpis: KpiKey::EVERY.into_iter().map(|key| Kpi::assemble(key, counts)).collect(),
            proposals_by_status: ProposalStatus::EVERY
                .into_iter()
                .map(|status| ProposalStatusCount {
                    status,
                    count: counts.proposals_by_status.get(&status).copied().unwrap_or_default(),
                })
                .collect(),
            leads_by_status: LeadStatus::EVERY
                .into_iter()
                .map(|status| LeadStatusCount {
                    status,
                    count: counts.leads_by_status.get(&status).copied().unwrap_or_default(),
                })
                .collect(),
            funnel: [
                (FunnelStep::Created, funnel.created),
                (FunnelStep::CreatedProposal, funnel.created_proposal),
                (FunnelStep::SentProposal, funnel.sent_proposal),
                (FunnelStep::ReceivedLead, funnel.received_lead),
                (FunnelStep::ConvertedLead, funnel.converted_lead),
            ]
            .map(|(step, count)| FunnelCount { step, count })
            .into(),
        }
    }
}

impl Kpi {
    fn assemble(key: KpiKey, counts: &OverviewCounts) -> Self {
        match Figure::of(key, &counts.current).zip(Figure::of(key, &counts.previous)) {
            Some((current, previous)) => Self::number(key, current, previous, &counts.buckets),
            None => Self::money(key, &counts.pending, &counts.previous_pending),
        }
    }

    fn number(key: KpiKey, current: Figure, previous: Figure, buckets: &[IntervalCounts]) -> Self {
        let (value, before) = (current.value(), previous.value());
        let delta_abs = value.zip(before).map(|(value, before)| value.minus(before));
        let delta_pct = delta_abs
            .zip(before)
            .map(|(delta, before)| (delta.as_f64(), before.as_f64()))
            .and_then(|(delta, before)| (before != 0.0).then(|| delta / before));
        let status = match (value, delta_pct) {
            (None, _) => KpiStatus::NoData,
            (Some(_), None) => KpiStatus::NoBaseline,
            (Some(_), Some(_)) => KpiStatus::Ok,
        };
        let divided = current.divided();
        Self {
            key,
            unit: key.unit(),
            value: value.map(KpiValue::Number),
            previous: before.map(KpiValue::Number),
            delta_abs,
            delta_pct,
            numerator: divided.map(|(numerator, _)| numerator),
            denominator: divided.map(|(_, denominator)| denominator),
            status,
            spark: buckets.iter().map(|bucket| Figure::of(key, bucket).and_then(Figure::value)).collect(),
        }
    }

    /// Amounts in several currencies have no change: neither a difference nor a percentage would mean anything.
    fn money(key: KpiKey, pending: &PendingAmounts, previous: &PendingAmounts) -> Self {
        let amounts = |pending: &PendingAmounts| {
            let amounts = pending.iter().map(|(currency, amount_minor)| Money {
                currency: currency.clone(),
                amount_minor: *amount_minor,
            });
            Some(KpiValue::Money(amounts.collect()))
        };
        Self {
            key,
            unit: key.unit(),
            value: amounts(pending),
            previous: amounts(previous),
            delta_abs: None,
            delta_pct: None,
            numerator: None,
            denominator: None,
            status: KpiStatus::Ok,
            spark: Vec::new(),
        }
    }
}

/// A figure before it is divided.
#[derive(Clone, Copy)]
enum Figure {
    Count(i64),
    Ratio { numerator: i64, denominator: i64 },
}

impl Figure {
    /// The figure called `key` of an interval; money is none.
    const fn of(key: KpiKey, counts: &IntervalCounts) -> Option<Self> {
        Some(match key {
            KpiKey::UsersTotal => Self::Count(counts.users_total),
            KpiKey::UsersNew => Self::Count(counts.users_new),
            KpiKey::ActivationRate => {
                Self::Ratio { numerator: counts.users_activated, denominator: counts.users_new }
            }
            KpiKey::ProposalsNew => Self::Count(counts.proposals_new),
            KpiKey::ProposalsSent => Self::Count(counts.proposals_sent),
            KpiKey::AcceptanceRate => {
                Self::Ratio { numerator: counts.proposals_accepted, denominator: counts.proposals_decided }
            }
            KpiKey::PendingAmount => return None,
            KpiKey::LeadsNew => Self::Count(counts.leads_new),
            KpiKey::LeadConversionRate => {
                Self::Ratio { numerator: counts.leads_converted, denominator: counts.leads_new }
            }
            KpiKey::LeadsPerProposal => {
                Self::Ratio { numerator: counts.leads_new, denominator: counts.proposals_new }
            }
        })
    }

    fn value(self) -> Option<Number> {
        match self {
            Self::Count(count) => Some(Number::Count(count)),
            Self::Ratio { denominator: 0, .. } => None,
            Self::Ratio { numerator, denominator } => {
                Some(Number::Ratio(as_f64(numerator) / as_f64(denominator)))
            }
        }
    }

    const fn divided(self) -> Option<(i64, i64)> {
        match self {
            Self::Count(_) => None,
            Self::Ratio { numerator, denominator } => Some((numerator, denominator)),
        }
    }
}

impl Number {
    fn as_f64(self) -> f64 {
        match self {
            Self::Count(count) => as_f64(count),
            Self::Ratio(ratio) => ratio,
        }
    }

    fn minus(self, other: Self) -> Self {
        match (self, other) {
            (Self::Count(one), Self::Count(other)) => Self::Count(one - other),
            (one, other) => Self::Ratio(one.as_f64() - other.as_f64()),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of rows stay far below 2^53")]
const fn as_f64(count: i64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use chrono_tz::UTC;

    use super::*;
    use crate::metrics::{overview::FunnelCounts, period::Period};

    fn overview(counts: &OverviewCounts) -> Overview {
        let now = "2026-11-23T05:12:00Z".parse().unwrap();
        Overview::assemble(&Window::at(now, Period::Days7, UTC), counts)
    }

    fn kpi(counts: &OverviewCounts, key: KpiKey) -> Kpi {
        overview(counts).kpis.into_iter().find(|kpi| kpi.key == key).unwrap()
    }

    fn interval(edit: impl FnOnce(&mut IntervalCounts)) -> IntervalCounts {
        let mut counts = IntervalCounts::default();
        edit(&mut counts);
        counts
    }

    #[test]
    fn a_count_changes_by_a_difference_and_a_fraction() {
        let counts = OverviewCounts {
            current: interval(|counts| counts.leads_new = 30),
            previous: interval(|counts| counts.leads_new = 40),
            buckets: vec![interval(|counts| counts.leads_new = 30), IntervalCounts::default()],
            ..OverviewCounts::default()
        };
        let leads = kpi(&counts, KpiKey::LeadsNew);
        assert_eq!(leads.value, Some(KpiValue::Number(Number::Count(30))));
        assert_eq!(leads.delta_abs, Some(Number::Count(-10)));
        assert_eq!((leads.delta_pct, leads.status), (Some(-0.25), KpiStatus::Ok));
        assert_eq!((leads.numerator, leads.denominator), (None, None));
        assert_eq!(leads.spark, [Some(Number::Count(30)), Some(Number::Count(0))]);
    }

    #[test]
    fn with_nothing_before_there_is_a_difference_and_no_percentage() {
        let counts =
            OverviewCounts { current: interval(|counts| counts.users_new = 3), ..OverviewCounts::default() };
        let users = kpi(&counts, KpiKey::UsersNew);
        assert_eq!(users.delta_abs, Some(Number::Count(3)));
        assert_eq!((users.delta_pct, users.status), (None, KpiStatus::NoBaseline));
    }

    #[test]
    fn a_rate_is_null_where_there_is_nothing_to_divide_by() {
        let of = |accepted, decided| {
            interval(|counts| (counts.proposals_accepted, counts.proposals_decided) = (accepted, decided))
        };
        let counts = |current, previous| OverviewCounts {
            current,
            previous,
            buckets: vec![of(1, 4), of(0, 0)],
            ..OverviewCounts::default()
        };
        let rate = kpi(&counts(of(1, 4), of(1, 2)), KpiKey::AcceptanceRate);
        assert_eq!(rate.value, Some(KpiValue::Number(Number::Ratio(0.25))));
        assert_eq!((rate.numerator, rate.denominator), (Some(1), Some(4)));
        assert_eq!((rate.delta_abs, rate.delta_pct), (Some(Number::Ratio(-0.25)), Some(-0.5)));
        assert_eq!(rate.status, KpiStatus::Ok);
        assert_eq!(rate.spark, [Some(Number::Ratio(0.25)), None]);

        let rate = kpi(&counts(of(1, 4), of(0, 0)), KpiKey::AcceptanceRate);
        assert_eq!((rate.previous, rate.delta_abs, rate.status), (None, None, KpiStatus::NoBaseline));
        let rate = kpi(&counts(of(1, 4), of(0, 2)), KpiKey::AcceptanceRate);
        assert_eq!((rate.delta_abs, rate.delta_pct), (Some(Number::Ratio(0.25)), None));
        assert_eq!(rate.status, KpiStatus::NoBaseline);
        let rate = kpi(&counts(of(0, 0), of(1, 2)), KpiKey::AcceptanceRate);
        assert_eq!((rate.value, rate.delta_abs, rate.status), (None, None, KpiStatus::NoData));
        assert_eq!((rate.numerator, rate.denominator), (Some(0), Some(0)));
    }

    #[test]
    fn money_is_sorted_by_currency_and_has_no_change() {
        let counts = OverviewCounts {
            pending: PendingAmounts::from([("USD".to_owned(), 5), ("EUR".to_owned(), 7)]),
            ..OverviewCounts::default()
        };
        let pending = kpi(&counts, KpiKey::PendingAmount);
        let json = serde_json::to_value(&pending).unwrap();
        assert_eq!(
            json,
            serde_json::json!({
                "key": "pendingAmount", "unit": "money",
                "value": [{"currency": "EUR", "amountMinor": 7}, {"currency": "USD", "amountMinor": 5}],
                "previous": [], "deltaAbs": null, "deltaPct": null, "status": "ok", "spark": []
            })
        );
    }

    #[test]
    fn every_figure_status_and_step_is_there_in_order() {
        let funnel = FunnelCounts {
            created: 5,
            created_proposal: 4,
            sent_proposal: 3,
            received_lead: 2,
            converted_lead: 1,
        };
        let overview = overview(&OverviewCounts { funnel, ..OverviewCounts::default() });
        assert_eq!(overview.kpis.iter().map(|kpi| kpi.key).collect::<Vec<_>>(), KpiKey::EVERY);
        assert_eq!(overview.proposals_by_status.len(), 6);
        assert_eq!(overview.leads_by_status.len(), 5);
        assert_eq!(overview.funnel.iter().map(|step| step.count).collect::<Vec<_>>(), [5, 4, 3, 2, 1]);
        assert_eq!(serde_json::to_value(overview.funnel[3].step).unwrap(), "receivedLead");
    }
}
