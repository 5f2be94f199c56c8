//! Files as people have them, and what becomes of them in real databases.

mod any_bytes;
mod crm_files;
mod exported;
mod messages;
mod metrics;
mod rules;
mod whole;

use std::{fmt::Debug, time::Duration};

use domain::entities::{lead, proposal, user};
use encoding_rs::UTF_8;
use sea_orm::{ConnectionTrait, EntityTrait as _, QueryOrder as _};
use secrecy::ExposeSecret as _;
use tempfile::TempDir;
use test_support::TestDatabase;

use super::{Form, GivenFile, Mode, Outcome, Request, import, load::Written};

const USERS_HEADER: &str = "id,email,displayName,role,status,firstSentAt,createdAt,updatedAt\n";
const PROPOSALS_HEADER: &str =
    "id,userId,title,clientName,amountMinor,currency,status,sentAt,decidedAt,createdAt,updatedAt\n";
const LEADS_HEADER: &str = "id,proposalId,name,email,source,status,convertedAt,createdAt,updatedAt\n";

const ADA: &str = "ada,ada@example.org,Ada Lovelace,,,,2026-01-01,\n";
const ROOF: &str = "roof,ada,New roof,Mairie de Lyon,1250000,EUR,sent,2026-02-01 10:00:00,,2026-01-31,\n";
const JEAN: &str = "jean,roof,Jean Valjean,jean@example.org,,new,,2026-02-03,\n";

/// Files in a folder of their own, and how they are to be imported.
struct Files {
    folder: TempDir,
    request: Request,
}

impl Files {
    fn new() -> Self {
        let request = Request {
            users: None,
            proposals: None,
            leads: None,
            form: Form { delimiter: None, encoding: UTF_8 },
            mode: Mode::Commit,
        };
        Self { folder: tempfile::tempdir().expect("a temporary folder"), request }
    }

    fn of(users: &str, proposals: &str, leads: &str) -> Self {
        Self::new()
            .users(format!("{USERS_HEADER}{users}"))
            .proposals(format!("{PROPOSALS_HEADER}{proposals}"))
            .leads(format!("{LEADS_HEADER}{leads}"))
    }

    fn users(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.request.users = Some(self.file("users.csv", bytes.as_ref()));
        self
    }

    fn proposals(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.request.proposals = Some(self.file("proposals.csv", bytes.as_ref()));
        self
    }

    fn leads(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.request.leads = Some(self.file("leads.csv", bytes.as_ref()));
        self
    }

    fn dry_run(mut self) -> Self {
        self.request.mode = Mode::DryRun;
        self
    }

    fn file(&self, name: &str, bytes: &[u8]) -> GivenFile {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).expect("a writable temporary folder");
        GivenFile { name: name.to_owned(), path }
    }

    async fn import(&self, database: &TestDatabase) -> anyhow::Result<Outcome> {
        import(database.url().expose_secret(), &self.request).await
    }

    /// Imports what is right.
    async fn loaded(&self, database: &TestDatabase) -> Written {
        match self.import(database).await.expect("an import") {
            Outcome::Loaded(written) => written,
            Outcome::Refused(problems) => panic!("refused: {:#?}", problems.report()),
        }
    }

    /// Imports what is wrong; what is told of it.
    async fn refused(&self, database: &TestDatabase) -> Vec<String> {
        match self.import(database).await.expect("an import") {
            Outcome::Loaded(written) => panic!("loaded {written:?}"),
            Outcome::Refused(problems) => problems.report().into_iter().chain([problems.tally()]).collect(),
        }
    }
}

/// Everything that a database holds, by id.
#[derive(Debug, PartialEq, Eq)]
struct Rows {
    users: Vec<user::Model>,
    proposals: Vec<proposal::Model>,
    leads: Vec<lead::Model>,
}

async fn rows(database: &TestDatabase) -> Rows {
    let db = connect(database).await;
    Rows {
        users: user::Entity::find().order_by_asc(user::Column::CreatedAt).all(&db).await.expect("users"),
        proposals: proposal::Entity::find()
            .order_by_asc(proposal::Column::CreatedAt)
            .all(&db)
            .await
            .expect("proposals"),
        leads: lead::Entity::find().order_by_asc(lead::Column::CreatedAt).all(&db).await.expect("leads"),
    }
}

/// `count` lines.
fn lines(count: usize, line: impl FnMut(usize) -> String) -> String {
    (0..count).map(line).collect::<Vec<_>>().concat()
}

async fn connect(database: &TestDatabase) -> impl ConnectionTrait {
    let patience = Duration::from_secs(10);
    infra::database::connect_untracked(database.url(), 1, patience).await.expect("a pool")
}

async fn execute(database: &TestDatabase, statement: &str) {
    connect(database).await.execute_unprepared(statement).await.expect("a statement");
}

#[track_caller]
fn assert_same<T: PartialEq + Debug>(lines: &[T], expected: &[T]) {
    assert_eq!(lines, expected, "{lines:#?}");
}

fn instant(text: &str) -> chrono::DateTime<chrono::Utc> {
    text.parse().expect("an instant")
}
