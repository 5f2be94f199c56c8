//! The proxies in front of the server, whose word counts on where a request comes from.

use std::net::IpAddr;

use infra::config::{ConfigError, Env, unexpected};
use ipnet::IpNet;

/// The variable that names them.
const TRUSTED_PROXIES: &str = "TRUSTED_PROXIES";

/// Addresses and networks of proxies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Reads `TRUSTED_PROXIES`: addresses and networks, separated by commas.
    ///
    /// # Errors
    /// Where one of them is neither.
    pub fn from_env(env: &Env) -> Result<Self, ConfigError> {
        const EXPECTED: &str = "addresses and networks such as 10.0.0.7, 192.168.0.0/16, fd00::/8";
        let texts = env.get(TRUSTED_PROXIES).into_iter().flat_map(|list| list.split(',')).map(str::trim);
        texts
            .map(|text| network(text).ok_or_else(|| unexpected(TRUSTED_PROXIES, text, EXPECTED)))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether nobody's word counts.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `address` is one of theirs.
    pub fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse().ok().map(|address: IpAddr| address.to_canonical().into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(list: &str) -> Result<TrustedProxies, ConfigError> {
        TrustedProxies::from_env(&[(TRUSTED_PROXIES, list)].into_iter().collect())
    }

    #[test]
    fn addresses_and_networks_are_trusted() {
        let proxies = proxies("10.0.0.7, 192.168.0.0/16,fd00::/8").unwrap();
        for (address, trusted) in [
            ("10.0.0.7", true),
            ("10.0.0.8", false),
            ("192.168.250.1", true),
            ("fd12::1", true),
            ("::1", false),
        ] {
            assert_eq!(proxies.trusts(address.parse().unwrap()), trusted, "{address}");
        }
    }

    #[test]
    fn what_is_neither_is_named() {
        for list in ["proxy.example.com", "10.0.0.0/33", "10.0.0.1,,10.0.0.2", "*"] {
            let error = proxies(list).unwrap_err().to_string();
            assert!(error.starts_with("TRUSTED_PROXIES: ") && error.contains("192.168.0.0/16"), "{error}");
        }
    }
}
