//! Signing in.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, post};
use domain::validation::Checks;
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{SessionView, started};
use crate::{
    error::ApiError,
    extractors::{From, JsonBody, NoQuery, SecretText},
    openapi::{CreateProblems, SignInProblems},
    state::State,
};

/// Who signs in.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"email": "ada@example.org", "password": "correct horse battery"}))]
pub(super) struct SignIn {
    /// The user's e-mail address, whatever its case.
    #[schema(max_length = 254, format = "email")]
    email: String,
    /// The user's password.
    #[schema(value_type = String, format = "password")]
    password: SecretText,
}

/// Sign in
#[utoipa::path(
    tag = "session",
    request_body(content = SignIn, description = "Who signs in; at most 64 KiB."),
    responses(
        (status = 201, description = "The session that was started.", body = SessionView, headers(
            ("Set-Cookie" = String, description = "The session's cookie: `__Host-session`, or `session` on a loopback address."),
            ("Location" = String, description = "`/api/v1/session`"),
            ("Cache-Control" = String, description = "`no-store`"),
        )),
        CreateProblems,
        SignInProblems,
    ),
    description = "Starts a session and sets its cookie; a session that the request brings along ends. What is wrong is not told: an unknown address, a wrong password, and a user who is suspended or has set no password yet get the same answer after the same time. After ten failures in a quarter of an hour an account is left alone for a while, after thirty an address is.",
)]
#[post("/session")]
pub(super) async fn sign_in(
    state: State,
    request: HttpRequest,
    from: From,
    _: NoQuery,
    body: JsonBody<SignIn>,
) -> Result<HttpResponse, ApiError> {
    let SignIn { email, password } = body.0;
    // What is no address is nobody's, and not all of it can be looked up and logged.
    let mut checks = Checks::new();
    let email = checks.email("email", &email);
    let email = checks.finish(email)?;
    let presented = state.cookie.find(request.headers()).map(SecretString::from);
    let accounts = state.accounts.clone();
    let signing_in = async move { accounts.sign_in(&email, password.0, &from.0, presented.as_ref()).await };
    let session = state.writes.run(signing_in).await?;
    Ok(started(&state, StatusCode::CREATED, &session))
}
