//! Which pages may ask for what. A browser sends a session's cookie along whoever's page it is that asks; it also says
//! whose it is, in `Sec-Fetch-Site` and `Origin`, which no page can forge. So a request that changes something and carries
//! a session must come from a page of ours, and a sign-in must not come from a page of somebody else.

use actix_web::{
    HttpResponse,
    dev::{RequestHead, ServiceRequest},
    http::{
        Method, StatusCode,
        header::{
            ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
            ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
            ACCESS_CONTROL_REQUEST_METHOD, HOST, HeaderMap, HeaderName, HeaderValue, ORIGIN, VARY,
        },
    },
};
use domain::access::Requires;

use infra::identity::Credential;

use super::{Edge, authorize::credential, client_address::came_over_tls};
use crate::{
    config::Origin,
    cookie::SessionCookie,
    error::{ApiError, ProblemKind},
    openapi::{NoRoute, Route},
};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// What a page of an allowed origin may send.
const ALLOWED_HEADERS: &str = "Accept, Authorization, Content-Type, If-Match, If-None-Match, Last-Event-ID, \
    X-Background, X-Min-Data-Version, X-Request-Id";
/// What it may read.
const EXPOSED_HEADERS: &str = "Age, Cache-Status, Content-Disposition, ETag, Location, Retry-After, Server-Timing, \
    X-Data-Version, X-Request-Id";
/// For how many seconds it need not ask again whether it may.
const PREFLIGHT_AGE: &str = "600";

/// The origins whose pages may ask.
#[derive(Clone, Debug)]
pub(super) struct Origins {
    /// Ours, where it is configured; else it is what the request says it was sent to.
    public: Option<Origin>,
    /// Others that are allowed.
    allowed: Vec<(Origin, HeaderValue)>,
}

impl Origins {
    pub(super) fn new(public: Option<Origin>, allowed: Vec<Origin>) -> Self {
        let value = |origin: Origin| HeaderValue::from_str(origin.as_str()).ok().map(|value| (origin, value));
        Self { public, allowed: allowed.into_iter().filter_map(value).collect() }
    }

    /// Whose page sent a request with these `headers`, where that makes a difference to who may read its answer.
    pub(super) fn asking(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        if self.allowed.is_empty() { None } else { headers.get(ORIGIN).cloned() }
    }

    /// Lets pages of the allowed origins read the answer with these `headers` to a page of `origin`.
    pub(super) fn expose(&self, headers: &mut HeaderMap, origin: Option<&HeaderValue>) {
        if self.allowed.is_empty() {
            return;
        }
        headers.append(VARY, HeaderValue::from_static("Origin"));
        if let Some(value) = origin.and_then(|origin| self.allowed(origin)) {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, value.clone());
            headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED_HEADERS));
        }
    }

    /// The answer to a browser that asks whether a page of an allowed origin may use one of `methods` here; `None` where
    /// `request` is no such question.
    fn preflight(&self, request: &ServiceRequest, methods: &[&str]) -> Option<HttpResponse> {
        if !request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD)
            || self.allowed(request.headers().get(ORIGIN)?).is_none()
        {
            return None;
        }
        let mut answer = HttpResponse::build(StatusCode::NO_CONTENT);
        answer
            .insert_header((ACCESS_CONTROL_ALLOW_METHODS, methods.join(", ")))
            .insert_header((ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED_HEADERS))
            .insert_header((ACCESS_CONTROL_MAX_AGE, PREFLIGHT_AGE))
            .insert_header((VARY, "Access-Control-Request-Method, Access-Control-Request-Headers"));
        Some(answer.finish())
    }

    fn allowed(&self, origin: &HeaderValue) -> Option<&HeaderValue> {
        self.allowed.iter().map(|(_, value)| value).find(|value| *value == origin)
    }
}

impl Edge {
    /// The answer to a request that has no route, where it is a browser's question whether it may send one that has. It
    /// needs no sign-in: a browser sends none along.
    pub(super) fn preflight(&self, request: &ServiceRequest, none: NoRoute<'_>) -> Option<HttpResponse> {
        match none {
            NoRoute::WrongMethod { allowed, .. } if request.method() == Method::OPTIONS => {
                self.origins.preflight(request, allowed)
            }
            _ => None,
        }
    }

    /// Refuses a request for `route` that a page of somebody else may have sent.
    ///
    /// # Errors
    /// Says whose page may.
    pub(super) fn check_origin(
        &self,
        head: &RequestHead,
        route: Route,
        cookie: &SessionCookie,
    ) -> Result<(), ApiError> {
        if matches!(head.method, Method::GET | Method::HEAD | Method::OPTIONS) {
            return Ok(());
        }
        let signs_in = route.requires == Requires::Public;
        // A page cannot add a token to what it sends elsewhere.
        if !signs_in && !matches!(credential(&head.headers, cookie), Some(Credential::Session(_))) {
            return Ok(());
        }
        let origin = head.headers.get(ORIGIN);
        if origin.is_some_and(|origin| self.origins.allowed(origin).is_some()) {
            return Ok(());
        }
        let site = head.headers.get(SEC_FETCH_SITE).map(HeaderValue::as_bytes);
        let ours = match (site, origin) {
            (Some(site), _) => site == b"same-origin" || (signs_in && site == b"none"),
            (None, Some(origin)) => self.is_ours(head, origin),
            // Not a browser. It has no business with a session either, unless it says where it stands.
            (None, None) => signs_in,
        };
        if ours { Ok(()) } else { Err(self.cross_origin(head, site, origin)) }
    }

    /// Whether `origin` is what the request was sent to.
    fn is_ours(&self, head: &RequestHead, origin: &HeaderValue) -> bool {
        let Ok(origin) = origin.to_str() else { return false };
        match &self.origins.public {
            Some(public) => public.as_str() == origin,
            None => origin.eq_ignore_ascii_case(&self.asked_for(head)),
        }
    }

    /// The origin that the request says it was sent to.
    fn asked_for(&self, head: &RequestHead) -> String {
        let scheme = if came_over_tls(head, &self.trusted_proxies) { "https" } else { "http" };
        let host = head.headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        format!("{scheme}://{host}")
    }

    fn cross_origin(
        &self,
        head: &RequestHead,
        site: Option<&[u8]>,
        origin: Option<&HeaderValue>,
    ) -> ApiError {
        let ours = self.origins.public.as_ref().map_or_else(|| self.asked_for(head), ToString::to_string);
        let others = self.origins.allowed.iter().map(|(origin, _)| origin.to_string());
        let expected = [ours].into_iter().chain(others).collect::<Vec<_>>().join(" or ");
        let got = match (site, origin) {
            (Some(site), _) => format!("Sec-Fetch-Site: {}", String::from_utf8_lossy(site)),
            (None, Some(origin)) => format!("Origin: {}", String::from_utf8_lossy(origin.as_bytes())),
            (None, None) => "neither".to_owned(),
        };
        ApiError::new(
            ProblemKind::CrossOrigin,
            format!(
                "expected Sec-Fetch-Site: same-origin or Origin: {expected}, got {got}; a program without a browser \
                 sends a token in Authorization instead of a session's cookie"
            ),
        )
    }
}
