//! The plain counts that an overview is made of: what whoever reads the rows has to find out.

use std::collections::{BTreeMap, HashMap};

use crate::entities::{lead::LeadStatus, proposal::ProposalStatus};

/// What was counted for a window.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OverviewCounts {
    /// The window.
    pub current: IntervalCounts,
    /// The window before.
    pub previous: IntervalCounts,
    /// Each bucket of the window as an interval of its own, oldest first.
    pub buckets: Vec<IntervalCounts>,
    /// Amounts pending at the window's end.
    pub pending: PendingAmounts,
    /// Amounts pending at the end of the window before.
    pub previous_pending: PendingAmounts,
    /// Proposals created in the window by their present status; one that is missing counts 0.
    pub proposals_by_status: HashMap<ProposalStatus, i64>,
    /// Leads created in the window by their present status; one that is missing counts 0.
    pub leads_by_status: HashMap<LeadStatus, i64>,
    /// Users created in the window, step by step.
    pub funnel: FunnelCounts,
}

/// What happened in an interval, as of its end: what came later counts as not yet happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IntervalCounts {
    /// Users created before the interval's end, however long ago.
    pub users_total: i64,
    /// Users created in it.
    pub users_new: i64,
    /// Of those, the ones whose first proposal was sent before its end.
    pub users_activated: i64,
    /// Proposals created in it.
    pub proposals_new: i64,
    /// Proposals sent in it.
    pub proposals_sent: i64,
    /// Proposals decided in it.
    pub proposals_decided: i64,
    /// Of those, the accepted.
    pub proposals_accepted: i64,
    /// Leads created in it.
    pub leads_new: i64,
    /// Of those, the ones that converted before its end.
    pub leads_converted: i64,
}

/// Minor units by currency, of proposals created in a window, sent and not decided at its end.
pub type PendingAmounts = BTreeMap<String, i64>;

/// How many of the users created in a window reached each step before its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FunnelCounts {
    /// All of them.
    pub created: i64,
    /// Those who created a proposal.
    pub created_proposal: i64,
    /// Those who sent one.
    pub sent_proposal: i64,
    /// Those with a lead on one they sent.
    pub received_lead: i64,
    /// Those with a converted lead on one they sent.
    pub converted_lead: i64,
}
