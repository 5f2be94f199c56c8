//! An admin's session for the clients of a benchmark: the rows that benchmarks run on have admins, and nobody has a password.

use anyhow::Context as _;
use infra::{
    config::{CacheConfig, DatabaseConfig, Env, SessionConfig},
    identity::{operator::Operator, sessions::SessionRules},
};
use reqwest::header::{COOKIE, HeaderMap, HeaderName, HeaderValue};
use secrecy::ExposeSecret as _;

use crate::server::SESSION_SECRET;

/// The value of `Cookie` for a session in the database at `url` that outlasts every run.
///
/// # Errors
/// Where the database cannot be reached, or has no admin.
pub async fn cookie(url: &str) -> anyhow::Result<String> {
    let variables =
        [("DATABASE_URL", url), SESSION_SECRET, ("SESSION_IDLE_MINS", "10080"), ("SESSION_MAX_HOURS", "720")];
    let env: Env = variables.into_iter().collect();
    let database = DatabaseConfig::from_env(&env)?;
    let rules = SessionRules::new(&SessionConfig::from_env(&env, &database)?)?;
    let operator = Operator::connect(&database, None, &CacheConfig::from_env(&env)?, rules).await?;
    let started = operator.session_of_an_admin().await;
    operator.close().await;
    let started = started?.context("the database has no active admin")?;
    Ok(format!("session={}", started.secret.expose_secret()))
}

/// What a page of the server's own sends in that session.
///
/// # Errors
/// As [`cookie`].
pub async fn headers(url: &str) -> anyhow::Result<HeaderMap> {
    let same_origin = HeaderValue::from_static("same-origin");
    Ok(HeaderMap::from_iter([
        (COOKIE, HeaderValue::from_str(&cookie(url).await?)?),
        (HeaderName::from_static("sec-fetch-site"), same_origin),
    ]))
}
