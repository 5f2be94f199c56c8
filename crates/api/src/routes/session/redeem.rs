//! Using a one-time sign-in link.

use actix_web::{HttpResponse, http::StatusCode, post};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{SessionView, started};
use crate::{
    error::ApiError,
    extractors::{From, JsonBody, NoQuery, SecretText},
    openapi::RedeemProblems,
    state::State,
};

/// A one-time link, and the password to set with it.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"token": "Vb1Zr0bq1q5hUoqJm0o2cT7l3c0s9V0aN2b8x4d6e1k", "password": "correct horse battery"}))]
pub(super) struct RedeemLink {
    /// The link's token.
    #[schema(value_type = String)]
    token: SecretText,
    /// The password to set: 12 to 256 characters of any kind; not the e-mail address.
    #[schema(value_type = String, format = "password", min_length = 12, max_length = 256)]
    password: SecretText,
}

/// Use a one-time link
#[utoipa::path(
    tag = "session",
    request_body(content = RedeemLink, description = "The link's token and the new password; at most 64 KiB."),
    responses(
        (status = 201, description = "The password is set, and this session was started.", body = SessionView, headers(
            ("Set-Cookie" = String, description = "The session's cookie."),
            ("Location" = String, description = "`/api/v1/session`"),
            ("Cache-Control" = String, description = "`no-store`"),
        )),
        RedeemProblems,
    ),
    description = "Sets the password of the user whom an admin made the link for, and signs the user in. Whoever was invited becomes active; every other session and every other link of the user ends. A password that breaks the rules does not use the link up.",
)]
#[post("/session/redeem")]
pub(super) async fn redeem_sign_in_link(
    state: State,
    from: From,
    _: NoQuery,
    body: JsonBody<RedeemLink>,
) -> Result<HttpResponse, ApiError> {
    let RedeemLink { token, password } = body.0;
    let accounts = state.accounts.clone();
    let redeeming = async move { accounts.redeem(&token.0, password.0, &from.0).await };
    let session = state.writes.run(redeeming).await?;
    Ok(started(&state, StatusCode::CREATED, &session))
}
