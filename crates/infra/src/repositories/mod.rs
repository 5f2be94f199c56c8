//! Queries and writes, one entity a file. A write runs in a transaction of its own and announces, through the hooks or
//! itself, what it makes old. Rows are listed newest first, page by page, each page starting where a cursor says.

mod admins;
mod api_tokens;
mod audit;
mod audit_entries;
mod cursor;
mod expected;
mod leads;
mod list;
pub mod metrics;
mod moves;
mod proposals;
mod users;

pub(crate) use admins::still_admin;
pub use api_tokens::{ApiTokenRepository, NewToken};
pub use audit::{AuditLog, Entries};
pub use audit_entries::AuditFilter;
pub use cursor::{Cursor, CursorError, CursorKey};
pub use expected::Expected;
pub use leads::{LeadFilter, LeadRepository};
pub use list::{Listing, Page, PageLimit, PageRequest, TimeRange, Total};
pub use proposals::{ProposalFilter, ProposalRepository};
pub use users::{UserFilter, UserRepository};

use sea_orm::{ActiveModelBehavior, DbErr, EntityTrait, IntoActiveModel, SqlErr, TryIntoModel};

use crate::{database::TrackedTransaction, error::RepositoryError};

/// Saves a change to a row, and returns the row. A change in which nothing is set writes nothing and makes nothing old.
async fn save<A>(change: A, txn: &TrackedTransaction) -> Result<<A::Entity as EntityTrait>::Model, DbErr>
where
    A: ActiveModelBehavior + TryIntoModel<<A::Entity as EntityTrait>::Model> + Send,
    <A::Entity as EntityTrait>::Model: IntoActiveModel<A>,
{
    if change.is_changed() { change.update(txn).await } else { change.try_into_model() }
}

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
