//! What a request gets whose path the service does not know: the dashboard's page where a browser opens it, since the
//! dashboard may know it; one of the page's files; or nothing.

use actix_web::http::{
    Method,
    header::{ACCEPT, HeaderMap},
};

use crate::access::{ASSETS, FILES, PAGES, RESERVED};

/// What `path` is counted as where it is one of the dashboard's; `None` where it cannot be.
pub(super) fn template(method: &Method, path: &str, headers: &HeaderMap) -> Option<&'static str> {
    if !matches!(*method, Method::GET | Method::HEAD) {
        return None;
    }
    if path.starts_with(ASSETS) {
        return Some(ASSETS);
    }
    if lies_beside_the_page(path) {
        return Some(FILES);
    }
    opens_page(path, headers).then_some(PAGES)
}

/// Whether a request for `path` with these `headers` is that of a browser that opens a page, and the service has none there.
pub fn opens_page(path: &str, headers: &HeaderMap) -> bool {
    !is_reserved(path) && accepts_html(headers)
}

/// Whether `path` is like `/favicon.svg`.
fn lies_beside_the_page(path: &str) -> bool {
    let name = path.strip_prefix('/').unwrap_or_default();
    !is_reserved(path) && !name.contains('/') && name.contains('.')
}

fn is_reserved(path: &str) -> bool {
    match path.strip_prefix('/') {
        Some(path) => RESERVED.contains(&path.split('/').next().unwrap_or_default()),
        // `*`, or nothing: no page.
        None => true,
    }
}

/// Whether `Accept` names HTML; `*/*` does not, which programs send.
fn accepts_html(headers: &HeaderMap) -> bool {
    headers.get_all(ACCEPT).filter_map(|value| value.to_str().ok()).flat_map(|list| list.split(',')).any(
        |range| {
            let mut parts = range.split(';').map(str::trim);
            let html = parts.next().is_some_and(|media| media.eq_ignore_ascii_case("text/html"));
            // A weight of nothing refuses it.
            let refused = |part: &str| {
                let weight = part.strip_prefix("q=").or_else(|| part.strip_prefix("Q="));
                weight.is_some_and(|weight| weight.parse() == Ok(0.0_f32))
            };
            html && !parts.any(refused)
        },
    )
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn accepting(accept: &str) -> HeaderMap {
        [(ACCEPT, HeaderValue::from_str(accept).unwrap())].into_iter().collect()
    }

    #[test]
    fn a_page_is_for_whoever_asks_for_html() {
        for (accept, html) in [
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", true),
            ("application/json, Text/HTML ;q=0.1", true),
            ("text/html;q=0", false),
            ("text/html; q=0.000, */*", false),
            ("*/*", false),
            ("text/*", false),
            ("text/htmlx", false),
            ("", false),
        ] {
            assert_eq!(accepts_html(&accepting(accept)), html, "{accept}");
        }
        assert!(!accepts_html(&HeaderMap::new()));
    }

    #[test]
    fn a_path_is_the_dashboards_or_nobodys() {
        let browser = accepting("text/html,*/*;q=0.8");
        let program = accepting("*/*");
        for (path, in_browser, in_program) in [
            ("/users", Some(PAGES), None),
            ("/a/b/c", Some(PAGES), None),
            ("/metricsx", Some(PAGES), None),
            ("/favicon.svg", Some(FILES), Some(FILES)),
            ("/assets/a.js", Some(ASSETS), Some(ASSETS)),
            ("/assets", None, None),
            ("/api", None, None),
            ("/api/v1/nothing", None, None),
            ("/health/nothing", None, None),
            ("/openapi.json/x", None, None),
            ("*", None, None),
            ("", None, None),
        ] {
            assert_eq!(template(&Method::GET, path, &browser), in_browser, "{path}");
            assert_eq!(template(&Method::HEAD, path, &program), in_program, "{path}");
            assert_eq!(template(&Method::POST, path, &browser), None, "{path}");
        }
    }
}
