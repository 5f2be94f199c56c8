//! Signing out.

#![expect(unused_qualifications, reason = "written by the macro of utoipa")]

use actix_web::{HttpResponse, delete, http::header::SET_COOKIE};
use utoipa::IntoParams;

use super::super::respond;
use crate::{
    error::ApiError,
    extractors::{By, FromQuery, MySession, Query, QueryReader, values},
    openapi::QueryProblems,
    state::State,
};

/// Where to sign out, as it is documented.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
#[expect(dead_code, reason = "read by name; this is its documentation")]
struct SignOutParams {
    /// Whether every session of the user ends, on every device; only this one if left out.
    everywhere: Option<bool>,
}

/// Where to sign out.
pub(super) struct SignOut {
    everywhere: bool,
}

impl FromQuery for SignOut {
    fn from_query(reader: &mut QueryReader<'_>) -> Self {
        Self { everywhere: reader.one("everywhere", values::flag).unwrap_or(false) }
    }
}

/// Sign out
#[utoipa::path(
    tag = "session",
    params(SignOutParams),
    responses(
        (status = 204, description = "The session has ended.", headers(
            ("Set-Cookie" = String, description = "Makes the browser forget the cookie."),
            ("Cache-Control" = String, description = "`no-store`"),
        )),
        QueryProblems,
    ),
    description = "Ends the caller's session, on every instance at once; with `everywhere=true` every session of the caller.",
)]
#[delete("/session")]
pub(super) async fn sign_out(
    state: State,
    mine: MySession,
    by: By,
    query: Query<SignOut>,
) -> Result<HttpResponse, ApiError> {
    let accounts = state.accounts.clone();
    let session = mine.facts()?.clone();
    let everywhere = query.0.everywhere;
    let signing_out = async move {
        if everywhere {
            accounts.sign_out_everywhere(&session, &by.0).await
        } else {
            accounts.sign_out(&session, &by.0).await
        }
    };
    state.writes.run(signing_out).await?;
    let mut answer = respond::nothing();
    answer.headers_mut().insert(SET_COOKIE, state.cookie.forget());
    Ok(answer)
}
