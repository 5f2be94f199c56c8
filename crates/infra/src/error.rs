//! What the repositories and services can say went wrong.

use domain::DomainError;
use sea_orm::DbErr;

use crate::database::is_unconfirmed;

/// Why a read or a write did not happen, or may not have. Nothing is half done.
#[derive(Debug, thiserror::Error)]
pub enum RepositoryError {
    /// The domain's rules refuse it.
    #[error(transparent)]
    Domain(#[from] DomainError),
    /// There is no such row.
    #[error("there is no {entity} with the id {id}")]
    NotFound {
        /// `user`, `proposal` or `lead`.
        entity: &'static str,
        /// The id asked for.
        id: uuid::Uuid,
    },
    /// Another row has what must be unique.
    #[error("another user has the e-mail address {email}")]
    DuplicateEmail {
        /// The address, as it is kept.
        email: String,
    },
    /// The row it should belong to does not exist.
    #[error("there is no {entity} with the id {id}")]
    UnknownParent {
        /// The field that names the parent, e.g. `userId`.
        field: &'static str,
        /// `user` or `proposal`.
        entity: &'static str,
        /// The id that was given.
        id: uuid::Uuid,
    },
    /// The row is not as the change expects it to be.
    #[error("the {entity} with the id {id} was changed by somebody else")]
    LostUpdate {
        /// `user`, `proposal` or `lead`.
        entity: &'static str,
        /// Its id.
        id: uuid::Uuid,
        /// When it last changed.
        updated_at: chrono::DateTime<chrono::Utc>,
    },
    /// No active admin would be left.
    #[error(
        "{email} is the last active admin; make another one before this one is removed, suspended or given another role"
    )]
    LastAdmin {
        /// The e-mail address of the one that there is.
        email: String,
    },
    /// Whoever asked is no active admin any more: barred, or given another role, while the request was on its way.
    #[error("expected an active admin; the caller is none any more")]
    NoLongerAdmin,
    /// The write's last step was sent and its answer never came: it was done whole, or not at all, and nobody knows which.
    #[error("the database did not confirm the write: {0}")]
    Unconfirmed(DbErr),
    /// The database could not be reached or refused; the cause is for the log, never for a client.
    #[error("the database failed: {0}")]
    Database(DbErr),
}

impl From<DbErr> for RepositoryError {
    fn from(error: DbErr) -> Self {
        if is_unconfirmed(&error) { Self::Unconfirmed(error) } else { Self::Database(error) }
    }
}
