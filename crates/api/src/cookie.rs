//! The session's cookie. It holds a secret and nothing else; scripts cannot read it, other sites cannot send it, and over
//! TLS no other host can set it.

use actix_web::http::header::{COOKIE, HeaderMap, HeaderValue};
use chrono::TimeDelta;
use secrecy::{ExposeSecret, SecretString};

/// What the cookie is called and how it is kept.
#[derive(Clone, Debug)]
pub struct SessionCookie {
    name: &'static str,
    attributes: &'static str,
    max_age_secs: i64,
}

impl SessionCookie {
    /// The cookie of a server that browsers reach over TLS, if `over_tls`, else by loopback; `max` is how long a session
    /// lasts.
    pub fn new(reached: Reached, max: TimeDelta) -> Self {
        let (name, attributes) = match reached {
            Reached::OverTls => ("__Host-session", "Path=/; HttpOnly; SameSite=Strict; Secure"),
            // Browsers set nothing that is `Secure` over plain HTTP.
            Reached::OnLoopback => ("session", "Path=/; HttpOnly; SameSite=Strict"),
        };
        Self { name, attributes, max_age_secs: max.num_seconds() }
    }

    /// `Set-Cookie` for the session of `secret`.
    pub fn set(&self, secret: &SecretString) -> HeaderValue {
        let Self { name, attributes, max_age_secs } = self;
        self.header(&format!("{name}={}; Max-Age={max_age_secs}; {attributes}", secret.expose_secret()))
    }

    /// `Set-Cookie` that makes the browser forget it.
    pub fn forget(&self) -> HeaderValue {
        let Self { name, attributes, .. } = self;
        self.header(&format!("{name}=; Max-Age=0; {attributes}"))
    }

    /// What the cookies of a request say the session's secret is.
    pub fn find<'h>(&self, headers: &'h HeaderMap) -> Option<&'h str> {
        headers
            .get_all(COOKIE)
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .find_map(|pair| {
                let value = pair.trim_start().strip_prefix(self.name)?.strip_prefix('=')?.trim_end();
                // Another program on this host may have a cookie of the same name.
                (value.len() == SECRET_CHARS).then_some(value)
            })
    }

    /// Its name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    #[expect(clippy::unused_self, reason = "reads with set and forget")]
    fn header(&self, text: &str) -> HeaderValue {
        let mut header =
            HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static("session=; Max-Age=0"));
        // Left out where headers are shown.
        header.set_sensitive(true);
        header
    }
}

/// How many characters a session's secret has.
const SECRET_CHARS: usize = infra::identity::secret::SESSION_CHARS;

/// How browsers reach the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// Over TLS, by a proxy that ends it.
    OverTls,
    /// Over plain HTTP on the same machine.
    OnLoopback,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(cookie: &SessionCookie, lines: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(COOKIE, HeaderValue::from_str(line).unwrap());
        }
        cookie.find(&headers).map(str::to_owned)
    }

    #[test]
    fn the_cookie_is_found_among_others_and_no_other_is_taken_for_it() {
        let cookie = SessionCookie::new(Reached::OnLoopback, TimeDelta::hours(24));
        let secret = "s".repeat(SECRET_CHARS);
        let ours = format!("session={secret}");
        for lines in [
            &[ours.as_str()][..],
            &[&format!("a=b; {ours}")],
            &[&format!("session=theirs;{ours} ; c=d")],
            &["x=y", &ours],
        ] {
            assert_eq!(found(&cookie, lines), Some(secret.clone()), "{lines:?}");
        }
        for line in
            [&format!("asession={secret}"), &format!("session2={secret}"), "session", "session=", &secret, ""]
        {
            assert_eq!(found(&cookie, &[line]), None, "{line}");
        }
        let secure = SessionCookie::new(Reached::OverTls, TimeDelta::hours(24));
        assert_eq!(found(&secure, &[&ours]), None);
        assert_eq!(found(&secure, &[&format!("__Host-{ours}")]), Some(secret));
    }

    #[test]
    fn attributes_are_those_of_the_way_it_is_reached() {
        let text = |cookie: &SessionCookie| cookie.set(&"x".into()).to_str().unwrap().to_owned();
        assert_eq!(
            text(&SessionCookie::new(Reached::OverTls, TimeDelta::hours(1))),
            "__Host-session=x; Max-Age=3600; Path=/; HttpOnly; SameSite=Strict; Secure"
        );
        let plain = SessionCookie::new(Reached::OnLoopback, TimeDelta::hours(1));
        assert_eq!(text(&plain), "session=x; Max-Age=3600; Path=/; HttpOnly; SameSite=Strict");
        assert!(plain.forget().to_str().unwrap().starts_with("session=; Max-Age=0; "));
        assert!(!format!("{:?}", plain.set(&"s3cret".into())).contains("s3cret"));
    }
}
