//! Queries and writes, one entity a file. A write runs in a transaction of its own and announces, through the hooks or
//! itself, what it makes old. Rows are listed newest first, page by page, each page starting where a cursor says.

mod cursor;
mod leads;
mod list;
pub mod metrics;
mod proposals;
mod users;

pub use cursor::{Cursor, CursorError};
pub use leads::{LeadFilter, LeadRepository};
pub use list::{Listing, Page, PageLimit, PageRequest, TimeRange, Total};
pub use proposals::{ProposalFilter, ProposalRepository};
pub use users::{UserFilter, UserRepository};

use sea_orm::{DbErr, SqlErr};

use crate::error::RepositoryError;

/// What an insert or update of a user failed with: a taken e-mail address has an error of its own.
fn email_taken(error: DbErr, email: &str) -> RepositoryError {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => {
            RepositoryError::DuplicateEmail { email: email.to_owned() }
        }
        _ => error.into(),
    }
}

/// What an insert below a parent failed with: a parent that does not exist has an error of its own.
fn parent_missing(
    error: DbErr,
    field: &'static str,
    entity: &'static str,
    id: uuid::Uuid,
) -> RepositoryError {
    match error.sql_err() {
        Some(SqlErr::ForeignKeyConstraintViolation(_)) => {
            RepositoryError::UnknownParent { field, entity, id }
        }
        _ => error.into(),
    }
}
