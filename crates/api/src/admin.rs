//! Making the first admin, and letting somebody in again, from a command line. `api admin …` and `cargo xtask admin …` are the
//! same: they work on the configured database, and tell the running instances through Redis, where it is configured.

use std::io::{self, Read};

use clap::{Args, Subcommand};
use infra::{
    config::{CacheConfig, ConfigError, DatabaseConfig, Env, RedisConfig},
    identity::{
        operator::{Done, Operator, OperatorError},
        sessions::SessionRules,
    },
};
use secrecy::{ExposeSecret as _, SecretString};

/// The most bytes of a password that are read.
const PASSWORD_BYTES: u64 = 4096;

/// What an operator may do to accounts.
#[derive(Clone, Debug, Subcommand)]
pub enum AdminCommand {
    /// Make an admin.
    ///
    /// With --password-stdin the admin can sign in at once; without it a one-time token is printed, by which a password is
    /// set within 24 hours (POST /api/v1/session/redeem).
    Create {
        /// The name to show; the first part of the e-mail address, if left out.
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        /// Whom to make one.
        #[command(flatten)]
        whom: Whom,
    },
    /// Let an admin or a viewer in again who cannot sign in.
    ///
    /// With --password-stdin the password is replaced, and every session of the user ends; without it a one-time token is
    /// printed, by which the user sets one within 24 hours.
    ResetPassword {
        /// Whom to let in.
        #[command(flatten)]
        whom: Whom,
    },
}

/// Whom it is about.
#[derive(Clone, Debug, Args)]
pub struct Whom {
    /// The user's e-mail address.
    #[arg(long, value_name = "E-MAIL")]
    email: String,
    /// Read the password, 12 to 256 characters, from standard input: one line.
    #[arg(long)]
    password_stdin: bool,
}

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// A variable cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The password cannot be read.
    #[error("expected a password on standard input: {0}")]
    Password(String),
    /// The database, or what its rows say.
    #[error(transparent)]
    Operator(#[from] OperatorError),
}

impl AdminCommand {
    /// Does it. Returns what there is to tell, in lines; a password is never among it.
    ///
    /// # Errors
    /// [`AdminError`]
    pub async fn run(self, env: &Env) -> Result<String, AdminError> {
        let database = DatabaseConfig::from_env(env)?;
        let (redis, cache) = (RedisConfig::from_env(env)?, CacheConfig::from_env(env)?);
        let (whom, name, creates) = match self {
            Self::Create { name, whom } => (whom, name, true),
            Self::ResetPassword { whom } => (whom, None, false),
        };
        let password = whom.password_stdin.then(|| read_password(io::stdin())).transpose()?;
        if database.auto_migrate {
            // The first admin may be made before the service has ever run.
            migrations::up(database.direct_url.expose_secret())
                .await
                .map_err(|error| OperatorError::Unreachable(error.to_string()))?;
        }
        let operator =
            Operator::connect(&database, redis.as_ref(), &cache, SessionRules::of_nobody()).await?;
        let done = if creates {
            operator.create_admin(&whom.email, name.as_deref(), password).await
        } else {
            operator.reset_password(&whom.email, password).await
        };
        let untold = operator.untold();
        operator.close().await;
        Ok(told(&done?, creates, untold))
    }
}

fn told(done: &Done, created: bool, untold: Option<String>) -> String {
    let email = &done.user.email;
    let text = match (&done.link, created) {
        (None, true) => format!("{email} is an admin and can sign in.\n"),
        (None, false) => format!("{email} has a new password; every session of theirs has ended.\n"),
        (Some(link), created) => {
            let made = if created {
                format!("{email} is an admin, once a password is set. ")
            } else {
                String::new()
            };
            let (until, token) = (link.until(), link.secret.expose_secret());
            format!(
                "{made}Until {until} {email} can set a password with this token, once:\n\n    {token}\n\n\
                 It is shown this once. POST /api/v1/session/redeem takes it: {{\"token\": \"…\", \"password\": \"…\"}}\n"
            )
        }
    };
    let untold = untold.map(|error| {
        format!("Redis could not be told ({error}): instances that run may go by what was for up to 30 s.\n")
    });
    text + &untold.unwrap_or_default()
}

/// A password from `input`: everything up to the first line break.
fn read_password(input: impl Read) -> Result<SecretString, AdminError> {
    let mut text = String::new();
    let read = input.take(PASSWORD_BYTES).read_to_string(&mut text);
    read.map_err(|error| AdminError::Password(error.to_string()))?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        return Err(AdminError::Password("got nothing".to_owned()));
    }
    Ok(line.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_one_line_with_its_spaces() {
        let of = |text: &str| read_password(text.as_bytes()).map(|read| read.expose_secret().to_owned()).ok();
        assert_eq!(of(" correct horse \n"), Some(" correct horse ".to_owned()));
        assert_eq!(of("one\r\ntwo\n"), Some("one".to_owned()));
        assert_eq!(of("\n"), None);
        assert_eq!(of(""), None);
    }
}
