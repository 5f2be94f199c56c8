//! What a header of an answer may hold, by its name: one row a header, so that it is the same wherever it is documented.

use serde_json::{Value, json};
use utoipa::openapi::{
    Header, Object, ObjectBuilder,
    path::Parameter,
    schema::{SchemaFormat, Type},
};

/// The tag versions of `X-Data-Version` and `X-Min-Data-Version`.
const DATA_VERSION: &str = "^(users=[0-9]{1,19}(,proposals=[0-9]{1,19})?(,leads=[0-9]{1,19})?\
    |proposals=[0-9]{1,19}(,leads=[0-9]{1,19})?|leads=[0-9]{1,19})$";
/// A request's id.
const REQUEST_ID: &str = "^[A-Za-z0-9._-]{1,64}$";
/// A strong entity tag.
const ETAG: &str = "^\"[!#-~]*\"$";

/// Entity tags, or any.
const ETAGS: &str = r#"^(\*|(W/)?"[!#-~]*"( *, *(W/)?"[!#-~]*")*)$"#;

/// What is known of a header's values.
enum Values {
    /// Text that matches.
    Pattern(&'static str),
    /// Text of this format.
    Format(&'static str),
    /// One of these.
    OneOf(&'static [&'static str]),
    /// A whole number, of this at least.
    AtLeast(i32),
    /// Text that is not empty.
    Text,
    /// Text.
    Anything,
}

/// Name, values, example.
type Row = (&'static str, Values, &'static str);

const ROWS: &[Row] = &[
    ("Age", Values::AtLeast(0), "41"),
    ("Allow", Values::Text, "GET, HEAD, POST"),
    ("Cache-Control", Values::OneOf(&["no-store", "no-cache", "private, no-cache"]), "no-store"),
    ("Cache-Status", Values::Text, "l1; fwd=miss, l2; hit; ttl=41"),
    ("Content-Disposition", Values::Text, "attachment; filename=\"users.csv\""),
    ("Content-Encoding", Values::OneOf(&["br", "gzip"]), "br"),
    ("ETag", Values::Pattern(ETAG), "\"6b1f0c9d4e2a7583\""),
    ("Location", Values::Format("uri-reference"), "/api/v1/users/01920000-0000-7000-8000-000000000001"),
    ("Retry-After", Values::AtLeast(1), "2"),
    ("Server-Timing", Values::Text, "l2;dur=0.417, db;dur=12.003"),
    ("Set-Cookie", Values::Text, "__Host-session=…; Path=/; Secure; HttpOnly; SameSite=Strict"),
    ("Vary", Values::Text, "Accept-Encoding, Cookie, Authorization"),
    ("WWW-Authenticate", Values::Text, "Bearer"),
    ("X-Accel-Buffering", Values::OneOf(&["no"]), "no"),
    ("X-Data-Version", Values::Pattern(DATA_VERSION), "users=17,proposals=18,leads=17"),
    ("X-Request-Id", Values::Pattern(REQUEST_ID), "01920000-0000-7000-8000-000000000001"),
];

/// Those of requests.
const REQUEST_ROWS: &[Row] = &[
    ("If-Match", Values::Pattern(ETAGS), "\"2026-01-31T23:00:00Z\""),
    // One that holds no entity tag is passed over, as by every server: nothing is lost by that.
    ("If-None-Match", Values::Anything, "\"6b1f0c9d4e2a7583\""),
    ("X-Min-Data-Version", Values::Pattern(DATA_VERSION), "users=17,proposals=18"),
];

/// Says in `header`, which is called `name`, what it may hold, with an example. A header without a row stays as it is.
pub(super) fn complete(name: &str, header: &mut Header) {
    let Some((_, values, example)) = ROWS.iter().find(|(row, ..)| row.eq_ignore_ascii_case(name)) else {
        return;
    };
    header.schema = Some(schema(values).into());
    if header.example.is_none() {
        header.example = Some(match values {
            Values::AtLeast(_) => example.parse::<i64>().map_or(Value::Null, Value::from),
            _ => json!(example),
        });
    }
}

fn schema(values: &Values) -> Object {
    let text = ObjectBuilder::new().schema_type(Type::String);
    match values {
        Values::Pattern(pattern) => text.pattern(Some(*pattern)).build(),
        Values::Format(format) => text.format(Some(SchemaFormat::Custom((*format).to_owned()))).build(),
        Values::OneOf(names) => text.enum_values(Some(names.to_vec())).build(),
        Values::AtLeast(least) => {
            ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(*least)).build()
        }
        Values::Text => text.min_length(Some(1)).build(),
        Values::Anything => text.build(),
    }
}

/// Says in `parameter`, if it is a header with a row, what it may hold, with an example.
pub(super) fn complete_parameter(parameter: &mut Parameter) {
    let Some((_, values, example)) = REQUEST_ROWS.iter().find(|(row, ..)| *row == parameter.name) else {
        return;
    };
    let mut schema = schema(values);
    schema.examples = vec![json!(example)];
    parameter.schema = Some(schema.into());
}

/// A header that holds text.
pub(super) fn text_header(description: &str) -> Header {
    let mut header = Header::new(ObjectBuilder::new().schema_type(Type::String));
    header.description = Some(description.to_owned());
    header
}
