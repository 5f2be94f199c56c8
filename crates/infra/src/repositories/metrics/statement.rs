//! What the statements are put together from. A statement is a union of sections, each a `SELECT` of the same four
//! columns: its name, a position (of a span, a window or a step), a label (a status or a currency) and a number.

use std::fmt::Write;

use chrono::{DateTime, Utc};
use domain::metrics::window::Interval;
use sea_orm::{DbBackend, DbErr, FromQueryResult, Statement, Value};

/// A row of any section.
#[derive(Debug, FromQueryResult)]
pub(super) struct SectionRow {
    /// The section's name.
    pub section: String,
    /// What the number belongs to, where the section counts several things.
    pub position: i32,
    /// A status or a currency, where the section groups by one.
    pub label: String,
    /// The number.
    pub n: i64,
}

impl SectionRow {
    /// The position as an index.
    pub(super) fn index(&self) -> usize {
        usize::try_from(self.position).unwrap_or(usize::MAX)
    }

    /// What to say of a row that no section of the statement yields.
    pub(super) fn unexpected(&self) -> DbErr {
        DbErr::Type(format!("a metrics statement returned an unexpected row: {self:?}"))
    }
}

/// Rows of one kind counted per span: those of `table` whose `instant` is in the span and that satisfy `condition`.
pub(super) struct Counter {
    /// The section's name.
    pub section: &'static str,
    /// The table, called `r` in `condition`; the span is called `s`.
    pub table: &'static str,
    /// The indexed column that has to be in the span.
    pub instant: &'static str,
    /// More that has to hold, beginning with `AND`, or nothing.
    pub condition: &'static str,
}

impl Counter {
    /// Users created.
    pub(super) const USERS_NEW: Self = Self::plain("users_new", "users", "created_at");
    /// Proposals created.
    pub(super) const PROPOSALS_NEW: Self = Self::plain("proposals_new", "proposals", "created_at");
    /// Proposals sent, whenever they were created.
    pub(super) const PROPOSALS_SENT: Self = Self::plain("proposals_sent", "proposals", "sent_at");
    /// Leads created.
    pub(super) const LEADS_NEW: Self = Self::plain("leads_new", "leads", "created_at");

    /// All rows of `table` whose `instant` is in the span.
    pub(super) const fn plain(section: &'static str, table: &'static str, instant: &'static str) -> Self {
        Self { section, table, instant, condition: "" }
    }

    /// The section, over the spans of [`StatementBuilder::with_spans`] from position `first` on. A subquery a span keeps
    /// each count a range of an index: joined with the spans, PostgreSQL takes every span for a ninth of the table and
    /// may read it whole.
    pub(super) fn sql(&self, first: usize) -> String {
        let Self { section, table, instant, condition } = self;
        format!(
            "SELECT '{section}' AS section, s.position, '' AS label, \
             (SELECT count(*) FROM {table} r \
             WHERE r.{instant} >= s.start_at AND r.{instant} < s.end_at {condition}) AS n \
             FROM spans s WHERE s.position >= {first}"
        )
    }
}

/// A statement being written: its text and what is bound to its placeholders.
#[derive(Default)]
pub(super) struct StatementBuilder {
    with: Vec<String>,
    body: Vec<String>,
    values: Vec<Value>,
    instants: Vec<(DateTime<Utc>, String)>,
}

impl StatementBuilder {
    /// The placeholder of `instant`; an edge that is used often is bound once.
    pub(super) fn instant(&mut self, instant: DateTime<Utc>) -> String {
        if let Some((_, placeholder)) = self.instants.iter().find(|(bound, _)| *bound == instant) {
            return placeholder.clone();
        }
        let placeholder = self.value(instant.into());
        self.instants.push((instant, placeholder.clone()));
        placeholder
    }

    /// The placeholder of `value`.
    pub(super) fn value(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }

    /// The condition that `column` is in `interval`.
    pub(super) fn within(&mut self, column: &str, interval: Interval) -> String {
        let (from, to) = (self.instant(interval.from), self.instant(interval.to));
        format!("{column} >= {from} AND {column} < {to}")
    }

    /// Adds the table `spans (position, start_at, end_at)`, numbered from 0.
    pub(super) fn with_spans(&mut self, spans: impl IntoIterator<Item = Interval>) {
        let mut rows = String::new();
        for (position, span) in spans.into_iter().enumerate() {
            let (from, to) = (self.instant(span.from), self.instant(span.to));
            let comma = if position == 0 { "" } else { ", " };
            // Writing to a string cannot fail.
            let _ = write!(rows, "{comma}({position}, {from}, {to})");
        }
        self.with.push(format!("spans (position, start_at, end_at) AS (VALUES {rows})"));
    }

    /// Adds the table `name (label)` of texts that the code knows; nothing of it may come from outside.
    pub(super) fn with_labels(&mut self, name: &str, labels: impl IntoIterator<Item = &'static str>) {
        let rows: Vec<String> = labels.into_iter().map(|label| format!("('{label}')")).collect();
        self.with.push(format!("{name} (label) AS (VALUES {})", rows.join(", ")));
    }

    /// Adds a section, or the one `SELECT` of a statement without sections.
    pub(super) fn select(&mut self, sql: String) {
        self.body.push(sql);
    }

    /// The statement.
    pub(super) fn finish(self, backend: DbBackend) -> Statement {
        let with =
            if self.with.is_empty() { String::new() } else { format!("WITH {} ", self.with.join(", ")) };
        let sql = with + &self.body.join(" UNION ALL ");
        Statement::from_sql_and_values(backend, sql, self.values)
    }
}
