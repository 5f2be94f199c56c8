//! What every operation has in common, added to the document once its routes are in it.

use utoipa::{
    Modify,
    openapi::{
        Components, OpenApi, RefOr, Required, Response,
        path::{HttpMethod, Operation, Parameter, ParameterIn, PathItem},
        schema::{Object, Schema, SchemaType, Type},
    },
};

use crate::error::ProblemKind;

use super::{examples, headers, problems, security};

/// A row's id in examples.
const SOME_ID: &str = "01920000-0000-7000-8000-000000000001";

/// What every operation has in common.
pub(super) struct Common;

impl Modify for Common {
    fn modify(&self, document: &mut OpenApi) {
        for schema in schemas(document.components.as_mut()) {
            object_of(schema)
                .into_iter()
                .flat_map(|object| object.properties.values_mut())
                .for_each(drop_null_default);
        }
        examples::add_to_schemas(document);
        security::add_schemes(document);
        for (path, item) in &mut document.paths.paths {
            let concrete = path.replace("{id}", SOME_ID);
            for (method, operation) in operations(item) {
                if let Some(requires) = security::requirement(&method, path) {
                    security::complete(operation, requires);
                    problems::add(&mut operation.responses.responses, security::refusals(requires));
                }
                for parameter in operation.parameters.iter_mut().flatten() {
                    if let RefOr::T(parameter) = parameter {
                        complete_parameter(parameter);
                    }
                }
                if path.starts_with("/api/") {
                    let mut any = vec![ProblemKind::Internal, ProblemKind::Unavailable];
                    any.extend((!matches!(method, HttpMethod::Get)).then_some(ProblemKind::CrossOrigin));
                    any.extend(operation.request_body.as_ref().map(|_| ProblemKind::RequestTimeout));
                    problems::add(&mut operation.responses.responses, &any);
                }
                for response in operation.responses.responses.values_mut() {
                    if let RefOr::T(response) = response {
                        complete_response(response, &concrete);
                    }
                }
            }
        }
    }
}

fn schemas(components: Option<&mut Components>) -> impl Iterator<Item = &mut RefOr<Schema>> {
    components.into_iter().flat_map(|components| components.schemas.values_mut())
}

fn object_of(schema: &mut RefOr<Schema>) -> Option<&mut Object> {
    match schema {
        RefOr::T(Schema::Object(object)) => Some(object),
        _ => None,
    }
}

/// A field of a change that is left out has no value; null, which `serde(default)` is taken for, is refused.
fn drop_null_default(property: &mut RefOr<Schema>) {
    let default = match property {
        RefOr::T(Schema::Object(object)) => &mut object.default,
        RefOr::Ref(reference) => &mut reference.default,
        RefOr::T(_) => return,
    };
    if *default == Some(serde_json::Value::Null) {
        *default = None;
    }
}

/// What stands in a URL or in a header may be left out, but is never null.
fn complete_parameter(parameter: &mut Parameter) {
    if parameter.parameter_in != ParameterIn::Path {
        parameter.required = Required::False;
    }
    if let Some(object) = parameter.schema.as_mut().and_then(object_of)
        && let SchemaType::Array(types) = &object.schema_type
        && let [only] = types.iter().filter(|one| **one != Type::Null).collect::<Vec<_>>().as_slice()
    {
        object.schema_type = SchemaType::Type((*only).clone());
    }
    headers::complete_parameter(parameter);
    examples::add_to_parameter(parameter);
}

fn complete_response(response: &mut Response, path: &str) {
    response.headers.entry("X-Request-Id".to_owned()).or_insert_with(|| {
        RefOr::T(headers::text_header(
            "The request's id: the one sent in `X-Request-Id` if it is 1 to 64 letters, digits, dots, underscores or \
             dashes, else a new one.",
        ))
    });
    for (name, header) in &mut response.headers {
        if let RefOr::T(header) = header {
            headers::complete(name, header);
        }
    }
    problems::set_instance(response, path);
}

/// The operations of a path, each with its method.
pub(super) fn operations(item: &mut PathItem) -> impl Iterator<Item = (HttpMethod, &mut Operation)> {
    let PathItem { get, put, post, delete, patch, .. } = item;
    [
        (HttpMethod::Get, get),
        (HttpMethod::Put, put),
        (HttpMethod::Post, post),
        (HttpMethod::Delete, delete),
        (HttpMethod::Patch, patch),
    ]
    .into_iter()
    .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}
