//! Cursors: where a page of a list begins. A cursor carries the last row of the page before and a checksum over that
//! row, the list's name and the list's filters, so that one that was altered, or taken from another list or other
//! filters, is refused instead of silently skipping rows. It grants nothing: whoever may read the list may read it from
//! anywhere.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use twox_hash::XxHash3_64;
use uuid::Uuid;

/// The first byte; raised when the layout changes.
const FORMAT: u8 = 1;
/// Format, microseconds, id, checksum.
const LENGTH: usize = 1 + 8 + 16 + 8;

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
    pub fn encode(&self, scope: &str) -> String {
        let mut bytes = Vec::with_capacity(LENGTH);
        bytes.push(FORMAT);
        bytes.extend(self.created_at.timestamp_micros().to_be_bytes());
        bytes.extend(self.id.as_bytes());
        let sum = checksum(&bytes, scope);
        bytes.extend(sum);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a cursor of the list `scope`.
    ///
    /// # Errors
    /// [`CursorError`] where it is not one of that list.
    pub fn decode(text: &str, scope: &str) -> Result<Self, CursorError> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| CursorError)?;
        let (position, sum) = bytes.split_last_chunk::<8>().ok_or(CursorError)?;
        if bytes.len() != LENGTH || *sum != checksum(position, scope) {
            return Err(CursorError);
        }
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

fn checksum(position: &[u8], scope: &str) -> [u8; 8] {
    let hashed = XxHash3_64::oneshot(&[position, scope.as_bytes()].concat());
    hashed.to_be_bytes()
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
            at in 0_usize..44,
            letter in "[A-Za-z0-9_-]",
        ) {
            let created_at = DateTime::from_timestamp_micros(micros).unwrap();
            let cursor = Cursor { created_at, id: Uuid::from_u128(id) };
            let text = cursor.encode(SCOPE);
            prop_assert_eq!(Cursor::decode(&text, SCOPE), Ok(cursor));
            prop_assert_eq!(Cursor::decode(&text, "leads"), Err(CursorError));
            let mut altered = text.clone();
            altered.replace_range(at..=at, &letter);
            prop_assert_eq!(Cursor::decode(&altered, SCOPE).is_ok(), altered == text);
            prop_assert!(Cursor::decode(&text[..at], SCOPE).is_err());
        }
    }
}
