//! Rows as lines of comma-separated values, as `cargo xtask import` reads them: the columns are the fields of the JSON, and
//! no cell is a formula to a spreadsheet.

use bytes::Bytes;
use csv::{Terminator, WriterBuilder};
use serde::Serialize;

/// A row that is a line of a file.
pub trait CsvRow: Serialize {
    /// The names of the columns: those of the JSON's fields, in their order.
    const COLUMNS: &'static [&'static str];

    /// The texts in it that people chose.
    fn texts(&mut self) -> Vec<&mut String>;
}

/// The first line of a file of `R`.
///
/// # Errors
/// None in practice: memory takes everything.
pub fn header<R: CsvRow>() -> Result<Vec<u8>, csv::Error> {
    let mut writer = writer(Vec::new());
    writer.write_record(R::COLUMNS)?;
    into_bytes(writer)
}

/// `head`, and a line for each row behind it.
///
/// # Errors
/// As [`header`].
pub fn lines<R: CsvRow>(head: Vec<u8>, rows: impl IntoIterator<Item = R>) -> Result<Bytes, csv::Error> {
    let mut writer = writer(head);
    for mut row in rows {
        for text in row.texts() {
            guard(text);
        }
        writer.serialize(&row)?;
    }
    into_bytes(writer).map(Bytes::from)
}

/// `text` as it was before it was exported: see [`guard`].
pub fn unguarded(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if begins_formula(rest) => rest,
        _ => text,
    }
}

/// Puts an apostrophe before a text that a spreadsheet would take for a formula, and run. One that begins like that after
/// apostrophes of its own gets one more, so that every text comes back.
fn guard(text: &mut String) {
    if begins_formula(text) {
        text.insert(0, '\'');
    }
}

/// What a spreadsheet takes for the beginning of a formula, also in its full-width form.
const FORMULA_STARTS: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

/// Whether what comes after apostrophes, if there are any, begins a formula.
fn begins_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(FORMULA_STARTS)
}

/// A writer behind `head`; lines end as RFC 4180 has it.
fn writer(head: Vec<u8>) -> csv::Writer<Vec<u8>> {
    WriterBuilder::new().has_headers(false).terminator(Terminator::CRLF).from_writer(head)
}

fn into_bytes(writer: csv::Writer<Vec<u8>>) -> Result<Vec<u8>, csv::Error> {
    writer.into_inner().map_err(|error| error.into_error().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_a_formula_and_every_text_comes_back() {
        for (text, exported) in [
            ("=1+1", "'=1+1"),
            ("+33 1", "'+33 1"),
            ("-1", "'-1"),
            ("@A1", "'@A1"),
            ("\tx", "'\tx"),
            ("\rx", "'\rx"),
            ("'=1", "''=1"),
            ("''-", "'''-"),
            ("'t Hooft", "'t Hooft"),
            ("Ada = Bob", "Ada = Bob"),
            ("'", "'"),
            ("", ""),
        ] {
            let mut guarded = text.to_owned();
            guard(&mut guarded);
            assert_eq!(guarded, exported);
            assert_eq!(unguarded(&guarded), text);
        }
    }
}
