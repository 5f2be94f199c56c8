//! The statement behind the overview: counters over the window, the one before and each bucket; then what is grouped by
//! a status or a currency, and the funnel.

use domain::{
    entities::{Named, lead::LeadStatus, proposal::ProposalStatus},
    metrics::{
        overview::{FunnelCounts, IntervalCounts, OverviewCounts},
        window::{Interval, Window},
    },
};
use sea_orm::{ActiveEnum, DbErr};

use super::statement::{Counter, SectionRow, StatementBuilder};

/// Users created in the span whose first proposal was sent before its end.
const USERS_ACTIVATED: Counter =
    Counter { section: "users_activated", condition: "AND r.first_sent_at < s.end_at", ..Counter::USERS_NEW };
/// Proposals decided in the span, whenever they were created.
const PROPOSALS_DECIDED: Counter = Counter::plain("proposals_decided", "proposals", "decided_at");
/// Of those, the accepted.
const PROPOSALS_ACCEPTED: Counter =
    Counter { section: "proposals_accepted", condition: "AND r.status = 'accepted'", ..PROPOSALS_DECIDED };
/// Leads created in the span that converted before its end. The status says nothing that `converted_at` does not, but
/// an index begins with it.
const LEADS_CONVERTED: Counter = Counter {
    section: "leads_converted",
    condition: "AND r.status = 'converted' AND r.converted_at < s.end_at",
    ..Counter::LEADS_NEW
};

/// Where a counter's number goes.
type Slot = fn(&mut IntervalCounts) -> &mut i64;

const COUNTERS: [(Counter, Slot); 8] = [
    (Counter::USERS_NEW, |span| &mut span.users_new),
    (USERS_ACTIVATED, |span| &mut span.users_activated),
    (Counter::PROPOSALS_NEW, |span| &mut span.proposals_new),
    (Counter::PROPOSALS_SENT, |span| &mut span.proposals_sent),
    (PROPOSALS_DECIDED, |span| &mut span.proposals_decided),
    (PROPOSALS_ACCEPTED, |span| &mut span.proposals_accepted),
    (Counter::LEADS_NEW, |span| &mut span.leads_new),
    (LEADS_CONVERTED, |span| &mut span.leads_converted),
];

// The other sections.
const USERS_BEFORE: &str = "users_before";
const PENDING: &str = "pending";
const PROPOSALS_BY_STATUS: &str = "proposals_by_status";
const LEADS_BY_STATUS: &str = "leads_by_status";
const FUNNEL: &str = "funnel";

// The positions of the two windows among the spans; the buckets follow.
const CURRENT: usize = 0;
const PREVIOUS: usize = 1;
const WINDOWS: usize = 2;

/// Spans: the window, the one before, then the buckets.
pub(super) fn statement(window: &Window) -> StatementBuilder {
    let mut built = StatementBuilder::default();
    let buckets = window.buckets.iter().map(|bucket| bucket.interval);
    built.with_spans([window.current, window.previous].into_iter().chain(buckets));
    for (counter, _) in COUNTERS {
        built.select(counter.sql());
    }
    users_before(&mut built, window);
    pending(&mut built, CURRENT, window.current);
    pending(&mut built, PREVIOUS, window.previous);
    by_status(&mut built, PROPOSALS_BY_STATUS, "proposals", &ProposalStatus::EVERY, window.current);
    by_status(&mut built, LEADS_BY_STATUS, "leads", &LeadStatus::EVERY, window.current);
    funnel(&mut built, window.current);
    built
}

/// Users created before the end of the window before, and between that and the window's start: from these and the
/// counts of new users follows the total at every edge, and the table's index is read through once.
fn users_before(built: &mut StatementBuilder, window: &Window) {
    let until_previous = format!("created_at < {}", built.instant(window.previous.to));
    let between = built.within("created_at", Interval { from: window.previous.to, to: window.current.from });
    for (position, condition) in [(PREVIOUS, until_previous), (CURRENT, between)] {
        built.select(format!(
            "SELECT '{USERS_BEFORE}', {position}, '', count(*) FROM users WHERE {condition}"
        ));
    }
}

/// Amounts of proposals created in the window, sent before its end and not decided by then, by currency.
fn pending(built: &mut StatementBuilder, position: usize, window: Interval) {
    let created = built.within("created_at", window);
    let end = built.instant(window.to);
    // PostgreSQL sums bigint to numeric.
    built.select(format!(
        "SELECT '{PENDING}', {position}, currency, CAST(sum(amount_minor) AS bigint) FROM proposals \
         WHERE {created} AND sent_at < {end} AND (decided_at IS NULL OR decided_at >= {end}) GROUP BY currency"
    ));
}

/// Rows created in the window by their present status, each status a range of the index that begins with it.
fn by_status<S: Named>(
    built: &mut StatementBuilder,
    section: &str,
    table: &str,
    statuses: &[S],
    window: Interval,
) {
    built.with_labels(section, statuses.iter().map(Named::name));
    let created = built.within("r.created_at", window);
    built.select(format!(
        "SELECT '{section}', 0, s.label, \
         (SELECT count(*) FROM {table} r WHERE r.status = s.label AND {created}) FROM {section} s"
    ));
}

/// Users created in the window who reached each step before its end, every step on the proposals of the one before.
/// A count a step lets PostgreSQL choose, step by step, between the indices and a hash of the whole table.
fn funnel(built: &mut StatementBuilder, window: Interval) {
    let created = built.within("u.created_at", window);
    let end = built.instant(window.to);
    let proposal = format!("p.user_id = u.id AND p.created_at < {end}");
    let sent = format!("{proposal} AND p.sent_at < {end}");
    let lead = format!("l.created_at < {end}");
    let with_lead = "FROM proposals p JOIN leads l ON l.proposal_id = p.id";
    let steps = [
        String::new(),
        format!("AND EXISTS (SELECT 1 FROM proposals p WHERE {proposal})"),
        format!("AND EXISTS (SELECT 1 FROM proposals p WHERE {sent})"),
        format!("AND EXISTS (SELECT 1 {with_lead} WHERE {sent} AND {lead})"),
        format!("AND EXISTS (SELECT 1 {with_lead} WHERE {sent} AND {lead} AND l.converted_at < {end})"),
    ];
    for (step, reached) in steps.iter().enumerate() {
        built.select(format!(
            "SELECT '{FUNNEL}', {step}, '', count(*) FROM users u WHERE {created} {reached}"
        ));
    }
}

/// What the rows of [`statement`] say.
pub(super) fn counts(window: &Window, rows: &[SectionRow]) -> Result<OverviewCounts, DbErr> {
    let mut counts = OverviewCounts::default();
    let mut spans = vec![IntervalCounts::default(); WINDOWS + window.buckets.len()];
    let (mut before_previous_end, mut between) = (0, 0);
    for row in rows {
        match (row.section.as_str(), row.index()) {
            (USERS_BEFORE, PREVIOUS) => before_previous_end = row.n,
            (USERS_BEFORE, CURRENT) => between = row.n,
            (PENDING, CURRENT) => drop(counts.pending.insert(row.label.clone(), row.n)),
            (PENDING, PREVIOUS) => drop(counts.previous_pending.insert(row.label.clone(), row.n)),
            (PROPOSALS_BY_STATUS, _) => {
                counts.proposals_by_status.insert(ProposalStatus::try_from_value(&row.label)?, row.n);
            }
            (LEADS_BY_STATUS, _) => {
                counts.leads_by_status.insert(LeadStatus::try_from_value(&row.label)?, row.n);
            }
            (FUNNEL, step) => {
                *funnel_step(&mut counts.funnel, step).ok_or_else(|| row.unexpected())? = row.n;
            }
            (section, span) => {
                let slot =
                    COUNTERS.iter().find(|(counter, _)| counter.section == section).map(|(_, slot)| slot);
                let (slot, span) = slot.zip(spans.get_mut(span)).ok_or_else(|| row.unexpected())?;
                *slot(span) = row.n;
            }
        }
    }

    spans[PREVIOUS].users_total = before_previous_end;
    let mut total = before_previous_end + between;
    spans[CURRENT].users_total = total + spans[CURRENT].users_new;
    for bucket in &mut spans[WINDOWS..] {
        total += bucket.users_new;
        bucket.users_total = total;
    }
    counts.buckets = spans.split_off(WINDOWS);
    (counts.current, counts.previous) = (spans[CURRENT], spans[PREVIOUS]);
    Ok(counts)
}

fn funnel_step(funnel: &mut FunnelCounts, step: usize) -> Option<&mut i64> {
    Some(match step {
        0 => &mut funnel.created,
        1 => &mut funnel.created_proposal,
        2 => &mut funnel.sent_proposal,
        3 => &mut funnel.received_lead,
        4 => &mut funnel.converted_lead,
        _ => return None,
    })
}
