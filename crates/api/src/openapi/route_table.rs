//! Every route that there is: the operations of the OpenAPI document, each joined with its row of the access table. A
//! request is looked up here once, before anything else: what is not found is refused, what is found brings the label it is
//! counted under and who may ask for it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use actix_web::http::Method;
use domain::access::Requires;
use utoipa::openapi::{OpenApi, path::HttpMethod};

use super::common::operations;
use crate::access::{DOCUMENTATION, Row};

/// The routes of a node.
#[derive(Clone, Debug)]
pub struct RouteTable {
    paths: Vec<Path>,
    /// The places of the paths without a parameter.
    fixed: HashMap<&'static str, usize>,
    /// The places of the paths with one.
    templates: Vec<usize>,
}

/// A route: one method of one path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// The path's template, e.g. `/api/v1/users/{id}`.
    pub template: &'static str,
    /// Who may ask for it.
    pub requires: Requires,
}

impl Route {
    /// A route for anyone, counted as `template`.
    pub const fn open_to_all(template: &'static str) -> Self {
        Self { template, requires: Requires::Public }
    }
}

/// Why a request has no route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoRoute<'a> {
    /// Nothing has this path.
    UnknownPath,
    /// The path exists; it takes other methods.
    WrongMethod {
        /// The path's template.
        template: &'static str,
        /// The methods that it takes, sorted.
        allowed: &'a [&'static str],
    },
}

/// Why the routes and the access table do not make one table.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MismatchedRoutes {
    /// Nobody has said who may do it.
    #[error("{0} is documented, but has no row in the access table (crates/api/src/access.rs)")]
    NoRow(String),
    /// There is no such operation.
    #[error("{0} has a row in the access table (crates/api/src/access.rs), but is not documented")]
    NoOperation(String),
    /// Two rows may contradict each other.
    #[error("{0} has two rows in the access table (crates/api/src/access.rs)")]
    TwoRows(String),
}

#[derive(Clone, Debug)]
struct Path {
    template: &'static str,
    routes: Vec<(Method, Route)>,
    allowed: Vec<&'static str>,
}

impl RouteTable {
    /// The routes of `document`, who may ask for each by `rows`.
    ///
    /// # Errors
    /// Where an operation has no row, or two, or a row no operation.
    pub fn of(document: &OpenApi, rows: &[Row]) -> Result<Self, MismatchedRoutes> {
        let mut undescribed = operations_of(document);
        let mut paths: BTreeMap<&'static str, Path> = BTreeMap::new();
        for &(method, template, requires) in rows {
            let name = format!("{method} {template}");
            let path =
                paths.entry(template).or_insert(Path { template, routes: Vec::new(), allowed: Vec::new() });
            if path.allowed.contains(&method) {
                return Err(MismatchedRoutes::TwoRows(name));
            }
            if !undescribed.remove(&name) {
                return Err(MismatchedRoutes::NoOperation(name));
            }
            path.take(method, Route { template, requires });
        }
        if let Some(name) = undescribed.pop_first() {
            return Err(MismatchedRoutes::NoRow(name));
        }
        let paths: Vec<Path> = paths.into_values().collect();
        let (templates, fixed): (Vec<_>, Vec<_>) =
            (0..paths.len()).partition(|&place| paths[place].template.contains('{'));
        let fixed = fixed.into_iter().map(|place| (paths[place].template, place)).collect();
        Ok(Self { paths, fixed, templates })
    }

    /// The same, but with every method of the path `template` for anyone.
    #[must_use]
    pub fn opened(mut self, template: &str) -> Self {
        let paths = self.paths.iter_mut().filter(|path| path.template == template);
        for (_, route) in paths.flat_map(|path| &mut path.routes) {
            route.requires = Requires::Public;
        }
        self
    }

    /// The route that a request for `path`, decoded as the router decodes it, takes.
    ///
    /// # Errors
    /// Where there is none.
    pub fn find(&self, method: &Method, path: &str) -> Result<Route, NoRoute<'_>> {
        let method = if *method == Method::HEAD { &Method::GET } else { method };
        if let Some(path) = self.path(path) {
            let mut routes = path.routes.iter();
            return routes
                .find(|(taken, _)| taken == method)
                .map(|(_, route)| *route)
                .ok_or(NoRoute::WrongMethod { template: path.template, allowed: &path.allowed });
        }
        if !path.starts_with(DOCUMENTATION) {
            return Err(NoRoute::UnknownPath);
        }
        if method == Method::GET {
            Ok(Route::open_to_all(DOCUMENTATION))
        } else {
            Err(NoRoute::WrongMethod { template: DOCUMENTATION, allowed: &["GET", "HEAD"] })
        }
    }

    fn path(&self, path: &str) -> Option<&Path> {
        let place = self.fixed.get(path).copied().or_else(|| {
            self.templates.iter().copied().find(|&place| matches(self.paths[place].template, path))
        })?;
        self.paths.get(place)
    }
}

impl Path {
    fn take(&mut self, method: &'static str, route: Route) {
        if let Ok(method) = Method::from_bytes(method.as_bytes()) {
            self.routes.push((method, route));
        }
        self.allowed.push(method);
        if method == "GET" {
            self.allowed.push("HEAD");
        }
        self.allowed.sort_unstable();
    }
}

/// Whether `path` is one that `template` stands for.
fn matches(template: &str, path: &str) -> bool {
    let (mut segments, mut texts) = (template.split('/'), path.split('/'));
    loop {
        match (segments.next(), texts.next()) {
            (None, None) => return true,
            (Some(segment), Some(text)) if segment.starts_with('{') => {
                if text.is_empty() {
                    return false;
                }
            }
            (Some(segment), Some(text)) if segment == text => {}
            _ => return false,
        }
    }
}

/// Every operation of `document`, as `GET /path`.
fn operations_of(document: &OpenApi) -> BTreeSet<String> {
    let mut document = document.clone();
    let paths = document.paths.paths.iter_mut();
    paths
        .flat_map(|(path, item)| operations(item).map(move |(method, _)| format!("{} {path}", name(&method))))
        .collect()
}

const fn name(method: &HttpMethod) -> &'static str {
    match method {
        HttpMethod::Get => "GET",
        HttpMethod::Post => "POST",
        HttpMethod::Put => "PUT",
        HttpMethod::Patch => "PATCH",
        HttpMethod::Delete => "DELETE",
        HttpMethod::Options => "OPTIONS",
        HttpMethod::Head => "HEAD",
        HttpMethod::Trace => "TRACE",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{access::ROWS, openapi::document};

    fn table() -> RouteTable {
        RouteTable::of(&document(), ROWS).unwrap()
    }

    #[test]
    fn a_request_has_one_route() {
        let table = table();
        let find = |method, path| table.find(&method, path).map(|route| (route.template, route.requires));
        assert_eq!(find(Method::GET, "/api/v1/users"), Ok(("/api/v1/users", Requires::Viewer)));
        assert_eq!(find(Method::HEAD, "/api/v1/users"), Ok(("/api/v1/users", Requires::Viewer)));
        assert_eq!(find(Method::POST, "/api/v1/users"), Ok(("/api/v1/users", Requires::Admin)));
        assert_eq!(find(Method::PATCH, "/api/v1/users/17"), Ok(("/api/v1/users/{id}", Requires::Admin)));
        assert_eq!(find(Method::GET, "/docs/index.css"), Ok(("/docs/", Requires::Public)));
        for path in ["/nowhere", "/api/v1/users/", "/api/v1/users/1/2", "/API/v1/users", "", "*", "/docs2"] {
            assert_eq!(find(Method::GET, path), Err(NoRoute::UnknownPath), "{path}");
        }
        let NoRoute::WrongMethod { template, allowed } =
            table.find(&Method::GET, "/api/v1/proposals/bulk-status").unwrap_err()
        else {
            panic!("the path exists");
        };
        assert_eq!((template, allowed), ("/api/v1/proposals/bulk-status", &["POST"][..]));
        let Err(NoRoute::WrongMethod { allowed, .. }) = table.find(&Method::PUT, "/api/v1/users/17") else {
            panic!("the path exists");
        };
        assert_eq!(allowed, ["DELETE", "GET", "HEAD", "PATCH"]);
    }

    #[test]
    fn a_path_can_be_opened_to_anyone() {
        let table = table();
        let requires = |table: &RouteTable| table.find(&Method::GET, "/metrics").unwrap().requires;
        assert_eq!(
            (requires(&table), requires(&table.opened("/metrics"))),
            (Requires::Viewer, Requires::Public)
        );
    }

    #[test]
    fn every_operation_has_one_row_and_every_row_an_operation() {
        let document = document();
        let without: Vec<Row> =
            ROWS.iter().filter(|(_, path, _)| *path != "/api/v1/users/{id}").copied().collect();
        let error = RouteTable::of(&document, &without).unwrap_err();
        assert_eq!(error, MismatchedRoutes::NoRow("DELETE /api/v1/users/{id}".to_owned()));

        let more = [ROWS, &[("GET", "/api/v1/secrets", Requires::Public)]].concat();
        let error = RouteTable::of(&document, &more).unwrap_err();
        assert_eq!(error, MismatchedRoutes::NoOperation("GET /api/v1/secrets".to_owned()));

        let twice = [ROWS, &[("GET", "/api/v1/users", Requires::Public)]].concat();
        let error = RouteTable::of(&document, &twice).unwrap_err();
        assert_eq!(error, MismatchedRoutes::TwoRows("GET /api/v1/users".to_owned()));
    }
}
