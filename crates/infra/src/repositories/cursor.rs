//! Cursors: where a page of a list begins. A cursor carries the last row of the page before and a signature over that
//! row, the list's name and the list's filters, under a key that all instances of a deployment share: so that one that was
//! made up or altered, or taken from another list or other filters, is refused instead of silently skipping rows. It grants
//! nothing: whoever may read the list may read it from anywhere.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use uuid::Uuid;

/// The first byte; raised when the layout changes.
const FORMAT: u8 = 2;
/// Of the signature, HMAC-SHA256, that many bytes are kept.
const TAG: usize = 16;
/// Format, microseconds, id, signature.
const LENGTH: usize = 1 + 8 + 16 + TAG;

/// What cursors are signed with: the same on every instance.
#[derive(Clone)]
pub struct CursorKey(Hmac<Sha256>);

impl From<[u8; 32]> for CursorKey {
    fn from(key: [u8; 32]) -> Self {
        // HMAC fills a shorter key up with zeros.
        let mut block = [0; 64];
        for (place, byte) in block.iter_mut().zip(key) {
            *place = byte;
        }
        Self(Hmac::new(&block.into()))
    }
}

impl fmt::Debug for CursorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CursorKey(..)")
    }
}

impl CursorKey {
    /// The signature of `position` in the list `scope`. The position's length is fixed, so that nothing can move from the
    /// one to the other.
    fn sign(&self, position: &[u8], scope: &str) -> Hmac<Sha256> {
        self.0.clone().chain_update(position).chain_update(scope)
    }
}

/// The position after a row in a list that is sorted by (createdAt, id).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The row's time of creation, to the microsecond.
    pub created_at: DateTime<Utc>,
    /// The row's id.
    pub id: Uuid,
}

/// A text that is no cursor of this list with these filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected the nextCursor of a page of this list with the same filters, unaltered")]
pub struct CursorError;

impl Cursor {
    /// The opaque text of this cursor in the list `scope`: its name and its filters.
    pub fn encode(&self, key: &CursorKey, scope: &str) -> String {
        let mut bytes = Vec::with_capacity(LENGTH);
        bytes.push(FORMAT);
        bytes.extend(self.created_at.timestamp_micros().to_be_bytes());
        bytes.extend(self.id.as_bytes());
        let signature = key.sign(&bytes, scope).finalize().into_bytes();
        bytes.extend(signature.into_iter().take(TAG));
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a cursor of the list `scope`.
    ///
    /// # Errors
    /// [`CursorError`] where it is not one of that list.
    pub fn decode(text: &str, key: &CursorKey, scope: &str) -> Result<Self, CursorError> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| CursorError)?;
        let (position, tag) = bytes.split_last_chunk::<TAG>().ok_or(CursorError)?;
        if bytes.len() != LENGTH {
            return Err(CursorError);
        }
        // In a time that says nothing about how much of it is right.
        key.sign(position, scope).verify_truncated_left(tag).map_err(|_| CursorError)?;
        let (format, position) = position.split_first().ok_or(CursorError)?;
        let (micros, id) = position.split_first_chunk::<8>().ok_or(CursorError)?;
        if *format != FORMAT {
            return Err(CursorError);
        }
        Ok(Self {
            created_at: DateTime::from_timestamp_micros(i64::from_be_bytes(*micros)).ok_or(CursorError)?,
            id: Uuid::from_slice(id).map_err(|_| CursorError)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SCOPE: &str = "users";

    proptest! {
        #[test]
        fn a_cursor_comes_back_and_an_altered_one_does_not(
            micros in 0_i64..4_102_444_800_000_000,
            id: u128,
            at in 0_usize..55,
            letter in "[A-Za-z0-9_-]",
        ) {
            let created_at = DateTime::from_timestamp_micros(micros).unwrap();
            let cursor = Cursor { created_at, id: Uuid::from_u128(id) };
            let (key, other) = (CursorKey::from([7; 32]), CursorKey::from([8; 32]));
            let text = cursor.encode(&key, SCOPE);
            prop_assert_eq!(text.len(), 55);
            prop_assert_eq!(Cursor::decode(&text, &key, SCOPE), Ok(cursor));
            prop_assert_eq!(Cursor::decode(&text, &key, "leads"), Err(CursorError));
            prop_assert_eq!(Cursor::decode(&text, &other, SCOPE), Err(CursorError));
            let mut altered = text.clone();
            altered.replace_range(at..=at, &letter);
            prop_assert_eq!(Cursor::decode(&altered, &key, SCOPE).is_ok(), altered == text);
            prop_assert!(Cursor::decode(&text[..at], &key, SCOPE).is_err());
        }
    }
    #[test]
    fn a_key_shows_nothing() {
        assert_eq!(format!("{:?}", CursorKey::from([7; 32])), "CursorKey(..)");
    }
}
