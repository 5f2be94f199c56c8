//! `cargo xtask import`: a user's own data, from CSV files. Bytes become text in `text.rs`, lines in `csv_file.rs`, values
//! in `line.rs` with the help of the tables' own files (`users.rs` and so on); `load` brings them into the database.

mod csv_file;
mod header;
mod id;
mod instant;
mod leads;
mod line;
mod load;
mod problems;
mod progress;
mod proposals;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod users;

use std::{process::ExitCode, time::Instant};

use anyhow::{Context as _, anyhow, bail};
use clap::{ArgGroup, Args};
use encoding_rs::Encoding;
use indicatif::HumanCount;
use infra::config::{CacheConfig, DatabaseConfig, Env, RedisConfig};
use secrecy::ExposeSecret as _;
use sqlx::sqlite::SqliteConnectOptions;

use self::{
    csv_file::{CsvFile, Form, GivenFile},
    leads::LEADS,
    load::{CommitFailed, Mode, Written, load},
    problems::Problems,
    progress::Progress,
    proposals::PROPOSALS,
    users::USERS,
};
use crate::{environment::described, invalidation::invalidate_everything};

/// Load your own users, proposals and leads from CSV files.
///
/// Each file has a header; columns may stand in any order, and an empty field is a value left out. Times are RFC 3339 or
/// `YYYY-MM-DD HH:MM:SS` in UTC. An id that is a UUID is kept; from any other id a UUID is made, the same one each time, so
/// that files can refer to rows of each other and to those imported before.
///
/// All lines are loaded or none is: every line is checked first, and whatever is wrong is listed with file, line and
/// column.
///
/// The database is that of DATABASE_DIRECT_URL, else of DATABASE_URL, else the embedded one in data/dashboard.db; `.env` is
/// read. Pending migrations are applied first. Afterwards everything cached is made old, where Redis is configured.
#[derive(Debug, Args)]
#[command(
    group(ArgGroup::new("files").args(["users", "proposals", "leads"]).required(true).multiple(true)),
    after_help = "Columns, those in brackets may be left out:\n  \
    users      id, email, displayName, [role], [status], [firstSentAt], createdAt, [updatedAt]\n  \
    proposals  id, userId, title, clientName, amountMinor, currency, status, [sentAt], [decidedAt], createdAt, [updatedAt]\n  \
    leads      id, proposalId, name, email, [source], status, [convertedAt], createdAt, [updatedAt]\n\n\
    Examples:\n  \
    cargo xtask import --users users.csv --proposals proposals.csv --leads leads.csv --dry-run\n  \
    cargo xtask import --leads 'new leads.csv' --encoding windows-1252"
)]
pub struct Import {
    /// The users.
    #[arg(long, value_name = "FILE", value_parser = GivenFile::new)]
    users: Option<GivenFile>,
    /// The proposals. Each belongs to a user of the users' file or of the database.
    #[arg(long, value_name = "FILE", value_parser = GivenFile::new)]
    proposals: Option<GivenFile>,
    /// The leads. Each belongs to a proposal of the proposals' file or of the database.
    #[arg(long, value_name = "FILE", value_parser = GivenFile::new)]
    leads: Option<GivenFile>,
    /// Do everything but keep it: says what is wrong, or what would have been written.
    #[arg(long)]
    dry_run: bool,
    /// What is between two fields: one character, or `tab`. Left out, it is the one of comma, semicolon and tab that the
    /// header has most of.
    #[arg(long, value_name = "CHARACTER", value_parser = parse_delimiter)]
    delimiter: Option<u8>,
    /// The files' encoding, such as windows-1252 or utf-16le. A file that begins with a byte order mark is read as that says.
    #[arg(long, value_name = "NAME", value_parser = parse_encoding, default_value = "utf-8")]
    encoding: &'static Encoding,
}

/// What to import, and how.
#[derive(Debug)]
struct Request {
    users: Option<GivenFile>,
    proposals: Option<GivenFile>,
    leads: Option<GivenFile>,
    form: Form,
    mode: Mode,
}

/// What became of it.
#[derive(Debug)]
enum Outcome {
    /// Every line is in the database, or would be.
    Loaded(Written),
    /// Something is wrong with the files; nothing was written.
    Refused(Problems),
}

impl Import {
    /// Imports into the database of the configuration.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let env = Env::of_process();
        let config = DatabaseConfig::from_env(&env)?;
        // What is needed after the rows are in is looked at before.
        RedisConfig::from_env(&env)?;
        CacheConfig::from_env(&env)?;
        let url = config.direct_url.expose_secret();
        let place = described(url);
        let mode = if self.dry_run { Mode::DryRun } else { Mode::Commit };
        let request = Request {
            users: self.users,
            proposals: self.proposals,
            leads: self.leads,
            form: Form { delimiter: self.delimiter, encoding: self.encoding },
            mode,
        };
        let started = Instant::now();
        let written = match import(url, &request).await {
            Ok(Outcome::Loaded(written)) => written,
            Ok(Outcome::Refused(problems)) => {
                for line in problems.report() {
                    eprintln!("{line}");
                }
                eprintln!("error: {}; nothing was written", problems.tally());
                return Ok(ExitCode::FAILURE);
            }
            Err(error) => {
                if mode == Mode::Commit && error.is::<CommitFailed>() {
                    // Nobody knows whether the rows are there.
                    invalidate_everything(&env).await?;
                }
                return Err(error);
            }
        };
        let counts = describe(written);
        if mode == Mode::DryRun {
            println!("Dry run: {counts} would be imported into {place}; nothing was written.");
            return Ok(ExitCode::SUCCESS);
        }
        println!("Imported {counts} into {place} in {:.1} s.", started.elapsed().as_secs_f64());
        invalidate_everything(&env).await?;
        Ok(ExitCode::SUCCESS)
    }
}

fn describe(written: Written) -> String {
    let [users, proposals, leads, sent_earlier] =
        [written.users, written.proposals, written.leads, written.sent_earlier].map(HumanCount);
    let counts = format!("{users} users, {proposals} proposals and {leads} leads");
    match written.sent_earlier {
        0 => counts,
        _ => format!("{counts} (and an earlier firstSentAt for {sent_earlier} users)"),
    }
}

/// Imports what `request` names into the database at `url`, with a progress bar where there is a terminal. Whoever has
/// cached anything from that database has to be told.
///
/// # Errors
/// Where a file cannot be read, or the database cannot be reached or refuses; nothing is then written, unless it is
/// [`CommitFailed`].
async fn import(url: &str, request: &Request) -> anyhow::Result<Outcome> {
    let progress = Progress::new()?;
    let outcome = import_with(url, request, &progress).await;
    progress.end();
    outcome
}

async fn import_with(url: &str, request: &Request, progress: &Progress) -> anyhow::Result<Outcome> {
    let mut problems = Problems::default();
    let mut files = Vec::new();
    let given = [(&USERS, &request.users), (&PROPOSALS, &request.proposals), (&LEADS, &request.leads)];
    for (place, (table, given)) in given.into_iter().enumerate() {
        let Some(given) = given else { continue };
        files.extend(CsvFile::open(table, place, given, request.form, progress.bar(), &mut problems)?);
    }
    if !problems.is_empty() {
        return Ok(Outcome::Refused(problems));
    }
    let on_it = || format!("on {}", described(url));
    match request.mode {
        Mode::Commit => {
            migrations::up(url)
                .await
                .map_err(|error| anyhow!("cannot migrate the database: {error}"))
                .with_context(on_it)?;
        }
        Mode::DryRun => has_schema(url).await.with_context(on_it)?,
    }
    let written = load(url, &mut files, request.mode, &mut problems, progress).await.with_context(on_it)?;
    if !problems.is_empty() {
        return Ok(Outcome::Refused(problems));
    }
    if files.iter().all(|file| file.rows == 0) {
        let names: Vec<_> = files.iter().map(|file| file.name.as_str()).collect();
        bail!("{}: expected lines after the header, and there are none", names.join(", "));
    }
    for file in files.iter().filter(|file| file.rows == 0) {
        progress.bar().suspend(|| eprintln!("note: {} holds a header and no lines", file.name));
    }
    Ok(Outcome::Loaded(written))
}

/// A dry run changes nothing, so that what an import would do to the schema has to be done already.
async fn has_schema(url: &str) -> anyhow::Result<()> {
    const MENDED_BY: &str = "a dry run does not change that: `cargo xtask migrate up` does";
    if url.starts_with("sqlite:") {
        let options: SqliteConnectOptions = url.parse()?;
        // To look would make it.
        if !options.get_filename().exists() {
            bail!("there is no database yet, and {MENDED_BY}");
        }
    }
    let status =
        migrations::status(url).await.map_err(|error| anyhow!("cannot look at the schema: {error}"))?;
    let pending: Vec<_> =
        status.into_iter().filter(|migration| !migration.applied).map(|migration| migration.name).collect();
    if !pending.is_empty() {
        bail!("the schema lacks {}, and {MENDED_BY}", pending.join(", "));
    }
    Ok(())
}

fn parse_delimiter(text: &str) -> anyhow::Result<u8> {
    match (text, text.as_bytes()) {
        ("tab" | "\\t", _) => Ok(b'\t'),
        (_, [byte]) if !matches!(byte, b'"' | b'\r' | b'\n' | 0) => Ok(*byte),
        _ => bail!("expected one character such as ; or the word tab"),
    }
}

fn parse_encoding(text: &str) -> anyhow::Result<&'static Encoding> {
    // One of the names that it knows stands for no encoding at all.
    Encoding::for_label_no_replacement(text.as_bytes())
        .context("expected an encoding such as utf-8, windows-1252, iso-8859-15, macintosh or utf-16le")
}
