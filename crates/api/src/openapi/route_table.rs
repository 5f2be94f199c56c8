//! Which paths exist, with which methods, read off the OpenAPI document: so that a wrong method can be told from an
//! unknown path, and be answered with what is allowed.

use utoipa::openapi::{OpenApi, path::HttpMethod};

use super::operations;

/// Path templates and their methods.
#[derive(Clone, Debug)]
pub struct RouteTable(Vec<(Vec<Segment>, Vec<&'static str>)>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Fixed(String),
    Any,
}

impl RouteTable {
    /// The routes of `document`.
    pub fn of(document: &OpenApi) -> Self {
        let mut document = document.clone();
        let routes = document.paths.paths.iter_mut().map(|(path, item)| {
            let mut methods: Vec<_> =
                operations(item).flat_map(|(method, _)| names(&method)).copied().collect();
            methods.sort_unstable();
            (segments(path).map(Segment::of_template).collect(), methods)
        });
        Self(routes.collect())
    }

    /// The methods that `path` allows, sorted; none where there is no such path.
    pub fn methods_of(&self, path: &str) -> &[&'static str] {
        let matches = |template: &[Segment]| {
            template.len() == segments(path).count()
                && template.iter().zip(segments(path)).all(|(segment, text)| segment.matches(text))
        };
        let fixed_first = |template: &&(Vec<Segment>, Vec<_>)| {
            template.0.iter().filter(|segment| **segment == Segment::Any).count()
        };
        self.0
            .iter()
            .filter(|(template, _)| matches(template))
            .min_by_key(fixed_first)
            .map_or(&[], |(_, methods)| methods.as_slice())
    }
}

impl Segment {
    fn of_template(text: &str) -> Self {
        if text.starts_with('{') { Self::Any } else { Self::Fixed(text.to_owned()) }
    }

    fn matches(&self, text: &str) -> bool {
        match self {
            Self::Fixed(fixed) => fixed == text,
            Self::Any => !text.is_empty(),
        }
    }
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/')
}

fn names(method: &HttpMethod) -> &'static [&'static str] {
    match method {
        HttpMethod::Get => &["GET", "HEAD"],
        HttpMethod::Post => &["POST"],
        HttpMethod::Put => &["PUT"],
        HttpMethod::Patch => &["PATCH"],
        HttpMethod::Delete => &["DELETE"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_path_has_its_methods() {
        let table = super::RouteTable::of(&crate::openapi::document());
        assert_eq!(table.methods_of("/api/v1/users"), ["GET", "HEAD", "POST"]);
        assert_eq!(table.methods_of("/api/v1/users/17"), ["DELETE", "GET", "HEAD", "PATCH"]);
        assert!(table.methods_of("/api/v1/users/").is_empty());
        assert!(table.methods_of("/nowhere").is_empty());
    }
}
