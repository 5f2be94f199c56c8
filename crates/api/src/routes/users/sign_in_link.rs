//! A one-time sign-in link for a user.

use actix_web::{HttpResponse, http::StatusCode, post};
use chrono::{DateTime, Utc};
use secrecy::ExposeSecret as _;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    error::ApiError,
    extractors::{By, NoQuery, RowId},
    openapi::{LinkConflict, RowProblems},
    routes::respond,
    state::State,
};

/// A one-time link, shown this once.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"token": "Vb1Zr0bq1q5hUoqJm0o2cT7l3c0s9V0aN2b8x4d6e1k", "expiresAt": "2026-11-24T10:00:00Z"}))]
pub(super) struct SignInLink {
    /// What `POST /session/redeem` takes.
    token: String,
    /// Until when it may be used.
    expires_at: DateTime<Utc>,
}

/// Make a one-time sign-in link
#[utoipa::path(
    tag = "users",
    params(("id" = Uuid, Path, description = "The user's id.")),
    responses(
        (status = 201, description = "The link's token. It is shown this once and kept nowhere.", body = SignInLink, headers(
            ("Cache-Control" = String, description = "`no-store`"),
        )),
        RowProblems,
        LinkConflict,
    ),
    description = "Makes a token with which a new or locked-out user sets a password, once and within 24 hours: hand it to nobody else. Whoever sits behind too many failed attempts gets in by it, too.",
)]
#[post("/users/{id}/sign-in-link")]
pub(super) async fn create_sign_in_link(
    state: State,
    by: By,
    id: RowId,
    _: NoQuery,
) -> Result<HttpResponse, ApiError> {
    let accounts = state.accounts.clone();
    let link = state.writes.run(async move { accounts.create_link(id.0, &by.0).await }).await?;
    let view = SignInLink { token: link.secret.expose_secret().to_owned(), expires_at: link.expires_at };
    Ok(respond::status(StatusCode::CREATED, &view))
}
