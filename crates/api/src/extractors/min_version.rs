//! The least data version that an answer may be computed from: the request header `X-Min-Data-Version`.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use domain::FieldError;
use infra::cache::DataVersion;

use crate::error::{ApiError, ProblemKind};

/// The header's name.
const X_MIN_DATA_VERSION: &str = "X-Min-Data-Version";

/// What the header asks for, if it is there.
#[derive(Clone, Debug)]
pub struct MinDataVersion(pub Option<DataVersion>);

impl FromRequest for MinDataVersion {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read(request).map(Self).map_err(|(code, detail)| {
            let errors = vec![FieldError::new(X_MIN_DATA_VERSION, code, detail)];
            ApiError::of_fields(ProblemKind::InvalidHeader, "request header", errors)
        }))
    }
}

fn read(request: &HttpRequest) -> Result<Option<DataVersion>, (&'static str, String)> {
    let mut values = request.headers().get_all("x-min-data-version");
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(("repeated", "expected it at most once".to_owned()));
    }
    let text = value.to_str().unwrap_or_default();
    DataVersion::parse(text).map(Some).map_err(|detail| ("format", detail))
}
