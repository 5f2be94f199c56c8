//! What happens around every request, in one pass: it gets an id, its route is looked up once and whether it may be asked
//! for, `HEAD` is answered as `GET`, a panic becomes a 500, an error gets its body, and the outcome is counted and, where it
//! is slow or failed, logged.

mod around;
mod authorize;
mod observe;
mod problems;
mod request_id;

use actix_web::http::header::HeaderName;

pub use around::{Around, Surrounded};
pub use authorize::{X_BACKGROUND, credential};
pub use request_id::RequestId;

/// The header that carries a request's id.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
