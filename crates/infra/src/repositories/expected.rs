//! What a row has to be like for a change to be made, so that nobody overwrites what they have not seen.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::error::RepositoryError;

/// What a row has to be like for a change to be made. It is compared inside the change's transaction, once the row is
/// locked: of two changes that expect the same, one is made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Expected {
    /// Anything.
    #[default]
    Anything,
    /// As it was when its `updatedAt` was one of these, which are different in any two of its states.
    UpdatedAt(Vec<DateTime<Utc>>),
}

impl Expected {
    /// Whether nothing is expected.
    pub(super) fn is_anything(&self) -> bool {
        *self == Self::Anything
    }

    /// Refuses the row where it is not as expected.
    pub(super) fn check(
        &self,
        entity: &'static str,
        id: Uuid,
        updated_at: DateTime<Utc>,
    ) -> Result<(), RepositoryError> {
        match self {
            Self::UpdatedAt(instants) if !instants.contains(&updated_at) => {
                Err(RepositoryError::LostUpdate { entity, id, updated_at })
            }
            _ => Ok(()),
        }
    }
}
