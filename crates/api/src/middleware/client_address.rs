//! The address that a request comes from: its peer's, or what trusted proxies say of it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use actix_web::{
    HttpRequest,
    dev::RequestHead,
    http::header::{FORWARDED, HeaderMap, HeaderName, X_FORWARDED_FOR, X_FORWARDED_PROTO},
};

use crate::{config::TrustedProxies, state::State};

/// Whom limits count and the audit log names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    /// Where the request with this head comes from: the peer, or, where that is a proxy that is trusted, the right-most
    /// entry of `X-Forwarded-For`, else of `Forwarded`, that is not such a proxy itself. What stands further left may be
    /// made up by the client.
    pub fn of(head: &RequestHead, proxies: &TrustedProxies) -> Self {
        let peer = head.peer_addr.map_or(Ipv4Addr::UNSPECIFIED.into(), |peer| peer.ip().to_canonical());
        if proxies.is_empty() || !proxies.trusts(peer) {
            return Self(peer);
        }
        let mut address = peer;
        for hop in hops(&head.headers).into_iter().rev() {
            // What cannot be read hides whatever stands before it.
            let Some(hop) = hop else { break };
            address = hop;
            if !proxies.trusts(address) {
                break;
            }
        }
        Self(address)
    }
}

/// Where `request` comes from, as far as the server's proxies are believed.
pub fn client_address(request: &HttpRequest) -> Option<IpAddr> {
    let state = request.app_data::<State>()?;
    Some(ClientAddress::of(request.head(), &state.edge.trusted_proxies).0)
}

/// Whether the client spoke TLS, as far as the peer's word counts.
pub(super) fn came_over_tls(head: &RequestHead, proxies: &TrustedProxies) -> bool {
    let trusted = head.peer_addr.is_some_and(|peer| proxies.trusts(peer.ip().to_canonical()));
    let last = |name| values(&head.headers, &name).flat_map(|value| value.split(',')).next_back();
    let scheme = last(X_FORWARDED_PROTO)
        .map(str::trim)
        .or_else(|| last(FORWARDED).and_then(|element| parameter(element, "proto")));
    trusted && scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"))
}

/// The addresses that proxies have written down, in the order of the way; `None` for one that cannot be read.
fn hops(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    if headers.contains_key(X_FORWARDED_FOR) {
        return values(headers, &X_FORWARDED_FOR).flat_map(|value| value.split(',')).map(address).collect();
    }
    let elements = values(headers, &FORWARDED).flat_map(|value| value.split(','));
    elements.map(|element| parameter(element, "for").and_then(address)).collect()
}

fn values<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl DoubleEndedIterator<Item = &'a str> {
    let values: Vec<_> = headers.get_all(name).map(|value| value.to_str().unwrap_or_default()).collect();
    values.into_iter()
}

/// The parameter `name` of an element of `Forwarded` (RFC 7239), without quotes.
fn parameter<'a>(element: &'a str, name: &str) -> Option<&'a str> {
    element.split(';').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim().trim_matches('"'))
    })
}

/// `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:4711`.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let ip = bare.parse().ok().or_else(|| text.parse().ok().map(|address: SocketAddr| address.ip()));
    ip.map(|ip: IpAddr| ip.to_canonical())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn client(peer: &str, headers: &[(&'static str, &str)]) -> String {
        let env = [("TRUSTED_PROXIES", "10.0.0.0/8, fd00::/8")].into_iter().collect();
        let proxies = TrustedProxies::from_env(&env).unwrap();
        let mut request = TestRequest::get().peer_addr(peer.parse().unwrap());
        for header in headers {
            request = request.append_header(*header);
        }
        ClientAddress::of(request.to_http_request().head(), &proxies).0.to_string()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed_and_only_what_it_saw_itself() {
        const XFF: &str = "x-forwarded-for";
        for (peer, headers, address) in [
            ("192.0.2.9:1", &[][..], "192.0.2.9"),
            ("192.0.2.9:1", &[(XFF, "203.0.113.1")], "192.0.2.9"),
            ("10.0.0.1:1", &[], "10.0.0.1"),
            ("10.0.0.1:1", &[(XFF, "203.0.113.1")], "203.0.113.1"),
            ("[::ffff:10.0.0.1]:1", &[(XFF, "203.0.113.1")], "203.0.113.1"),
            // The client may write what it likes; the proxy adds what it sees.
            ("10.0.0.1:1", &[(XFF, "1.1.1.1, 203.0.113.1")], "203.0.113.1"),
            ("10.0.0.1:1", &[(XFF, "1.1.1.1, 203.0.113.1, 10.0.0.2")], "203.0.113.1"),
            ("10.0.0.1:1", &[(XFF, "1.1.1.1"), (XFF, "203.0.113.1")], "203.0.113.1"),
            ("10.0.0.1:1", &[(XFF, "203.0.113.1, nobody")], "10.0.0.1"),
            ("10.0.0.1:1", &[(XFF, "")], "10.0.0.1"),
            ("10.0.0.1:1", &[(XFF, "10.0.0.3, 10.0.0.2")], "10.0.0.3"),
            ("10.0.0.1:1", &[(XFF, "203.0.113.1:4711")], "203.0.113.1"),
            ("10.0.0.1:1", &[(XFF, "[2001:db8::1]:4711")], "2001:db8::1"),
            ("[fd00::1]:1", &[(XFF, "2001:db8::1")], "2001:db8::1"),
            ("10.0.0.1:1", &[("forwarded", "for=203.0.113.1;proto=https")], "203.0.113.1"),
            ("10.0.0.1:1", &[("forwarded", "for=1.1.1.1, For=\"[2001:db8::1]:4711\"")], "2001:db8::1"),
            ("10.0.0.1:1", &[("forwarded", "for=_hidden")], "10.0.0.1"),
            ("10.0.0.1:1", &[("forwarded", "for=1.1.1.1"), (XFF, "203.0.113.1")], "203.0.113.1"),
        ] {
            assert_eq!(client(peer, headers), address, "{peer} {headers:?}");
        }
    }
}
