//! How long a session lasts, and the secret that what clients carry around is signed with.

use std::{
    fmt,
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    str::FromStr as _,
    sync::OnceLock,
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use rand::{TryRngCore as _, rngs::OsRng};
use secrecy::{ExposeSecret, SecretSlice};
use sha2::Sha256;
use sqlx::sqlite::SqliteConnectOptions;

use super::{ConfigError, DatabaseConfig, Env};

/// The variable that holds the secret.
const SESSION_SECRET: &str = "SESSION_SECRET";
/// The least bytes of a secret.
const MIN_BYTES: usize = 64;
/// What the name of a SQLite file is followed by in that of its secret's file.
const SUFFIX: &str = ".session-secret";

/// How long a session lasts, and the secret.
#[derive(Clone, Debug)]
pub struct SessionConfig {
    /// How long a session lasts after the last thing that a person did in it.
    pub idle: Duration,
    /// How long a session lasts at most.
    pub max: Duration,
    secret: Source,
}

/// Where the secret comes from.
#[derive(Clone, Debug)]
enum Source {
    Given(SessionSecret),
    /// Beside the database's file; made with the first use.
    File(PathBuf),
    /// The database is gone with the process, and so may the secret be.
    Process,
}

impl SessionConfig {
    /// Reads `SESSION_SECRET`, `SESSION_IDLE_MINS` and `SESSION_MAX_HOURS`. Makes nothing.
    ///
    /// # Errors
    /// Names the first variable that cannot be used, and never what the secret holds.
    pub fn from_env(env: &Env, database: &DatabaseConfig) -> Result<Self, ConfigError> {
        let secret = match env.get(SESSION_SECRET) {
            Some(text) => Source::Given(SessionSecret::of_text(SESSION_SECRET, text)?),
            None if database.is_sqlite() => beside(database.url.expose_secret()),
            None => {
                let problem = format!(
                    "expected at least {MIN_BYTES} random bytes, the same on every instance, since the database is PostgreSQL; \
                     `openssl rand -base64 64 | tr -d '\\n'` makes them"
                );
                return Err(ConfigError::new(SESSION_SECRET, problem));
            }
        };
        let idle = env.whole_number("SESSION_IDLE_MINS", 60, 5, 10_080)?;
        let max = env.whole_number("SESSION_MAX_HOURS", 24, 1, 720)?;
        Ok(Self { idle: Duration::from_secs(idle * 60), max: Duration::from_secs(max * 3600), secret })
    }

    /// The secret. On SQLite it is made where there is none yet; two processes that do so at once agree on one.
    ///
    /// # Errors
    /// Where its file can neither be read nor made, or holds something else.
    pub fn secret(&self) -> Result<SessionSecret, ConfigError> {
        static OF_PROCESS: OnceLock<SessionSecret> = OnceLock::new();
        match &self.secret {
            Source::Given(secret) => Ok(secret.clone()),
            Source::File(path) => read_or_make(path),
            Source::Process => {
                let fresh = SessionSecret::of_text(SESSION_SECRET, &random_text()?)?;
                Ok(OF_PROCESS.get_or_init(|| fresh).clone())
            }
        }
    }
}

/// Signs what the service hands out and wants to know again. Each purpose has a key of its own, so that what is signed for
/// one is worth nothing for another.
#[derive(Clone)]
pub struct SessionSecret(SecretSlice<u8>);

impl SessionSecret {
    /// The key for `purpose`: HMAC-SHA256 of its name under the secret.
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        // HMAC takes a key of any length.
        let Ok(mac) = Hmac::<Sha256>::new_from_slice(self.0.expose_secret()) else { return [0; 32] };
        mac.chain_update(purpose).finalize().into_bytes().into()
    }

    fn of_text(named: &str, text: &str) -> Result<Self, ConfigError> {
        let bytes = text.trim().as_bytes();
        if bytes.len() < MIN_BYTES {
            let problem = format!("expected at least {MIN_BYTES} bytes, got {}", bytes.len());
            return Err(ConfigError::new(named, problem));
        }
        Ok(Self(bytes.to_vec().into()))
    }
}

impl fmt::Debug for SessionSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionSecret(..)")
    }
}

/// Where the secret of the SQLite database at `url` is kept.
fn beside(url: &str) -> Source {
    match file_of(url) {
        Some(mut path) => {
            path.as_mut_os_string().push(SUFFIX);
            Source::File(path)
        }
        None => Source::Process,
    }
}

/// The file of the SQLite database at `url`; none where it is in memory.
pub fn file_of(url: &str) -> Option<PathBuf> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let in_memory = url.contains(":memory:") || query.split('&').any(|part| part == "mode=memory");
    if in_memory {
        return None;
    }
    SqliteConnectOptions::from_str(url).ok().map(|options| options.get_filename().to_owned())
}

fn read_or_make(path: &Path) -> Result<SessionSecret, ConfigError> {
    let name = path.display().to_string();
    let failed = |what: &str, error: &io::Error| {
        let problem = format!(
            "expected a value, or a file {name} that can be read or made: it cannot be {what} ({error})"
        );
        ConfigError::new(SESSION_SECRET, problem)
    };
    loop {
        match fs::read_to_string(path) {
            Ok(text) => return SessionSecret::of_text(&name, &text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed("read", &error)),
        }
        make(path, &random_text()?).map_err(|error| failed("made", &error))?;
    }
}

/// Puts `text` at `path`, whole and for the owner's eyes only, unless something is there already.
fn make(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    let mut aside = path.to_owned();
    aside.as_mut_os_string().push(format!(".{}", uuid::Uuid::new_v4().simple()));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside)?;
    let written = write_all(&mut file, text).and_then(|()| match fs::hard_link(&aside, path) {
        // Somebody else was first: theirs counts.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        linked => linked,
    });
    fs::remove_file(&aside)?;
    written
}

fn write_all(file: &mut File, text: &str) -> io::Result<()> {
    writeln!(file, "{text}")?;
    file.sync_all()
}

fn random_text() -> Result<String, ConfigError> {
    let mut bytes = [0; MIN_BYTES];
    OsRng.try_fill_bytes(&mut bytes).map_err(|error| {
        ConfigError::new(SESSION_SECRET, format!("expected a value, as the system gives no chance ({error})"))
    })?;
    Ok(STANDARD_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use std::{os::unix::fs::PermissionsExt as _, thread};

    use super::*;

    const SECRET: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    fn read(variables: &[(&str, &str)]) -> Result<SessionConfig, ConfigError> {
        let env: Env = variables.iter().copied().collect();
        SessionConfig::from_env(&env, &DatabaseConfig::from_env(&env).unwrap())
    }

    #[test]
    fn postgres_needs_a_secret_and_a_short_one_is_not_quoted() {
        let url = ("DATABASE_URL", "postgres://u:p@db/x");
        let error = read(&[url]).unwrap_err();
        assert_eq!(error.variable, "SESSION_SECRET");
        let error = read(&[url, ("SESSION_SECRET", &SECRET[1..])]).unwrap_err().to_string();
        assert!(error.contains("64") && error.contains("63") && !error.contains(&SECRET[1..]), "{error}");
        let config = read(&[url, ("SESSION_SECRET", SECRET)]).unwrap();
        assert!(!format!("{config:?}").contains("0123"));
        assert_eq!((config.idle.as_secs(), config.max.as_secs()), (3600, 86_400));
        for (name, value) in [("SESSION_IDLE_MINS", "4"), ("SESSION_MAX_HOURS", "0")] {
            assert_eq!(read(&[(name, value)]).unwrap_err().variable, name);
        }
    }

    #[test]
    fn a_purpose_has_a_key_of_its_own() {
        let secret =
            read(&[("SESSION_SECRET", SECRET), ("DATABASE_URL", "sqlite::memory:")]).unwrap().secret();
        let secret = secret.unwrap();
        assert_eq!(secret.derive("cursors"), secret.clone().derive("cursors"));
        assert_ne!(secret.derive("cursors"), secret.derive("sessions"));
        // Known beforehand: `printf %s cursors | openssl dgst -sha256 -hmac 0123…`.
        assert_eq!(secret.derive("cursors")[..4], KNOWN);
    }

    const KNOWN: [u8; 4] = [0xae, 0xdb, 0x26, 0x2c];

    #[test]
    fn processes_that_make_it_at_once_agree_and_nobody_else_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/new/my%20db.sqlite?mode=rwc", folder.path().display());
        let config = read(&[("DATABASE_URL", &url)]).unwrap();
        assert!(!folder.path().join("new").exists(), "reading the configuration makes nothing");
        let keys: Vec<_> = thread::scope(|scope| {
            let makers: Vec<_> =
                (0..16).map(|_| scope.spawn(|| config.secret().unwrap().derive("x"))).collect();
            makers.into_iter().map(|maker| maker.join().unwrap()).collect()
        });
        assert!(keys.iter().all(|key| *key == keys[0]));
        let files: Vec<_> = fs::read_dir(folder.path().join("new")).unwrap().map(Result::unwrap).collect();
        assert_eq!(files.len(), 1, "{files:?}");
        assert_eq!(files[0].file_name(), "my db.sqlite.session-secret");
        assert_eq!(files[0].metadata().unwrap().permissions().mode() & 0o777, 0o600);
        fs::write(files[0].path(), "short").unwrap();
        assert!(config.secret().unwrap_err().to_string().contains("64 bytes"));
    }

    #[test]
    fn a_database_in_memory_has_a_secret_in_memory() {
        let of = |url: &str| read(&[("DATABASE_URL", url)]).unwrap().secret().unwrap().derive("x");
        assert_eq!(of("sqlite::memory:"), of("sqlite://file.db?mode=memory"));
    }
}
