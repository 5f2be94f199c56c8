//! Bringing the lines of the files into a database: read and staged first, then compared with each other and with what
//! is there, then written, all in one transaction or not at all.

mod postgres;
mod sqlite;
mod statements;

use std::fmt;

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use domain::ports::{Clock as _, SystemClock};
use uuid::Uuid;

use self::statements::{Clash, Parents, TABLES};
use super::{
    csv_file::CsvFile,
    problems::{Problem, Problems, shown},
    progress::Progress,
};

/// Whether the rows are to stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Commit them.
    Commit,
    /// Take everything back at the end.
    DryRun,
}

/// What was written, or would have been.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) users: u64,
    pub(super) proposals: u64,
    pub(super) leads: u64,
    /// Users who were there already, and of whom an earlier first proposal is known now.
    pub(super) sent_earlier: u64,
}

/// The context of an error that leaves it open whether the rows were written.
#[derive(Debug)]
pub(super) struct CommitFailed;

impl fmt::Display for CommitFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("everything was written, and the database would not keep it")
    }
}

/// Brings the lines of `files` into the migrated database at `url`; nothing is written where there are problems, which
/// are added to `problems`.
///
/// # Errors
/// Where a file cannot be read, or the database cannot be reached or refuses; nothing is then written.
pub(super) async fn load(
    url: &str,
    files: &mut [CsvFile],
    mode: Mode,
    problems: &mut Problems,
    progress: &Progress,
) -> anyhow::Result<Written> {
    let sent_earlier = if url.starts_with("sqlite:") {
        sqlite::load(url, files, mode, problems, progress).await?
    } else {
        postgres::load(url, files, mode, problems, progress).await?
    };
    let rows = |name: &str| files.iter().find(|file| file.table.name == name).map_or(0, |file| file.rows);
    let (users, proposals, leads) = (rows("users"), rows("proposals"), rows("leads"));
    Ok(Written { users, proposals, leads, sent_earlier })
}

/// Whether others may be missing because a file was not read to its end.
fn parents(files: &[CsvFile]) -> Parents {
    if files.iter().any(|file| file.cut_short) { Parents::SomeUnread } else { Parents::AllKnown }
}

/// The time at which rows that are there already change.
fn now() -> DateTime<Utc> {
    SystemClock.now()
}

/// A row of [`statements::FIRST_CLASHES`].
type ClashRow = (i64, i64, i64, Option<String>, Option<Uuid>, Option<i64>, Option<Uuid>);

/// A clash in words.
fn problem(files: &[CsvFile], row: ClashRow) -> anyhow::Result<Problem> {
    let (place, line, clash, held_text, held_id, other_line, other_id) = row;
    let table =
        usize::try_from(place).ok().and_then(|place| TABLES.get(place)).context("an unknown table")?;
    let clash = Clash::EVERY.into_iter().find(|known| *known as i64 == clash).context("an unknown clash")?;
    let file = |name: &str| files.iter().find(|file| file.table.name == name).map(|file| file.name.as_str());
    let (one, line_of_other) = (table.one, other_line.unwrap_or_default());
    let (column, expected) = match clash {
        Clash::IdRepeated => ("id", format!("expected each id once, and line {line_of_other} has it, too")),
        Clash::IdTaken => ("id", format!("expected an id that is new, and a {one} in the database has it")),
        Clash::EmailRepeated => {
            ("email", format!("expected each address once, and line {line_of_other} has it, too"))
        }
        Clash::EmailTaken => {
            let owner = other_id.unwrap_or_default();
            ("email", format!("expected an address that is new, and user {owner} in the database has it"))
        }
        Clash::NoParent => {
            let (column, parent) =
                if table.name == "leads" { ("proposalId", "proposal") } else { ("userId", "user") };
            let place = match file(&format!("{parent}s")) {
                Some(name) => format!("in {name} or in the database"),
                None => "in the database".to_owned(),
            };
            (column, format!("expected the id of a {parent} {place}"))
        }
    };
    let held = held_text.or_else(|| held_id.map(|id| id.to_string())).unwrap_or_default();
    Ok(Problem {
        place: usize::try_from(place)?,
        file: file(table.name).unwrap_or(table.name).to_owned(),
        line: u64::try_from(line)?,
        column: Some(column),
        held: shown(held.as_bytes()),
        expected,
    })
}
