//! Origins of pages: scheme, host and port, as a browser writes them in the header `Origin`.

use std::fmt;

use infra::config::{ConfigError, Env, is_loopback, unexpected};
use url::Url;

/// An origin such as `https://metrics.example.com`; the port is there unless it is the scheme's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(String);

const EXPECTED: &str = "an origin such as https://metrics.example.com: http or https, a host, no path";

impl Origin {
    /// The origin that `variable` holds, if any.
    ///
    /// # Errors
    /// Where it holds something else.
    pub fn one(env: &Env, variable: &str) -> Result<Option<Self>, ConfigError> {
        env.get(variable)
            .map(|text| Self::parse(text).ok_or_else(|| unexpected(variable, text, EXPECTED)))
            .transpose()
    }

    /// The origins that `variable` holds, separated by commas.
    ///
    /// # Errors
    /// Where one of them is something else.
    pub fn list(env: &Env, variable: &str) -> Result<Vec<Self>, ConfigError> {
        let texts = env.get(variable).into_iter().flat_map(|list| list.split(',')).map(str::trim);
        texts.map(|text| Self::parse(text).ok_or_else(|| unexpected(variable, text, EXPECTED))).collect()
    }

    fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
        let nothing_else = matches!(url.path(), "" | "/")
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        nothing_else.then(|| Self(url.origin().ascii_serialization()))
    }

    /// As a browser writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is this machine, as its browsers see it.
    pub fn is_loopback(&self) -> bool {
        let host = Url::parse(&self.0).ok().and_then(|url| url.host_str().map(str::to_owned));
        host.is_some_and(|host| is_loopback(host.trim_matches(['[', ']'])))
    }

    /// Whether its pages are fetched over TLS.
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https:")
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_read_as_a_browser_writes_it() {
        for (text, origin) in [
            ("https://Metrics.Example.com", Some("https://metrics.example.com")),
            ("https://metrics.example.com:443/", Some("https://metrics.example.com")),
            ("http://127.0.0.1:5173", Some("http://127.0.0.1:5173")),
            ("http://[::1]:80", Some("http://[::1]")),
            ("metrics.example.com", None),
            ("*", None),
            ("null", None),
            ("https://", None),
            ("https://metrics.example.com/admin", None),
            ("https://user@metrics.example.com", None),
            ("ftp://metrics.example.com", None),
        ] {
            assert_eq!(Origin::parse(text).map(|origin| origin.to_string()).as_deref(), origin, "{text}");
        }
    }
}
