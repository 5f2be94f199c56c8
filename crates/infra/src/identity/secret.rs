//! The secrets that a client carries: a session's in its cookie, a link's in what an admin hands on. Each is 256 random bits;
//! the database knows only a hash, so that a copy of it lets nobody in. A session's is signed besides, so that one that
//! was made up is told by itself and costs the database nothing.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest as _, Sha256};

use crate::config::SessionSecret;

/// How many bytes of the signature a session's secret carries.
const TAG_BYTES: usize = 16;
const SECRET_BYTES: usize = 32;
/// How many characters the secret of a session has.
pub const SESSION_CHARS: usize = (SECRET_BYTES + TAG_BYTES) * 4 / 3;

/// What a secret is known by: its SHA-256.
pub type Digest = [u8; 32];

/// What `secret` is known by.
pub fn digest(secret: &str) -> Digest {
    Sha256::digest(secret).into()
}

/// The secret of a new one-time link.
pub(super) fn link_secret() -> SecretString {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; SECRET_BYTES]>()).into()
}

/// Makes the secrets of sessions, and tells them from what was made up.
#[derive(Clone)]
pub struct SessionKey([u8; 32]);

impl SessionKey {
    /// A key of `secret`.
    pub fn new(secret: &SessionSecret) -> Self {
        Self(secret.derive("sessions"))
    }

    /// A key that nobody else has.
    pub(super) fn of_chance() -> Self {
        Self(rand::random())
    }

    /// The secret of a new session.
    pub fn issue(&self) -> SecretString {
        let random = rand::random::<[u8; SECRET_BYTES]>();
        let mut bytes = [0; SECRET_BYTES + TAG_BYTES];
        bytes[..SECRET_BYTES].copy_from_slice(&random);
        bytes[SECRET_BYTES..].copy_from_slice(&self.mac(&random).finalize().into_bytes()[..TAG_BYTES]);
        URL_SAFE_NO_PAD.encode(bytes).into()
    }

    /// Whether `presented` was issued with this key, for a session that may have ended since.
    pub fn knows(&self, presented: &str) -> bool {
        let mut bytes = [0; SECRET_BYTES + TAG_BYTES];
        if presented.len() != SESSION_CHARS || URL_SAFE_NO_PAD.decode_slice(presented, &mut bytes).is_err() {
            return false;
        }
        let (random, tag) = bytes.split_at(SECRET_BYTES);
        self.mac(random).verify_truncated_left(tag).is_ok()
    }

    fn mac(&self, random: &[u8]) -> Hmac<Sha256> {
        // HMAC takes a key of any length; a block's worth is never refused.
        Hmac::<Sha256>::new(&block(&self.0).into()).chain_update(random)
    }
}

/// `key`, filled up with zeros to HMAC's block, as HMAC itself would.
fn block(key: &[u8; 32]) -> [u8; 64] {
    let mut block = [0; 64];
    block[..32].copy_from_slice(key);
    block
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionKey(..)")
    }
}

/// What `secret` is known by, as it is kept.
pub(super) fn kept(secret: &SecretString) -> Vec<u8> {
    digest(secret.expose_secret()).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{DatabaseConfig, Env, SessionConfig};

    fn key(secret: &str) -> SessionKey {
        let env: Env =
            [("DATABASE_URL", "sqlite::memory:"), ("SESSION_SECRET", secret)].into_iter().collect();
        let config = SessionConfig::from_env(&env, &DatabaseConfig::from_env(&env).unwrap()).unwrap();
        SessionKey::new(&config.secret().unwrap())
    }

    #[test]
    fn only_what_was_issued_is_known() {
        let (ours, theirs) = (key(&"a".repeat(64)), key(&"b".repeat(64)));
        let secret = ours.issue();
        let secret = secret.expose_secret();
        assert_eq!(secret.len(), SESSION_CHARS);
        assert!(ours.knows(secret) && !theirs.knows(secret));
        for position in 0..secret.len() {
            let mut forged = secret.as_bytes().to_vec();
            forged[position] = if forged[position] == b'A' { b'B' } else { b'A' };
            assert!(!ours.knows(std::str::from_utf8(&forged).unwrap()), "{position}");
        }
        for odd in
            ["", "A", &"A".repeat(SESSION_CHARS), &format!("{secret}A"), &"é".repeat(SESSION_CHARS / 2)]
        {
            assert!(!ours.knows(odd), "{odd}");
        }
        assert_ne!(ours.issue().expose_secret(), secret);
    }
}
