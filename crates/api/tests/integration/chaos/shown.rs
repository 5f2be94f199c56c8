//! What an answer shows, and what it would show of a given state by the definitions of `docs/METRICS.md`: recounted row by
//! row, sharing nothing with the service.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    journal::What,
    state::{Proposal, State},
};

/// Rows in a list.
const LIMIT: usize = 10;
const PROPOSAL_STATUS: [&str; 6] = ["draft", "sent", "viewed", "accepted", "declined", "expired"];
const LEAD_STATUS: [&str; 5] = ["new", "contacted", "qualified", "converted", "lost"];

/// A part of an answer.
#[derive(Clone, Debug)]
pub(super) struct ShownPart {
    /// Which; never the dashboard.
    pub(super) part: What,
    /// The window it was computed for; that of lists means nothing.
    pub(super) window: Window,
    /// What is compared.
    pub(super) value: Value,
    /// Whether it was said to stand in while loading fails.
    pub(super) stale: bool,
}

/// From when, and until before when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Window {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
}

impl Window {
    fn has(&self, at: DateTime<Utc>) -> bool {
        self.from <= at && at < self.to
    }

    fn had(&self, at: Option<DateTime<Utc>>) -> bool {
        at.is_some_and(|at| self.has(at))
    }

    fn past(&self, at: Option<DateTime<Utc>>) -> bool {
        at.is_some_and(|at| at < self.to)
    }
}

/// What an answer shows, part by part.
pub(super) fn shown(what: What, body: &Value, cache_status: &str) -> Vec<ShownPart> {
    let parts: &[(What, &str, &Value)] = match what {
        What::Dashboard => &[
            (What::Overview, "overview", &body["overview"]),
            (What::Charts, "charts", &body["charts"]),
            (What::RecentUsers, "recentUsers", &body["recentUsers"]),
            (What::RecentProposals, "recentProposals", &body["recentProposals"]),
        ],
        _ => &[(what, "", body)],
    };
    parts
        .iter()
        .map(|(part, key, body)| {
            let period = &body["meta"]["period"];
            let window = match part {
                What::Overview | What::Charts => {
                    Window { from: instant(&period["from"]), to: instant(&period["to"]) }
                }
                _ => Window::default(),
            };
            ShownPart {
                part: *part,
                window,
                value: value_of(*part, body),
                stale: is_stale(cache_status, key),
            }
        })
        .collect()
}

/// The same with another `Cache-Status`: of an answer that only said that nothing has changed.
pub(super) fn again(parts: &[ShownPart], what: What, cache_status: &str) -> Vec<ShownPart> {
    let key = |part| match part {
        _ if what != What::Dashboard => "",
        What::Overview => "overview",
        What::Charts => "charts",
        What::RecentUsers => "recentUsers",
        What::RecentProposals | What::Dashboard => "recentProposals",
    };
    let stale = |part: &ShownPart| is_stale(cache_status, key(part.part));
    parts.iter().map(|part| ShownPart { stale: stale(part), ..part.clone() }).collect()
}

/// Whether `Cache-Status` says that this part stands in while loading fails.
fn is_stale(cache_status: &str, key: &str) -> bool {
    cache_status.split(", ").any(|member| {
        let named = key.is_empty() || member.split("; ").any(|word| word.strip_prefix("key=") == Some(key));
        named && member.contains("detail=stale-if-error")
    })
}

/// What is compared of an answer's part.
fn value_of(part: What, body: &Value) -> Value {
    match part {
        What::Overview => {
            let kpis = body["kpis"].as_array().expect("kpis").iter().map(|kpi| {
                let value = match (kpi.get("numerator"), kpi.get("denominator")) {
                    (Some(numerator), Some(denominator)) => json!([numerator, denominator]),
                    _ => kpi["value"].clone(),
                };
                (kpi["key"].as_str().expect("a key").to_owned(), value)
            });
            let by = |list: &str, name: &str| -> Map<String, Value> {
                let rows = body[list].as_array().expect("a list").iter();
                rows.map(|row| (row[name].as_str().expect("a name").to_owned(), row["count"].clone()))
                    .collect()
            };
            json!({
                "kpis": kpis.collect::<Map<_, _>>(), "proposals": by("proposalsByStatus", "status"),
                "leads": by("leadsByStatus", "status"), "funnel": by("funnel", "step"),
            })
        }
        What::Charts => {
            let series = body["series"].as_array().expect("series").iter().map(|series| {
                let values = series["values"].as_array().expect("values").iter();
                let sum: i64 = values.map(|value| value.as_i64().expect("a number")).sum();
                (series["key"].as_str().expect("a key").to_owned(), json!([series["total"], sum]))
            });
            series.collect::<Map<_, _>>().into()
        }
        What::RecentUsers | What::RecentProposals | What::Dashboard => body["items"].clone(),
    }
}

/// What the part would show of `state`.
pub(super) fn expected(part: What, state: &State, window: Window) -> Value {
    match part {
        What::Overview => overview(state, window),
        What::Charts => charts(state, window),
        What::RecentUsers => recent_users(state),
        What::RecentProposals | What::Dashboard => recent_proposals(state),
    }
}

fn overview(state: &State, window: Window) -> Value {
    let (users, proposals, leads) = (&state.users, &state.proposals, &state.leads);
    let new_users = users.values().filter(|row| window.has(row.created_at));
    let decided = proposals.values().filter(|row| window.had(row.decided_at));
    let new_proposals = proposals.values().filter(|row| window.has(row.created_at));
    let new_leads = leads.values().filter(|row| window.has(row.created_at));
    let pending = |row: &&Proposal| window.past(row.sent_at) && !window.past(row.decided_at);
    let mut amounts: BTreeMap<&str, i64> = BTreeMap::new();
    for row in new_proposals.clone().filter(pending) {
        *amounts.entry(&row.currency).or_default() += row.amount_minor;
    }
    let amounts: Vec<Value> = amounts
        .into_iter()
        .map(|(currency, amount)| json!({"currency": currency, "amountMinor": amount}))
        .collect();
    let by = |names: &[&str], rows: &dyn Fn(&str) -> usize| -> Map<String, Value> {
        names.iter().map(|name| ((*name).to_owned(), json!(rows(name)))).collect()
    };
    json!({
        "kpis": {
            "usersTotal": users.values().filter(|row| row.created_at < window.to).count(),
            "usersNew": new_users.clone().count(),
            "activationRate": [
                new_users.clone().filter(|row| window.past(row.first_sent_at)).count(), new_users.count()
            ],
            "proposalsNew": new_proposals.clone().count(),
            "proposalsSent": proposals.values().filter(|row| window.had(row.sent_at)).count(),
            "acceptanceRate": [decided.clone().filter(|row| row.status == "accepted").count(), decided.count()],
            "pendingAmount": amounts,
            "leadsNew": new_leads.clone().count(),
            "leadConversionRate": [
                new_leads.clone().filter(|row| window.past(row.converted_at)).count(), new_leads.clone().count()
            ],
            "leadsPerProposal": [new_leads.clone().count(), new_proposals.clone().count()],
        },
        "proposals": by(&PROPOSAL_STATUS, &|status| new_proposals.clone().filter(|row| row.status == status).count()),
        "leads": by(&LEAD_STATUS, &|status| new_leads.clone().filter(|row| row.status == status).count()),
        "funnel": funnel(state, window),
    })
}

fn funnel(state: &State, window: Window) -> Value {
    let created: HashSet<Uuid> =
        state.users.values().filter(|row| window.has(row.created_at)).map(|row| row.id).collect();
    let (mut proposed, mut sent, mut received, mut converted) =
        (HashSet::new(), HashSet::new(), HashSet::new(), HashSet::new());
    let mut owners_of_sent = BTreeMap::new();
    for row in state.proposals.values() {
        if created.contains(&row.user_id) && row.created_at < window.to {
            proposed.insert(row.user_id);
            if window.past(row.sent_at) {
                sent.insert(row.user_id);
                owners_of_sent.insert(row.id, row.user_id);
            }
        }
    }
    for row in state.leads.values().filter(|row| row.created_at < window.to) {
        if let Some(owner) = owners_of_sent.get(&row.proposal_id) {
            received.insert(*owner);
            if window.past(row.converted_at) {
                converted.insert(*owner);
            }
        }
    }
    json!({
        "created": created.len(), "createdProposal": proposed.len(), "sentProposal": sent.len(),
        "receivedLead": received.len(), "convertedLead": converted.len(),
    })
}

fn charts(state: &State, window: Window) -> Value {
    let counts = [
        ("usersNew", state.users.values().filter(|row| window.has(row.created_at)).count()),
        ("proposalsNew", state.proposals.values().filter(|row| window.has(row.created_at)).count()),
        ("proposalsSent", state.proposals.values().filter(|row| window.had(row.sent_at)).count()),
        ("leadsNew", state.leads.values().filter(|row| window.has(row.created_at)).count()),
        ("leadsConverted", state.leads.values().filter(|row| window.had(row.converted_at)).count()),
    ];
    counts
        .into_iter()
        .map(|(key, count)| (key.to_owned(), json!([count, count])))
        .collect::<Map<_, _>>()
        .into()
}

fn recent_users(state: &State) -> Value {
    let mut users: Vec<_> = state.users.values().collect();
    users.sort_by_key(|row| std::cmp::Reverse((row.created_at, row.id)));
    let items = users.into_iter().take(LIMIT).map(|row| {
        let proposals = state.proposals.values().filter(|proposal| proposal.user_id == row.id).count();
        json!({
            "id": row.id, "displayName": row.display_name, "email": row.email, "role": row.role,
            "status": row.status, "createdAt": row.created_at, "proposalsCount": proposals,
        })
    });
    items.collect()
}

fn recent_proposals(state: &State) -> Value {
    let mut proposals: Vec<_> = state.proposals.values().collect();
    proposals.sort_by_key(|row| std::cmp::Reverse((row.created_at, row.id)));
    let items = proposals.into_iter().take(LIMIT).map(|row| {
        let leads = state.leads.values().filter(|lead| lead.proposal_id == row.id).count();
        json!({
            "id": row.id, "title": row.title, "status": row.status, "amountMinor": row.amount_minor,
            "currency": row.currency, "clientName": row.client_name, "createdAt": row.created_at,
            "owner": {"id": row.user_id, "displayName": state.users[&row.user_id].display_name},
            "leadsCount": leads,
        })
    });
    items.collect()
}

fn instant(value: &Value) -> DateTime<Utc> {
    value.as_str().expect("an instant").parse().expect("an instant")
}
