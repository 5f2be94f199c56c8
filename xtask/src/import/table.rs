//! What a table's file holds, and in which form its lines wait in the database until all are known to be good: each
//! line becomes a row of a *staging table*, which is temporary and has no constraints.

use std::sync::OnceLock;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{id::namespace_of, line::Line};

/// One of the three tables, and how a line of its file is read.
#[derive(Debug)]
pub(super) struct Table {
    /// Its name: `users`.
    pub(super) name: &'static str,
    /// What a row of it is: `user`.
    pub(super) one: &'static str,
    /// The columns that a file may have.
    pub(super) columns: &'static [Column],
    /// The columns of the staging table, after its `line` and `bad`; those that a line with problems may have, too, come
    /// first.
    pub(super) staged: &'static [(&'static str, Kind)],
    /// Reads a line: the values of the staging table's columns, or of the first few of them where the line has problems.
    pub(super) read: fn(&mut Line<'_>) -> Vec<Value>,
    /// See [`Self::namespace`].
    pub(super) namespace: OnceLock<Uuid>,
}

/// A column of a file.
#[derive(Debug)]
pub(super) struct Column {
    /// Its name in camelCase.
    pub(super) name: &'static str,
    /// Whether a file has to have it.
    pub(super) required: bool,
}

/// What a column of a staging table holds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Id,
    Text,
    Whole,
    Instant,
}

/// A value in a staging table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Null,
    Id(Uuid),
    Text(String),
    Whole(i64),
    Instant(DateTime<Utc>),
}

/// A row of a staging table.
#[derive(Debug)]
pub(super) struct Staged {
    /// The line of the file that it begins on.
    pub(super) line: u64,
    /// Whether something is wrong with it. It is then never written, and is here because others may refer to it.
    pub(super) bad: bool,
    /// One for each of [`Table::staged`].
    pub(super) values: Vec<Value>,
}

impl Table {
    /// What ids of other systems are made into ours with.
    pub(super) fn namespace(&self) -> &Uuid {
        self.namespace.get_or_init(|| namespace_of(self.name))
    }

    /// The names of its columns, to tell a person.
    pub(super) fn column_names(&self) -> String {
        self.columns.iter().map(|column| column.name).collect::<Vec<_>>().join(", ")
    }
}

impl Column {
    pub(super) const fn required(name: &'static str) -> Self {
        Self { name, required: true }
    }

    pub(super) const fn optional(name: &'static str) -> Self {
        Self { name, required: false }
    }
}

impl From<Uuid> for Value {
    fn from(id: Uuid) -> Self {
        Self::Id(id)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Whole(number)
    }
}

impl From<DateTime<Utc>> for Value {
    fn from(instant: DateTime<Utc>) -> Self {
        Self::Instant(instant)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
