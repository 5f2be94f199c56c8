//! Where a command runs, and the variables it reads.

use std::{env, path::PathBuf};

use infra::config::{ConfigError, is_loopback};
use url::Url;

/// The workspace's root.
pub fn root() -> PathBuf {
    // Cargo says where this package is now; the path it was compiled at is for a binary run without cargo.
    let here =
        env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    here.parent().map_or(here.clone(), Into::into)
}

/// Goes to the workspace's root, so that relative paths mean the same from every folder, and reads `.env` there, where the
/// command is one that it speaks to. A variable that is set already wins.
pub fn enter_workspace(read_env_file: bool) -> anyhow::Result<()> {
    let root = root();
    env::set_current_dir(&root)
        .map_err(|error| anyhow::anyhow!("cannot enter the workspace {}: {error}", root.display()))?;
    if !read_env_file {
        return Ok(());
    }
    match dotenvy::from_path(".env") {
        Ok(()) => Ok(()),
        Err(dotenvy::Error::Io(error)) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(dotenvy::Error::LineParse(line, at)) => {
            // Only the name: what follows may be a secret.
            let name = line.split_once('=').map_or("a line without =", |(name, _)| name.trim());
            let problem = format!(
                "expected NAME=value, quoted where it holds spaces, got {name:?} (at character {at})"
            );
            Err(ConfigError::new(".env", problem).into())
        }
        Err(error) => Err(ConfigError::new(".env", error.to_string()).into()),
    }
}

/// The host that the database at `url` is on, unless that is this machine.
pub fn remote_host(url: &str) -> Option<String> {
    if url.starts_with("sqlite:") {
        return None;
    }
    let url = Url::parse(url).ok()?;
    // A socket's folder is a host too to PostgreSQL, in the query.
    let in_query = url.query_pairs().find(|(name, _)| name == "host" || name == "hostaddr");
    let host = in_query.map(|(_, host)| host.into_owned()).or_else(|| url.host_str().map(str::to_owned))?;
    (!host.is_empty() && !host.starts_with('/') && !is_loopback(&host)).then_some(host)
}

/// `url` without what is secret in it, to tell a person which database is meant.
pub fn described(url: &str) -> String {
    let without_query = url.split('?').next().unwrap_or_default();
    match Url::parse(without_query) {
        Ok(mut parsed) if !url.starts_with("sqlite:") => {
            // Fails for a URL without a host only, which has no password either.
            let _ = parsed.set_password(None);
            parsed.to_string()
        }
        _ => without_query.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use infra::config::{CacheConfig, ChangeFeedConfig, DatabaseConfig, Env, RedisConfig};

    use super::*;

    #[test]
    fn the_example_file_gives_the_defaults() {
        let example = std::fs::read_to_string(root().join(".env.example")).unwrap();
        let settings = example
            .lines()
            .filter_map(|line| {
                line.strip_prefix('#').filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase()))
            })
            .collect::<Vec<_>>()
            .join("\n");
        let uncommented: Env = dotenvy::from_read_iter(settings.as_bytes()).map(Result::unwrap).collect();
        let read = |env: &Env| {
            // A port without a host is refused, so Redis has one in both.
            let redis: Env =
                [("REDIS_HOST", "localhost"), ("REDIS_PORT", env.get("REDIS_PORT").unwrap_or_default())]
                    .into_iter()
                    .collect();
            let database = DatabaseConfig::from_env(env).unwrap();
            format!(
                "{:?} {database:?} {:?} {:?}",
                ChangeFeedConfig::from_env(env, &database).unwrap(),
                CacheConfig::from_env(env).unwrap(),
                RedisConfig::from_env(&redis).unwrap()
            )
        };
        assert_eq!(read(&uncommented), read(&Env::default()));
    }

    #[test]
    fn only_another_machine_is_remote() {
        for here in [
            "sqlite://data/dashboard.db?mode=rwc",
            "postgres://user:password@localhost/db",
            "postgres://127.0.0.1:5432/db",
            "postgres://[::1]/db",
            "postgres:///db?host=/var/run/postgresql",
        ] {
            assert_eq!(remote_host(here), None, "{here}");
        }
        for there in ["postgres://user@db.example.com/db", "postgres:///db?host=db.example.com"] {
            assert_eq!(remote_host(there).as_deref(), Some("db.example.com"), "{there}");
        }
    }

    #[test]
    fn a_description_has_no_password() {
        let url = "postgres://user:secret@db.example.com/db?sslmode=require&password=secret";
        assert_eq!(described(url), "postgres://user@db.example.com/db");
        assert_eq!(described("sqlite://data/dashboard.db?mode=rwc"), "sqlite://data/dashboard.db");
    }
}
