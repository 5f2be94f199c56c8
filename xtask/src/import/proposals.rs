//! A line of the proposals' file.

use std::sync::OnceLock;

use domain::{
    entities::{
        Named as _,
        proposal::{NewProposal, ProposalStatus},
    },
    validation::MAX_AMOUNT_MINOR,
};
use sea_orm::ActiveEnum as _;

use super::{
    line::Line,
    table::{Column, Kind, Table, Value},
    users::USERS,
};

/// The table `proposals`.
pub(super) static PROPOSALS: Table = Table {
    name: "proposals",
    one: "proposal",
    columns: &[
        Column::required("id"),
        Column::required("userId"),
        Column::required("title"),
        Column::required("clientName"),
        Column::required("amountMinor"),
        Column::required("currency"),
        Column::required("status"),
        Column::optional("sentAt"),
        Column::optional("decidedAt"),
        Column::required("createdAt"),
        Column::optional("updatedAt"),
    ],
    staged: &[
        ("id", Kind::Id),
        ("id_text", Kind::Text),
        ("parent_id", Kind::Id),
        ("parent_text", Kind::Text),
        ("title", Kind::Text),
        ("client_name", Kind::Text),
        ("amount_minor", Kind::Whole),
        ("currency", Kind::Text),
        ("status", Kind::Text),
        ("sent_at", Kind::Instant),
        ("decided_at", Kind::Instant),
        ("created_at", Kind::Instant),
        ("updated_at", Kind::Instant),
    ],
    read,
    namespace: OnceLock::new(),
};

fn read(line: &mut Line<'_>) -> Vec<Value> {
    let (id, id_text) = line.id("id", &PROPOSALS);
    let (user_id, user_id_text) = line.id("userId", &USERS);
    let title = line.required_text("title", || "1 to 200 characters");
    let client_name = line.required_text("clientName", || "1 to 200 characters");
    let amount_minor = amount_minor(line);
    let currency = line.required("currency", || "a three-letter ISO 4217 code such as EUR");
    let status = line.one_of::<ProposalStatus>("status", None);
    let when_not_draft = status.map(|status| (status != ProposalStatus::Draft, status.name()));
    let sent_at = line.instant_that_goes_with("sentAt", when_not_draft);
    let when_decided = status.map(|status| (status.is_decided(), status.name()));
    let decided_at = line.instant_that_goes_with("decidedAt", when_decided);
    let created_at = line.required_instant("createdAt");
    let updated_at =
        line.instant("updatedAt").or([created_at, sent_at, decided_at].into_iter().max().flatten());

    let new = NewProposal {
        user_id: user_id.unwrap_or_default(),
        title: title.unwrap_or("none").to_owned(),
        client_name: client_name.unwrap_or("nobody").to_owned(),
        amount_minor: amount_minor.unwrap_or_default(),
        currency: currency.unwrap_or("EUR").to_owned(),
    };
    let proposal = line.checked(new.checked());
    let mut values = vec![id.into(), id_text.into(), user_id.into(), user_id_text.into()];
    if let Some(proposal) = proposal {
        values.extend([
            proposal.title.into(),
            proposal.client_name.into(),
            proposal.amount_minor.into(),
            proposal.currency.into(),
            status.map(|status| status.to_value()).into(),
            sent_at.into(),
            decided_at.into(),
            created_at.into(),
            updated_at.into(),
        ]);
    }
    values
}

fn amount_minor(line: &mut Line<'_>) -> Option<i64> {
    const COLUMN: &str = "amountMinor";
    let expected = || format!("a whole number from 0 to {MAX_AMOUNT_MINOR}, in minor units such as cents");
    let text = line.required(COLUMN, expected)?;
    let amount = text.parse().ok();
    if amount.is_none() {
        line.problem(COLUMN, &format!("expected {}", expected()));
    }
    amount
}
