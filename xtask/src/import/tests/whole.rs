//! All or nothing.

use secrecy::ExposeSecret as _;
use test_support::{Backend, TestDatabase, each_backend};

use super::{
    super::{CommitFailed, Mode, Outcome, import},
    ADA, Files, JEAN, ROOF, connect, execute, lines, rows,
};

/// So many leads that they do not fit in one message or insert.
fn many_leads() -> String {
    lines(3_000, |n| format!("{n},roof,Jean {n},jean{n}@example.org,,new,,2026-02-03,\n"))
}

#[tokio::test]
async fn a_bad_last_line_leaves_everything_as_it_was() {
    let leads = format!("{}bad,roof,Jean,jean@example.org,,converted,,2026-02-03,\n", many_leads());
    each_backend(async |database| {
        Files::of(ADA, ROOF, JEAN).loaded(database).await;
        let before = rows(database).await;
        let zoe = "zoe,zoe@example.org,Zoë,,,,2026-01-02,\n";
        // Would give Ada an earlier first proposal, too.
        let early = "early,ada,Early,Bob,1,EUR,sent,2026-01-05,,2026-01-05,\n";
        let told = Files::of(zoe, early, &leads).refused(database).await;
        assert_eq!(told.len(), 2, "{told:#?}");
        assert!(told[0].starts_with("leads.csv:3002: convertedAt: empty: "), "{told:#?}");
        assert_eq!(rows(database).await, before);
    })
    .await;
}

#[tokio::test]
async fn a_dry_run_leaves_nothing_and_says_what_an_import_would() {
    let leads = many_leads();
    each_backend(async |database| {
        Files::of(ADA, ROOF, "").loaded(database).await;
        let before = rows(database).await;
        let early = "early,ada,Early,Bob,1,EUR,sent,2026-01-05,,2026-01-05,\n";
        let files = Files::of("zoe,zoe@example.org,Zoë,,,,2026-01-02,\n", early, &leads);
        let files = files.dry_run();
        let would = files.loaded(database).await;
        assert_eq!((would.users, would.proposals, would.leads, would.sent_earlier), (1, 1, 3_000, 1));
        assert_eq!(rows(database).await, before);
        assert_eq!(files.loaded(database).await, would, "it can be done again");

        let bad = Files::of(ADA, "", "").dry_run();
        assert_eq!(bad.refused(database).await.len(), 2, "and it finds what an import does");
    })
    .await;
}

#[tokio::test]
async fn a_database_that_refuses_has_nothing_of_it() {
    each_backend(async |database| {
        let refuses = match database.backend() {
            Backend::Sqlite => {
                "CREATE TRIGGER refuse BEFORE INSERT ON leads WHEN NEW.name = 'Jean 2999' \
                 BEGIN SELECT RAISE(ABORT, 'not this one'); END"
            }
            Backend::Postgres => "ALTER TABLE leads ADD CONSTRAINT refuse CHECK (name <> 'Jean 2999')",
        };
        execute(database, refuses).await;
        let error = Files::of(ADA, ROOF, &many_leads()).import(database).await.expect_err("a refusal");
        assert!(!error.is::<CommitFailed>(), "{error:#}");
        assert!(rows(database).await.users.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_commit_that_fails_leaves_nothing() {
    each_backend(async |database| {
        match database.backend() {
            // A reference that is looked at when all is done, and leads nowhere.
            Backend::Sqlite => {
                execute(
                    database,
                    "CREATE TABLE trap (id INTEGER REFERENCES trapped (id) DEFERRABLE INITIALLY DEFERRED); \
                     CREATE TABLE trapped (id INTEGER PRIMARY KEY); \
                     CREATE TRIGGER refuse AFTER INSERT ON leads BEGIN INSERT INTO trap VALUES (1); END",
                )
                .await;
            }
            Backend::Postgres => {
                execute(
                    database,
                    "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS \
                     $$ BEGIN RAISE EXCEPTION 'not at last'; END $$; \
                     CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON leads DEFERRABLE INITIALLY DEFERRED \
                     FOR EACH ROW EXECUTE FUNCTION refuse()",
                )
                .await;
            }
        }
        let files = Files::of(ADA, ROOF, JEAN);
        let error = files.import(database).await.expect_err("a refusal");
        assert!(error.is::<CommitFailed>(), "{error:#}");
        let left = rows(database).await;
        assert_eq!((left.users.len(), left.proposals.len(), left.leads.len()), (0, 0, 0));
        execute(
            database,
            if database.backend() == Backend::Sqlite {
                "DROP TRIGGER refuse"
            } else {
                "DROP TRIGGER refuse ON leads"
            },
        )
        .await;
        files.loaded(database).await;
    })
    .await;
}

#[tokio::test]
async fn the_schema_is_made_but_not_by_a_dry_run() {
    each_backend(async |database| {
        let url = database.url().expose_secret();
        migrations::down(url, 1).await.expect("a step back");
        let last = migrations::status(url).await.expect("the migrations").pop().expect("one").name;
        let mut files = Files::of(ADA, ROOF, JEAN).dry_run();
        let error = files.import(database).await.expect_err("not the newest schema");
        let expected = format!(
            "the schema lacks {last}, and a dry run does not change that: `cargo xtask migrate up` does"
        );
        assert!(format!("{error:#}").ends_with(&expected), "{error:#}");
        files.request.mode = Mode::Commit;
        assert_eq!(files.loaded(database).await.leads, 1);
    })
    .await;
}

#[tokio::test]
async fn a_dry_run_makes_no_file() {
    let files = Files::of(ADA, ROOF, JEAN).dry_run();
    let path = files.folder.path().join("data/new.db");
    let url = format!("sqlite://{}?mode=rwc", path.display());
    let error = import(&url, &files.request).await.expect_err("no database");
    assert!(format!("{error:#}").contains("there is no database yet"), "{error:#}");
    assert!(!path.parent().expect("a folder").exists());

    let mut files = files;
    files.request.mode = Mode::Commit;
    let outcome = import(&url, &files.request).await.expect("an import");
    assert!(matches!(outcome, Outcome::Loaded(_)), "{outcome:?}");
}

/// Somebody who writes while an import does waits for it, or it for them; nothing is lost.
#[tokio::test]
async fn writers_wait_for_each_other() {
    use sea_orm::ConnectionTrait as _;

    let database = TestDatabase::postgres().await;
    Files::of(ADA, ROOF, "").loaded(&database).await;
    let held = connect(&database).await;
    // One connection: what follows happens in one session.
    held.execute_unprepared("BEGIN; UPDATE users SET display_name = 'Ada King'")
        .await
        .expect("a write under way");
    let watcher = connect(&database).await;
    let files = Files::new().leads(format!("{}{JEAN}", super::LEADS_HEADER));
    let url = database.url().expose_secret();
    let waits = async {
        let waiting = "SELECT 1 FROM pg_locks WHERE NOT granted AND mode = 'ShareRowExclusiveLock' \
             AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
        let statement = sea_orm::Statement::from_string(sea_orm::DbBackend::Postgres, waiting);
        while watcher.query_one_raw(statement.clone()).await.expect("the locks").is_none() {
            tokio::task::yield_now().await;
        }
        held.execute_unprepared("COMMIT").await.expect("a commit");
    };
    let (outcome, ()) = tokio::join!(import(url, &files.request), waits);
    assert!(matches!(outcome.expect("an import"), Outcome::Loaded(_)));
    let rows = rows(&database).await;
    assert_eq!((rows.users[0].display_name.as_str(), rows.leads.len()), ("Ada King", 1));
}
