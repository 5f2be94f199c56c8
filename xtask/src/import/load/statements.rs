//! The statements of an import, the same on both databases but for the names of types. Lines wait in staging tables;
//! whole sets are compared there with each other and with what the database holds; then they are written.

use std::fmt::Write as _;

use sqlx::AssertSqlSafe;

use super::super::{
    leads::LEADS,
    proposals::PROPOSALS,
    table::{Kind, Table},
    users::USERS,
};

/// The tables, parents first: the order of reading, of showing problems and of writing.
pub(super) const TABLES: [&Table; 3] = [&USERS, &PROPOSALS, &LEADS];

/// How a database spells types.
#[derive(Clone, Copy)]
pub(super) struct Types {
    pub(super) id: &'static str,
    pub(super) text: &'static str,
    pub(super) whole: &'static str,
    pub(super) instant: &'static str,
    pub(super) flag: &'static str,
    /// What follows `CREATE TEMPORARY TABLE … (…)`.
    pub(super) ends: &'static str,
}

/// What only a look at all lines and at the database finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clash {
    IdRepeated = 0,
    IdTaken = 1,
    EmailRepeated = 2,
    EmailTaken = 3,
    NoParent = 4,
}

impl Clash {
    /// Every one, where its number says.
    pub(super) const EVERY: [Self; 5] =
        [Self::IdRepeated, Self::IdTaken, Self::EmailRepeated, Self::EmailTaken, Self::NoParent];
}

/// Makes the staging tables, and one for the clashes that are found.
pub(super) fn create(types: Types) -> Vec<AssertSqlSafe<String>> {
    let Types { id, text, whole, instant, flag, ends } = types;
    let staging = TABLES.map(|table| {
        let mut columns = format!("line {whole} NOT NULL, bad {flag} NOT NULL");
        for (name, kind) in table.staged {
            let kind = match kind {
                Kind::Id => id,
                Kind::Text => text,
                Kind::Whole => whole,
                Kind::Instant => instant,
            };
            let _ = write!(columns, ", {name} {kind}");
        }
        format!("CREATE TEMPORARY TABLE staged_{} ({columns}){ends}", table.name)
    });
    let clashes = format!(
        "CREATE TEMPORARY TABLE staged_clashes (place {whole} NOT NULL, line {whole} NOT NULL, bad {flag} NOT NULL, \
         clash {whole} NOT NULL, held_text {text}, held_id {id}, other_line {whole}, other_id {id}){ends}"
    );
    staging.into_iter().chain([clashes]).map(AssertSqlSafe).collect()
}

/// The columns of a staging table.
pub(super) fn staged_columns(table: &Table) -> String {
    ["line", "bad"]
        .into_iter()
        .chain(table.staged.iter().map(|(name, _)| *name))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Finds every clash; those with rows that are not there only if `parents` asks for them.
pub(super) fn checks(parents: Parents) -> Vec<AssertSqlSafe<String>> {
    let mut checks = Vec::new();
    for (place, table) in TABLES.into_iter().enumerate() {
        checks.extend(id_checks(place, table.name));
    }
    checks.extend(email_checks());
    if matches!(parents, Parents::AllKnown) {
        checks.push(parent_check(1, "proposals", "users"));
        checks.push(parent_check(2, "leads", "proposals"));
    }
    checks.into_iter().map(AssertSqlSafe).collect()
}

/// Whether every line that others could belong to has been read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Parents {
    AllKnown,
    SomeUnread,
}

fn id_checks(place: usize, table: &str) -> [String; 2] {
    let (repeated, taken) = (Clash::IdRepeated as u8, Clash::IdTaken as u8);
    [
        format!(
            "INSERT INTO staged_clashes (place, line, bad, clash, held_text, held_id, other_line) \
             SELECT {place}, s.line, s.bad, {repeated}, s.id_text, s.id, f.line \
             FROM (SELECT id, min(line) AS line FROM staged_{table} WHERE id IS NOT NULL \
                   GROUP BY id HAVING count(*) > 1) f \
             JOIN staged_{table} s ON s.id = f.id AND s.line > f.line"
        ),
        format!(
            "INSERT INTO staged_clashes (place, line, bad, clash, held_text, held_id) \
             SELECT {place}, s.line, s.bad, {taken}, s.id_text, s.id \
             FROM staged_{table} s JOIN {table} t ON t.id = s.id"
        ),
    ]
}

/// An address with the id of its first owner is not reported: that the id is there twice has been.
fn email_checks() -> [String; 2] {
    let (repeated, taken) = (Clash::EmailRepeated as u8, Clash::EmailTaken as u8);
    [
        format!(
            "INSERT INTO staged_clashes (place, line, bad, clash, held_text, other_line) \
             SELECT 0, s.line, s.bad, {repeated}, s.email, f.line \
             FROM (SELECT lower(email) AS email, min(line) AS line FROM staged_users WHERE email IS NOT NULL \
                   GROUP BY lower(email) HAVING count(*) > 1) f \
             JOIN staged_users s ON lower(s.email) = f.email AND s.line > f.line \
             JOIN staged_users o ON o.line = f.line \
             WHERE s.id IS NULL OR o.id IS NULL OR s.id <> o.id"
        ),
        format!(
            "INSERT INTO staged_clashes (place, line, bad, clash, held_text, other_id) \
             SELECT 0, s.line, s.bad, {taken}, s.email, u.id \
             FROM staged_users s JOIN users u ON lower(u.email) = lower(s.email) \
             WHERE s.id IS NULL OR s.id <> u.id"
        ),
    ]
}

fn parent_check(place: usize, table: &str, parents: &str) -> String {
    let clash = Clash::NoParent as u8;
    format!(
        "INSERT INTO staged_clashes (place, line, bad, clash, held_text, held_id) \
         SELECT {place}, s.line, s.bad, {clash}, s.parent_text, s.parent_id FROM staged_{table} s \
         WHERE s.parent_id IS NOT NULL \
         AND NOT EXISTS (SELECT 1 FROM staged_{parents} p WHERE p.id = s.parent_id) \
         AND NOT EXISTS (SELECT 1 FROM {parents} p WHERE p.id = s.parent_id)"
    )
}

/// How many clashes each file has, and how many of its lines that had no problem before.
pub(super) const COUNT_CLASHES: &str =
    "SELECT count(*), count(DISTINCT CASE WHEN NOT bad THEN line * 3 + place END) FROM staged_clashes";

/// The first clashes, in the order in which they are shown.
pub(super) const FIRST_CLASHES: &str = "SELECT place, line, clash, held_text, held_id, other_line, other_id \
     FROM staged_clashes ORDER BY place, line, clash LIMIT 20";

/// The earliest time at which a proposal of each user was sent.
const EARLIEST: &str = "(SELECT parent_id, min(sent_at) AS sent_at FROM staged_proposals \
     WHERE sent_at IS NOT NULL GROUP BY parent_id) p";

/// A user's first proposal was sent when the earliest of those that are known was.
pub(super) fn first_sent_of_staged_users() -> AssertSqlSafe<String> {
    AssertSqlSafe(format!(
        "UPDATE staged_users SET first_sent_at = p.sent_at FROM {EARLIEST} WHERE p.parent_id = staged_users.id \
         AND (staged_users.first_sent_at IS NULL OR staged_users.first_sent_at > p.sent_at)"
    ))
}

/// Of which users who are there already it is earlier than what is known.
const SENT_EARLIER: &str =
    "p.parent_id = users.id AND (users.first_sent_at IS NULL OR users.first_sent_at > p.sent_at)";

/// When one of these last changed.
pub(super) fn last_change_of_users() -> AssertSqlSafe<String> {
    AssertSqlSafe(format!("SELECT max(users.updated_at) FROM users, {EARLIEST} WHERE {SENT_EARLIER}"))
}

/// The same for these; they change at `$1`, or those that last changed then or later, at `$2`.
pub(super) fn first_sent_of_users() -> AssertSqlSafe<String> {
    AssertSqlSafe(format!(
        "UPDATE users SET first_sent_at = p.sent_at, \
         updated_at = CASE WHEN users.updated_at >= $1 THEN $2 ELSE $1 END FROM {EARLIEST} WHERE {SENT_EARLIER}"
    ))
}

/// Writes the staged lines, parents first. In the order of their time, as they would have come: what is asked for is mostly
/// new, and then lies together; and indices over time grow at their end.
pub(super) const WRITE: [&str; 3] = [
    "INSERT INTO users (id, email, display_name, role, status, first_sent_at, created_at, updated_at) \
     SELECT id, email, display_name, role, status, first_sent_at, created_at, \
     coalesce(updated_at, CASE WHEN first_sent_at > created_at THEN first_sent_at ELSE created_at END) \
     FROM staged_users ORDER BY created_at",
    "INSERT INTO proposals (id, user_id, title, client_name, amount_minor, currency, status, sent_at, decided_at, \
     created_at, updated_at) \
     SELECT id, parent_id, title, client_name, amount_minor, currency, status, sent_at, decided_at, created_at, \
     updated_at FROM staged_proposals ORDER BY created_at",
    "INSERT INTO leads (id, proposal_id, name, email, source, status, converted_at, created_at, updated_at) \
     SELECT id, parent_id, name, email, source, status, converted_at, created_at, updated_at FROM staged_leads ORDER BY created_at",
];
