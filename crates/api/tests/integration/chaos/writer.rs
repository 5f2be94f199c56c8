//! The writer: one change after the other, through a node that runs, chosen by chance. It touches only rows of which it
//! knows how they are, so that every answer but success is a fault's doing.

use std::{sync::Arc, time::Duration};

use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};

use super::{
    journal::{Asked, Journal, Problem, Write, lock},
    stage::PATIENCE,
    version::{Tag, Version},
    world::{Answer, NODES, Request, World},
};

/// Between two writes.
const PAUSE_MILLIS: std::ops::Range<u64> = 10..250;
/// As long does it wait for an answer; after that nobody knows what became of the write.
const WAITS: Duration = Duration::from_secs(20);
/// As many rows are moved at once at most.
const BULK: usize = 3;

const ALL: &[Tag] = &[Tag::Users, Tag::Proposals, Tag::Leads];
const OF_PROPOSALS: &[Tag] = &[Tag::Users, Tag::Proposals];

/// The writer, with the rows that it knows.
pub(super) struct Writer {
    world: Arc<World>,
    chance: StdRng,
    ends_sessions: bool,
    users: Vec<String>,
    /// With the owner's id and the status.
    proposals: Vec<(String, String, &'static str)>,
    /// With the proposal's id and the status.
    leads: Vec<(String, String, &'static str)>,
}

/// What is to be changed.
#[derive(Clone, Debug)]
enum Change {
    CreateUser,
    CreateProposal { user: String },
    CreateLead { proposal: String },
    RenameUser { user: String },
    PriceProposal { proposal: String },
    MoveProposals { proposals: Vec<String>, to: &'static str },
    MoveLeads { leads: Vec<String>, to: &'static str },
    DeleteUser { user: String },
    DeleteProposal { proposal: String },
    DeleteLead { lead: String },
}

impl Writer {
    /// One that knows no row yet.
    pub(super) fn new(world: Arc<World>, seed: u64, ends_sessions: bool) -> Self {
        let chance = StdRng::seed_from_u64(seed);
        Self { world, chance, ends_sessions, users: Vec::new(), proposals: Vec::new(), leads: Vec::new() }
    }

    /// Writes until told to stop.
    pub(super) async fn write_on(mut self, journal: Arc<Journal>, stop: watch::Receiver<bool>) -> Self {
        while !*stop.borrow() {
            let node = self.chance.random_range(0..NODES);
            self.write(&journal, node).await;
            sleep(Duration::from_millis(self.chance.random_range(PAUSE_MILLIS))).await;
        }
        self
    }

    /// One change through `node`, if that runs; returns the write's number.
    pub(super) async fn write(&mut self, journal: &Journal, node: usize) -> Option<usize> {
        let change = self.choose();
        self.make(journal, node, change).await
    }

    /// A user comes and goes: whatever instances remember of sessions is old from here on. Returns the version after it; on a
    /// slow machine Redis may not have acknowledged the first one in time.
    pub(super) async fn renew_sessions(&mut self, journal: &Journal, node: usize) -> Version {
        let renewing = async {
            loop {
                self.make(journal, node, Change::CreateUser).await;
                if let Some(user) = self.users.last().cloned()
                    && let Some(number) = self.make(journal, node, Change::DeleteUser { user }).await
                    && let Ok(Some(version)) = lock(&journal.writes)[number].outcome
                {
                    return version;
                }
                sleep(Duration::from_millis(PAUSE_MILLIS.start)).await;
            }
        };
        let renewed = timeout(PATIENCE, renewing).await;
        renewed.unwrap_or_else(|_| {
            panic!("node {node} makes no user come and go: {:?}", lock(&journal.writes).last())
        })
    }

    fn choose(&mut self) -> Change {
        let (user, proposal, lead) = (
            self.users.choose(&mut self.chance).cloned(),
            self.proposals.choose(&mut self.chance).cloned(),
            self.leads.choose(&mut self.chance).cloned(),
        );
        match (self.chance.random_range(0..24), user, proposal, lead) {
            (4..=8, Some(user), ..) => Change::CreateProposal { user },
            (9..=12, _, Some((proposal, ..)), _) => Change::CreateLead { proposal },
            (13, Some(user), ..) if self.ends_sessions => Change::RenameUser { user },
            (14, _, Some((proposal, ..)), _) => Change::PriceProposal { proposal },
            (15..=17, _, Some((proposal, _, status)), _) if status != "accepted" => {
                let to = if status == "draft" { "sent" } else { "accepted" };
                let same = self.proposals.iter().filter(|(id, _, other)| *id != proposal && *other == status);
                let others = same.map(|(id, ..)| id.clone()).take(self.chance.random_range(0..BULK));
                Change::MoveProposals {
                    proposals: std::iter::once(proposal.clone()).chain(others).collect(),
                    to,
                }
            }
            (18..=19, _, _, Some((lead, _, status))) if status != "converted" => {
                let to = if status == "new" { "contacted" } else { "converted" };
                let same = self.leads.iter().filter(|(id, _, other)| *id != lead && *other == status);
                let others = same.map(|(id, ..)| id.clone()).take(self.chance.random_range(0..BULK));
                Change::MoveLeads { leads: std::iter::once(lead.clone()).chain(others).collect(), to }
            }
            (20, _, _, Some((lead, ..))) => Change::DeleteLead { lead },
            (21, _, Some((proposal, ..)), _) => Change::DeleteProposal { proposal },
            (22, Some(user), ..) if self.ends_sessions => Change::DeleteUser { user },
            _ => Change::CreateUser,
        }
    }

    async fn make(&mut self, journal: &Journal, node: usize, change: Change) -> Option<usize> {
        let alive = self.world.nodes[node].alive()?;
        let number = lock(&journal.writes).len();
        let (method, path, body) = Self::request(number, &change);
        let request = Request {
            method,
            path: &path,
            credential: self.chance.random_range(0..self.world.credentials.len()),
            headers: vec![("x-request-id", request_id(number))],
            body: (!body.is_null()).then_some(body),
            waits: WAITS,
        };
        let sent = journal.now();
        let answer = self.world.ask(&alive, request).await;
        let ended = journal.now();
        let outcome = match answer {
            Ok(answer) if (200..300).contains(&answer.status) => {
                self.learn(&change, &answer);
                Ok(Version::of_header(answer.header("x-data-version")).of_all(tags(&change)))
            }
            other => {
                self.forget(&change);
                Err(other.map_or_else(|problem| problem, |answer| answer.problem()))
            }
        };
        let asked = Asked { node, incarnation: alive.incarnation };
        let (about, tags) = (format!("{change:?}"), tags(&change));
        lock(&journal.writes).push(Write { number, about, tags, asked, sent, ended, outcome });
        Some(number)
    }

    fn request(number: usize, change: &Change) -> (Method, String, Value) {
        let many = |family: &str, ids: &[String], to: &str| match ids {
            [one] => (Method::PATCH, format!("/api/v1/{family}/{one}"), json!({"status": to})),
            many => {
                (Method::POST, format!("/api/v1/{family}/bulk-status"), json!({"ids": many, "status": to}))
            }
        };
        match change {
            Change::CreateUser => {
                // Unique beyond this journal, too.
                let name = format!("user-{number}-{}", uuid::Uuid::new_v4().simple());
                let body = json!({"email": format!("{name}@chaos.test"), "displayName": name});
                (Method::POST, "/api/v1/users".into(), body)
            }
            Change::CreateProposal { user } => {
                let body = json!({
                    "userId": user, "title": format!("proposal {number}"), "clientName": "Mairie",
                    "amountMinor": 1_000 + number, "currency": if number.is_multiple_of(3) { "CHF" } else { "EUR" },
                });
                (Method::POST, "/api/v1/proposals".into(), body)
            }
            Change::CreateLead { proposal } => {
                let body =
                    json!({"proposalId": proposal, "name": "Jean Valjean", "email": "jean@chaos.test"});
                (Method::POST, "/api/v1/leads".into(), body)
            }
            Change::RenameUser { user } => (
                Method::PATCH,
                format!("/api/v1/users/{user}"),
                json!({"displayName": format!("renamed {number}")}),
            ),
            Change::PriceProposal { proposal } => {
                let body = json!({"amountMinor": 100_000 + number});
                (Method::PATCH, format!("/api/v1/proposals/{proposal}"), body)
            }
            Change::MoveProposals { proposals, to } => many("proposals", proposals, to),
            Change::MoveLeads { leads, to } => many("leads", leads, to),
            Change::DeleteUser { user } => (Method::DELETE, format!("/api/v1/users/{user}"), Value::Null),
            Change::DeleteProposal { proposal } => {
                (Method::DELETE, format!("/api/v1/proposals/{proposal}"), Value::Null)
            }
            Change::DeleteLead { lead } => (Method::DELETE, format!("/api/v1/leads/{lead}"), Value::Null),
        }
    }

    /// It was done.
    fn learn(&mut self, change: &Change, answer: &Answer) {
        let id = || answer.body["id"].as_str().expect("an id").to_owned();
        match change {
            Change::CreateUser => self.users.push(id()),
            Change::CreateProposal { user } => self.proposals.push((id(), user.clone(), "draft")),
            Change::CreateLead { proposal } => self.leads.push((id(), proposal.clone(), "new")),
            Change::RenameUser { .. } | Change::PriceProposal { .. } => {}
            Change::MoveProposals { proposals, to } => move_to(&mut self.proposals, proposals, to),
            Change::MoveLeads { leads, to } => move_to(&mut self.leads, leads, to),
            Change::DeleteUser { .. } | Change::DeleteProposal { .. } | Change::DeleteLead { .. } => {
                self.forget(change);
            }
        }
    }

    /// Nobody knows any more how these rows are, or whether they are.
    fn forget(&mut self, change: &Change) {
        match change {
            Change::CreateUser | Change::CreateProposal { .. } | Change::CreateLead { .. } => {}
            Change::RenameUser { user } | Change::DeleteUser { user } => {
                self.users.retain(|id| id != user);
                let theirs: Vec<String> = self
                    .proposals
                    .iter()
                    .filter(|(_, owner, _)| owner == user)
                    .map(|(id, ..)| id.clone())
                    .collect();
                for id in &theirs {
                    self.forget_proposal(id);
                }
            }
            Change::PriceProposal { proposal } | Change::DeleteProposal { proposal } => {
                self.forget_proposal(proposal);
            }
            Change::MoveProposals { proposals, .. } => {
                for id in proposals {
                    self.forget_proposal(id);
                }
            }
            Change::MoveLeads { leads, .. } => self.leads.retain(|(id, ..)| !leads.contains(id)),
            Change::DeleteLead { lead } => self.leads.retain(|(id, ..)| id != lead),
        }
    }

    fn forget_proposal(&mut self, proposal: &str) {
        self.proposals.retain(|(id, ..)| id != proposal);
        self.leads.retain(|(_, of, _)| of != proposal);
    }
}

/// The request's id, by which the audit log's entry is found.
pub(super) fn request_id(number: usize) -> String {
    format!("chaos-{number}")
}

/// Whether a problem says that nothing was changed; what says less leaves it open.
pub(super) fn says_nothing_was_changed(problem: &Problem) -> bool {
    matches!(problem, Problem::Status(status, detail) if *status < 500 || detail.contains("Nothing was changed"))
}

/// What a change makes old, or more: a version of these covers it.
fn tags(change: &Change) -> &'static [Tag] {
    match change {
        Change::CreateUser | Change::RenameUser { .. } => &[Tag::Users],
        Change::CreateProposal { .. } | Change::PriceProposal { .. } | Change::MoveProposals { .. } => {
            OF_PROPOSALS
        }
        Change::CreateLead { .. } | Change::MoveLeads { .. } | Change::DeleteLead { .. } => &[Tag::Leads],
        Change::DeleteUser { .. } | Change::DeleteProposal { .. } => ALL,
    }
}

fn move_to(rows: &mut [(String, String, &'static str)], ids: &[String], to: &'static str) {
    rows.iter_mut().filter(|(id, ..)| ids.contains(id)).for_each(|row| row.2 = to);
}
