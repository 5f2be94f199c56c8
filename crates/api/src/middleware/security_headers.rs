//! The headers by which a browser is told what it must not do with an answer. An answer for programs may do nothing at all;
//! a page may load what this server serves, and no other page may hold it.

use actix_web::http::header::{
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};

use crate::access::{ASSETS, DOCUMENTATION, FILES, PAGE, PAGES};

const CROSS_ORIGIN_OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// What a program's answer may do where a browser shows it: nothing.
const DATA_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";
/// What a page may do: what the dashboard needs, all of it from here.
const PAGE_POLICY: &str = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; \
    form-action 'self'; frame-ancestors 'none'";
/// What the documentation's page may do: it sets styles of its own as it goes.
const DOCUMENTATION_POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
    object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
/// Where pages and what they are made of come from.
const OF_PAGES: [&str; 5] = [PAGE, PAGES, FILES, ASSETS, DOCUMENTATION];
/// None of what a browser could offer a page.
const PERMISSIONS: &str = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()";
/// Two years, as browsers want it for their lists.
const TRANSPORT_SECURITY: &str = "max-age=63072000; includeSubDomains";

/// The headers, ready to be put into an answer.
#[derive(Clone, Debug)]
pub(super) struct SecurityHeaders {
    data: Vec<(HeaderName, HeaderValue)>,
    page: Vec<(HeaderName, HeaderValue)>,
    documentation: Vec<(HeaderName, HeaderValue)>,
}

impl SecurityHeaders {
    /// The headers of a server that browsers reach `over_tls`, or not.
    pub(super) fn new(over_tls: bool) -> Self {
        let mut data = vec![
            (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
            (REFERRER_POLICY, HeaderValue::from_static("same-origin")),
            (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
            (CROSS_ORIGIN_RESOURCE_POLICY, HeaderValue::from_static("same-origin")),
            (CONTENT_SECURITY_POLICY, HeaderValue::from_static(DATA_POLICY)),
        ];
        if over_tls {
            data.push((STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(TRANSPORT_SECURITY)));
        }
        let with = |policy| {
            let mut headers = data.clone();
            headers.retain(|(name, _)| name != CONTENT_SECURITY_POLICY);
            headers.extend([
                (CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy)),
                (CROSS_ORIGIN_OPENER_POLICY, HeaderValue::from_static("same-origin")),
                (PERMISSIONS_POLICY, HeaderValue::from_static(PERMISSIONS)),
            ]);
            headers
        };
        Self { page: with(PAGE_POLICY), documentation: with(DOCUMENTATION_POLICY), data }
    }

    /// Puts them into the answer with these `headers` of a route with this `template`.
    pub(super) fn add(&self, headers: &mut HeaderMap, template: Option<&str>) {
        let is_page = match headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes) {
            // A script that runs as a worker keeps to its own policy, not to its page's.
            Some(media) => media.starts_with(b"text/html") || media.starts_with(b"text/javascript"),
            // A browser that has the page already takes over the policy of a 304.
            None => template.is_some_and(|template| OF_PAGES.contains(&template)),
        };
        let ours = match is_page {
            false => &self.data,
            true if template == Some(DOCUMENTATION) => &self.documentation,
            true => &self.page,
        };
        for (name, value) in ours {
            headers.insert(name.clone(), value.clone());
        }
    }
}
