//! The id of a row in the path.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use domain::FieldError;
use uuid::Uuid;

use super::values;
use crate::{
    error::{ApiError, ProblemKind},
    state::State,
};

/// The path's `{id}`.
#[derive(Clone, Copy, Debug)]
pub struct RowId(pub Uuid);

impl FromRequest for RowId {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let text = request.match_info().get("id").unwrap_or_default();
        ready(values::uuid(text).map(Self).map_err(|detail| not_an_id(request, &detail)))
    }
}

/// What is wrong with a path whose `{id}` is none. It may be the path of another route, which does not take this method,
/// as in `GET /proposals/bulk-status`.
fn not_an_id(request: &HttpRequest, detail: &str) -> ApiError {
    let allowed =
        request.app_data::<State>().map_or(&[][..], |state| state.routes.methods_of(request.path()));
    if !allowed.is_empty() && !allowed.contains(&request.method().as_str()) {
        return ApiError::method_not_allowed(request.method(), allowed);
    }
    let errors = vec![FieldError::new("id", "format", detail)];
    ApiError { errors, ..ApiError::new(ProblemKind::InvalidId, format!("id: {detail}")) }
}
