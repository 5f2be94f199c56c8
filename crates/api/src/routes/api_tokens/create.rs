//! Making a token.

use actix_web::{
    HttpResponse,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, HeaderValue, LOCATION},
    },
    post,
};
use domain::entities::api_token::NewApiToken;
use secrecy::ExposeSecret as _;
use serde::Serialize;
use utoipa::ToSchema;

use super::ApiTokenView;
use crate::{
    error::ApiError,
    extractors::{By, JsonBody, NoQuery},
    openapi::CreateProblems,
    state::State,
};

/// A bearer token, shown this once.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct CreatedApiToken {
    /// What to send as `Authorization: Bearer …`. It is kept nowhere.
    #[schema(
        pattern = "^amt_[0-9a-f]{32}_[0-9A-Za-z]{49}$",
        example = "amt_01920000000070008000000000000001_Vb1Zr0bq1q5hUoqJm0o2cT7l3c0s9V0aN2b8x4d6e1k3MmDvC"
    )]
    token: String,
    /// What is known of it.
    #[serde(flatten)]
    row: ApiTokenView,
}

/// Make a token
#[utoipa::path(
    tag = "api-tokens",
    request_body(content = NewApiToken, description = "The new token; at most 64 KiB."),
    responses(
        (status = 201, description = "The token. Its text is shown this once and kept nowhere.", body = CreatedApiToken, headers(
            ("Location" = String, description = "Where it can be revoked: `/api/v1/api-tokens/{id}`."),
            ("Cache-Control" = String, description = "`no-store`"),
        )),
        CreateProblems,
    ),
    description = "Makes a bearer token for a machine. It works until `expiresAt`, or until it is revoked, whatever becomes of the admin who made it. Only a person may make one: a token that could make others would outlive its own end.",
)]
#[post("/api-tokens")]
pub(super) async fn create_api_token(
    state: State,
    by: By,
    _: NoQuery,
    body: JsonBody<NewApiToken>,
) -> Result<HttpResponse, ApiError> {
    let tokens = state.api_tokens.by(by.0);
    let made = state.writes.run(async move { tokens.create(body.0).await }).await?;
    let location = format!("/api/v1/api-tokens/{}", made.row.id);
    let body = CreatedApiToken { token: made.text.expose_secret().to_owned(), row: made.row.into() };
    let mut answer = HttpResponse::build(StatusCode::CREATED);
    answer
        .insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .insert_header((LOCATION, location));
    Ok(answer.json(body))
}
