//! A migrated database per test, on PostgreSQL and on SQLite, dropped afterwards. Migrations run once a process, on a
//! template that each test's database is a copy of.

use std::{
    fmt, fs, thread,
    time::{Duration, SystemTime},
};

use sea_orm::{ConnectOptions, ConnectionTrait as _, Database, DbBackend, DbErr, Statement};
use secrecy::SecretString;
use tempfile::TempDir;
use tokio::sync::OnceCell;
use url::Url;
use uuid::Uuid;

/// What every database made here starts with; the time of its making (seconds since 1970) follows.
const PREFIX: &str = "metrics_test_";
/// On a server that outlives the tests, a database this old belongs to a process that was killed.
const LEFT_OVER_AFTER: Duration = Duration::from_hours(6);

/// The kind of a test's database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// The shared PostgreSQL.
    Postgres,
    /// A file of the test's own.
    Sqlite,
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Postgres => "PostgreSQL",
            Self::Sqlite => "SQLite",
        })
    }
}

/// A migrated, empty database of the test's own, dropped with this, whoever is still connected.
#[derive(Debug)]
pub struct TestDatabase {
    url: SecretString,
    home: Home,
}

#[derive(Debug)]
enum Home {
    Postgres { server_url: String, name: String },
    Sqlite { _folder: TempDir },
}

impl TestDatabase {
    /// One on the shared PostgreSQL.
    ///
    /// # Panics
    /// Where there is no PostgreSQL to be had; the message says what to install.
    pub async fn postgres() -> Self {
        static TEMPLATE: OnceCell<String> = OnceCell::const_new();
        let server_url = crate::postgres_url().await;
        let template = TEMPLATE.get_or_init(|| make_postgres_template(&server_url)).await;
        let name = new_name();
        run(&server_url, &format!("CREATE DATABASE {name} TEMPLATE {template}"))
            .await
            .unwrap_or_else(|error| panic!("cannot make the test's database: {error}"));
        Self { url: database_url(&server_url, &name).into(), home: Home::Postgres { server_url, name } }
    }

    /// One in a file.
    ///
    /// # Panics
    /// Where the temporary folder cannot be written.
    pub async fn sqlite() -> Self {
        static TEMPLATE: OnceCell<Vec<u8>> = OnceCell::const_new();
        let template = TEMPLATE.get_or_init(make_sqlite_template).await;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("test.db");
        fs::write(&file, template).expect("a writable temporary folder");
        let url = format!("sqlite://{}?mode=rwc", file.display());
        Self { url: url.into(), home: Home::Sqlite { _folder: folder } }
    }

    /// One of the kind `backend`.
    ///
    /// # Panics
    /// As [`Self::postgres`] and [`Self::sqlite`].
    pub async fn new(backend: Backend) -> Self {
        match backend {
            Backend::Postgres => Self::postgres().await,
            Backend::Sqlite => Self::sqlite().await,
        }
    }

    /// What to use as `DATABASE_URL`.
    pub fn url(&self) -> &SecretString {
        &self.url
    }

    /// Its kind.
    pub fn backend(&self) -> Backend {
        match self.home {
            Home::Postgres { .. } => Backend::Postgres,
            Home::Sqlite { .. } => Backend::Sqlite,
        }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let Home::Postgres { server_url, name } = &self.home else { return };
        // The test's own runtime may be the one that is waiting for us.
        let dropped = thread::scope(|scope| {
            let drop_it = || -> Result<(), String> {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .map_err(|error| error.to_string())?;
                let statement = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
                runtime.block_on(run(server_url, &statement)).map_err(|error| error.to_string())
            };
            scope.spawn(drop_it).join()
        });
        match dropped {
            Ok(Ok(())) => {}
            Ok(Err(error)) => eprintln!("cannot drop the test's database {name}: {error}"),
            Err(_) => eprintln!("cannot drop the test's database {name}"),
        }
    }
}

/// Runs `test` on a PostgreSQL database, then on a SQLite one. What a failing test printed last names the kind.
///
/// # Panics
/// As `test` does.
pub async fn each_backend(test: impl AsyncFn(&TestDatabase)) {
    for backend in [Backend::Postgres, Backend::Sqlite] {
        println!("on {backend}:");
        let database = TestDatabase::new(backend).await;
        test(&database).await;
    }
}

async fn make_postgres_template(server_url: &str) -> String {
    remove_left_overs(server_url).await;
    let name = new_name();
    let made = async {
        // `template1` may have someone connected, which would refuse the copy.
        run(server_url, &format!("CREATE DATABASE {name} TEMPLATE template0")).await?;
        migrations::up(&database_url(server_url, &name)).await
    };
    made.await.unwrap_or_else(|error| panic!("cannot make the migrated template database: {error}"));
    name
}

async fn make_sqlite_template() -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("template.db");
    let url = format!("sqlite://{}?mode=rwc", file.display());
    migrations::up(&url)
        .await
        .unwrap_or_else(|error| panic!("cannot migrate the template database: {error}"));
    fs::read(&file).expect("the migrated file")
}

/// Drops what killed processes left on a server that outlives the tests. Another process may be doing the same.
async fn remove_left_overs(server_url: &str) {
    let Ok(names) = databases_of_tests(server_url).await else { return };
    let oldest = now().saturating_sub(LEFT_OVER_AFTER.as_secs());
    for name in names {
        let made_at = name[PREFIX.len()..].split('_').next().and_then(|seconds| seconds.parse::<u64>().ok());
        if made_at.is_some_and(|seconds| seconds < oldest) {
            let _ = run(server_url, &format!("DROP DATABASE IF EXISTS \"{name}\"")).await;
        }
    }
}

async fn databases_of_tests(server_url: &str) -> Result<Vec<String>, DbErr> {
    let connection = Database::connect(single(server_url)).await?;
    let query = "SELECT datname::text FROM pg_database WHERE starts_with(datname::text, $1)";
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, query, [PREFIX.into()]);
    let rows = connection.query_all_raw(statement).await?;
    let names = rows.iter().map(|row| row.try_get_by_index(0)).collect();
    connection.close().await?;
    names
}

async fn run(server_url: &str, statement: &str) -> Result<(), DbErr> {
    let connection = Database::connect(single(server_url)).await?;
    let done = connection.execute_unprepared(statement).await;
    connection.close().await?;
    done.map(|_| ())
}

fn single(url: &str) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    options
}

/// `metrics_test_<seconds since 1970>_<unique>`: at most 63 bytes, and no quotes needed.
fn new_name() -> String {
    format!("{PREFIX}{}_{}", now(), Uuid::new_v4().simple())
}

fn database_url(server_url: &str, name: &str) -> String {
    let mut url = Url::parse(server_url).expect("a URL that could be connected to");
    url.set_path(name);
    url.into()
}

fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
