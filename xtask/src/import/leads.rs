//! A line of the leads' file.

use std::sync::OnceLock;

use domain::entities::{
    Named as _,
    lead::{LeadSource, LeadStatus, NewLead},
};
use sea_orm::ActiveEnum as _;

use super::{
    line::Line,
    proposals::PROPOSALS,
    table::{Column, Kind, Table, Value},
};

/// The table `leads`.
pub(super) static LEADS: Table = Table {
    name: "leads",
    one: "lead",
    columns: &[
        Column::required("id"),
        Column::required("proposalId"),
        Column::required("name"),
        Column::required("email"),
        Column::optional("source"),
        Column::required("status"),
        Column::optional("convertedAt"),
        Column::required("createdAt"),
        Column::optional("updatedAt"),
    ],
    staged: &[
        ("id", Kind::Id),
        ("id_text", Kind::Text),
        ("parent_id", Kind::Id),
        ("parent_text", Kind::Text),
        ("name", Kind::Text),
        ("email", Kind::Text),
        ("source", Kind::Text),
        ("status", Kind::Text),
        ("converted_at", Kind::Instant),
        ("created_at", Kind::Instant),
        ("updated_at", Kind::Instant),
    ],
    read,
    namespace: OnceLock::new(),
};

fn read(line: &mut Line<'_>) -> Vec<Value> {
    let (id, id_text) = line.id("id", &LEADS);
    let (proposal_id, proposal_id_text) = line.id("proposalId", &PROPOSALS);
    let name = line.required_text("name", || "1 to 200 characters");
    let email = line.required_text("email", || "an e-mail address such as ada@example.org");
    let source = line.one_of("source", Some(LeadSource::Import));
    let status = line.one_of::<LeadStatus>("status", None);
    let when_converted = status.map(|status| (status == LeadStatus::Converted, status.name()));
    let converted_at = line.instant_that_goes_with("convertedAt", when_converted);
    let created_at = line.required_instant("createdAt");
    let updated_at = line.instant("updatedAt").or([created_at, converted_at].into_iter().max().flatten());

    let new = NewLead {
        proposal_id: proposal_id.unwrap_or_default(),
        name: name.unwrap_or("nobody").to_owned(),
        email: email.unwrap_or("nobody@example.org").to_owned(),
        source: source.unwrap_or_default(),
    };
    let lead = line.checked(new.checked());
    let mut values = vec![id.into(), id_text.into(), proposal_id.into(), proposal_id_text.into()];
    if let Some(lead) = lead {
        values.extend([
            lead.name.into(),
            lead.email.into(),
            lead.source.to_value().into(),
            status.map(|status| status.to_value()).into(),
            converted_at.into(),
            created_at.into(),
            updated_at.into(),
        ]);
    }
    values
}
