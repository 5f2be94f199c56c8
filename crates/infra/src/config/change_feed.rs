//! Whether changes made past this service are followed.

use super::{ConfigError, DatabaseConfig, Env, unexpected};

/// Where word of changes that nobody announced comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChangeFeedConfig {
    /// Nowhere.
    #[default]
    Off,
    /// PostgreSQL tells, through triggers.
    Postgres,
}

impl ChangeFeedConfig {
    /// Reads `CHANGE_FEED`.
    ///
    /// # Errors
    /// Where it is something else, or `database` is a SQLite file, which tells nobody.
    pub fn from_env(env: &Env, database: &DatabaseConfig) -> Result<Self, ConfigError> {
        const VARIABLE: &str = "CHANGE_FEED";
        match env.get(VARIABLE).unwrap_or("off") {
            "off" => Ok(Self::Off),
            "postgres" if database.is_sqlite() => Err(unexpected(
                VARIABLE,
                "postgres",
                "off, as DATABASE_URL names a SQLite file: only PostgreSQL can tell of changes",
            )),
            "postgres" => Ok(Self::Postgres),
            other => Err(unexpected(VARIABLE, other, "postgres or off")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<ChangeFeedConfig, String> {
        let env: Env = variables.iter().copied().collect();
        let database = DatabaseConfig::from_env(&env).unwrap();
        ChangeFeedConfig::from_env(&env, &database).map_err(|error| error.to_string())
    }

    #[test]
    fn it_is_off_unless_postgresql_is_asked_and_there() {
        let postgres = ("DATABASE_URL", "postgres://app@localhost/metrics");
        assert_eq!(read(&[]), Ok(ChangeFeedConfig::Off));
        assert_eq!(read(&[postgres]), Ok(ChangeFeedConfig::Off));
        assert_eq!(read(&[postgres, ("CHANGE_FEED", "off")]), Ok(ChangeFeedConfig::Off));
        assert_eq!(read(&[postgres, ("CHANGE_FEED", "postgres")]), Ok(ChangeFeedConfig::Postgres));
        assert_eq!(
            read(&[postgres, ("CHANGE_FEED", "yes")]).unwrap_err(),
            "CHANGE_FEED: expected postgres or off, got \"yes\""
        );
        assert_eq!(
            read(&[("CHANGE_FEED", "postgres")]).unwrap_err(),
            "CHANGE_FEED: expected off, as DATABASE_URL names a SQLite file: only PostgreSQL can tell of changes, got \
             \"postgres\""
        );
    }
}
