//! What the server does at its edge, made of its configuration once: whom it believes, which pages may ask, which headers
//! every answer carries, how patient it is.

use std::time::Duration;

use super::{origins::Origins, security_headers::SecurityHeaders};
use crate::config::{Origin, ServerConfig, TrustedProxies};

/// What a node does at its edge.
#[derive(Clone, Debug)]
pub struct Edge {
    /// Whose word counts on where a request comes from.
    pub trusted_proxies: TrustedProxies,
    /// How long a client may take to send a body.
    pub body_timeout: Duration,
    pub(super) origins: Origins,
    pub(super) headers: SecurityHeaders,
}

impl Edge {
    /// The edge of a server that is configured so.
    pub fn new(config: &ServerConfig) -> Self {
        let public = config.public_origin.as_ref();
        Self {
            trusted_proxies: config.trusted_proxies.clone(),
            body_timeout: config.limits.body,
            origins: Origins::new(public.cloned(), config.cors_allowed_origins.clone()),
            headers: SecurityHeaders::new(public.is_some_and(Origin::is_https)),
        }
    }
}
