//! The middleware itself. It is written out as a service and a future of its own, since every request goes through it: no
//! memory is taken for it, and the route is looked up once.

use std::{
    any::Any,
    future::{Ready, ready},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
};

use actix_web::{
    Error, HttpMessage as _, HttpResponse,
    body::{BodySize, BoxBody, MessageBody as _, None as NoBody},
    dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready},
    error::InternalError,
    http::{Method, header::HeaderMap},
    web::Data,
};
use pin_project_lite::pin_project;

use super::{
    X_REQUEST_ID,
    authorize::{Asking, Verdict, authorize},
    pages,
    problems::Occurrence,
};
use crate::{error::ApiError, openapi::Route, state::AppState};

/// Marks a request as HEAD: its handler sees a GET, and may spare itself a body that takes long.
#[derive(Clone, Copy, Debug)]
pub struct HeadOnly;

/// Wraps the whole app.
pub struct Around {
    state: Data<AppState>,
}

impl Around {
    /// The middleware of a node with this state.
    pub const fn new(state: Data<AppState>) -> Self {
        Self { state }
    }
}

impl<S> Transform<S, ServiceRequest> for Around
where
    S: Service<ServiceRequest, Response = ServiceResponse, Error = Error>,
{
    type Response = ServiceResponse;
    type Error = Error;
    type Transform = Surrounded<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(Surrounded { next: Rc::new(service), state: self.state.clone() }))
    }
}

/// The app with everything around it.
pub struct Surrounded<S> {
    next: Rc<S>,
    state: Data<AppState>,
}

impl<S> Service<ServiceRequest> for Surrounded<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse, Error = Error>,
{
    type Response = ServiceResponse;
    type Error = Error;
    type Future = Answering<S>;

    forward_ready!(next);

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let mut occurrence = Occurrence::of(&request, self.state.clone());
        // The path as the router reads it: what it decodes is decoded here, and nothing else.
        let path = request.match_info().as_str();
        let found = self.state.routes.find(&occurrence.method, path).or_else(|none| {
            let page = pages::template(&occurrence.method, path, request.headers());
            page.map(Route::open_to_all).ok_or(none)
        });
        let step = match found {
            Ok(route) => {
                occurrence.template = Some(route.template);
                if occurrence.method == Method::HEAD {
                    // The codec remembers that it was HEAD and sends no body.
                    request.head_mut().method = Method::GET;
                    request.extensions_mut().insert(HeadOnly);
                }
                match self.state.edge.check_origin(request.head(), route, &self.state.cookie) {
                    Ok(()) => match authorize(request, route, &occurrence.id, &self.state) {
                        Verdict::Known(request, Ok(())) => Step::Serving { future: self.next.call(request) },
                        Verdict::Known(request, Err(error)) => Step::refused(request, error),
                        Verdict::Asking(asking) => Step::Asking { asking, next: Rc::clone(&self.next) },
                    },
                    Err(error) => Step::refused(request, error),
                }
            }
            Err(none) => match self.state.edge.preflight(&request, none) {
                Some(answer) => Step::Known { answer: Some(request.into_response(answer)) },
                None => Step::refused(request, occurrence.no_route(none)),
            },
        };
        Answering { occurrence, step }
    }
}

pin_project! {
    /// A request that is being answered.
    pub struct Answering<S: Service<ServiceRequest>> {
        occurrence: Occurrence,
        #[pin]
        step: Step<S>,
    }
}

pin_project! {
    #[project = StepNow]
    enum Step<S: Service<ServiceRequest>> {
        /// It does not reach its route.
        Refused { refusal: Option<(ServiceRequest, ApiError)> },
        /// It is a browser's question, and this its answer.
        Known { answer: Option<ServiceResponse> },
        /// Whether it may is being found out.
        Asking { asking: Asking, next: Rc<S> },
        /// It is with its handler.
        Serving {
            #[pin]
            future: S::Future,
        },
    }
}

impl<S: Service<ServiceRequest>> Step<S> {
    const fn refused(request: ServiceRequest, error: ApiError) -> Self {
        Self::Refused { refusal: Some((request, error)) }
    }
}

impl<S> Future for Answering<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse, Error = Error>,
{
    type Output = Result<ServiceResponse, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let span = this.occurrence.span.clone();
        let _within = span.enter();
        loop {
            let next = match this.step.as_mut().project() {
                StepNow::Refused { refusal } => {
                    let Some((request, error)) = refusal.take() else { return Poll::Pending };
                    return Poll::Ready(Ok(refuse(this.occurrence, request, &error)));
                }
                StepNow::Known { answer } => {
                    let Some(answer) = answer.take() else { return Poll::Pending };
                    return Poll::Ready(answered(this.occurrence, Ok(answer)));
                }
                StepNow::Asking { asking, next } => {
                    let asked = catch_unwind(AssertUnwindSafe(|| asking.as_mut().poll(context)));
                    match asked {
                        Ok(answer) => match ready!(answer) {
                            (request, Ok(())) => Step::Serving { future: next.call(request) },
                            (request, Err(error)) => Step::refused(request, error),
                        },
                        Err(panic) => return Poll::Ready(Err(panicked(this.occurrence, panic.as_ref()))),
                    }
                }
                StepNow::Serving { future } => {
                    return match catch_unwind(AssertUnwindSafe(|| future.poll(context))) {
                        Ok(outcome) => Poll::Ready(answered(this.occurrence, ready!(outcome))),
                        Err(panic) => Poll::Ready(Err(panicked(this.occurrence, panic.as_ref()))),
                    };
                }
            };
            this.step.set(next);
        }
    }
}

/// The handler's answer, or the problem that it stands for.
fn answered(
    occurrence: &Occurrence,
    outcome: Result<ServiceResponse, Error>,
) -> Result<ServiceResponse, Error> {
    let mut response = outcome.map_err(|error| occurrence_alone(occurrence, &ApiError::internal(&error)))?;
    let mut cause = None;
    if let Some(problem) = occurrence.problem_for(response.response()) {
        cause = occurrence.cause_of(response.response());
        response = ServiceResponse::new(response.into_parts().0, problem);
    }
    if occurrence.method == Method::HEAD && response.response().body().size() == BodySize::Stream {
        // It would be made up to its end, if it has one, for nobody.
        response = response.map_body(|_, _| BoxBody::new(NoBody::new()));
    }
    finish(response.headers_mut(), occurrence);
    occurrence.report(response.status(), cause.as_deref());
    Ok(response)
}

/// The answer to `request`, which does not reach its route.
fn refuse(occurrence: &Occurrence, request: ServiceRequest, error: &ApiError) -> ServiceResponse {
    let mut response = request.into_response(occurrence.answer(error));
    finish(response.headers_mut(), occurrence);
    occurrence.report(response.status(), error.cause.as_deref());
    response
}

fn panicked(occurrence: &Occurrence, panic: &(dyn Any + Send)) -> Error {
    occurrence_alone(occurrence, &ApiError::internal(format!("panic: {}", panic_message(panic))))
}

/// The answer where the request is gone: an error that carries it whole.
fn occurrence_alone(occurrence: &Occurrence, error: &ApiError) -> Error {
    let mut response: HttpResponse = occurrence.answer(error);
    finish(response.headers_mut(), occurrence);
    occurrence.report(response.status(), error.cause.as_deref());
    InternalError::from_response("the answer is complete", response).into()
}

/// The headers that every answer carries.
fn finish(headers: &mut HeaderMap, occurrence: &Occurrence) {
    let edge = &occurrence.state.edge;
    headers.insert(X_REQUEST_ID, occurrence.id.header());
    edge.headers.add(headers, occurrence.template);
    edge.origins.expose(headers, occurrence.origin.as_ref());
}

fn panic_message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}
