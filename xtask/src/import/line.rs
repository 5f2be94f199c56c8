//! A line of a file and its values, read column by column; what is wrong with them is noted down, and the reading goes
//! on.

use std::fmt::Display;

use api::csv::unguarded;
use chrono::{DateTime, Utc};
use csv::ByteRecord;
use domain::{error::DomainError, validation::Checks};
use encoding_rs::{Encoding, UTF_8};
use sea_orm::ActiveEnum;
use uuid::Uuid;

use super::{header::Header, id::id_of, instant, problems::shown, table::Table};

/// The longest id of another system.
const MAX_ID_CHARS: usize = 200;

/// A line of a file of `table`.
pub(super) struct Line<'a> {
    table: &'static Table,
    header: &'a Header,
    fields: &'a ByteRecord,
    encoding: &'static Encoding,
    problems: Vec<LineProblem>,
}

/// What is wrong with a line.
#[derive(Debug)]
pub(super) struct LineProblem {
    /// In which column, unless it is the line as a whole.
    pub(super) column: Option<&'static str>,
    /// What is there.
    pub(super) held: String,
    /// What was expected.
    pub(super) expected: String,
}

/// What a field holds.
enum Field<'a> {
    NoColumn,
    Empty,
    Text(&'a str),
    /// Not of the file's encoding; reported already.
    Unreadable,
}

impl<'a> Line<'a> {
    pub(super) fn new(
        table: &'static Table,
        header: &'a Header,
        fields: &'a ByteRecord,
        encoding: &'static Encoding,
    ) -> Self {
        Self { table, header, fields, encoding, problems: Vec::new() }
    }

    /// Everything noted down.
    pub(super) fn into_problems(self) -> Vec<LineProblem> {
        self.problems
    }

    /// Notes down that what `column` holds is not as `expected`, which says so as a sentence.
    pub(super) fn problem(&mut self, column: &'static str, expected: &str) {
        let held = self.bytes(column).map_or_else(|| "no such column".to_owned(), shown);
        let held = if held == "\"\"" { "empty".to_owned() } else { held };
        // What it holds is said once.
        let expected = expected.strip_suffix(&format!(", got {held}")).unwrap_or(expected);
        self.problems.push(LineProblem { column: Some(column), held, expected: expected.to_owned() });
    }

    /// Whether something is wrong with `column`.
    pub(super) fn has_problem_in(&self, column: &str) -> bool {
        self.problems.iter().any(|problem| problem.column == Some(column))
    }

    /// The text in `column`, trimmed; it has to be there, and `expected` says what it is.
    pub(super) fn required<E: Display>(
        &mut self,
        column: &'static str,
        expected: impl FnOnce() -> E,
    ) -> Option<&'a str> {
        match self.field(column) {
            Field::Text(text) => return Some(text),
            Field::Empty | Field::NoColumn => self.problem(column, &format!("expected {}", expected())),
            Field::Unreadable => {}
        }
        None
    }

    /// As [`Self::required`], without the apostrophe that an export puts before what a spreadsheet would take for a formula.
    pub(super) fn required_text<E: Display>(
        &mut self,
        column: &'static str,
        expected: impl FnOnce() -> E,
    ) -> Option<&'a str> {
        self.required(column, expected).map(unguarded)
    }

    /// The text in `column`, trimmed.
    fn optional(&mut self, column: &'static str) -> Option<&'a str> {
        match self.field(column) {
            Field::Text(text) => Some(text),
            Field::NoColumn | Field::Empty | Field::Unreadable => None,
        }
    }

    /// The id of a row of `of`, and how it is called where it comes from if that is not a UUID.
    pub(super) fn id(&mut self, column: &'static str, of: &'static Table) -> (Option<Uuid>, Option<String>) {
        let expected =
            || format!("the id of a {}: a UUID, or any text of up to {MAX_ID_CHARS} characters", of.one);
        let Some(text) = self.required(column, expected) else { return (None, None) };
        if let Ok(id) = Uuid::try_parse(text) {
            return (Some(id), None);
        }
        let mut checks = Checks::new();
        checks.text(column, text, 1..=MAX_ID_CHARS);
        match self.checked(checks.finish(())) {
            Some(()) => (Some(id_of(of, text)), Some(text.to_owned())),
            None => (None, None),
        }
    }

    /// One of the values of `E`, in any case; `default` where there is none.
    pub(super) fn one_of<E>(&mut self, column: &'static str, default: Option<E>) -> Option<E>
    where
        E: ActiveEnum<Value = String>,
    {
        let expected = || format!("one of {}", E::values().join(", "));
        let text = match default {
            Some(default) => match self.field(column) {
                Field::Text(text) => text,
                Field::NoColumn | Field::Empty => return Some(default),
                Field::Unreadable => return None,
            },
            None => self.required(column, expected)?,
        };
        let value = E::try_from_value(&text.to_lowercase()).ok();
        if value.is_none() {
            self.problem(column, &format!("expected {}", expected()));
        }
        value
    }

    /// An instant, if there is one.
    pub(super) fn instant(&mut self, column: &'static str) -> Option<DateTime<Utc>> {
        let text = self.optional(column)?;
        self.parsed_instant(column, text)
    }

    /// An instant, which has to be there.
    pub(super) fn required_instant(&mut self, column: &'static str) -> Option<DateTime<Utc>> {
        let text = self.required(column, || instant::EXPECTED)?;
        self.parsed_instant(column, text)
    }

    /// An instant that is there exactly where the status asks for it: `goes_with` says whether it does, and the status;
    /// nothing where that is not known.
    pub(super) fn instant_that_goes_with(
        &mut self,
        column: &'static str,
        goes_with: Option<(bool, &str)>,
    ) -> Option<DateTime<Utc>> {
        match goes_with {
            None => self.instant(column),
            Some((true, status)) => {
                let text =
                    self.required(column, || format!("{}, since status is {status}", instant::EXPECTED))?;
                self.parsed_instant(column, text)
            }
            Some((false, status)) => {
                if self.optional(column).is_some() {
                    self.problem(column, &format!("expected nothing, since status is {status}"));
                }
                None
            }
        }
    }

    fn parsed_instant(&mut self, column: &'static str, text: &str) -> Option<DateTime<Utc>> {
        let parsed = instant::parse(text);
        if parsed.is_none() {
            self.problem(column, &format!("expected {}", instant::EXPECTED));
        }
        parsed
    }

    /// What the domain says of values, with each of its objections noted down.
    pub(super) fn checked<T>(&mut self, outcome: Result<T, DomainError>) -> Option<T> {
        let error = match outcome {
            Ok(value) => return Some(value),
            Err(error) => error,
        };
        match &error {
            DomainError::Invalid(list) => {
                for wrong in list {
                    let column = self.table.columns.iter().find(|column| column.name == wrong.field);
                    match column {
                        Some(column) => self.problem(column.name, &wrong.detail),
                        None => self.whole_line_problem(&wrong.detail),
                    }
                }
            }
            DomainError::IllegalMove { .. } | DomainError::IllegalMoves { .. } => {
                self.whole_line_problem(&error.to_string());
            }
        }
        None
    }

    fn whole_line_problem(&mut self, expected: &str) {
        let held = "the line".to_owned();
        self.problems.push(LineProblem { column: None, held, expected: expected.to_owned() });
    }

    fn bytes(&self, column: &str) -> Option<&'a [u8]> {
        Some(self.fields.get(self.header.field(self.table, column)?).unwrap_or_default().trim_ascii())
    }

    fn field(&mut self, column: &'static str) -> Field<'a> {
        let Some(bytes) = self.bytes(column) else { return Field::NoColumn };
        match std::str::from_utf8(bytes).map(str::trim) {
            Ok("") => Field::Empty,
            Ok(text) => Field::Text(text),
            Err(_) => {
                let (name, hint) = if self.encoding == UTF_8 {
                    (
                        "UTF-8",
                        "; where the file is in another encoding, --encoding says so (windows-1252, utf-16le, …)",
                    )
                } else {
                    (self.encoding.name(), "; is --encoding right?")
                };
                if !self.has_problem_in(column) {
                    self.problem(column, &format!("expected {name}{hint}"));
                }
                Field::Unreadable
            }
        }
    }
}
