//! Query strings. A handler's parameters are read one by one by name; whatever was not asked for by then is unknown, and
//! an answer names every wrong parameter at once.

use std::{
    borrow::Cow,
    future::{Ready, ready},
};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use domain::FieldError;
use infra::repositories::{CursorKey, TimeRange};
use percent_encoding::percent_decode_str;

use super::values::{instant, quoted};
use crate::{
    error::{ApiError, ProblemKind},
    state::State,
};

/// A handler's query parameters.
#[derive(Debug)]
pub struct Query<T>(pub T);

/// Query parameters that can be read.
pub trait FromQuery: Sized {
    /// Reads the parameters by name. The reader gathers what is wrong; what is returned then is dropped.
    fn from_query(reader: &mut QueryReader<'_>) -> Self;
}

/// A route without query parameters.
#[derive(Clone, Copy, Debug)]
pub struct NoParameters;

/// Refuses every query parameter.
pub type NoQuery = Query<NoParameters>;

impl FromQuery for NoParameters {
    fn from_query(_: &mut QueryReader<'_>) -> Self {
        Self
    }
}

impl<T: FromQuery> FromRequest for Query<T> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(state) = request.app_data::<State>() else {
            return ready(Err(ApiError::internal("there is no state")));
        };
        ready(read(request.query_string(), &state.cursor_key).map(Self))
    }
}

/// The parameters `T` out of a query string.
fn read<T: FromQuery>(query: &str, cursor_key: &CursorKey) -> Result<T, ApiError> {
    let pairs = url::form_urlencoded::parse(query.as_bytes()).collect();
    // What stands between the values is ASCII, so all of it is UTF-8 if each of them is.
    let is_utf8 = percent_decode_str(query).decode_utf8().is_ok();
    let mut reader = QueryReader { pairs, is_utf8, cursor_key, asked: Vec::new(), errors: Vec::new() };
    let value = T::from_query(&mut reader);
    let errors = reader.finish();
    if errors.is_empty() {
        return Ok(value);
    }
    Err(ApiError::of_fields(ProblemKind::InvalidQuery, "query parameter", errors))
}

/// Reads parameters by name and gathers what is wrong with them.
#[derive(Debug)]
pub struct QueryReader<'a> {
    pairs: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    is_utf8: bool,
    cursor_key: &'a CursorKey,
    asked: Vec<&'static str>,
    errors: Vec<FieldError>,
}

impl QueryReader<'_> {
    /// The parameter `name`, which may stand there once; `None` where it does not, or is wrong.
    pub fn one<T>(&mut self, name: &'static str, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        self.asked.push(name);
        let mut values = self.pairs.iter().filter(|(key, _)| key == name).map(|(_, value)| value);
        let first = values.next()?;
        if values.next().is_some() {
            self.fail(name, "repeated", "expected it at most once");
            return None;
        }
        match parsed(first, self.is_utf8, parse) {
            Ok(value) => Some(value),
            Err(detail) => {
                self.fail(name, "unknown_value", detail);
                None
            }
        }
    }

    /// Every value of the parameter `name`, which may stand there several times.
    pub fn many<T>(&mut self, name: &'static str, parse: impl Fn(&str) -> Result<T, String>) -> Vec<T> {
        self.asked.push(name);
        let values = self.pairs.iter().filter(|(key, _)| key == name);
        let values: Result<Vec<T>, String> =
            values.map(|(_, value)| parsed(value, self.is_utf8, &parse)).collect();
        values.unwrap_or_else(|detail| {
            self.fail(name, "unknown_value", detail);
            Vec::new()
        })
    }

    /// What cursors are signed with.
    pub fn cursor_key(&self) -> &CursorKey {
        self.cursor_key
    }

    /// The half-open interval that the parameters `from` and `to` give.
    pub fn time_range(&mut self, from: &'static str, to: &'static str) -> TimeRange {
        let range = TimeRange { from: self.one(from, instant), to: self.one(to, instant) };
        if let (Some(first), Some(end)) = (range.from, range.to)
            && end < first
        {
            self.fail(to, "range", format!("expected {from} or later"));
        }
        range
    }

    /// Adds an error on the parameter `name`.
    pub fn fail(&mut self, name: &str, code: &str, detail: impl Into<String>) {
        self.errors.push(FieldError::new(name, code, detail));
    }

    /// Everything that was wrong, unknown parameters included.
    fn finish(mut self) -> Vec<FieldError> {
        let accepted = match self.asked.as_slice() {
            [] => "this route takes no query parameters".to_owned(),
            names => format!("expected only {}", names.join(", ")),
        };
        let mut unknown: Vec<_> =
            self.pairs.iter().map(|(key, _)| key).filter(|key| !self.asked.contains(&key.as_ref())).collect();
        unknown.sort();
        unknown.dedup();
        for key in unknown {
            let name: String = key.chars().take(40).collect();
            self.errors.push(FieldError::new(name, "unknown_field", &accepted));
        }
        self.errors
    }
}

/// Percent-decoding leaves a replacement character where the bytes were not UTF-8.
fn parsed<T>(text: &str, is_utf8: bool, parse: impl FnOnce(&str) -> Result<T, String>) -> Result<T, String> {
    if !is_utf8 && text.contains(char::REPLACEMENT_CHARACTER) {
        return Err(format!("expected UTF-8, got {}", quoted(text)));
    }
    parse(text)
}

#[cfg(test)]
mod tests {
    use super::{super::values::flag, *};

    struct Params(Option<bool>, Vec<bool>);

    impl FromQuery for Params {
        fn from_query(reader: &mut QueryReader<'_>) -> Self {
            Self(reader.one("one", flag), reader.many("many", flag))
        }
    }

    #[test]
    fn every_wrong_parameter_is_named_at_once() {
        let key = CursorKey::from([7; 32]);
        let Params(one, many) = read("many=true&one=false&many=false", &key).unwrap();
        assert_eq!((one, many), (Some(false), vec![true, false]));

        let error = read::<Params>("one=true&one=true&many=%FF&two=2&tw%6f=2", &key).err().unwrap();
        let found: Vec<_> = error.errors.iter().map(|e| (e.field.as_str(), e.code.as_str())).collect();
        assert_eq!(found, [("one", "repeated"), ("many", "unknown_value"), ("two", "unknown_field")]);
        assert_eq!(error.errors[2].detail, "expected only one, many");
    }
}
