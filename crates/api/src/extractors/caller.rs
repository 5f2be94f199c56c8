//! Who calls: what the middleware found out before the handler, which has checked nothing but what the access table says.

use std::{
    future::{Ready, ready},
    sync::Arc,
};

use actix_web::{FromRequest, HttpMessage as _, HttpRequest, dev::Payload, http::header::USER_AGENT};
use domain::audit::{Actor, Author};
use infra::identity::{Identity, Origin, SessionFacts};

use crate::{
    error::ApiError,
    middleware::{RequestId, client_address},
};

/// Who calls; in every request that reached its route.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who, if anybody is signed in or has a token.
    pub identity: Option<Arc<Identity>>,
    /// The request's id.
    pub request_id: RequestId,
}

impl Caller {
    fn of(request: &HttpRequest) -> Result<Self, ApiError> {
        // Not there only if the route was reached past the middleware.
        request
            .extensions()
            .get::<Self>()
            .cloned()
            .ok_or_else(|| ApiError::internal("nobody asked who calls"))
    }

    /// The caller of `request` as the audit log has it.
    fn author(request: &HttpRequest) -> Result<Author, ApiError> {
        let Self { identity, request_id } = Self::of(request)?;
        Ok(Author {
            actor: identity.map_or(Actor::Anonymous, |identity| identity.actor.clone()),
            address: client_address(request),
            request_id: Some(request_id.as_str().to_owned()),
        })
    }
}

impl FromRequest for Caller {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request))
    }
}

/// On whose behalf something is written.
#[derive(Clone, Debug)]
pub struct By(pub Author);

impl FromRequest for By {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Caller::author(request).map(Self))
    }
}

/// Where somebody signs in from.
#[derive(Clone, Debug)]
pub struct From(pub Origin);

impl FromRequest for From {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let user_agent = request.headers().get(USER_AGENT).and_then(|value| value.to_str().ok());
        let user_agent = user_agent.map(str::to_owned);
        ready(Caller::author(request).map(|author| Self(Origin { author, user_agent })))
    }
}

/// The caller's session; only for routes that require to be signed in.
#[derive(Clone, Debug)]
pub struct MySession(pub Arc<Identity>);

impl MySession {
    /// What is known of it.
    ///
    /// # Errors
    /// Where the caller has none, which the access table should have kept out.
    pub fn facts(&self) -> Result<&SessionFacts, ApiError> {
        self.0.session.as_ref().ok_or_else(|| ApiError::internal("the route does not require a session"))
    }
}

impl FromRequest for MySession {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let identity = Caller::of(request).map(|caller| caller.identity);
        ready(identity.and_then(|identity| {
            identity.map(Self).ok_or_else(|| ApiError::internal("the route does not require a session"))
        }))
    }
}
