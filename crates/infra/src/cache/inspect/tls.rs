//! The TLS handshake of a console: the same roots and checks as the service's, but it remembers the certificate it was
//! shown, so that one that is not trusted can be named.

use std::{
    io::ErrorKind,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, Utc};
use rustls::{
    ClientConfig, DigitallySignedStruct, Error as TlsError, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::ring,
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject as _},
};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};
use x509_parser::{extensions::GeneralName, parse_x509_certificate};

use super::{Trouble, TroubleKind};
use crate::{cache::trouble::Peer, config::RedisTls};

/// What is known of a TLS connection, also of one that failed.
#[derive(Clone, Debug, Default)]
pub struct TlsFacts {
    /// `TLSv1.3`, say; `None` where the handshake did not get so far.
    pub protocol: Option<String>,
    /// The cipher suite's name; as above.
    pub cipher_suite: Option<String>,
    /// What the server showed.
    pub certificate: Option<Certificate>,
    /// Whom we trust.
    pub roots: String,
}

/// A server's certificate.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// Whose it is.
    pub subject: String,
    /// The names and addresses it is good for.
    pub names: Vec<String>,
    /// Who signed it.
    pub issuer: String,
    /// It is good from here on.
    pub valid_from: DateTime<Utc>,
    /// It is good until here.
    pub valid_until: DateTime<Utc>,
}

impl Certificate {
    /// Whole days until it ends; negative once it has.
    pub fn days_left(&self) -> i64 {
        (self.valid_until - Utc::now()).num_days()
    }

    fn read(der: &[u8]) -> Option<Self> {
        let (_, certificate) = parse_x509_certificate(der).ok()?;
        let alternatives = certificate.subject_alternative_name().ok().flatten();
        let names = alternatives.map(|names| names.value.general_names.iter().filter_map(name_of).collect());
        let at = |time: x509_parser::time::ASN1Time| DateTime::from_timestamp(time.timestamp(), 0);
        Some(Self {
            subject: certificate.subject().to_string(),
            names: names.unwrap_or_default(),
            issuer: certificate.issuer().to_string(),
            valid_from: at(certificate.validity().not_before)?,
            valid_until: at(certificate.validity().not_after)?,
        })
    }
}

fn name_of(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => {
            let v4 = <[u8; 4]>::try_from(*bytes).map(|octets| std::net::Ipv4Addr::from(octets).to_string());
            let v6 =
                || <[u8; 16]>::try_from(*bytes).map(|octets| std::net::Ipv6Addr::from(octets).to_string());
            v4.or_else(|_| v6()).ok()
        }
        _ => None,
    }
}

/// Whom a handshake trusts, and what it was shown.
pub(super) struct Handshake {
    config: Arc<ClientConfig>,
    seen: Arc<Witness>,
    roots: String,
    tls: RedisTls,
}

impl Handshake {
    /// A handshake as `tls` asks for; `None` where that is none.
    pub(super) fn new(tls: &RedisTls) -> Result<Option<Self>, Trouble> {
        let (store, roots) = match tls {
            RedisTls::Off => return Ok(None),
            RedisTls::WebPki => {
                let store: RootCertStore = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
                let roots = format!("the {} public authorities built in", store.len());
                (store, roots)
            }
            RedisTls::PrivateCa(file) => {
                let store = private_authorities(file)?;
                let roots =
                    format!("{} in {} (REDIS_CA_FILE), and no other", counted(store.len()), file.display());
                (store, roots)
            }
        };
        let provider = Arc::new(ring::default_provider());
        let unusable = |error: String| {
            Trouble::new(
                TroubleKind::Tls,
                format!("TLS cannot be set up: {error}"),
                "check the certificates in REDIS_CA_FILE",
            )
        };
        let judge = WebPkiServerVerifier::builder_with_provider(Arc::new(store), Arc::clone(&provider))
            .build()
            .map_err(|error| unusable(error.to_string()))?;
        let seen = Arc::new(Witness { judge, seen: Mutex::default() });
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| unusable(error.to_string()))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::clone(&seen) as Arc<dyn ServerCertVerifier>)
            .with_no_client_auth();
        Ok(Some(Self { config: Arc::new(config), seen, roots, tls: tls.clone() }))
    }

    /// Speaks TLS on `stream`, with a server that must be `host`.
    pub(super) async fn with(
        &self,
        host: &str,
        stream: TcpStream,
    ) -> Result<TlsStream<TcpStream>, std::io::Error> {
        let name = ServerName::try_from(host.to_owned())
            .map_err(|error| std::io::Error::new(ErrorKind::InvalidInput, error))?;
        TlsConnector::from(Arc::clone(&self.config)).connect(name, stream).await
    }

    /// What is known so far.
    pub(super) fn facts(&self, stream: Option<&TlsStream<TcpStream>>) -> TlsFacts {
        let session = stream.map(|stream| stream.get_ref().1);
        let seen = self.seen.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let protocol = session.and_then(|session| session.protocol_version());
        let suite = session.and_then(|session| session.negotiated_cipher_suite());
        TlsFacts {
            protocol: protocol.and_then(|protocol| protocol.as_str()).map(|name| name.replace('_', ".")),
            cipher_suite: suite.and_then(|suite| suite.suite().as_str()).map(str::to_owned),
            certificate: seen.as_ref().and_then(|der| Certificate::read(der)),
            roots: self.roots.clone(),
        }
    }

    /// What is wrong where the handshake failed with `error`.
    pub(super) fn trouble(&self, host: &str, error: &std::io::Error) -> Trouble {
        let facts = self.facts(None);
        let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<TlsError>());
        match tls {
            Some(error) => {
                Trouble::of_tls(error, &Peer { host, tls: &self.tls, shown: facts.certificate.as_ref() })
            }
            None if error.kind() == ErrorKind::InvalidInput => Trouble::new(
                TroubleKind::Tls,
                format!("{host:?} cannot be the name in a certificate"),
                "let REDIS_HOST be a host name or an address",
            ),
            None => Trouble::new(
                TroubleKind::Tls,
                format!("the server ended the TLS handshake: {error}"),
                "what listens there may not speak TLS: REDIS_TLS=false, or redis:// in REDIS_URL, if that is right",
            ),
        }
    }
}

fn private_authorities(file: &Path) -> Result<RootCertStore, Trouble> {
    let advice = "let REDIS_CA_FILE name a PEM file with the authority's certificate";
    let problem =
        |what: String| Trouble::new(TroubleKind::Tls, format!("{}: {what}", file.display()), advice);
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|error| problem(error.to_string()))? {
        let certificate = certificate.map_err(|error| problem(error.to_string()))?;
        store.add(certificate).map_err(|error| problem(error.to_string()))?;
    }
    if store.is_empty() { Err(problem("holds no certificate".to_owned())) } else { Ok(store) }
}

fn counted(authorities: usize) -> String {
    if authorities == 1 { "the authority".to_owned() } else { format!("the {authorities} authorities") }
}

/// Leaves the judging to `judge`, and remembers what was judged.
#[derive(Debug)]
struct Witness {
    judge: Arc<WebPkiServerVerifier>,
    seen: Mutex<Option<CertificateDer<'static>>>,
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(end_entity.clone().into_owned());
        self.judge.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.judge.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.judge.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.judge.supported_verify_schemes()
    }
}
