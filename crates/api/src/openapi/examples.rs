//! An example for every schema and every parameter. What a field says of itself is kept; the rest is put together from
//! its fields, so that a schema is never without one and never contradicts itself.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use utoipa::openapi::{
    OpenApi, RefOr,
    path::{Parameter, ParameterBuilder},
    schema::{
        AdditionalProperties, Array, ArrayItems, KnownFormat, Object, Schema, SchemaFormat, SchemaType, Type,
    },
};

type Schemas = BTreeMap<String, RefOr<Schema>>;

/// How many references an example follows: a schema that holds itself would have none otherwise.
const MAX_DEPTH: usize = 12;
/// A whole number where nothing says which.
const SOME_COUNT: i64 = 12;
/// A rate where nothing says which.
const SOME_RATE: f64 = 0.25;

/// Gives each schema of `document` its example.
pub(super) fn add_to_schemas(document: &mut OpenApi) {
    let Some(components) = document.components.as_mut() else { return };
    let known = components.schemas.clone();
    for schema in components.schemas.values_mut() {
        let example = of(schema, &known, 0);
        if let RefOr::T(schema) = schema {
            let slot = match schema {
                // The newer form of the same.
                Schema::Object(object) if !object.examples.is_empty() => continue,
                Schema::Object(object) => &mut object.example,
                Schema::Array(array) => &mut array.example,
                Schema::OneOf(one_of) => &mut one_of.example,
                Schema::AllOf(all_of) => &mut all_of.example,
                Schema::AnyOf(any_of) => &mut any_of.example,
                _ => continue,
            };
            *slot = slot.take().or(example);
        }
    }
}

/// Gives `parameter` its example, in its schema: what stood beside the schema, `/docs` would fill in and send.
pub(super) fn add_to_parameter(parameter: &mut Parameter) {
    // The field is private.
    let given = json!(parameter).get("example").cloned();
    *parameter = ParameterBuilder::from(std::mem::take(parameter)).example(None).build();
    match parameter.schema.as_mut() {
        Some(RefOr::T(Schema::Object(object))) if object.examples.is_empty() => {
            object.examples = given.or_else(|| leaf(object)).into_iter().collect();
        }
        // What it refers to has one.
        _ => {}
    }
}

/// An example of what `schema` describes; none where a text could be anything.
pub(super) fn of(schema: &RefOr<Schema>, known: &Schemas, depth: usize) -> Option<Value> {
    if depth > MAX_DEPTH {
        return None;
    }
    match schema {
        RefOr::Ref(reference) => {
            let name = reference.ref_location.rsplit('/').next()?;
            of(known.get(name)?, known, depth + 1)
        }
        RefOr::T(Schema::Object(object)) => leaf(object).or_else(|| of_fields(object, known, depth)),
        RefOr::T(Schema::Array(array)) => of_items(array, known, depth),
        RefOr::T(Schema::OneOf(one_of)) => {
            one_of.example.clone().or_else(|| one_of.items.iter().find_map(|item| of(item, known, depth)))
        }
        RefOr::T(Schema::AnyOf(any_of)) => {
            any_of.example.clone().or_else(|| any_of.items.iter().find_map(|item| of(item, known, depth)))
        }
        RefOr::T(Schema::AllOf(all_of)) => all_of.example.clone().or_else(|| {
            let parts = all_of.items.iter().filter_map(|item| of(item, known, depth));
            let fields = parts.filter_map(|part| part.as_object().cloned()).flatten();
            Some(Value::Object(fields.collect()))
        }),
        RefOr::T(_) => None,
    }
}

/// An example of a value without fields, or the one that is given.
fn leaf(object: &Object) -> Option<Value> {
    let given = object.example.clone().or_else(|| object.examples.first().cloned());
    let chosen = given.or_else(|| object.enum_values.as_ref()?.first().cloned());
    chosen.or_else(|| object.default.clone()).or_else(|| match type_of(&object.schema_type)? {
        Type::String => of_format(object.format.as_ref()?),
        Type::Boolean => Some(json!(false)),
        Type::Number if object.format.is_some() => Some(json!(SOME_RATE)),
        Type::Integer | Type::Number => {
            let maximum = object.maximum.as_ref().map(|maximum| json!(maximum));
            let less = maximum.filter(|most| most.as_f64() < json!(SOME_COUNT).as_f64());
            Some(less.unwrap_or(json!(SOME_COUNT)))
        }
        _ => None,
    })
}

/// The type that is not null.
fn type_of(types: &SchemaType) -> Option<Type> {
    match types {
        SchemaType::Type(one) => Some(one.clone()),
        SchemaType::Array(several) => several.iter().find(|one| **one != Type::Null).cloned(),
        SchemaType::AnyValue => None,
    }
}

fn of_format(format: &SchemaFormat) -> Option<Value> {
    Some(match format {
        SchemaFormat::KnownFormat(KnownFormat::DateTime) => json!("2026-01-31T23:00:00Z"),
        SchemaFormat::KnownFormat(KnownFormat::Date) => json!("2026-01-31"),
        SchemaFormat::KnownFormat(KnownFormat::Uuid) => json!("01920000-0000-7000-8000-000000000001"),
        SchemaFormat::KnownFormat(KnownFormat::Email) => json!("ada@example.org"),
        SchemaFormat::Custom(name) if name == "email" => json!("ada@example.org"),
        _ => return None,
    })
}

fn of_fields(object: &Object, known: &Schemas, depth: usize) -> Option<Value> {
    if type_of(&object.schema_type) != Some(Type::Object) {
        return None;
    }
    let mut fields = Map::new();
    for (name, property) in &object.properties {
        match of(property, known, depth) {
            Some(example) => {
                fields.insert(name.clone(), example);
            }
            None if object.required.contains(name) => return None,
            None => {}
        }
    }
    if let (true, Some(AdditionalProperties::RefOr(values))) =
        (object.properties.is_empty(), object.additional_properties.as_deref())
    {
        fields.insert("users".to_owned(), of(values, known, depth)?);
    }
    Some(Value::Object(fields))
}

fn of_items(array: &Array, known: &Schemas, depth: usize) -> Option<Value> {
    if let Some(given) = array.example.clone().or_else(|| array.examples.first().cloned()) {
        return Some(given);
    }
    match &array.items {
        ArrayItems::RefOrSchema(item) => Some(json!([of(item, known, depth)?])),
        ArrayItems::False => Some(json!([])),
    }
}
