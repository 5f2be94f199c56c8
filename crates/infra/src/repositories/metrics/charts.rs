//! The statement behind the charts: each series is a counter over the buckets and over the intervals they are compared
//! with.

use domain::metrics::{
    charts::{ChartCounts, EventCounts},
    window::Window,
};
use sea_orm::DbErr;

use super::statement::{Counter, SectionRow, StatementBuilder};

/// Leads that converted, whenever they were created.
const LEADS_CONVERTED: Counter = Counter::plain("leads_converted", "leads", "converted_at");

/// Where a series' number goes.
type Slot = fn(&mut EventCounts) -> &mut i64;

const COUNTERS: [(Counter, Slot); 5] = [
    (Counter::USERS_NEW, |span| &mut span.users_new),
    (Counter::PROPOSALS_NEW, |span| &mut span.proposals_new),
    (Counter::PROPOSALS_SENT, |span| &mut span.proposals_sent),
    (Counter::LEADS_NEW, |span| &mut span.leads_new),
    (LEADS_CONVERTED, |span| &mut span.leads_converted),
];

/// Spans: the buckets, then what each is compared with.
pub(super) fn statement(window: &Window) -> StatementBuilder {
    let mut built = StatementBuilder::default();
    let buckets = window.buckets.iter().map(|bucket| bucket.interval);
    let previous = window.buckets.iter().map(|bucket| bucket.previous);
    built.with_spans(buckets.chain(previous));
    for (counter, _) in COUNTERS {
        built.select(counter.sql(0));
    }
    built
}

/// What the rows of [`statement`] say.
pub(super) fn counts(window: &Window, rows: &[SectionRow]) -> Result<ChartCounts, DbErr> {
    let buckets = window.buckets.len();
    let mut spans = vec![EventCounts::default(); 2 * buckets];
    for row in rows {
        let slot = COUNTERS.iter().find(|(counter, _)| counter.section == row.section).map(|(_, slot)| slot);
        let (slot, span) = slot.zip(spans.get_mut(row.index())).ok_or_else(|| row.unexpected())?;
        *slot(span) = row.n;
    }
    let previous = spans.split_off(buckets);
    Ok(ChartCounts { buckets: spans, previous })
}
