//! `/session`: the caller's own sign-in.

mod get;
mod password;
mod redeem;
mod sign_in;
mod sign_out;

use actix_web::{
    HttpResponse,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, HeaderValue, LOCATION, SET_COOKIE},
    },
};
use chrono::{DateTime, Utc};
use domain::entities::user::Role;
use infra::identity::{IdentityError, SessionFacts, Started};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Routes;
use crate::{
    error::{ApiError, ProblemKind},
    state::AppState,
};

/// Registers the family.
pub(super) fn register(routes: &mut impl Routes) {
    routes
        .service(sign_in::sign_in)
        .service(get::get_session)
        .service(sign_out::sign_out)
        .service(password::change_password)
        .service(redeem::redeem_sign_in_link);
}

/// Who is signed in, and until when.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Session)]
pub(super) struct SessionView {
    /// Who.
    user: SessionUser,
    /// When they signed in.
    created_at: DateTime<Utc>,
    /// When the session ends, whatever they do.
    expires_at: DateTime<Utc>,
    /// After how many minutes without a request of theirs it ends before that.
    #[schema(minimum = 5, example = 60)]
    idle_mins: i64,
}

/// The user of a session.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SessionUser {
    /// The user's id.
    id: Uuid,
    /// The user's e-mail address.
    #[schema(format = "email", example = "ada@example.org")]
    email: String,
    /// The user's name.
    #[schema(example = "Ada Lovelace")]
    display_name: String,
    /// What the user may do.
    role: Role,
}

impl SessionView {
    fn of(session: &SessionFacts, role: Role, state: &AppState) -> Self {
        Self {
            user: SessionUser {
                id: session.user_id,
                email: session.email.clone(),
                display_name: session.display_name.clone(),
                role,
            },
            created_at: session.created_at,
            expires_at: session.expires_at,
            idle_mins: state.accounts.rules().idle.num_minutes(),
        }
    }
}

/// The answer to whoever has a new session: what it is, and its cookie.
fn started(state: &AppState, status: StatusCode, started: &Started) -> HttpResponse {
    let mut answer = HttpResponse::build(status);
    answer
        .insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .insert_header((SET_COOKIE, state.cookie.set(&started.secret)));
    if status == StatusCode::CREATED {
        answer.insert_header((LOCATION, "/api/v1/session"));
    }
    answer.json(SessionView::of(&started.session, started.role, state))
}

impl From<IdentityError> for ApiError {
    fn from(error: IdentityError) -> Self {
        match error {
            IdentityError::Limited(limited) => {
                Self::too_many_attempts(limited.retry_after.as_secs().saturating_add(1))
            }
            IdentityError::Busy => Self::busy(),
            IdentityError::Refused => Self::new(
                ProblemKind::SignInRefused,
                "expected the e-mail address and the password of an active user; one-time links are made by an admin",
            )
            .challenged(),
            IdentityError::RoleTooLow => Self::new(
                ProblemKind::SignInNotAllowed,
                "got a user with the role user, expected a viewer or an admin",
            ),
            IdentityError::UnknownLink => Self::new(
                ProblemKind::InvalidLink,
                "expected the token of a link that is less than 24 hours old and was not used; an admin can make another",
            ),
            IdentityError::NoUseOfLink(why) => Self::new(ProblemKind::LinkOfNoUse, why),
            IdentityError::Repository(error) => error.into(),
        }
    }
}
