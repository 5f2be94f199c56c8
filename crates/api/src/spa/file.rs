//! A file of the dashboard: its bytes as they are and as they were packed, each with its entity tag, and what it is.

use bytes::Bytes;
use infra::cache::{Body, Variant};

/// What the name of a file packed with Brotli ends with.
pub(super) const BROTLI: &str = ".br";
/// The same for gzip.
pub(super) const GZIP: &str = ".gz";

/// A file.
#[derive(Debug)]
pub struct File {
    /// Its `Content-Type`.
    pub media: &'static str,
    /// Its bytes as they are.
    pub identity: Variant,
    /// Packed with Brotli, where that was done.
    pub brotli: Option<Variant>,
    /// Packed with gzip, where that was done.
    pub gzip: Option<Variant>,
}

impl File {
    /// The file `name` of these bytes.
    pub(super) fn new(name: &str, bytes: Bytes, brotli: Option<Bytes>, gzip: Option<Bytes>) -> Self {
        let variant = |bytes| Body::new(bytes).identity;
        Self {
            media: media(name),
            identity: variant(bytes),
            brotli: brotli.map(variant),
            gzip: gzip.map(variant),
        }
    }
}

/// Whether `name` is that of a packed variant, not of a file.
pub(super) fn is_packed(name: &str) -> bool {
    name.ends_with(BROTLI) || name.ends_with(GZIP)
}

/// The `Content-Type` of what is called `name`. Browsers are told not to guess: what is not known here is not run.
fn media(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "txt" => "text/plain; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}
