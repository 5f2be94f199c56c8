//! What a row has to be like for a change to be made: the request header `If-Match`.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header::IF_MATCH};
use domain::FieldError;
use infra::repositories::Expected;
use utoipa::IntoParams;

use crate::{
    error::{ApiError, ProblemKind},
    etag::{self, EntityTags},
};

/// The header, as it is documented.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "read by name; this is its documentation")]
pub struct IfMatchParam {
    /// Entity tags, as `ETag` of an earlier answer has them: the row is left alone (412) unless its own is one of these. A row's
    /// is its `updatedAt` in double quotes, so a row of a list gives it too. Without the header, or with `*`, the row is
    /// changed however it is.
    #[param(rename = "If-Match", example = "\"2026-01-31T23:00:00.123456Z\"")]
    if_match: Option<String>,
}

/// What the header asks for.
#[derive(Clone, Debug)]
pub struct IfMatch(pub Expected);

impl FromRequest for IfMatch {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(match etag::in_header(request.headers(), &IF_MATCH) {
            Ok(None | Some(EntityTags::Any)) => Ok(Self(Expected::Anything)),
            Ok(Some(EntityTags::List(tags))) => {
                Ok(Self(Expected::UpdatedAt(tags.iter().filter_map(etag::updated_at).collect())))
            }
            Err(detail) => {
                let errors = vec![FieldError::new("If-Match", "format", detail)];
                Err(ApiError::of_fields(ProblemKind::InvalidHeader, "request header", errors))
            }
        })
    }
}
