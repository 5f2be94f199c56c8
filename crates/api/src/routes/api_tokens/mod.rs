//! `/api-tokens`: what machines show instead of signing in.

mod create;
mod list;
mod revoke;

use chrono::{DateTime, Utc};
use domain::entities::api_token::{Model, TokenRole};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Routes;

/// Registers the family.
pub(super) fn register(routes: &mut impl Routes) {
    routes.service(list::list_api_tokens).service(create::create_api_token).service(revoke::revoke_api_token);
}

/// A bearer token, without what it is shown by.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ApiToken)]
pub(super) struct ApiTokenView {
    /// The token's id, a UUIDv7; its digits are part of the token.
    id: Uuid,
    /// What it is for.
    #[schema(example = "Prometheus")]
    name: String,
    /// What whoever shows it may do.
    role: TokenRole,
    /// Who made it; null where an operator did, on the command line.
    #[schema(required)]
    created_by: Option<TokenMaker>,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// When it ends; null if never.
    #[schema(required)]
    expires_at: Option<DateTime<Utc>>,
    /// When it was last used, to the minute; null if never.
    #[schema(required)]
    last_used_at: Option<DateTime<Utc>>,
    /// When it was revoked; null if it was not.
    #[schema(required)]
    revoked_at: Option<DateTime<Utc>>,
}

/// Who made a token. The user may be gone by now.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct TokenMaker {
    /// The user's id.
    id: Uuid,
    /// The user's e-mail address at that time.
    #[schema(format = "email", example = "ada@example.org")]
    email: String,
}

impl From<Model> for ApiTokenView {
    fn from(token: Model) -> Self {
        let maker = token.created_by.zip(token.created_by_name);
        Self {
            id: token.id,
            name: token.name,
            role: token.role,
            created_by: maker.map(|(id, email)| TokenMaker { id, email }),
            created_at: token.created_at,
            expires_at: token.expires_at,
            last_used_at: token.last_used_at,
            revoked_at: token.revoked_at,
        }
    }
}
