//! Configuration from environment variables: one struct a topic, parsed once at the start. An error names the variable,
//! what it held (never a secret) and what is expected.

mod cache;
mod change_feed;
mod database;
mod redis;
mod session;

use std::{collections::HashMap, fmt::Display, str::FromStr, time::Duration};

pub use cache::{CacheConfig, CacheTtls};
pub use change_feed::ChangeFeedConfig;
pub use database::DatabaseConfig;
pub use redis::{RedisConfig, RedisTls, is_loopback};
pub use session::{SessionConfig, SessionSecret, file_of};

/// A variable that cannot be used. The text is one line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{variable}: {problem}")]
pub struct ConfigError {
    /// The variable's name.
    pub variable: String,
    /// What it held and what is expected.
    pub problem: String,
}

impl ConfigError {
    /// `variable` held something that cannot be used.
    pub fn new(variable: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { variable: variable.into(), problem: problem.into() }
    }
}

/// The variables, read once. An empty value counts as unset.
#[derive(Clone, Default)]
pub struct Env(HashMap<String, String>);

impl Env {
    /// The variables of this process.
    pub fn of_process() -> Self {
        std::env::vars().collect()
    }

    /// The value of `name`, unless unset or empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// The value of `name` parsed, or `default`.
    ///
    /// # Errors
    /// Where it does not parse; `expected` says what would.
    pub fn parse_or<T: FromStr>(&self, name: &str, default: T, expected: &str) -> Result<T, ConfigError> {
        self.parse(name, expected).map(|value| value.unwrap_or(default))
    }

    /// The value of `name` parsed, if set.
    ///
    /// # Errors
    /// Where it does not parse; `expected` says what would.
    pub fn parse<T: FromStr>(&self, name: &str, expected: &str) -> Result<Option<T>, ConfigError> {
        self.get(name).map(|text| text.parse().map_err(|_| unexpected(name, text, expected))).transpose()
    }

    /// A whole number from `min` to `max`, or `default`.
    ///
    /// # Errors
    /// Where it is something else.
    pub fn whole_number(&self, name: &str, default: u64, min: u64, max: u64) -> Result<u64, ConfigError> {
        let expected = format!("a whole number from {min} to {max}");
        match self.parse::<u64>(name, &expected)? {
            None => Ok(default),
            Some(value) if (min..=max).contains(&value) => Ok(value),
            Some(value) => Err(unexpected(name, value, &expected)),
        }
    }

    /// A duration in whole seconds, at least one, or `default`.
    ///
    /// # Errors
    /// Where it is something else.
    pub fn seconds(&self, name: &str, default: u64) -> Result<Duration, ConfigError> {
        self.whole_number(name, default, 1, 31_536_000).map(Duration::from_secs)
    }

    /// A duration in whole milliseconds, at least one, or `default`.
    ///
    /// # Errors
    /// Where it is something else.
    pub fn millis(&self, name: &str, default: u64) -> Result<Duration, ConfigError> {
        self.whole_number(name, default, 1, 3_600_000).map(Duration::from_millis)
    }

    /// `true` or `false` (also 1, 0, yes, no, on, off), if set.
    ///
    /// # Errors
    /// Where it is something else.
    pub fn flag(&self, name: &str) -> Result<Option<bool>, ConfigError> {
        self.get(name)
            .map(|text| match text.to_ascii_lowercase().as_str() {
                "true" | "1" | "yes" | "on" => Ok(true),
                "false" | "0" | "no" | "off" => Ok(false),
                _ => Err(unexpected(name, text, "true or false")),
            })
            .transpose()
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Env {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(variables: I) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

/// `variable` held `held`, and `expected` would have been right.
pub fn unexpected(variable: &str, held: impl Display, expected: &str) -> ConfigError {
    ConfigError::new(variable, format!("expected {expected}, got {:?}", held.to_string()))
}
