//! The final bytes of an answer, ready to be sent: as they are, and compressed, each with its entity tag. Made once when
//! a value is loaded, so that a hit serialises and compresses nothing.

use std::io::Write as _;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use twox_hash::XxHash3_128;

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

/// Bodies below this many bytes fit into one packet anyway.
const COMPRESS_FROM: usize = 1024;
/// A level that takes well under a millisecond for a body of 20 KB.
const GZIP_LEVEL: u32 = 6;
/// As for gzip.
const BROTLI_QUALITY: u32 = 4;
/// 64 KB: more than most bodies have; a larger window only costs memory.
const BROTLI_WINDOW_BITS: u32 = 16;

impl Body {
    /// Makes the variants of `bytes`.
    pub fn new(bytes: Bytes) -> Self {
        let hash = URL_SAFE_NO_PAD.encode(XxHash3_128::oneshot(&bytes).to_be_bytes());
        let variant = |packed: Option<Vec<u8>>, suffix: &str| {
            packed.filter(|packed| packed.len() < bytes.len()).map(|packed| Variant {
                bytes: packed.into_boxed_slice().into(),
                etag: format!("\"{hash}{suffix}\""),
            })
        };
        let worth_it = bytes.len() >= COMPRESS_FROM;
        Self {
            gzip: variant(worth_it.then(|| gzip(&bytes)).flatten(), "-gz"),
            brotli: variant(worth_it.then(|| brotli(&bytes)).flatten(), "-br"),
            identity: Variant { etag: format!("\"{hash}\""), bytes },
        }
    }

    /// How many bytes all variants take.
    pub fn size(&self) -> u64 {
        let of = |variant: &Variant| (variant.bytes.len() + variant.etag.len()) as u64;
        let packed = [&self.gzip, &self.brotli].into_iter().flatten().map(of).sum::<u64>();
        of(&self.identity) + packed
    }
}

fn gzip(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(GZIP_LEVEL));
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok()
}

fn brotli(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut packed = Vec::new();
    let mut encoder = brotli::CompressorWriter::new(&mut packed, 4096, BROTLI_QUALITY, BROTLI_WINDOW_BITS);
    encoder.write_all(bytes).ok()?;
    drop(encoder);
    Some(packed)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn every_variant_unpacks_to_the_same_bytes_and_has_its_own_tag() {
        let text = Bytes::from(r#"{"label":"2026-11-23","count":0},"#.repeat(200));
        let body = Body::new(text.clone());
        let (gzip, brotli) = (body.gzip.as_ref().unwrap(), body.brotli.as_ref().unwrap());
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(&*gzip.bytes).read_to_end(&mut unpacked).unwrap();
        assert_eq!(unpacked, text);
        unpacked.clear();
        brotli::Decompressor::new(&*brotli.bytes, 4096).read_to_end(&mut unpacked).unwrap();
        assert_eq!(unpacked, text);
        let tags = [&body.identity.etag, &gzip.etag, &brotli.etag];
        assert!(tags.iter().all(|tag| tag.starts_with('"') && tag.ends_with('"')));
        assert!(tags[0] != tags[1] && tags[1] != tags[2] && tags[0] != tags[2]);
    }

    #[test]
    fn a_small_body_is_kept_as_it_is() {
        let body = Body::new(Bytes::from_static(b"{}"));
        assert!(body.gzip.is_none() && body.brotli.is_none());
    }
}
