//! The connection that listens. One session holds the lock and hears the notifications, so that losing one is losing the
//! other; that it is still the same session is looked at now and then.

use std::{str::FromStr as _, time::Duration};

use domain::invalidation::CacheTags;
use secrecy::ExposeSecret as _;
use sqlx::{
    ConnectOptions as _, PgPool, Row as _,
    postgres::{PgConnectOptions, PgListener, PgPoolOptions},
};
use tokio::time::timeout;

use super::{Feed, tags_in};

/// What the triggers notify.
const CHANNEL: &str = "metrics_change_feed";
/// What the session calls itself, for those who look at the server's activity.
const APPLICATION: &str = "admin-metrics change feed";
/// The class of the advisory lock: "feed" in ASCII. Beside it stands a number made of the cache's name.
const LOCK_CLASS: i32 = i32::from_be_bytes(*b"feed");
/// How long it may take to begin, and to answer a check.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long to wait for the server when the connection is closed.
const FAREWELL: Duration = Duration::from_secs(2);

/// The server notices within a minute that this machine is gone, and frees the lock; the session may be idle for long, and
/// making the triggers waits for no writer for so long that PostgreSQL
/// would look for deadlocks and might end the writer's transaction (`deadlock_timeout`, 1 s): it is tried again. Only what the server has is set.
const SETTINGS: &str = "SELECT set_config(name, value, false) FROM pg_settings JOIN (VALUES \
     ('tcp_keepalives_idle', '15'), ('tcp_keepalives_interval', '15'), ('tcp_keepalives_count', '3'), \
     ('idle_session_timeout', '0'), ('lock_timeout', '500ms')) AS wanted (name, value) USING (name)";
/// Where it is no longer the same session, another one may hold the lock, and nothing is heard here.
const CHECK: &str = "SELECT EXISTS (SELECT FROM pg_listening_channels() AS channel WHERE channel = $1)";

/// Why the changes are not followed.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// The connection cannot be had, or was lost.
    #[error("{0}")]
    Database(#[from] sqlx::Error),
    /// The server closed the connection.
    #[error("the connection was lost")]
    Lost,
    /// The server does not answer.
    #[error("the database did not answer within {PATIENCE:?}")]
    Silent,
    /// The migration that brings the functions is missing.
    #[error("the database lacks the function change_feed_on(): expected all migrations to be applied")]
    NotMigrated,
    /// The role may not make triggers.
    #[error(
        "the triggers are missing and this role may not make them: have the tables' owner run SELECT change_feed_on() once"
    )]
    NoRight,
    /// Something between here and the server hands the session to others.
    #[error(
        "the session was exchanged, as transaction poolers do: expected DATABASE_DIRECT_URL to lead past the pooler"
    )]
    Exchanged,
}

/// A session that listens.
pub(super) struct Listening {
    listener: PgListener,
    pool: PgPool,
}

/// What came of trying.
pub(super) enum Opened {
    Listening(Listening),
    /// Another instance has the lock.
    Taken,
}

impl Listening {
    /// Connects, gets the lock where there is one to get, sees to the triggers, and listens.
    pub(super) async fn open(feed: &Feed) -> Result<Opened, FeedError> {
        timeout(PATIENCE, Self::open_at_leisure(feed)).await.unwrap_or(Err(FeedError::Silent))
    }

    async fn open_at_leisure(feed: &Feed) -> Result<Opened, FeedError> {
        let options = PgConnectOptions::from_str(feed.url.expose_secret())?
            .application_name(APPLICATION)
            .disable_statement_logging();
        // The listener wants a pool. When its connection is lost the pool goes too.
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(PATIENCE)
            .max_lifetime(None)
            .idle_timeout(None)
            .connect_with(options)
            .await?;
        let mut listener = PgListener::connect_with(&pool).await?;
        // A session that comes after a gap is another one, with no lock.
        listener.eager_reconnect(false);
        sqlx::query(SETTINGS).execute(&mut listener).await?;
        if let Some(cache) = &feed.shared {
            let lock = sqlx::query("SELECT pg_try_advisory_lock($1, $2)").bind(LOCK_CLASS);
            let lock = lock.bind(crc32fast::hash(cache.as_bytes()).cast_signed());
            if !lock.fetch_one(&mut listener).await?.try_get::<bool, _>(0)? {
                Self { listener, pool }.close().await;
                return Ok(Opened::Taken);
            }
        }
        sqlx::query("SELECT change_feed_on()").execute(&mut listener).await.map_err(why_not_on)?;
        listener.listen(CHANNEL).await?;
        Ok(Opened::Listening(Self { listener, pool }))
    }

    /// The tags of the next notification. May be given up at any time without losing one.
    pub(super) async fn next(&mut self) -> Result<CacheTags, FeedError> {
        match self.listener.try_recv().await? {
            Some(notification) => Ok(tags_in(notification.payload())),
            None => Err(FeedError::Lost),
        }
    }

    /// Whether the session is alive, and still the same.
    pub(super) async fn check(&mut self) -> Result<(), FeedError> {
        let asked = sqlx::query(CHECK).bind(CHANNEL).fetch_one(&mut self.listener);
        let row = timeout(PATIENCE, asked).await.map_err(|_| FeedError::Silent)??;
        if row.try_get::<bool, _>(0)? { Ok(()) } else { Err(FeedError::Exchanged) }
    }

    /// Closes the connection, which frees the lock.
    pub(super) async fn close(self) {
        drop(self.listener);
        // A server that does not answer finds out by itself.
        let _ = timeout(FAREWELL, self.pool.close()).await;
    }
}

fn why_not_on(error: sqlx::Error) -> FeedError {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    match code.as_deref() {
        // Undefined function; undefined table.
        Some("42883" | "42P01") => FeedError::NotMigrated,
        Some("42501") => FeedError::NoRight,
        _ => error.into(),
    }
}
