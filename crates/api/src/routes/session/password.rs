//! Changing the own password.

use actix_web::{HttpResponse, http::StatusCode, put};
use domain::FieldError;
use infra::identity::IdentityError;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{SessionView, started};
use crate::{
    error::{ApiError, ProblemKind},
    extractors::{From, JsonBody, MySession, NoQuery, SecretText},
    openapi::{AttemptProblems, CreateProblems},
    state::State,
};

/// A change of the own password.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"currentPassword": "correct horse battery", "newPassword": "staple horse correct"}))]
pub(super) struct ChangePassword {
    /// The password that is valid now.
    #[schema(value_type = String, format = "password")]
    current_password: SecretText,
    /// 12 to 256 characters of any kind; not the e-mail address.
    #[schema(value_type = String, format = "password", min_length = 12, max_length = 256)]
    new_password: SecretText,
}

/// Change the password
#[utoipa::path(
    tag = "session",
    request_body(content = ChangePassword, description = "The old password and the new; at most 64 KiB."),
    responses(
        (status = 200, description = "The session that goes on, under a new id.", body = SessionView, headers(
            ("Set-Cookie" = String, description = "The new session's cookie."),
            ("Cache-Control" = String, description = "`no-store`"),
        )),
        CreateProblems,
        AttemptProblems,
    ),
    description = "Changes the caller's password. Every session of the caller ends; the one that asked goes on under a new id.",
)]
#[put("/session/password")]
pub(super) async fn change_password(
    state: State,
    mine: MySession,
    from: From,
    _: NoQuery,
    body: JsonBody<ChangePassword>,
) -> Result<HttpResponse, ApiError> {
    let ChangePassword { current_password, new_password } = body.0;
    let (accounts, session) = (state.accounts.clone(), mine.facts()?.clone());
    let changing = async move {
        let changed = accounts.change_password(&session, current_password.0, new_password.0, &from.0).await;
        changed.map_err(|error| match error {
            // Not 401: the session is as good as before.
            IdentityError::Refused => {
                let error =
                    FieldError::new("currentPassword", "wrong", "expected the password that is valid now");
                ApiError::of_fields(ProblemKind::InvalidFields, "field", vec![error])
            }
            error => error.into(),
        })
    };
    let session = state.writes.run(changing).await?;
    Ok(started(&state, StatusCode::OK, &session))
}
