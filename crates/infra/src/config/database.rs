//! Where the database is.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::{ConfigError, Env};

/// The variable that says where the database is.
const DATABASE_URL: &str = "DATABASE_URL";
/// The variable that says where it is for migrations and LISTEN.
const DATABASE_DIRECT_URL: &str = "DATABASE_DIRECT_URL";

/// How to reach the database.
#[derive(Clone, Debug)]
pub struct DatabaseConfig {
    /// `postgres://…` or `sqlite://…`.
    pub url: SecretString,
    /// The same database past a transaction pooler, for migrations and the change feed.
    pub direct_url: SecretString,
    /// Most connections in the pool; it keeps none when nobody asks.
    pub max_connections: u32,
    /// How long to wait for a connection.
    pub connect_timeout: Duration,
    /// Whether the server migrates when it starts.
    pub auto_migrate: bool,
}

impl DatabaseConfig {
    /// Reads the `DATABASE_…` variables and `AUTO_MIGRATE`.
    ///
    /// # Errors
    /// Names the first variable that cannot be used.
    pub fn from_env(env: &Env) -> Result<Self, ConfigError> {
        let url = env.get(DATABASE_URL).unwrap_or("sqlite://data/dashboard.db?mode=rwc");
        let scheme = check_url(DATABASE_URL, url)?;
        let direct_url = env.get(DATABASE_DIRECT_URL).unwrap_or(url);
        if check_url(DATABASE_DIRECT_URL, direct_url)? != scheme {
            return Err(ConfigError::new(
                DATABASE_DIRECT_URL,
                "expected the same kind of database as DATABASE_URL",
            ));
        }
        let max_connections = env.whole_number("DATABASE_MAX_CONNECTIONS", 10, 1, 1000)?;
        Ok(Self {
            url: url.into(),
            direct_url: direct_url.into(),
            max_connections: u32::try_from(max_connections).unwrap_or(u32::MAX),
            connect_timeout: env.millis("DATABASE_CONNECT_TIMEOUT_MS", 10_000)?,
            auto_migrate: env.flag("AUTO_MIGRATE")?.unwrap_or(scheme == Scheme::Sqlite),
        })
    }

    /// Whether it is an embedded SQLite file.
    pub fn is_sqlite(&self) -> bool {
        self.url.expose_secret().starts_with("sqlite:")
    }

    /// The host, if it is a server.
    pub fn host(&self) -> Option<String> {
        Url::parse(self.url.expose_secret()).ok()?.host_str().map(str::to_owned)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Postgres,
    Sqlite,
}

/// The URL may hold a password, so errors quote its scheme and its query at most.
fn check_url(variable: &str, text: &str) -> Result<Scheme, ConfigError> {
    const EXPECTED: &str = "expected postgres://user:password@host/database or sqlite://path?mode=rwc";
    let scheme = text.split(':').next().unwrap_or_default();
    match scheme {
        "sqlite" => Ok(Scheme::Sqlite),
        "postgres" | "postgresql" => {
            let url = Url::parse(text).map_err(|error| {
                ConfigError::new(variable, format!("{EXPECTED}, got a URL with: {error}"))
            })?;
            check_sslmode(variable, &url)?;
            Ok(Scheme::Postgres)
        }
        _ if text.contains("://") => {
            Err(ConfigError::new(variable, format!("{EXPECTED}, got the scheme {scheme:?}")))
        }
        _ => Err(ConfigError::new(variable, format!("{EXPECTED}, got something without a scheme"))),
    }
}

fn check_sslmode(variable: &str, url: &Url) -> Result<(), ConfigError> {
    const MODES: [&str; 6] = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];
    let given = url.query_pairs().find(|(key, _)| key == "sslmode" || key == "ssl-mode");
    match given {
        Some((_, mode)) if !MODES.contains(&mode.as_ref()) => Err(ConfigError::new(
            variable,
            format!("expected sslmode to be one of {}, got {mode:?}", MODES.join(", ")),
        )),
        _ => Ok(()),
    }
}
