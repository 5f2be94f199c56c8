//! Revoking a token.

use actix_web::{HttpResponse, delete};

use crate::{
    error::ApiError,
    extractors::{By, NoQuery, RowId},
    openapi::RowProblems,
    routes::respond,
    state::State,
};

/// Revoke a token
#[utoipa::path(
    tag = "api-tokens",
    params(("id" = Uuid, Path, description = "The token's id.")),
    responses(
        (status = 204, description = "It works no more, on any instance.", headers(
            ("Cache-Control" = String, description = "`no-store`"),
        )),
        RowProblems,
    ),
    description = "Ends the token's rights at once, on every instance. It stays in the list, and who revoked it in the audit log; revoking it again changes nothing and is 204 too. This cannot be undone.",
)]
#[delete("/api-tokens/{id}")]
pub(super) async fn revoke_api_token(
    state: State,
    by: By,
    id: RowId,
    _: NoQuery,
) -> Result<HttpResponse, ApiError> {
    let tokens = state.api_tokens.by(by.0);
    state.writes.run(async move { tokens.revoke(id.0).await }).await?;
    Ok(respond::nothing())
}
