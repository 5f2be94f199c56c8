//! Whether a request may reach its route: the seam between the look-up of the route and its handler.

use actix_web::{dev::ServiceRequest, web::Data};
use futures_util::future::LocalBoxFuture;

use crate::{error::ApiError, openapi::Route, state::AppState};

/// What is known about a request that asks for a route.
pub(super) enum Verdict {
    /// Whether it may is known at once.
    Known(ServiceRequest, Result<(), ApiError>),
    /// Somebody has to be asked first.
    #[expect(dead_code, reason = "nobody has to be asked as long as everybody may")]
    Asking(Asking),
}

/// Gives the request back, and whether it may.
pub(super) type Asking = LocalBoxFuture<'static, (ServiceRequest, Result<(), ApiError>)>;

/// Whether `request` may ask for `route`. Everybody may.
pub(super) fn authorize(request: ServiceRequest, _route: Route, _state: &Data<AppState>) -> Verdict {
    Verdict::Known(request, Ok(()))
}
