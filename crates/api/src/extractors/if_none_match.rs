//! What the client has of a row already: the request header `If-None-Match`.

use std::{
    convert::Infallible,
    future::{Ready, ready},
};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header::IF_NONE_MATCH};
use utoipa::IntoParams;

use crate::etag::{self, EntityTags};

/// The header, as it is documented.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "read by name; this is its documentation")]
pub struct IfNoneMatchParam {
    /// The `ETag` of an earlier answer: if the row is still like that, the answer is 304 without a body.
    #[param(rename = "If-None-Match", example = "\"2026-01-31T23:00:00.123456Z\"")]
    if_none_match: Option<String>,
}

/// The entity tags of what the client has; whatever else the header holds is as good as none.
#[derive(Clone, Debug)]
pub struct IfNoneMatch(Option<EntityTags>);

impl IfNoneMatch {
    /// Whether the client has what `etag` stands for, compared weakly.
    pub fn names(&self, etag: &str) -> bool {
        match &self.0 {
            None => false,
            Some(EntityTags::Any) => true,
            Some(EntityTags::List(tags)) => tags.iter().any(|tag| tag.opaque == etag.trim_matches('"')),
        }
    }
}

impl FromRequest for IfNoneMatch {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(etag::in_header(request.headers(), &IF_NONE_MATCH).unwrap_or_default())))
    }
}
