//! Passwords: the rules for a new one, and their hashing with argon2id. A hash takes 19 MiB and a fiftieth of a second of one
//! processor, so at most two run at once, few wait, and the rest is told to come back.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use domain::{DomainError, FieldError, entities::credential::PasswordHash};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::IdentityError;

/// How many hashes run at once.
const AT_ONCE: usize = 2;
/// How many run or wait.
const IN_ALL: usize = 32;
/// How many characters a new password has.
const CHARS: std::ops::RangeInclusive<usize> = 12..=256;
/// The hash of a password that nobody knows, with the parameters of today: what is compared with where there is none.
const NOBODYS: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Hashes passwords, and compares them with hashes.
#[derive(Clone, Debug)]
pub struct Passwords {
    running: Arc<Semaphore>,
    places: Arc<Semaphore>,
    counts: Arc<Counts>,
}

/// What has been counted since the start.
#[derive(Debug, Default)]
struct Counts {
    done: AtomicU64,
    running: AtomicU64,
    most_at_once: AtomicU64,
}

/// What became of comparing a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Compared {
    /// It is wrong, or there is none to compare with.
    Wrong,
    /// It is right; its hash is to be replaced where it was made with parameters of another day.
    Right { renewed: Option<PasswordHash> },
}

impl Default for Passwords {
    fn default() -> Self {
        Self {
            running: Arc::new(Semaphore::new(AT_ONCE)),
            places: Arc::new(Semaphore::new(IN_ALL)),
            counts: Arc::default(),
        }
    }
}

impl Passwords {
    /// The hash of `password`, made with a salt of its own.
    ///
    /// # Errors
    /// [`IdentityError::Busy`]
    pub(super) async fn hash(&self, password: SecretString) -> Result<PasswordHash, IdentityError> {
        self.run(move || PasswordHash(password_auth::generate_hash(password.expose_secret()))).await
    }

    /// Compares `password` with `known`. Where there is nothing to compare with it takes as long as where there is.
    ///
    /// # Errors
    /// [`IdentityError::Busy`]
    pub(super) async fn compare(
        &self,
        password: SecretString,
        known: Option<PasswordHash>,
    ) -> Result<Compared, IdentityError> {
        self.run(move || {
            let hash = known.as_ref().map_or(NOBODYS, |known| &known.0);
            let right = password_auth::verify_password(password.expose_secret(), hash).is_ok();
            if !right || known.is_none() {
                return Compared::Wrong;
            }
            let obsolete = password_auth::is_hash_obsolete(hash).unwrap_or(true);
            let renewed =
                obsolete.then(|| PasswordHash(password_auth::generate_hash(password.expose_secret())));
            Compared::Right { renewed }
        })
        .await
    }

    /// How many times a password was hashed.
    pub fn hashes(&self) -> u64 {
        self.counts.done.load(Ordering::SeqCst)
    }

    /// How many of them ran at once, at most.
    pub fn most_at_once(&self) -> u64 {
        self.counts.most_at_once.load(Ordering::SeqCst)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, IdentityError> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| IdentityError::Busy)?;
        let turn = Arc::clone(&self.running).acquire_owned().await.map_err(|_| IdentityError::Busy)?;
        let counts = Arc::clone(&self.counts);
        // The permits go along: should the client hang up, the hash still runs to its end.
        let hashing = move || counts.counted(work, [place, turn]);
        tokio::task::spawn_blocking(hashing).await.map_err(|_| IdentityError::Busy)
    }
}

impl Counts {
    fn counted<T>(&self, work: impl FnOnce() -> T, permits: [OwnedSemaphorePermit; 2]) -> T {
        let running = self.running.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_at_once.fetch_max(running, Ordering::SeqCst);
        let result = work();
        self.done.fetch_add(1, Ordering::SeqCst);
        self.running.fetch_sub(1, Ordering::SeqCst);
        drop(permits);
        result
    }
}

/// Whether `password` may be the new one of the user with that e-mail address. Length is what counts; nothing is asked of
/// what it is made of.
///
/// # Errors
/// [`DomainError::Invalid`] naming `field`.
pub fn check_new(field: &str, password: &SecretString, email: &str) -> Result<(), DomainError> {
    let password = password.expose_secret();
    let count = password.chars().count();
    let wrong =
        |code: &str, detail: String| Err(DomainError::Invalid(vec![FieldError::new(field, code, detail)]));
    if !CHARS.contains(&count) {
        let (least, most) = (CHARS.start(), CHARS.end());
        return wrong("length", format!("expected {least} to {most} characters, got {count}"));
    }
    if password.trim().to_lowercase() == email {
        return wrong("format", "expected something other than the e-mail address".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobodys_hash_has_the_parameters_of_today() {
        assert!(!password_auth::is_hash_obsolete(NOBODYS).unwrap());
        assert!(password_auth::verify_password("", NOBODYS).is_err());
    }

    #[test]
    fn only_the_length_of_a_password_matters() {
        let of = |password: &str| {
            check_new("password", &password.into(), "ada.lovelace@example.org").map_err(|error| match error {
                DomainError::Invalid(errors) => errors[0].code.clone(),
                other => other.to_string(),
            })
        };
        assert_eq!(of("aaaaaaaaaaaa"), Ok(()));
        assert_eq!(of("éééééééééééé"), Ok(()));
        assert_eq!(of("aaaaaaaaaaa"), Err("length".to_owned()));
        assert_eq!(of("ééééééééééé"), Err("length".to_owned()));
        assert_eq!(of(&"a".repeat(256)), Ok(()));
        assert_eq!(of(&"a".repeat(257)), Err("length".to_owned()));
        assert_eq!(of(" Ada.Lovelace@example.org "), Err("format".to_owned()));
    }

    #[tokio::test]
    async fn an_obsolete_hash_is_renewed_and_nothing_takes_less_work() {
        let passwords = Passwords::default();
        let compare = |password: &str, known: Option<&str>| {
            let known = known.map(|known| PasswordHash(known.to_owned()));
            passwords.compare(password.into(), known)
        };
        // `correct horse` with the parameters of another day (8 KiB, one pass).
        let old = argon2_of_another_day("correct horse");
        let Ok(Compared::Right { renewed: Some(fresh) }) = compare("correct horse", Some(&old)).await else {
            panic!("expected a renewed hash")
        };
        let right = compare("correct horse", Some(&fresh.0)).await.unwrap();
        assert_eq!(right, Compared::Right { renewed: None });
        let before = passwords.hashes();
        assert_eq!(compare("wrong", Some(&fresh.0)).await.unwrap(), Compared::Wrong);
        assert_eq!(compare("wrong", None).await.unwrap(), Compared::Wrong);
        assert_eq!(passwords.hashes(), before + 2);
        assert!(!format!("{fresh:?}").contains("argon2"));
    }

    fn argon2_of_another_day(password: &str) -> String {
        use argon2::{
            Algorithm, Argon2, Params, Version,
            password_hash::{PasswordHasher as _, SaltString},
        };
        let weak = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(8, 1, 1, None).unwrap());
        let salt = SaltString::from_b64("AAAAAAAAAAAAAAAAAAAAAA").unwrap();
        weak.hash_password(password.as_bytes(), &salt).unwrap().to_string()
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn two_hash_at_once_and_who_finds_no_place_is_told() {
        let passwords = Passwords::default();
        let all: Vec<_> = (0..IN_ALL + 10)
            .map(|_| {
                let passwords = passwords.clone();
                tokio::spawn(async move { passwords.hash("correct horse battery".into()).await })
            })
            .collect();
        let mut busy = 0;
        for one in all {
            busy += usize::from(matches!(one.await.unwrap(), Err(IdentityError::Busy)));
        }
        assert!(busy >= 1, "all {} found a place", IN_ALL + 10);
        assert_eq!(passwords.hashes(), u64::try_from(IN_ALL + 10 - busy).unwrap());
        assert!((1..=2).contains(&passwords.most_at_once()), "{}", passwords.most_at_once());
    }
}
