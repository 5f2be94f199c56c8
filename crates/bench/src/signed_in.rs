//! Signing in, beside the service and without a password: what is measured is what signed-in people ask for.

use anyhow::Context as _;
use api::config::AppConfig;
use infra::{
    config::Env,
    identity::{operator::Operator, sessions::SessionRules},
};
use secrecy::ExposeSecret as _;
use uuid::Uuid;

/// The header `Cookie` of a new admin's session at a node with these variables.
///
/// # Errors
/// Where the database cannot be reached, or a variable cannot be used.
pub async fn cookie(env: &Env) -> anyhow::Result<String> {
    let config = AppConfig::from_env(env)?;
    let rules = SessionRules::new(&config.session)?;
    let operator = Operator::connect(&config.database, config.redis.as_ref(), &config.cache, rules).await?;
    let (email, password) = (format!("{}@bench.test", Uuid::new_v4()), Uuid::new_v4().to_string());
    let admin =
        operator.create_admin(&email, None, Some(password.into())).await.context("cannot make an admin")?;
    let session = operator.start_session(admin.user.id).await?;
    operator.close().await;
    Ok(format!("session={}", session.secret.expose_secret()))
}
