//! What happens around every request, in one pass: it gets an id, its route is looked up once, whether a page of somebody
//! else sent it and whether its sender may ask for it; `HEAD` is answered as `GET`, a panic becomes a 500, an error gets its
//! body, every answer the headers that browsers heed, and the outcome is counted and, where it is slow or failed, logged.

mod around;
mod authorize;
mod client_address;
mod edge;
mod observe;
mod origins;
mod pages;
mod problems;
mod request_id;
mod security_headers;

use actix_web::http::header::HeaderName;

pub use around::{Around, HeadOnly, Surrounded};
pub use authorize::{X_BACKGROUND, credential};
pub use client_address::{ClientAddress, client_address};
pub use edge::Edge;
pub use pages::opens_page;
pub use problems::UNKNOWN_ROUTE;
pub use request_id::RequestId;

/// The header that carries a request's id.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
