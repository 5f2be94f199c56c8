//! The overview: key figures with the period before, status breakdowns and the funnel.

mod assemble;
mod counts;

pub use counts::{FunnelCounts, IntervalCounts, OverviewCounts, PendingAmounts};

use serde::Serialize;
use utoipa::ToSchema;

use super::{Meta, Number};
use crate::{
    entities::{lead::LeadStatus, proposal::ProposalStatus},
    schema::CurrencyCode,
};

/// Key figures, breakdowns and the funnel of a window.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Overview {
    /// What it was computed for.
    pub meta: Meta,
    /// The key figures, in a fixed order.
    pub kpis: Vec<Kpi>,
    /// Proposals created in the window by their present status; every status is there.
    pub proposals_by_status: Vec<ProposalStatusCount>,
    /// Leads created in the window by their present status; every status is there.
    pub leads_by_status: Vec<LeadStatusCount>,
    /// Users created in the window, step by step; it never rises.
    pub funnel: Vec<FunnelCount>,
}

/// A key figure: its value in the window, in the window before, and how it changed.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Kpi {
    /// Which figure.
    pub key: KpiKey,
    /// What kind of number it is.
    pub unit: KpiUnit,
    /// Its value; null where there is nothing to divide by.
    #[schema(required)]
    pub value: Option<KpiValue>,
    /// Its value in the window before.
    #[schema(required)]
    pub previous: Option<KpiValue>,
    /// `value − previous`; null for money and where either is null.
    #[schema(required)]
    pub delta_abs: Option<Number>,
    /// `(value − previous) ÷ previous`, as a fraction; null for money and where there is nothing to compare with.
    #[schema(required)]
    pub delta_pct: Option<f64>,
    /// Of a rate or an average: what was divided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub numerator: Option<i64>,
    /// Of a rate or an average: by what it was divided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub denominator: Option<i64>,
    /// Whether the figure and its change mean something.
    pub status: KpiStatus,
    /// The same figure for each chart bucket, oldest first; null where there is nothing to divide by; empty for money.
    pub spark: Vec<Option<Number>>,
}

/// A figure's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum KpiKey {
    /// Users there are at the window's end.
    UsersTotal,
    /// Users created in the window.
    UsersNew,
    /// Of the users created in the window, those whose first proposal was sent before its end.
    ActivationRate,
    /// Proposals created in the window.
    ProposalsNew,
    /// Proposals sent in the window.
    ProposalsSent,
    /// Of the proposals decided in the window, those accepted.
    AcceptanceRate,
    /// Σ of the amounts of proposals created in the window, sent and not decided at its end, by currency.
    PendingAmount,
    /// Leads created in the window.
    LeadsNew,
    /// Of the leads created in the window, those converted before its end.
    LeadConversionRate,
    /// New leads per new proposal.
    LeadsPerProposal,
}

impl KpiKey {
    /// Every figure, in the order of the answer.
    pub const EVERY: [Self; 10] = [
        Self::UsersTotal,
        Self::UsersNew,
        Self::ActivationRate,
        Self::ProposalsNew,
        Self::ProposalsSent,
        Self::AcceptanceRate,
        Self::PendingAmount,
        Self::LeadsNew,
        Self::LeadConversionRate,
        Self::LeadsPerProposal,
    ];

    /// What kind of number it is.
    #[must_use]
    pub const fn unit(self) -> KpiUnit {
        match self {
            Self::UsersTotal | Self::UsersNew | Self::ProposalsNew | Self::ProposalsSent | Self::LeadsNew => {
                KpiUnit::Count
            }
            Self::ActivationRate | Self::AcceptanceRate | Self::LeadConversionRate => KpiUnit::Rate,
            Self::PendingAmount => KpiUnit::Money,
            Self::LeadsPerProposal => KpiUnit::Average,
        }
    }
}

/// What kind of number a figure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum KpiUnit {
    /// A whole number.
    Count,
    /// A fraction from 0 to 1.
    Rate,
    /// Amounts by currency.
    Money,
    /// A ratio of two counts.
    Average,
}

/// Whether a figure and its change mean something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum KpiStatus {
    /// Both do; money, which has no change, is always so.
    Ok,
    /// The value does; there is nothing to compare it with.
    NoBaseline,
    /// There is nothing to divide by.
    NoData,
}

/// A figure's value.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(untagged)]
pub enum KpiValue {
    /// A count, rate or average.
    Number(Number),
    /// Amounts, one a currency, sorted by currency.
    Money(Vec<Money>),
}

/// An amount in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Money {
    /// ISO 4217.
    #[schema(value_type = CurrencyCode)]
    pub currency: String,
    /// Minor units (cents for EUR).
    pub amount_minor: i64,
}

/// How many proposals have a status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProposalStatusCount {
    /// The status.
    pub status: ProposalStatus,
    /// How many have it.
    pub count: i64,
}

/// How many leads have a status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LeadStatusCount {
    /// The status.
    pub status: LeadStatus,
    /// How many have it.
    pub count: i64,
}

/// How many users reached a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FunnelCount {
    /// The step.
    pub step: FunnelStep,
    /// How many users reached it.
    pub count: i64,
}

/// A step of the funnel; each needs the one before, on the same chain of proposals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum FunnelStep {
    /// Was created in the window.
    Created,
    /// Has created a proposal.
    CreatedProposal,
    /// Has sent a proposal.
    SentProposal,
    /// Has a lead on a sent proposal.
    ReceivedLead,
    /// Has a converted lead on a sent proposal.
    ConvertedLead,
}
