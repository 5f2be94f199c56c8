//! Who is who. In reading order: [`secret`] makes what clients carry, [`passwords`] hashes, [`limits`] slows guessing down;
//! [`sessions`] and [`links`] are the rows; [`accounts`] signs in and out and sets passwords; [`check`] says whom a request
//! comes from, out of memory where it can; [`tokens`] is the machines' way in, [`token_text`] what they show, [`operator`] the command line's.

pub mod accounts;
pub mod check;
pub mod limits;
pub(crate) mod links;
pub mod operator;
pub mod passwords;
pub mod secret;
pub mod sessions;
pub(crate) mod token_text;
pub mod tokens;

use chrono::{DateTime, Utc};
use domain::{
    audit::{Actor, Author},
    entities::user::Role,
};
use sea_orm::DbErr;
use uuid::Uuid;

pub use accounts::{Accounts, NewLink, Started};
pub use check::{Activity, CheckError, Credential, Departure, Identities, Memory, Stay};
pub use limits::Limited;
pub use token_text::NoToken;

use crate::error::RepositoryError;

/// Whom a request comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// A person or a machine.
    pub actor: Actor,
    /// What they may do.
    pub role: Role,
    /// The session, where it is a person.
    pub session: Option<SessionFacts>,
    /// When it ends, whatever happens; never, where there is no such time.
    pub expires_at: Option<DateTime<Utc>>,
}

/// What is known of somebody's session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionFacts {
    /// The session's id.
    pub id: Uuid,
    /// Whose it is.
    pub user_id: Uuid,
    /// Their e-mail address.
    pub email: String,
    /// Their name.
    pub display_name: String,
    /// When they signed in.
    pub created_at: DateTime<Utc>,
    /// When the session ends, whatever they do.
    pub expires_at: DateTime<Utc>,
}

/// Where somebody signs in from.
#[derive(Clone, Debug)]
pub struct Origin {
    /// Who, as the audit log is told; nobody, as long as they have not signed in.
    pub author: Author,
    /// What their browser calls itself.
    pub user_agent: Option<String>,
}

/// Why somebody is not signed in, or a password not set. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// There were too many failures.
    #[error("there were too many failed attempts")]
    Limited(Limited),
    /// Too many passwords are being hashed.
    #[error("too many passwords are being checked at once")]
    Busy,
    /// The e-mail address or the password is wrong, or the user may not use them: nobody is told which.
    #[error("the e-mail address or the password is wrong")]
    Refused,
    /// The password is right, and the role does not allow to sign in.
    #[error("the role user does not allow to sign in")]
    RoleTooLow,
    /// There is no such link, or it was used, or its time is over.
    #[error("the link is unknown, used, or over")]
    UnknownLink,
    /// The user could not sign in with a link.
    #[error("{0}")]
    NoUseOfLink(&'static str),
    /// What the rows say, or the database.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}

impl From<DbErr> for IdentityError {
    fn from(error: DbErr) -> Self {
        Self::Repository(error.into())
    }
}

impl From<domain::DomainError> for IdentityError {
    fn from(error: domain::DomainError) -> Self {
        Self::Repository(error.into())
    }
}
