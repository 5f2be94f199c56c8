//! `/users`.

mod create;
mod delete;
mod export;
mod get;
mod list;
mod sign_in_link;
mod update;

use chrono::{DateTime, Utc};
use domain::entities::user::{Model, Role, UserStatus};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Routes;
use crate::csv::CsvRow;

/// Registers the family.
pub(super) fn register(routes: &mut impl Routes) {
    routes
        .service(list::list_users)
        .service(export::export_users)
        .service(create::create_user)
        .service(get::get_user)
        .service(update::update_user)
        .service(delete::delete_user)
        .service(sign_in_link::create_sign_in_link);
}

/// A user.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = User)]
pub struct UserView {
    /// The user's id, a UUIDv7.
    pub id: Uuid,
    /// Unique; in lower case.
    #[schema(format = "email", example = "ada@example.org")]
    pub email: String,
    /// The user's name.
    #[schema(example = "Ada Lovelace")]
    pub display_name: String,
    /// What the user may do.
    pub role: Role,
    /// Whether the user may do it.
    pub status: UserStatus,
    /// When this user's first proposal was ever sent.
    #[schema(required)]
    pub first_sent_at: Option<DateTime<Utc>>,
    /// When the user was created.
    pub created_at: DateTime<Utc>,
    /// When the user last changed.
    pub updated_at: DateTime<Utc>,
}

impl From<Model> for UserView {
    fn from(user: Model) -> Self {
        Self {
            id: user.id,
            email: user.email,
            display_name: user.display_name,
            role: user.role,
            status: user.status,
            first_sent_at: user.first_sent_at,
            created_at: user.created_at,
            updated_at: user.updated_at,
        }
    }
}

impl CsvRow for UserView {
    const COLUMNS: &'static [&'static str] =
        &["id", "email", "displayName", "role", "status", "firstSentAt", "createdAt", "updatedAt"];

    fn texts(&mut self) -> Vec<&mut String> {
        vec![&mut self.email, &mut self.display_name]
    }
}
