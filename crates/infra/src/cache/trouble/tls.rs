//! What a TLS handshake that failed means.

use rustls::{CertificateError, Error as TlsError};

use super::{Trouble, TroubleKind};
use crate::{cache::inspect::Certificate, config::RedisTls};

/// With whom TLS was spoken, and what was shown, where somebody looked.
pub(in crate::cache) struct Peer<'a> {
    /// The name that must be in the certificate.
    pub(in crate::cache) host: &'a str,
    /// Whom we trust.
    pub(in crate::cache) tls: &'a RedisTls,
    /// The certificate that the server showed.
    pub(in crate::cache) shown: Option<&'a Certificate>,
}

impl Trouble {
    /// What is wrong where the handshake with `peer` failed with `error`.
    pub(in crate::cache) fn of_tls(error: &TlsError, peer: &Peer<'_>) -> Self {
        let new = |problem: String, advice: &str| Self::new(TroubleKind::Tls, problem, advice);
        let wrong = match error {
            TlsError::InvalidCertificate(wrong) => wrong,
            TlsError::InvalidMessage(_) => {
                return new(
                    format!("what answers there does not speak TLS ({error})"),
                    "REDIS_TLS=false, or redis:// in REDIS_URL, if that is right; or the server's TLS port",
                );
            }
            other => {
                return new(
                    format!("the TLS handshake failed: {other}"),
                    "see the server's log for its TLS settings: it must offer TLS 1.2 or 1.3 and need no client certificate",
                );
            }
        };
        match wrong {
            CertificateError::UnknownIssuer | CertificateError::BadSignature => new(
                peer.shown.map_or_else(
                    || "the certificate is signed by an authority that is not trusted".to_owned(),
                    |shown| format!("the certificate is signed by {:?}, which is not trusted", shown.issuer),
                ),
                if matches!(peer.tls, RedisTls::PrivateCa(_)) {
                    "REDIS_CA_FILE does not hold the authority that signed it: give the right one"
                } else {
                    "for a private authority, name the PEM file of its certificate in REDIS_CA_FILE"
                },
            ),
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => new(
                format!("the certificate is not for {:?}", peer.host)
                    + &peer
                        .shown
                        .map(|shown| format!(" but for {}", listed(&shown.names)))
                        .unwrap_or_default(),
                "let REDIS_HOST be one of the names it is for, or have the certificate made for this one",
            ),
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => new(
                peer.shown.map_or_else(
                    || "the certificate has expired".to_owned(),
                    |shown| format!("the certificate expired on {}", shown.valid_until.to_rfc3339()),
                ),
                "renew it on the server; if it is good, this machine's clock is wrong",
            ),
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => new(
                peer.shown.map_or_else(
                    || "the certificate is not good yet".to_owned(),
                    |shown| format!("the certificate is good from {} on only", shown.valid_from.to_rfc3339()),
                ),
                "check this machine's clock and the server's",
            ),
            other => new(
                format!("the certificate is not accepted: {other}"),
                "have the server show one for servers, signed by an authority that is trusted here",
            ),
        }
    }
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "no name at all".to_owned() } else { names.join(", ") }
}
