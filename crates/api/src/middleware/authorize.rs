//! Whether a request may reach its route: whom it comes from, and whether that is somebody whom the access table lets pass.
//! Out of memory where that is known; else the database is asked, and the request waits.

use std::sync::Arc;

use actix_web::{
    HttpMessage as _,
    dev::ServiceRequest,
    http::header::{AUTHORIZATION, HeaderMap, HeaderName},
    web::Data,
};
use domain::access::Requires;
use futures_util::future::LocalBoxFuture;
use infra::identity::{Activity, Credential, Identity, Memory, tokens::check_text};

use super::{ClientAddress, RequestId};
use crate::{
    cookie::SessionCookie,
    error::{ApiError, ProblemKind},
    extractors::Caller,
    openapi::Route,
    state::AppState,
};

/// The header by which a client says `true` of a request that a timer makes: it does not keep the session alive.
pub const X_BACKGROUND: HeaderName = HeaderName::from_static("x-background");
/// The route that streams: whoever listens need not be there.
const STREAM: &str = "/api/v1/events";

/// What is known about a request that asks for a route.
pub(super) enum Verdict {
    /// Whether it may is known at once.
    Known(ServiceRequest, Result<(), ApiError>),
    /// Somebody has to be asked first.
    Asking(Asking),
}

/// Gives the request back, and whether it may.
pub(super) type Asking = LocalBoxFuture<'static, (ServiceRequest, Result<(), ApiError>)>;

/// Whether `request` with the id `id` may ask for `route`.
pub(super) fn authorize(
    request: ServiceRequest,
    route: Route,
    id: &RequestId,
    state: &Data<AppState>,
) -> Verdict {
    if route.requires == Requires::Public {
        pass(&request, None, id);
        return Verdict::Known(request, Ok(()));
    }
    let Some(credential) = credential(request.headers(), &state.cookie) else {
        return Verdict::Known(request, Err(ApiError::unauthenticated(NOTHING_PRESENTED)));
    };
    let activity = activity(request.headers(), route);
    let known = match state.identities.remembered(credential, activity) {
        Memory::Somebody(identity) => Some(identity),
        Memory::Nobody => None,
        Memory::Nothing => {
            let (id, state) = (id.clone(), state.clone());
            return Verdict::Asking(Box::pin(ask(request, route, activity, id, state)));
        }
    };
    let verdict = judge(&request, route, known, id, &state.cookie);
    Verdict::Known(request, verdict)
}

async fn ask(
    request: ServiceRequest,
    route: Route,
    activity: Activity,
    id: RequestId,
    state: Data<AppState>,
) -> (ServiceRequest, Result<(), ApiError>) {
    let asked = match credential(request.headers(), &state.cookie) {
        Some(credential) => {
            let from = ClientAddress::of(request.head(), &state.edge.trusted_proxies).0;
            state.identities.check(credential, Some(from), activity).await
        }
        None => Ok(None),
    };
    let verdict = match asked {
        Ok(known) => judge(&request, route, known, &id, &state.cookie),
        Err(error) => Err(error.into()),
    };
    (request, verdict)
}

/// What a request presents: a bearer token, if it has one, else the session of its cookie.
pub fn credential<'h>(headers: &'h HeaderMap, cookie: &SessionCookie) -> Option<Credential<'h>> {
    if let Some(value) = headers.get(AUTHORIZATION) {
        // Whatever it is, it is meant: the cookie does not stand in for it.
        let value = value.to_str().unwrap_or_default();
        let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
        let token = if scheme.eq_ignore_ascii_case("bearer") { token.trim() } else { "" };
        return Some(Credential::Bearer(token));
    }
    cookie.find(headers).map(Credential::Session)
}

fn activity(headers: &HeaderMap, route: Route) -> Activity {
    let by_itself = headers.get(X_BACKGROUND).is_some_and(|value| value.as_bytes() == b"true");
    if by_itself || route.template == STREAM { Activity::Background } else { Activity::Person }
}

const NOTHING_PRESENTED: &str =
    "expected a session's cookie (POST /api/v1/session) or the header Authorization: Bearer with a token";
const NO_SESSION: &str = "expected a session that has not ended; sign in again";
const NO_TOKEN: &str = "expected a token that was issued here and has neither expired nor been revoked";

/// What is wrong with what `headers` present.
fn not_known(headers: &HeaderMap, cookie: &SessionCookie) -> ApiError {
    match credential(headers, cookie) {
        // Nobody needs a token to see that its text is wrong.
        Some(Credential::Bearer(token)) => match check_text(token) {
            Err(why) => ApiError::unauthenticated(&why.to_string()),
            Ok(()) => ApiError::unauthenticated(NO_TOKEN),
        },
        _ => ApiError::unauthenticated(NO_SESSION),
    }
}

/// Whether `known` may ask for `route`.
fn judge(
    request: &ServiceRequest,
    route: Route,
    known: Option<Arc<Identity>>,
    id: &RequestId,
    cookie: &SessionCookie,
) -> Result<(), ApiError> {
    let identity = known.ok_or_else(|| not_known(request.headers(), cookie))?;
    if !route.requires.is_met_by(identity.role) {
        let detail = "expected an admin; the caller is a viewer, who may only read";
        return Err(ApiError::new(ProblemKind::Forbidden, detail));
    }
    if route.requires.is_a_person() && identity.session.is_none() {
        let detail = match route.requires {
            Requires::AdminInPerson => {
                "expected an admin who is signed in; the caller is a token, which lets nobody in and makes no token"
            }
            _ => "expected a person who is signed in; the caller is a token, which has no session",
        };
        return Err(ApiError::new(ProblemKind::Forbidden, detail));
    }
    pass(request, Some(identity), id);
    Ok(())
}

/// Tells the handler who calls.
fn pass(request: &ServiceRequest, identity: Option<Arc<Identity>>, id: &RequestId) {
    request.extensions_mut().insert(Caller { identity, request_id: id.clone() });
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{COOKIE, HeaderValue};
    use chrono::TimeDelta;

    use super::*;
    use crate::cookie::Reached;

    fn headers(of: &[(HeaderName, &str)]) -> HeaderMap {
        of.iter().map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap())).collect()
    }

    #[test]
    fn a_token_counts_whatever_else_comes() {
        let cookie = SessionCookie::new(Reached::OnLoopback, TimeDelta::hours(1));
        let session = format!("session={}", "s".repeat(64));
        let presented = |of: &[(HeaderName, &str)]| match credential(&headers(of), &cookie) {
            None => "nothing".to_owned(),
            Some(Credential::Session(secret)) => format!("session {}", secret.len()),
            Some(Credential::Bearer(token)) => format!("bearer {token}"),
        };
        assert_eq!(presented(&[]), "nothing");
        assert_eq!(presented(&[(COOKIE, &session)]), "session 64");
        assert_eq!(presented(&[(COOKIE, &session), (AUTHORIZATION, "bearer x")]), "bearer x");
        assert_eq!(presented(&[(AUTHORIZATION, "Bearer  x ")]), "bearer x");
        for odd in ["Basic eDp5", "Bearer", "x", ""] {
            assert_eq!(presented(&[(COOKIE, &session), (AUTHORIZATION, odd)]), "bearer ", "{odd}");
        }
    }

    #[test]
    fn a_timer_and_a_stream_are_nobody() {
        let route = |template| Route { template, requires: Requires::Viewer };
        let of = |headers: &HeaderMap, template| activity(headers, route(template));
        let users = "/api/v1/users";
        assert_eq!(of(&headers(&[]), users), Activity::Person);
        assert_eq!(of(&headers(&[(X_BACKGROUND, "false")]), users), Activity::Person);
        assert_eq!(of(&headers(&[(X_BACKGROUND, "true")]), users), Activity::Background);
        assert_eq!(of(&headers(&[]), STREAM), Activity::Background);
    }
}
