//! Making a bearer token from a command line: for what has to read the service before anybody has signed in, such as
//! Prometheus. It works on the configured database.

use chrono::{TimeDelta, Utc};
use clap::{Subcommand, ValueEnum};
use domain::entities::api_token::{Expiry, NewApiToken, TokenRole};
use infra::{
    config::{CacheConfig, DatabaseConfig, Env, RedisConfig},
    identity::{
        operator::{Operator, OperatorError},
        sessions::SessionRules,
    },
};
use secrecy::{ExposeSecret as _, SecretString};

use crate::admin::AdminError;

/// What an operator may do to tokens.
#[derive(Clone, Debug, Subcommand)]
pub enum TokenCommand {
    /// Make a bearer token and print it. It is shown this once and kept nowhere.
    Create {
        /// What it is for, 1 to 100 characters.
        #[arg(long, value_name = "NAME")]
        name: String,
        /// What whoever shows it may do.
        #[arg(long, value_enum)]
        role: RoleName,
        /// For how many days it works.
        #[arg(long, value_name = "DAYS", default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=3652))]
        expires_days: u16,
        /// It works until it is revoked.
        #[arg(long, conflicts_with = "expires_days")]
        never_expires: bool,
    },
}

/// The role of a token, by its name.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum RoleName {
    /// Reads everything but the audit log and the tokens.
    Viewer,
    /// Does everything that needs no person.
    Admin,
}

/// A token that was made.
#[derive(Clone, Debug)]
pub struct MadeToken {
    /// What the machine is to show.
    pub text: SecretString,
    /// What else there is to tell, in one line.
    pub about: String,
}

impl TokenCommand {
    /// Does it.
    ///
    /// # Errors
    /// [`AdminError`]
    pub async fn run(self, env: &Env) -> Result<MadeToken, AdminError> {
        let Self::Create { name, role, expires_days, never_expires } = self;
        let database = DatabaseConfig::from_env(env)?;
        let (redis, cache) = (RedisConfig::from_env(env)?, CacheConfig::from_env(env)?);
        if database.auto_migrate {
            // The first token may be made before the service has ever run.
            migrations::up(database.direct_url.expose_secret())
                .await
                .map_err(|error| OperatorError::Unreachable(error.to_string()))?;
        }
        let expires_at = if never_expires {
            Expiry::Never
        } else {
            Expiry::At(Utc::now() + TimeDelta::days(expires_days.into()))
        };
        let role = match role {
            RoleName::Viewer => TokenRole::Viewer,
            RoleName::Admin => TokenRole::Admin,
        };
        let operator =
            Operator::connect(&database, redis.as_ref(), &cache, SessionRules::of_nobody()).await?;
        let made = operator.create_token(NewApiToken { name, role, expires_at }).await;
        operator.close().await;
        let made = made?;
        let until = made.row.expires_at.map_or("until it is revoked".to_owned(), |end| {
            format!("until {}", end.format("%Y-%m-%d %H:%M UTC"))
        });
        let about = format!("The token {} works {until}. It is shown this once.", made.row.id);
        Ok(MadeToken { text: made.text, about })
    }
}
