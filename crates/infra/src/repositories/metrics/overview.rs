//! The statement behind the overview: counters over the window before and each bucket, from which those of the window
//! follow; then what is grouped by a status or a currency, and the funnel.

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

/// A counter, the first span that it is counted over, and where its number goes. What happened in the window is what
/// happened in its buckets; what had happened by its end is more than what had happened by the end of each.
const COUNTERS: [(Counter, usize, Slot); 6] = [
    (Counter::USERS_NEW, PREVIOUS, |span| &mut span.users_new),
    (USERS_ACTIVATED, CURRENT, |span| &mut span.users_activated),
    (Counter::PROPOSALS_SENT, PREVIOUS, |span| &mut span.proposals_sent),
    (PROPOSALS_DECIDED, PREVIOUS, |span| &mut span.proposals_decided),
    (PROPOSALS_ACCEPTED, PREVIOUS, |span| &mut span.proposals_accepted),
    (LEADS_CONVERTED, CURRENT, |span| &mut span.leads_converted),
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
    for (counter, first, _) in COUNTERS {
        built.select(counter.sql(first));
    }
    users_before(&mut built, window);
    pending(&mut built, CURRENT, window.current);
    pending(&mut built, PREVIOUS, window.previous);
    by_status(&mut built, PROPOSALS_BY_STATUS, "proposals", &ProposalStatus::EVERY);
    by_status(&mut built, LEADS_BY_STATUS, "leads", &LeadStatus::EVERY);
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

/// Rows created in each span but the window by their present status, each status a range of the index that begins with it.
/// Added up one way they are the new rows, added up the other way the breakdown: no row is looked at twice.
fn by_status<S: Named>(built: &mut StatementBuilder, section: &str, table: &str, statuses: &[S]) {
    built.with_labels(section, statuses.iter().map(Named::name));
    built.select(format!(
        "SELECT '{section}', s.position, l.label, \
         (SELECT count(*) FROM {table} r \
         WHERE r.status = l.label AND r.created_at >= s.start_at AND r.created_at < s.end_at) \
         FROM spans s CROSS JOIN {section} l WHERE s.position >= {PREVIOUS}"
    ));
}

/// Users created in the window by the last step each reached before its end, every step on the proposals of the one
/// before. For each user the indices are asked for one row that proves the last step, then the one before it. `OFFSET 0`
/// keeps PostgreSQL from turning that into joins, for which it reads all proposals and leads there are.
fn funnel(built: &mut StatementBuilder, window: Interval) {
    let created = built.within("u.created_at", window);
    let end = built.instant(window.to);
    let one = "LIMIT 1 OFFSET 0";
    let proposal = format!("SELECT 1 FROM proposals p WHERE p.user_id = u.id AND p.created_at < {end}");
    let sent = format!("{proposal} AND p.sent_at < {end}");
    let lead = format!("SELECT 1 FROM leads l WHERE l.proposal_id = p.id AND l.created_at < {end}");
    // As above: an index begins with the proposal and the status.
    let converted = format!("{lead} AND l.status = 'converted' AND l.converted_at < {end}");
    built.select(format!(
        "SELECT '{FUNNEL}', step, '', count(*) FROM (\
         SELECT CASE WHEN NOT EXISTS ({proposal} {one}) THEN 0 \
         WHEN EXISTS ({sent} AND EXISTS ({converted} {one}) {one}) THEN 4 \
         WHEN EXISTS ({sent} AND EXISTS ({lead} {one}) {one}) THEN 3 \
         WHEN EXISTS ({sent} {one}) THEN 2 \
         ELSE 1 END AS step FROM users u WHERE {created}) reached GROUP BY step"
    ));
}

/// What the rows of [`statement`] say.
pub(super) fn counts(window: &Window, rows: &[SectionRow]) -> Result<OverviewCounts, DbErr> {
    let mut counts = OverviewCounts::default();
    let mut spans = vec![IntervalCounts::default(); WINDOWS + window.buckets.len()];
    let (mut before_previous_end, mut between) = (0, 0);
    for row in rows {
        let position = row.index();
        match row.section.as_str() {
            USERS_BEFORE if position == PREVIOUS => before_previous_end = row.n,
            USERS_BEFORE if position == CURRENT => between = row.n,
            PENDING if position == CURRENT => {
                counts.pending.insert(row.label.clone(), row.n);
            }
            PENDING if position == PREVIOUS => {
                counts.previous_pending.insert(row.label.clone(), row.n);
            }
            PROPOSALS_BY_STATUS => {
                span(&mut spans, row)?.proposals_new += row.n;
                if position >= WINDOWS {
                    let status = ProposalStatus::try_from_value(&row.label)?;
                    *counts.proposals_by_status.entry(status).or_default() += row.n;
                }
            }
            LEADS_BY_STATUS => {
                span(&mut spans, row)?.leads_new += row.n;
                if position >= WINDOWS {
                    let status = LeadStatus::try_from_value(&row.label)?;
                    *counts.leads_by_status.entry(status).or_default() += row.n;
                }
            }
            FUNNEL => reached(&mut counts.funnel, row)?,
            section => {
                let slot = COUNTERS.iter().find(|(counter, ..)| counter.section == section);
                let (_, _, slot) = slot.ok_or_else(|| row.unexpected())?;
                *slot(span(&mut spans, row)?) = row.n;
            }
        }
    }

    let buckets = spans.split_off(WINDOWS);
    let (mut current, mut previous) = (spans[CURRENT], spans[PREVIOUS]);
    for bucket in &buckets {
        current.users_new += bucket.users_new;
        current.proposals_new += bucket.proposals_new;
        current.proposals_sent += bucket.proposals_sent;
        current.proposals_decided += bucket.proposals_decided;
        current.proposals_accepted += bucket.proposals_accepted;
        current.leads_new += bucket.leads_new;
    }
    previous.users_total = before_previous_end;
    let mut total = before_previous_end + between;
    counts.buckets = buckets;
    for bucket in &mut counts.buckets {
        total += bucket.users_new;
        bucket.users_total = total;
    }
    current.users_total = total;
    (counts.current, counts.previous) = (current, previous);
    Ok(counts)
}

fn span<'a>(spans: &'a mut [IntervalCounts], row: &SectionRow) -> Result<&'a mut IntervalCounts, DbErr> {
    spans.get_mut(row.index()).ok_or_else(|| row.unexpected())
}

/// Counts users whose last step is the row's: they have reached all before it too.
fn reached(funnel: &mut FunnelCounts, row: &SectionRow) -> Result<(), DbErr> {
    let FunnelCounts { created, created_proposal, sent_proposal, received_lead, converted_lead } = funnel;
    let steps = [created, created_proposal, sent_proposal, received_lead, converted_lead];
    if row.index() >= steps.len() {
        return Err(row.unexpected());
    }
    for step in steps.into_iter().take(row.index() + 1) {
        *step += row.n;
    }
    Ok(())
}
