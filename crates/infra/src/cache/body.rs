//! The final bytes of an answer, ready to be sent: as they are, and compressed, each with its entity tag. Made once when
//! a value is loaded, so that a hit serialises and compresses nothing.

use bytes::Bytes;

/// An answer's bytes in every encoding that is kept ready.
#[derive(Debug)]
pub struct Body {
    /// As they are.
    pub identity: Variant,
    /// gzip, where it is smaller.
    pub gzip: Option<Variant>,
    /// Brotli, where it is smaller.
    pub brotli: Option<Variant>,
}

/// The bytes in one encoding.
#[derive(Debug)]
pub struct Variant {
    /// What is sent.
    pub bytes: Bytes,
    /// The strong entity tag, quotes included; one per encoding.
    pub etag: String,
}
