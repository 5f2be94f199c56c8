//! How an entry looks in L2: a small binary header and the body. The writer does not know Redis's clock, so the store
//! script puts the time of creation around what the writer made, twice, and a reader wants both to be the same.
//!
//! ```text
//! created  16 decimal digits   µs since 1970 on Redis's clock
//! magic    4 bytes             "AMC1": the format and its version
//! flags    1 byte              bit 0: the body is zstd-compressed
//! tags     1 byte              bit i: the tag at position i is carried
//! versions 8 bytes each        big-endian, for each tag carried
//! ttl      8 bytes             ms, how long the value is fresh from its creation
//! key      2 bytes + n         length and bytes of the key's text: an echo
//! length   4 bytes             of the body, uncompressed
//! checksum 8 bytes             XXH3 of everything from magic to the end but these 8 bytes
//! body
//! created  16 decimal digits   the same again
//! ```
//! Whatever does not decode is a miss, never an error.

use std::{cell::RefCell, time::Duration};

use bytes::{Buf, BufMut, Bytes, BytesMut};
use domain::invalidation::{CacheTag, CacheTags};
use twox_hash::XxHash3_64;
use zstd::bulk::Decompressor;

use super::{
    key::Key,
    versions::{PerTag, Stamp},
};
use crate::config::CacheTtls;

const FORMAT: &str = "AMC1";
const MAGIC: u32 = u32::from_be_bytes(*b"AMC1");
const COMPRESSED: u8 = 1;
/// The header gives the tags one byte.
const _: () = assert!(CacheTag::EVERY.len() <= 8, "a tag's bit must fit into a byte");
/// How many digits a time of creation has: enough until the year 2286.
pub(super) const CREATED_DIGITS: usize = 16;
/// Bodies from here on are compressed.
const COMPRESS_FROM: usize = 1024;
const ZSTD_LEVEL: i32 = 3;
/// No body is larger; a length above this is garbage.
const MAX_BODY: usize = 64 << 20;
/// Created this much in the future of Redis's clock is an error, not skew.
const FUTURE_MICROS: u64 = 1_000_000;

/// A decoded entry of L2; the body is unpacked when it is needed.
#[derive(Clone, Debug)]
pub struct Stored {
    /// When it was created, µs since 1970 on Redis's clock.
    pub created_micros: u64,
    /// The versions it was computed at; the sequences are all 0.
    pub stamp: Stamp,
    /// How long it is fresh from its creation.
    pub ttl: Duration,
    body: Bytes,
    length: usize,
    compressed: bool,
}

/// What the writer makes; the store script adds the time of creation.
pub fn encode(key: &str, stamp: &Stamp, ttl: Duration, body: &[u8]) -> Bytes {
    let packed = (body.len() >= COMPRESS_FROM)
        .then(|| zstd::bulk::compress(body, ZSTD_LEVEL).ok())
        .flatten()
        .filter(|packed| packed.len() < body.len());
    let mut out = BytesMut::with_capacity(key.len() + packed.as_ref().map_or(body.len(), Vec::len) + 80);
    out.put_u32(MAGIC);
    out.put_u8(if packed.is_some() { COMPRESSED } else { 0 });
    out.put_u8(stamp.tags.iter().fold(0, |bits, tag| bits | 1 << tag.index()));
    for tag in stamp.tags.iter() {
        out.put_u64(stamp.versions[tag]);
    }
    out.put_u64(u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX));
    out.put_u16(u16::try_from(key.len()).unwrap_or(u16::MAX));
    out.put_slice(key.as_bytes());
    out.put_u32(u32::try_from(body.len()).unwrap_or(u32::MAX));
    let packed = packed.as_deref().unwrap_or(body);
    out.put_u64(checksum(&out, packed));
    out.put_slice(packed);
    out.freeze()
}

/// Why bytes are no entry: for an operator. To the engine all of these are the same, a miss.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It does not begin and end with the same time of creation.
    #[error("it is not between two copies of a time of creation: not stored by this service, or cut off")]
    NotStamped,
    /// The magic is another one.
    #[error(
        "its format is {0:?}, and this release reads \"AMC1\": stored by another release, or not by this service"
    )]
    Format(String),
    /// A flag or a tag that this format does not have.
    #[error("its header holds a flag or a tag that its format does not have")]
    Header,
    /// It ends within the header.
    #[error("it is cut off within its header")]
    CutOff,
    /// It is the entry of another key.
    #[error("it is the entry of the key {0:?}")]
    OtherKey(String),
    /// The checksum is not that of what is there.
    #[error("its checksum is wrong: it was damaged")]
    Checksum,
    /// The body is longer or shorter than the header says.
    #[error("its body does not have the length told, or does not unpack")]
    Body,
}

/// Reads what the store script stored under the key whose text is `key`; `None` where it is anything else.
pub fn decode(key: &str, bytes: Bytes) -> Option<Stored> {
    read(key, bytes).ok()
}

/// The same, saying what is wrong with it.
///
/// # Errors
/// [`Unreadable`]
pub fn read(key: &str, mut bytes: Bytes) -> Result<Stored, Unreadable> {
    if bytes.len() < 2 * CREATED_DIGITS {
        return Err(Unreadable::NotStamped);
    }
    let trailer = bytes.split_off(bytes.len() - CREATED_DIGITS);
    let leader = bytes.split_to(CREATED_DIGITS);
    if leader != trailer || !leader.iter().all(u8::is_ascii_digit) {
        return Err(Unreadable::NotStamped);
    }
    let created_micros = std::str::from_utf8(&leader).ok().and_then(|digits| digits.parse().ok());
    let created_micros = created_micros.ok_or(Unreadable::NotStamped)?;
    let whole = bytes.clone();
    let magic = bytes.try_get_u32().map_err(|_| Unreadable::CutOff)?;
    if magic != MAGIC {
        return Err(Unreadable::Format(String::from_utf8_lossy(&magic.to_be_bytes()).into_owned()));
    }
    let flags = bytes.try_get_u8().map_err(|_| Unreadable::CutOff)?;
    let tag_bits = bytes.try_get_u8().map_err(|_| Unreadable::CutOff)?;
    if flags > COMPRESSED || tag_bits >> CacheTag::EVERY.len() != 0 {
        return Err(Unreadable::Header);
    }
    let tags: CacheTags =
        CacheTag::EVERY.into_iter().filter(|tag| tag_bits & (1 << tag.index()) != 0).collect();
    let mut versions = PerTag::default();
    for tag in tags.iter() {
        versions[tag] = bytes.try_get_u64().map_err(|_| Unreadable::CutOff)?;
    }
    let ttl = Duration::from_millis(bytes.try_get_u64().map_err(|_| Unreadable::CutOff)?);
    let key_length = usize::from(bytes.try_get_u16().map_err(|_| Unreadable::CutOff)?);
    if bytes.len() < key_length {
        return Err(Unreadable::CutOff);
    }
    let echo = bytes.split_to(key_length);
    if echo != key.as_bytes() {
        return Err(Unreadable::OtherKey(String::from_utf8_lossy(&echo).into_owned()));
    }
    let length = bytes.try_get_u32().map_err(|_| Unreadable::CutOff)?;
    let length = usize::try_from(length).map_err(|_| Unreadable::Body)?;
    let header = whole.slice(..whole.len() - bytes.len());
    let checksum_told = bytes.try_get_u64().map_err(|_| Unreadable::CutOff)?;
    if length > MAX_BODY {
        return Err(Unreadable::Body);
    }
    if checksum_told != checksum(&header, &bytes) {
        return Err(Unreadable::Checksum);
    }
    let compressed = flags & COMPRESSED != 0;
    if !compressed && bytes.len() != length {
        return Err(Unreadable::Body);
    }
    let stamp = Stamp { tags, versions, sequences: PerTag::default() };
    Ok(Stored { created_micros, stamp, ttl, body: bytes, length, compressed })
}

impl Stored {
    /// The body's bytes; `None` where they do not unpack to the length told.
    pub fn body(&self) -> Option<Bytes> {
        if !self.compressed {
            return Some(self.body.clone());
        }
        let unpacked = unpack(&self.body, self.length)?;
        (unpacked.len() == self.length).then(|| unpacked.into())
    }

    /// The name of the format, as it stands in the header.
    pub fn format(&self) -> &'static str {
        FORMAT
    }

    /// How many bytes the body has, unpacked.
    pub fn length(&self) -> usize {
        self.length
    }

    /// How many bytes it takes as it is stored.
    pub fn packed_length(&self) -> usize {
        self.body.len()
    }

    /// How old it is where Redis's clock stands at `clock_micros`; `None` where it would be from the future, which is an
    /// error.
    pub fn age(&self, clock_micros: u64) -> Option<Duration> {
        (self.created_micros <= clock_micros.saturating_add(FUTURE_MICROS))
            .then(|| Duration::from_micros(clock_micros.saturating_sub(self.created_micros)))
    }

    /// How long from its creation a reader with these settings takes it for fresh, its stamp allowing.
    pub fn fresh_for(&self, key: &Key, ttls: &CacheTtls) -> Duration {
        self.ttl.min(key.ttl(ttls))
    }
}

/// Unpacks with the thread's own decompressor: making one takes longer than most bodies do.
fn unpack(packed: &[u8], length: usize) -> Option<Vec<u8>> {
    thread_local! {
        static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = RefCell::new(Decompressor::new().ok());
    }
    DECOMPRESSOR.with_borrow_mut(|decompressor| decompressor.as_mut()?.decompress(packed, length).ok())
}

fn checksum(header: &[u8], body: &[u8]) -> u64 {
    XxHash3_64::oneshot_with_seed(XxHash3_64::oneshot(header), body)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stored(key: &str, body: &[u8]) -> Vec<u8> {
        let mut stamp =
            Stamp { tags: CacheTags::EVERY, versions: PerTag::default(), sequences: PerTag::default() };
        stamp.versions[CacheTag::Leads] = 1_764_000_000_000_001;
        let made = encode(key, &stamp, Duration::from_mins(1), body);
        [b"1764000000000000", &*made, b"1764000000000000"].concat()
    }

    proptest! {
        #[test]
        fn what_is_stored_is_what_is_read(key in "[a-z:/]{0,80}", body in proptest::collection::vec(0_u8..4, 0..4000)) {
            let entry = decode(&key, stored(&key, &body).into()).unwrap();
            prop_assert_eq!(entry.body().unwrap(), body);
            prop_assert_eq!(entry.created_micros, 1_764_000_000_000_000);
            prop_assert_eq!(entry.ttl, Duration::from_mins(1));
            prop_assert_eq!(entry.stamp.versions[CacheTag::Leads], 1_764_000_000_000_001);
        }

        #[test]
        fn a_changed_byte_is_a_miss(body in proptest::collection::vec(0_u8..4, 0..2000), at in 0..10_000_usize, flip in 1_u8..) {
            let mut bytes = stored("k", &body);
            let at = at % bytes.len();
            bytes[at] ^= flip;
            prop_assert!(decode("k", bytes.into()).and_then(|entry| entry.body()).is_none());
        }

        #[test]
        fn garbage_is_a_miss(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            prop_assert!(decode("k", bytes.into()).is_none());
        }
    }

    #[test]
    fn another_keys_entry_is_a_miss() {
        assert!(decode("b", stored("a", b"{}").into()).is_none());
    }
}
