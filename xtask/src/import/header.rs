//! The first line of a file: which of its fields is which column.

use csv::ByteRecord;

use super::{problems::shown, table::Table};

/// Where each column of a table is.
#[derive(Debug, Default)]
pub(super) struct Header {
    /// How many fields a line has.
    pub(super) fields: usize,
    /// For each of the table's columns, the field that holds it.
    at: Vec<Option<usize>>,
}

/// What is wrong with a header: what it holds, and what was expected.
pub(super) type HeaderProblem = (String, String);

impl Header {
    /// The header `names` of a file of `table`. Columns may stand in any order, in camelCase or snake_case, in any case.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub(super) fn read(table: &Table, names: &ByteRecord) -> Result<Self, Vec<HeaderProblem>> {
        let mut at: Vec<Option<usize>> = vec![None; table.columns.len()];
        let (mut problems, mut unknown) = (Vec::new(), Vec::new());
        for (index, name) in names.iter().enumerate() {
            let plain = plain(&String::from_utf8_lossy(name));
            match table.columns.iter().position(|column| column.name.to_lowercase() == plain) {
                None => unknown.push((index, name)),
                Some(column) => match at[column] {
                    None => at[column] = Some(index),
                    Some(first) => problems.push((
                        format!("the columns {} and {}", shown(&names[first]), shown(name)),
                        format!("expected {} once", table.columns[column].name),
                    )),
                },
            }
        }
        if at.iter().all(Option::is_none) {
            return Err(vec![(
                no_header(names),
                format!("expected a header with columns of {}", columns_of(table)),
            )]);
        }
        problems.extend(unknown.into_iter().map(|(index, name)| unknown_column(table, index, name)));
        let missing = table.columns.iter().zip(&at).filter(|(column, at)| column.required && at.is_none());
        problems.extend(missing.map(|(column, _)| {
            (format!("no column {}", column.name), "expected it, since it may not be left out".to_owned())
        }));
        if problems.is_empty() { Ok(Self { fields: names.len(), at }) } else { Err(problems) }
    }

    /// The field that holds the column `name` of `table`, if there is one.
    pub(super) fn field(&self, table: &Table, name: &str) -> Option<usize> {
        let column = table.columns.iter().position(|column| column.name == name);
        self.at[column.unwrap_or_else(|| panic!("{} has no column {name}", table.name))]
    }
}

/// A column's name as names are compared.
fn plain(name: &str) -> String {
    name.trim().replace('_', "").to_lowercase()
}

fn columns_of(table: &Table) -> String {
    format!("{}: {}", table.name, table.column_names())
}

fn no_header(names: &ByteRecord) -> String {
    let line = names.iter().collect::<Vec<_>>().join(&b',');
    if line.starts_with(b"PK\x03\x04") {
        return "a workbook (.xlsx, .ods) or another archive, to be saved as CSV first".to_owned();
    }
    if line.contains(&0) {
        return "zero bytes, as if it were UTF-16 (--encoding utf-16le)".to_owned();
    }
    shown(&line)
}

fn unknown_column(table: &Table, index: usize, name: &[u8]) -> HeaderProblem {
    if name.trim_ascii().is_empty() {
        let held = format!("no name over column {}", index + 1);
        return (held, format!("expected a name, of {}", columns_of(table)));
    }
    let written = plain(&String::from_utf8_lossy(name));
    let close = table
        .columns
        .iter()
        .map(|column| (strsim::jaro_winkler(&column.name.to_lowercase(), &written), column.name))
        .filter(|(likeness, _)| *likeness >= 0.8)
        .max_by(|(one, _), (other, _)| one.total_cmp(other));
    let hint = close.map_or_else(String::new, |(_, name)| format!("; did you mean {name}?"));
    (
        format!("unknown column {}", shown(name.trim_ascii())),
        format!("expected columns of {}{hint}", columns_of(table)),
    )
}
