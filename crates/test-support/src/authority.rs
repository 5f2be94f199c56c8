//! A private certificate authority, and a server's certificate signed by it.

use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};

use crate::{RedisServer, servers::RedisOptions};

/// A private authority with a server's certificate; its files go when this is dropped.
#[derive(Debug)]
pub struct TestAuthority {
    folder: tempfile::TempDir,
}

impl TestAuthority {
    /// Signs a certificate for this machine's loopback address and name.
    ///
    /// # Panics
    /// Where the files cannot be written.
    pub fn new() -> Self {
        Self::for_names(&["127.0.0.1", "localhost"])
    }

    /// Signs one for `names`.
    ///
    /// # Panics
    /// As [`Self::new`].
    pub fn for_names(names: &[&str]) -> Self {
        Self::signing(names, |_| ())
    }

    /// Signs one for this machine that ended years ago.
    ///
    /// # Panics
    /// As [`Self::new`].
    pub fn expired() -> Self {
        Self::signing(&["127.0.0.1", "localhost"], |server| {
            server.not_before = date_time_ymd(2020, 1, 1);
            server.not_after = date_time_ymd(2021, 1, 1);
        })
    }

    fn signing(names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut params = CertificateParams::new(Vec::new()).expect("no names are good names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let new_key = || KeyPair::generate().expect("a key");
        let authority = CertifiedIssuer::self_signed(params, new_key()).expect("an authority");
        let key = new_key();
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut server = CertificateParams::new(names).expect("good names");
        change(&mut server);
        let server = server.signed_by(&key, &authority).expect("a certificate");
        let write = |name: &str, text: String| {
            std::fs::write(folder.path().join(name), text).expect("a file in a temporary folder");
        };
        write("ca.pem", authority.pem());
        write("server.pem", server.pem());
        write("server.key", key.serialize_pem());
        Self { folder }
    }

    /// The file with the authority's own certificate.
    pub fn ca_file(&self) -> PathBuf {
        self.file("ca.pem")
    }

    /// Options for a Redis that shows the certificate.
    pub fn redis(&self) -> RedisOptions {
        RedisServer::options().tls(self.file("server.pem"), self.file("server.key"), self.ca_file())
    }

    fn file(&self, name: &str) -> PathBuf {
        Path::new(self.folder.path()).join(name)
    }
}

impl Default for TestAuthority {
    fn default() -> Self {
        Self::new()
    }
}
