//! Where Redis is, if there is one.

use std::{net::IpAddr, time::Duration};

use secrecy::SecretString;
use url::Url;

use super::{ConfigError, Env, unexpected};

/// The variable that names a private authority's certificates.
const CA_FILE: &str = "REDIS_CA_FILE";

/// How to reach Redis.
#[derive(Clone, Debug)]
pub struct RedisConfig {
    /// A name or an address.
    pub host: String,
    /// 6379 unless said.
    pub port: u16,
    /// An ACL user, if not the default one.
    pub username: Option<String>,
    /// The user's password.
    pub password: Option<SecretString>,
    /// The logical database, 0 unless a URL says so.
    pub database: i64,
    /// Whether and how the connection is encrypted.
    pub tls: RedisTls,
    /// How long setting up a connection may take, TLS included.
    pub connect_timeout: Duration,
}

/// Whether and how the connection is encrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RedisTls {
    /// Plain.
    Off,
    /// TLS, trusting the public certificate authorities.
    WebPki,
    /// TLS, trusting the authorities in a PEM file.
    PrivateCa(std::path::PathBuf),
}

impl RedisConfig {
    /// Reads the `REDIS_…` variables; `None` where neither `REDIS_HOST` nor `REDIS_URL` is set.
    ///
    /// # Errors
    /// Names the first variable that cannot be used.
    pub fn from_env(env: &Env) -> Result<Option<Self>, ConfigError> {
        const PARTS: [&str; 5] =
            ["REDIS_HOST", "REDIS_PORT", "REDIS_USERNAME", "REDIS_PASSWORD", "REDIS_TLS"];
        let connect_timeout = env.millis("REDIS_CONNECT_TIMEOUT_MS", 3000)?;
        let ca_file = env.get(CA_FILE).map(std::path::PathBuf::from);
        if let Some(url) = env.get("REDIS_URL") {
            if let Some(part) = PARTS.into_iter().find(|name| env.get(name).is_some()) {
                let problem = format!("expected either REDIS_URL or {part} and its like, got both");
                return Err(ConfigError::new("REDIS_URL", problem));
            }
            return Self::from_url(url, ca_file, connect_timeout).map(Some);
        }
        let Some(host) = env.get("REDIS_HOST") else {
            return match PARTS.into_iter().find(|name| env.get(name).is_some()) {
                Some(part) => {
                    Err(ConfigError::new("REDIS_HOST", format!("expected a host, as {part} is set")))
                }
                None => Ok(None),
            };
        };
        if host.contains("://") || host.contains('/') {
            return Err(unexpected(
                "REDIS_HOST",
                "a URL",
                "a host name or address; a URL goes into REDIS_URL",
            ));
        }
        let tls = env.flag("REDIS_TLS")?.unwrap_or(!is_loopback(host));
        Ok(Some(Self {
            host: host.to_owned(),
            port: u16::try_from(env.whole_number("REDIS_PORT", 6379, 1, 65535)?).unwrap_or(6379),
            username: env.get("REDIS_USERNAME").map(str::to_owned),
            password: env.get("REDIS_PASSWORD").map(SecretString::from),
            database: 0,
            tls: RedisTls::choose(tls, ca_file)?,
            connect_timeout,
        }))
    }

    fn from_url(
        text: &str,
        ca_file: Option<std::path::PathBuf>,
        connect_timeout: Duration,
    ) -> Result<Self, ConfigError> {
        const VARIABLE: &str = "REDIS_URL";
        const EXPECTED: &str =
            "expected redis://[user:password@]host[:port][/database], or rediss:// for TLS";
        let wrong = |problem: String| ConfigError::new(VARIABLE, format!("{EXPECTED}, got {problem}"));
        let url = Url::parse(text).map_err(|error| wrong(format!("a URL with: {error}")))?;
        let tls = match url.scheme() {
            "redis" => false,
            "rediss" => true,
            other => return Err(wrong(format!("the scheme {other:?}"))),
        };
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| wrong("no host".into()))?;
        let decode = |part: &str| {
            percent_decoded(part).ok_or_else(|| wrong("a user or password that is not URL-encoded".into()))
        };
        let database = match url.path().trim_matches('/') {
            "" => 0,
            path => path
                .parse()
                .ok()
                .filter(|number| *number >= 0)
                .ok_or_else(|| wrong(format!("the database {path:?}")))?,
        };
        Ok(Self {
            host: host.trim_matches(['[', ']']).to_owned(),
            port: url.port().unwrap_or(6379),
            username: Some(decode(url.username())?).filter(|name| !name.is_empty()),
            password: url.password().map(decode).transpose()?.map(SecretString::from),
            database,
            tls: RedisTls::choose(tls, ca_file)?,
            connect_timeout,
        })
    }
}

impl RedisTls {
    fn choose(on: bool, ca_file: Option<std::path::PathBuf>) -> Result<Self, ConfigError> {
        match (on, ca_file) {
            (false, None) => Ok(Self::Off),
            (true, None) => Ok(Self::WebPki),
            (true, Some(file)) => match std::fs::read_to_string(&file) {
                Ok(text) if text.contains("-----BEGIN CERTIFICATE-----") => Ok(Self::PrivateCa(file)),
                Ok(_) => Err(unexpected(CA_FILE, file.display(), "a file with PEM certificates")),
                Err(error) => {
                    let expected = format!("a file that can be read ({error})");
                    Err(unexpected(CA_FILE, file.display(), &expected))
                }
            },
            (false, Some(_)) => Err(ConfigError::new(
                CA_FILE,
                "expected TLS to be on (REDIS_TLS=true or rediss://) where a certificate authority is given",
            )),
        }
    }
}

/// Whether `host` is this machine.
pub fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn percent_decoded(text: &str) -> Option<String> {
    // `application/x-www-form-urlencoded` decoding is the same but for the plus sign, which stands for itself here.
    let query = format!("v={}", text.replace('+', "%2B"));
    url::form_urlencoded::parse(query.as_bytes()).next().map(|(_, value)| value.into_owned())
}
