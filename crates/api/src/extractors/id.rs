//! The id of a row in the path.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use domain::FieldError;
use uuid::Uuid;

use super::values;
use crate::error::{ApiError, ProblemKind};

/// The path's `{id}`.
#[derive(Clone, Copy, Debug)]
pub struct RowId(pub Uuid);

impl FromRequest for RowId {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let text = request.match_info().get("id").unwrap_or_default();
        ready(values::uuid(text).map(Self).map_err(|detail| {
            let errors = vec![FieldError::new("id", "format", &detail)];
            ApiError { errors, ..ApiError::new(ProblemKind::InvalidId, format!("id: {detail}")) }
        }))
    }
}
