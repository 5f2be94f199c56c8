//! The text of a bearer token: `amt_<id>_<secret><checksum>`. The id, 32 hexadecimal digits, finds the row; the secret, 43
//! letters and digits, is 256 random bits, of which the row has only the hash; the checksum, six more, tells a token that
//! was not copied whole from one that is unknown, and lets a scanner be sure of what it found without asking anybody.

use rand::distr::{Alphanumeric, SampleString as _};
use secrecy::SecretString;
use uuid::Uuid;

use super::secret::{Digest, digest};

/// What every token begins with.
const PREFIX: &str = "amt_";
/// How many characters the id has.
const ID_CHARS: usize = 32;
/// How many the secret has: 43 of 62 are 256 bits.
const SECRET_CHARS: usize = 43;
/// How many the checksum has: six of 62 hold 32 bits.
const CHECKSUM_CHARS: usize = 6;
/// How many a token has.
const TOKEN_CHARS: usize = PREFIX.len() + ID_CHARS + 1 + SECRET_CHARS + CHECKSUM_CHARS;
/// The digits of the checksum.
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A token that is shown: which, and what its secret is known by.
#[derive(Clone, Copy)]
pub(super) struct Presented {
    pub(super) id: Uuid,
    pub(super) hash: Digest,
}

/// Why a text is no token, whatever tokens there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoToken {
    /// It does not look like one.
    #[error("expected a token of {TOKEN_CHARS} characters that begins with {PREFIX}")]
    Shape,
    /// It looks like one, and its checksum is wrong.
    #[error(
        "the token was not copied whole: its last {CHECKSUM_CHARS} characters are not the checksum of the others"
    )]
    Checksum,
}

/// Makes the text of a new token with that id. Returns it, which is kept nowhere, and what its secret is known by.
pub(crate) fn issue(id: Uuid) -> (SecretString, Digest) {
    let secret = Alphanumeric.sample_string(&mut rand::rng(), SECRET_CHARS);
    let mut text = format!("{PREFIX}{}_{secret}", id.simple());
    text.push_str(&checksum(text.as_bytes()));
    (text.into(), digest(&secret))
}

/// Reads a token.
///
/// # Errors
/// [`NoToken`]; nobody needs to be asked about such a one.
pub(super) fn read(text: &str) -> Result<Presented, NoToken> {
    let (id, secret) = split(text).ok_or(NoToken::Shape)?;
    let (known, sum) = text.split_at_checked(TOKEN_CHARS - CHECKSUM_CHARS).ok_or(NoToken::Shape)?;
    if sum != checksum(known.as_bytes()) {
        return Err(NoToken::Checksum);
    }
    Ok(Presented { id, hash: digest(secret) })
}

/// The id and the secret, where `text` looks like a token.
fn split(text: &str) -> Option<(Uuid, &str)> {
    let rest = text.strip_prefix(PREFIX).filter(|_| text.len() == TOKEN_CHARS && text.is_ascii())?;
    let (id, secret) = rest.split_once('_')?;
    // One spelling only: a token has one key in memory.
    let is_hex = id.len() == ID_CHARS && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let secret =
        secret.bytes().all(|byte| byte.is_ascii_alphanumeric()).then(|| secret.get(..SECRET_CHARS))?;
    Some((Uuid::try_parse(id).ok().filter(|_| is_hex)?, secret?))
}

/// CRC-32 in base 62.
fn checksum(text: &[u8]) -> String {
    let mut rest = crc32fast::hash(text) as usize;
    let mut digits = [b'0'; CHECKSUM_CHARS];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[rest % DIGITS.len()];
        rest /= DIGITS.len();
    }
    digits.iter().copied().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn a_token_is_read_back_and_one_wrong_letter_is_found() {
        let id = Uuid::now_v7();
        let (token, hash) = issue(id);
        let token = token.expose_secret();
        assert_eq!(token.len(), 86);
        let read_back = read(token).ok().unwrap();
        assert_eq!((read_back.id, read_back.hash), (id, hash));
        for at in 0..token.len() {
            for other in ["0", "z", "_", "é", " "] {
                let mut mistyped = token.to_owned();
                mistyped.replace_range(at..=at, other);
                assert!(mistyped == token || read(&mistyped).is_err(), "{at} {other}");
            }
            assert_eq!(read(&token[..at]).err(), Some(NoToken::Shape), "{at}");
        }
        assert_eq!(read(&token.to_uppercase()).err(), Some(NoToken::Shape));
        assert_eq!(read(&format!("{token}0")).err(), Some(NoToken::Shape));
        let last = if token.ends_with('0') { "1" } else { "0" };
        let mistyped = format!("{}{last}", &token[..85]);
        assert_eq!(read(&mistyped).err(), Some(NoToken::Checksum));
    }

    #[test]
    fn the_checksum_is_the_one_that_is_documented() {
        let text = format!("amt_00000000000070008000000000000001_{}", "a".repeat(SECRET_CHARS));
        assert_eq!(checksum(text.as_bytes()), "3MmDvC");
    }

    #[test]
    fn no_two_tokens_are_the_same() {
        let id = Uuid::nil();
        assert_ne!(issue(id).0.expose_secret(), issue(id).0.expose_secret());
    }
}
