//! What the suites stand on: a private PostgreSQL and Redis, databases with rows in them, and nodes.

use std::{collections::HashMap, sync::Arc};

use anyhow::Context as _;
use api::{config::AppConfig, startup::Node};
use infra::config::Env;
use seed::{Plan, seed};
use tempfile::TempDir;
use test_support::{
    PostgresServer, RedisServer,
    servers::{Needed, ensure_installed},
};
use tokio::sync::{Mutex, OnceCell};
use url::Url;

use crate::server::SESSION_SECRET;

/// The same for all suites of a run. Servers and databases are made when first asked for.
pub struct Ground {
    /// Whether short turns and few rows are wanted.
    pub quick: bool,
    /// Whether ten million leads are wanted where the number of leads is what is varied.
    pub ten_million: bool,
    postgres: OnceCell<Arc<PostgresServer>>,
    redis: OnceCell<Arc<RedisServer>>,
    databases: Mutex<HashMap<(Engine, Size), String>>,
    folder: TempDir,
}

/// Which database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Engine {
    /// The run's own server.
    Postgres,
    /// A file.
    Sqlite,
}

/// How many rows of each kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Size {
    /// Users.
    pub users: u32,
    /// Proposals.
    pub proposals: u32,
    /// Leads.
    pub leads: u32,
}

impl Engine {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Postgres => "PostgreSQL",
            Self::Sqlite => "SQLite",
        }
    }
}

impl Size {
    /// 100,000 proposals, and what goes with them: what most figures are taken on.
    pub const STANDARD: Self = Self { users: 20_000, proposals: 100_000, leads: 300_000 };
    /// The same for a quick run.
    pub const QUICK: Self = Self { users: 2_000, proposals: 10_000, leads: 30_000 };

    /// `leads` leads, with a tenth as many proposals and a fiftieth as many users.
    pub const fn of_leads(leads: u32) -> Self {
        Self { users: leads / 50, proposals: leads / 10, leads }
    }
}

impl Ground {
    /// Nothing is started yet.
    ///
    /// # Panics
    /// Where there is no temporary folder to be had.
    pub fn new(quick: bool, ten_million: bool) -> Self {
        Self {
            quick,
            ten_million,
            postgres: OnceCell::new(),
            redis: OnceCell::new(),
            databases: Mutex::default(),
            folder: tempfile::Builder::new()
                .prefix("admin-metrics-bench-")
                .tempdir()
                .expect("a temporary folder"),
        }
    }

    /// `quick` in a quick run, else `full`.
    pub fn pick<T>(&self, full: T, quick: T) -> T {
        if self.quick { quick } else { full }
    }

    /// The rows that most figures are taken on.
    pub fn standard_size(&self) -> Size {
        self.pick(Size::STANDARD, Size::QUICK)
    }

    /// The run's PostgreSQL.
    pub async fn postgres(&self) -> anyhow::Result<&PostgresServer> {
        let start = async || {
            tokio::task::spawn_blocking(|| {
                ensure_installed(&[Needed::Postgres])?;
                PostgresServer::start().map(Arc::new)
            })
            .await?
        };
        self.postgres.get_or_try_init(start).await.map(AsRef::as_ref)
    }

    /// The run's Redis.
    pub async fn redis(&self) -> anyhow::Result<&RedisServer> {
        let start = async || tokio::task::spawn_blocking(|| RedisServer::start().map(Arc::new)).await?;
        self.redis.get_or_try_init(start).await.map(AsRef::as_ref)
    }

    /// The URL of a database with that many rows, up to now; made once a run, and shared: who writes rows must not mind
    /// others' rows.
    pub async fn database(&self, engine: Engine, size: Size) -> anyhow::Result<String> {
        let mut databases = self.databases.lock().await;
        if let Some(url) = databases.get(&(engine, size)) {
            return Ok(url.clone());
        }
        let url = self.empty_database(engine, databases.len()).await?;
        let Size { users, proposals, leads } = size;
        let plan = Plan { users, proposals, leads, ..Plan::demo() };
        eprintln!("  seeding {users} users, {proposals} proposals, {leads} leads …");
        seed(&url, plan).await.context("cannot seed the benchmark's database")?;
        databases.insert((engine, size), url.clone());
        Ok(url)
    }

    async fn empty_database(&self, engine: Engine, number: usize) -> anyhow::Result<String> {
        match engine {
            Engine::Sqlite => {
                Ok(format!("sqlite://{}?mode=rwc", self.folder.path().join(format!("{number}.db")).display()))
            }
            Engine::Postgres => {
                use sea_orm::ConnectionTrait as _;
                let server = self.postgres().await?.url();
                let connection = sea_orm::Database::connect(&server).await?;
                connection.execute_unprepared(&format!("CREATE DATABASE bench_{number}")).await?;
                connection.close().await?;
                let mut url = Url::parse(&server)?;
                url.set_path(&format!("bench_{number}"));
                Ok(url.into())
            }
        }
    }

    /// A node of this process on a free port, as the binary would run it with these variables.
    pub async fn node(&self, variables: &[(&str, &str)]) -> anyhow::Result<Node> {
        let fixed = [("BIND_ADDR", "127.0.0.1:0"), ("AUTO_MIGRATE", "false"), SESSION_SECRET];
        let env: Env = fixed.into_iter().chain(variables.iter().copied()).collect();
        Ok(Node::start(AppConfig::from_env(&env)?).await?)
    }
}
