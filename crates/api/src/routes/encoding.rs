//! Which of the encodings that are kept ready a client gets (RFC 9110 §12.5.3). At equal weight the smaller one wins;
//! where none is acceptable, the plain bytes are sent all the same.

use std::cmp::Reverse;

use infra::cache::{Body, Variant};

use crate::spa::File;

/// Bytes that are kept ready in several encodings.
pub(super) trait Encoded {
    /// As they are.
    fn identity(&self) -> &Variant;
    /// Packed with Brotli, if they are.
    fn brotli(&self) -> Option<&Variant>;
    /// Packed with gzip, if they are.
    fn gzip(&self) -> Option<&Variant>;
}

impl Encoded for Body {
    fn identity(&self) -> &Variant {
        &self.identity
    }

    fn brotli(&self) -> Option<&Variant> {
        Self::brotli(self)
    }

    fn gzip(&self) -> Option<&Variant> {
        Self::gzip(self)
    }
}

impl Encoded for File {
    fn identity(&self) -> &Variant {
        &self.identity
    }

    fn brotli(&self) -> Option<&Variant> {
        self.brotli.as_ref()
    }

    fn gzip(&self) -> Option<&Variant> {
        self.gzip.as_ref()
    }
}

/// What a client accepts: the weight of each encoding in thousandths, 0 where it is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Weights {
    brotli: u16,
    gzip: u16,
    identity: u16,
}

/// The variant of `body` for a client that sent `accept_encoding`, and its `Content-Encoding`.
pub(super) fn choose<'a>(
    body: &'a impl Encoded,
    accept_encoding: &str,
) -> (&'a Variant, Option<&'static str>) {
    let weights = weights(accept_encoding);
    let mut wanted = [(weights.brotli, "br"), (weights.gzip, "gzip")];
    // Of equals the first stays first.
    wanted.sort_by_key(|(weight, _)| Reverse(*weight));
    let acceptable = wanted.into_iter().filter(|(weight, _)| *weight > 0 && *weight >= weights.identity);
    // One after the other: a variant that nobody has asked for yet is packed when it is.
    let mut variants = acceptable.filter_map(|(_, coding)| {
        let variant = if coding == "br" { body.brotli() } else { body.gzip() };
        Some((variant?, Some(coding)))
    });
    variants.next().unwrap_or((body.identity(), None))
}

fn weights(accept_encoding: &str) -> Weights {
    let (mut brotli, mut gzip, mut identity, mut any) = (None, None, None, None);
    for member in accept_encoding.split(',') {
        let mut parts = member.split(';');
        let coding = parts.next().unwrap_or_default().trim();
        let weight = parts.find_map(|part| weight(part.trim())).unwrap_or(1000);
        match coding {
            _ if coding.eq_ignore_ascii_case("br") => brotli = Some(weight),
            _ if coding.eq_ignore_ascii_case("gzip") || coding.eq_ignore_ascii_case("x-gzip") => {
                gzip = Some(weight);
            }
            _ if coding.eq_ignore_ascii_case("identity") => identity = Some(weight),
            "*" => any = Some(weight),
            _ => {}
        }
    }
    Weights {
        brotli: brotli.or(any).unwrap_or(0),
        gzip: gzip.or(any).unwrap_or(0),
        // Acceptable unless refused, but only just: whoever names an encoding prefers it.
        identity: identity.or(any).unwrap_or(1),
    }
}

/// `q=0.5` in thousandths.
fn weight(parameter: &str) -> Option<u16> {
    let value = parameter.strip_prefix("q=").or_else(|| parameter.strip_prefix("Q="))?;
    let (whole, fraction) = value.trim().split_once('.').unwrap_or((value.trim(), ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || fraction.len() > 3 {
        return Some(0);
    }
    let thousandths = format!("{fraction:0<3}").parse::<u16>().ok()?;
    Some(whole.parse::<u16>().ok()?.saturating_mul(1000).saturating_add(thousandths).min(1000))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn the_client_gets_what_it_prefers() {
        let body = Body::new(Bytes::from("0123456789".repeat(200)));
        for (accept, expected) in [
            ("", "identity"),
            ("gzip", "gzip"),
            ("gzip, br", "br"),
            ("gzip;q=1.0, br;q=0.9", "gzip"),
            ("br;q=0, *", "gzip"),
            ("*", "br"),
            ("*;q=0", "identity"),
            ("identity;q=0, deflate", "identity"),
            ("gzip;q=0.001, identity;q=0.5", "identity"),
            ("GZIP ; q=0.5 , deflate", "gzip"),
            ("gzip;q=x", "identity"),
        ] {
            assert_eq!(choose(&body, accept).1.unwrap_or("identity"), expected, "{accept}");
        }
        assert_eq!(choose(&body, "gzip, br").0.etag, body.brotli().unwrap().etag);
        assert_eq!(choose(&body, "gzip").0.etag, body.gzip().unwrap().etag);
        let plain = Body::new(Bytes::from_static(b"{}"));
        assert_eq!(choose(&plain, "gzip, br").1, None);
    }
}
