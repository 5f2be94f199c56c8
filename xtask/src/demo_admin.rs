//! Who signs in to the demo: an admin with a password of this machine's own, the same at every run on the same file.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use infra::{
    config::{CacheConfig, DatabaseConfig, Env, file_of},
    identity::{
        operator::{Operator, OperatorError},
        sessions::SessionRules,
    },
};
use uuid::Uuid;

/// The demo admin's e-mail address.
const EMAIL: &str = "demo@example.org";
/// What the name of a SQLite file is followed by in that of the file with the password.
const SUFFIX: &str = ".demo-password";

/// How to sign in.
pub struct DemoAdmin {
    pub email: &'static str,
    pub password: String,
}

impl DemoAdmin {
    /// The demo admin of the database at `url`; made where there is none, or where nobody knows the password any more.
    pub async fn of(url: &str) -> anyhow::Result<Self> {
        let env: Env = [("DATABASE_URL", url)].into_iter().collect();
        let (database, cache) = (DatabaseConfig::from_env(&env)?, CacheConfig::from_env(&env)?);
        let operator = Operator::connect(&database, None, &cache, SessionRules::of_nobody()).await?;
        let file = file_of(url).filter(|_| database.is_sqlite()).map(beside);
        let known = file.as_deref().and_then(|file| fs::read_to_string(file).ok());
        let known = known.map(|text| text.trim().to_owned()).filter(|password| !password.is_empty());
        let password = known.clone().unwrap_or_else(new_password);
        let made =
            match operator.create_admin(EMAIL, Some("Demo Admin"), Some(password.as_str().into())).await {
                Err(OperatorError::Taken(_)) if known.is_some() => Ok(()),
                Err(OperatorError::Taken(_)) => {
                    operator.reset_password(EMAIL, Some(password.as_str().into())).await.map(drop)
                }
                made => made.map(drop),
            };
        operator.close().await;
        made.context("cannot make the demo admin")?;
        if let (Some(file), None) = (&file, known) {
            keep(file, &password).with_context(|| format!("cannot write {}", file.display()))?;
        }
        Ok(Self { email: EMAIL, password })
    }
}

fn beside(mut database: PathBuf) -> PathBuf {
    database.as_mut_os_string().push(SUFFIX);
    database
}

/// Eighty bits of chance, in groups that can be typed.
fn new_password() -> String {
    let chance = Uuid::new_v4().simple().to_string();
    // The thirteenth digit of a UUID is always the same.
    [&chance[..5], &chance[5..10], &chance[20..25], &chance[25..30]].join("-")
}

/// Writes the password for the owner's eyes only.
fn keep(file: &Path, password: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(file)?;
    writeln!(file, "{password}")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[tokio::test]
    async fn the_password_is_the_same_at_every_run_and_nobody_else_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/demo.db?mode=rwc", folder.path().display());
        migrations::up(&url).await.unwrap();
        let first = DemoAdmin::of(&url).await.unwrap();
        let again = DemoAdmin::of(&url).await.unwrap();
        assert_eq!((first.email, &first.password), (again.email, &again.password));
        let file = folder.path().join("demo.db.demo-password");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        fs::remove_file(file).unwrap();
        assert_ne!(DemoAdmin::of(&url).await.unwrap().password, first.password);
    }
}
