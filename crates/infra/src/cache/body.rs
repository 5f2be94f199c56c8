//! The final bytes of an answer, ready to be sent: as they are, and compressed, each with its entity tag. Each is made
//! once for a value. The engine has them packed right behind the first answer, so that a hit finds them ready; whoever
//! asks sooner packs the one it needs itself. A part that is only ever sent within the dashboard is never packed: it
//! would cost a read of L2 several times what Redis takes.

use std::{
    io::Write as _,
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use twox_hash::XxHash3_128;

/// An answer's bytes in every encoding that is kept ready.
#[derive(Debug)]
pub struct Body {
    /// As they are.
    pub identity: Variant,
    gzip: OnceLock<Option<Variant>>,
    brotli: OnceLock<Option<Variant>>,
    claimed: AtomicBool,
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
    /// The body that consists of `bytes`, not yet packed.
    pub fn new(bytes: Bytes) -> Self {
        let hash = URL_SAFE_NO_PAD.encode(XxHash3_128::oneshot(&bytes).to_be_bytes());
        Self {
            // There is nothing to be packed, and nobody has to look.
            claimed: AtomicBool::new(bytes.len() < COMPRESS_FROM),
            identity: Variant { etag: format!("\"{hash}\""), bytes },
            gzip: OnceLock::new(),
            brotli: OnceLock::new(),
        }
    }

    /// gzip, where it is smaller; packed by the first who asks.
    pub fn gzip(&self) -> Option<&Variant> {
        self.gzip.get_or_init(|| self.variant("-gz", gzip)).as_ref()
    }

    /// Brotli, where it is smaller; packed by the first who asks.
    pub fn brotli(&self) -> Option<&Variant> {
        self.brotli.get_or_init(|| self.variant("-br", brotli)).as_ref()
    }

    /// Whether the caller is the one that has to see to its being packed: true once, for a body that is worth it.
    pub(super) fn claim_packing(&self) -> bool {
        // Most often somebody has long been told so: a look is cheaper than a swap.
        !self.claimed.load(Ordering::Relaxed) && !self.claimed.swap(true, Ordering::Relaxed)
    }

    /// Whether somebody has seen to its being packed.
    pub(super) fn is_packed(&self) -> bool {
        self.claimed.load(Ordering::Relaxed)
    }

    /// How many bytes the variants take that are made by now.
    pub fn size(&self) -> u64 {
        let of = |variant: &Variant| (variant.bytes.len() + variant.etag.len()) as u64;
        let packed = [&self.gzip, &self.brotli].into_iter().filter_map(|variant| variant.get()?.as_ref());
        of(&self.identity) + packed.map(of).sum::<u64>()
    }

    fn variant(&self, suffix: &str, pack: fn(&[u8]) -> Option<Vec<u8>>) -> Option<Variant> {
        let Variant { bytes, etag } = &self.identity;
        let packed = (bytes.len() >= COMPRESS_FROM).then(|| pack(bytes)).flatten()?;
        (packed.len() < bytes.len()).then(|| Variant {
            bytes: packed.into_boxed_slice().into(),
            etag: format!("{}{suffix}\"", etag.trim_end_matches('"')),
        })
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
        let (gzip, brotli) = (body.gzip().unwrap(), body.brotli().unwrap());
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
    fn one_is_told_to_pack_and_the_size_is_what_is_made() {
        let body = Body::new(Bytes::from("0123456789".repeat(200)));
        let plain = body.size();
        assert!(body.claim_packing() && !body.claim_packing());
        let packed = body.brotli().unwrap();
        assert_eq!(body.size(), plain + (packed.bytes.len() + packed.etag.len()) as u64);
    }

    #[test]
    fn a_small_body_is_kept_as_it_is() {
        let body = Body::new(Bytes::from_static(b"{}"));
        assert!(!body.claim_packing());
        assert!(body.gzip().is_none() && body.brotli().is_none());
    }
}
