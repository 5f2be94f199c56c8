//! Somebody who was let in and stays: a stream. Whether it may go on is looked at again and again, and mostly costs nothing:
//! the database is asked only where something about sessions has changed anywhere, where that could not be heard, or where
//! the time may be up. So who merely listens keeps no database awake.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret as _, SecretString};

use super::{Activity, CheckError, Credential, Identities, Identity, Remembered, digest};

/// Somebody who stays.
pub struct Stay {
    identities: Identities,
    credential: Kept,
    known: Arc<Remembered>,
}

/// Why somebody may stay no longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Departure {
    /// The session was ended, or the token revoked.
    SignedOut,
    /// The time is up.
    Expired,
}

/// A credential that is kept.
enum Kept {
    Session(SecretString),
    Bearer(SecretString),
}

impl Kept {
    fn as_presented(&self) -> Credential<'_> {
        match self {
            Self::Session(secret) => Credential::Session(secret.expose_secret()),
            Self::Bearer(token) => Credential::Bearer(token.expose_secret()),
        }
    }
}

impl From<Credential<'_>> for Kept {
    fn from(credential: Credential<'_>) -> Self {
        match credential {
            Credential::Session(secret) => Self::Session(secret.into()),
            Credential::Bearer(token) => Self::Bearer(token.into()),
        }
    }
}

impl Identities {
    /// Lets somebody in who will stay, if `credential` is good. It does not keep a session alive.
    ///
    /// # Errors
    /// [`CheckError`]
    pub async fn stay(&self, credential: Credential<'_>) -> Result<Option<Stay>, CheckError> {
        // The request that brought it was let in by it: it is no guess of anybody's.
        if self.check(credential, None, Activity::Background).await?.is_none() {
            return Ok(None);
        }
        let Some(known) = self.0.remembered.peek(&digest(credential.text())) else {
            // Ended just now, or pushed out by others.
            return Err(CheckError::Busy);
        };
        Ok(Some(Stay { identities: self.clone(), credential: credential.into(), known }))
    }
}

impl Stay {
    /// Who it is.
    pub fn identity(&self) -> &Identity {
        &self.known.identity
    }

    /// In how long the time may be up.
    pub fn due_in(&self) -> Duration {
        let inner = &self.identities.0;
        self.ends_at().map_or(Duration::MAX, |end| (end - inner.clock.now()).to_std().unwrap_or_default())
    }

    /// Looks whether it may go on; why not, if it may not.
    ///
    /// # Errors
    /// [`CheckError`]: nobody can say at present.
    pub async fn look(&mut self) -> Result<Option<Departure>, CheckError> {
        let inner = &self.identities.0;
        let time_is_up = self.ends_at().is_some_and(|end| inner.clock.now() >= end);
        if !time_is_up && inner.tags.is_current(&self.known.stamp) && inner.tags.hears_of_others() {
            return Ok(None);
        }
        if self.known.identity.expires_at.is_some_and(|end| inner.clock.now() >= end) {
            return Ok(Some(Departure::Expired));
        }
        let credential = self.credential.as_presented();
        if self.identities.check(credential, None, Activity::Background).await?.is_none() {
            return Ok(Some(if time_is_up { Departure::Expired } else { Departure::SignedOut }));
        }
        // With what was known when that was read: if it is not current, it is looked at again.
        if let Some(known) = inner.remembered.peek(&digest(credential.text())) {
            self.known = known;
        }
        Ok(None)
    }

    /// When the time is up, unless its user does something until then.
    fn ends_at(&self) -> Option<DateTime<Utc>> {
        let identity = &self.known.identity;
        let idle =
            identity.session.is_some().then(|| self.known.last_activity() + self.identities.0.rules.idle);
        identity.expires_at.into_iter().chain(idle).min()
    }
}
