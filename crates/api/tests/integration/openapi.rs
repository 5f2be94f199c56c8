//! The document says everything there is to say, and is the one that is committed.

use api::error::ProblemKind;
use serde_json::Value;
use test_support::TestDatabase;

use crate::app::{TestApp, read};

fn document() -> Value {
    serde_json::from_str(&api::openapi::document_json().unwrap()).unwrap()
}

/// Every operation: path, method, and what the document says of it.
fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    let operations = paths.iter().flat_map(|(path, item)| {
        item.as_object()
            .unwrap()
            .iter()
            .map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    });
    operations.filter(|(_, method, _)| ["get", "post", "patch", "put", "delete"].contains(method)).collect()
}

#[test]
fn every_operation_is_described_in_full() {
    let document = document();
    assert_eq!(document["openapi"], "3.1.0");
    let mut ids = Vec::new();
    for (path, method, operation) in operations(&document) {
        let name = format!("{method} {path}");
        for text in ["summary", "description", "operationId"] {
            assert!(operation[text].as_str().is_some_and(|text| !text.is_empty()), "{name} has no {text}");
        }
        ids.push(operation["operationId"].as_str().unwrap());
        assert_eq!(operation["tags"].as_array().map(Vec::len), Some(1), "{name}");
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert!(parameter["description"].is_string(), "{name}: {parameter}");
        }
        let mut statuses = Vec::new();
        for (status, response) in operation["responses"].as_object().unwrap() {
            assert!(response["description"].as_str().is_some_and(|text| !text.is_empty()), "{name} {status}");
            assert!(response["headers"]["X-Request-Id"].is_object(), "{name} {status}");
            for (header, about) in response["headers"].as_object().unwrap() {
                assert!(about["description"].is_string(), "{name} {status} {header}");
            }
            if status.starts_with(['4', '5']) && path.starts_with("/api/") {
                let content = response["content"].as_object().unwrap();
                assert!(content.contains_key("application/problem+json"), "{name} {status}");
            }
            statuses.push(status.as_str());
        }
        if path.starts_with("/api/") {
            assert!(
                statuses.contains(&"400") && statuses.contains(&"500") && statuses.contains(&"503"),
                "{name}"
            );
        }
        if path.contains("{id}") {
            assert!(statuses.contains(&"404") && statuses.contains(&"422"), "{name}");
        }
        if operation.get("requestBody").is_some() {
            assert!(statuses.contains(&"413") && statuses.contains(&"415"), "{name}");
        }
    }
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "an operationId is used twice");
}

#[test]
fn every_schema_and_every_field_is_described() {
    let document = document();
    let mut undescribed = Vec::new();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        if schema["description"].is_null() {
            undescribed.push(name.clone());
        }
        for (field, property) in schema["properties"].as_object().into_iter().flatten() {
            // Of what may be null, the description stands beside the reference.
            let alternatives = property["oneOf"].as_array().into_iter().flatten();
            if !alternatives.chain([property]).any(|schema| schema["description"].is_string()) {
                undescribed.push(format!("{name}.{field}"));
            }
        }
    }
    assert!(undescribed.is_empty(), "{undescribed:?}");
}

/// What `schema` is, where it stands or where it refers to.
fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(target) => document.pointer(target.trim_start_matches('#')).unwrap(),
        None => schema,
    }
}

#[test]
fn every_schema_parameter_and_header_has_an_example() {
    // One that is made up would be refused: a cursor is signed.
    const WITHOUT: [&str; 1] = ["cursor"];
    let document = document();
    let has_example = |schema: &Value| {
        let schema = resolved(&document, schema);
        let items = resolved(&document, &schema["items"]);
        [schema, items].iter().any(|schema| !schema["example"].is_null() || !schema["examples"].is_null())
    };
    let mut without = Vec::new();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        if !has_example(schema) {
            without.push(format!("{name}: give its texts `#[schema(example = …)]`"));
        }
    }
    for (path, method, operation) in operations(&document) {
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let name = parameter["name"].as_str().unwrap();
            if !WITHOUT.contains(&name) && !has_example(&parameter["schema"]) {
                without.push(format!("{method} {path}: {name}: give it `example = …`"));
            }
        }
        for (status, response) in operation["responses"].as_object().unwrap() {
            for (name, header) in response["headers"].as_object().into_iter().flatten() {
                if header["example"].is_null() {
                    without.push(format!(
                        "{method} {path} {status}: {name}: give it a row in openapi/headers.rs"
                    ));
                }
            }
        }
    }
    assert!(without.is_empty(), "{}", without.join("\n"));
}

#[test]
fn a_body_takes_no_field_that_is_not_described() {
    let document = document();
    for (path, method, operation) in operations(&document) {
        let Some(body) = operation.get("requestBody") else { continue };
        let schema = resolved(&document, &body["content"]["application/json"]["schema"]);
        assert_eq!(schema["additionalProperties"], false, "{method} {path}");
        assert_eq!(body["required"], true, "{method} {path}");
    }
}

#[test]
fn every_kind_of_problem_has_an_example_of_its_own() {
    let document = document();
    let mut details = std::collections::BTreeMap::new();
    for (path, method, operation) in operations(&document) {
        for (status, response) in operation["responses"].as_object().unwrap() {
            let examples = response["content"]["application/problem+json"]["examples"].as_object();
            for (name, example) in examples.into_iter().flatten() {
                let problem = &example["value"];
                assert_eq!(problem["status"].to_string(), *status, "{method} {path} {name}");
                assert_eq!(
                    problem["type"],
                    format!("urn:problem-type:admin-metrics:{name}"),
                    "{method} {path}"
                );
                assert!(!problem["instance"].as_str().unwrap().contains('{'), "{method} {path} {name}");
                details.insert(problem["detail"].as_str().unwrap().to_owned(), name.clone());
            }
        }
    }
    let known = document["components"]["schemas"]["ProblemType"]["enum"].as_array().unwrap();
    assert_eq!(known.len(), ProblemKind::EVERY.len());
    let told: std::collections::BTreeSet<_> = details.values().collect();
    assert!(told.len() > 10 && details.len() >= told.len(), "{details:?}");
}

#[test]
fn every_kind_of_problem_is_in_the_conventions() {
    let conventions = include_str!("../../../../docs/API.md");
    for kind in ProblemKind::EVERY {
        let row = format!("| `{}` | {} | {} |", kind.name(), kind.status().as_u16(), kind.title());
        assert!(conventions.contains(&row), "docs/API.md, Errors: expected the row {row}");
    }
}

/// A method of a client is a verb and what it acts on.
#[test]
fn every_operation_id_makes_a_good_name() {
    const VERBS: [&str; 16] = [
        "get", "list", "create", "update", "delete", "move", "refresh", "export", "sign", "change", "redeem",
        "revoke", "watch", "reset", "stream", "set",
    ];
    let document = document();
    for (path, method, operation) in operations(&document) {
        let id = operation["operationId"].as_str().unwrap();
        let (verb, rest) = id.split_once('_').unwrap_or((id, ""));
        let is_fine = VERBS.contains(&verb)
            && !rest.is_empty()
            && id.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        assert!(is_fine, "{method} {path}: {id}: expected one of {VERBS:?}, then what it acts on");
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let mut open = vec![&document];
    while let Some(value) = open.pop() {
        if let Some(target) = value.get("$ref").and_then(Value::as_str) {
            assert!(document.pointer(target.trim_start_matches('#')).is_some(), "{target}");
        }
        match value {
            Value::Object(fields) => open.extend(fields.values()),
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
}

#[tokio::test]
async fn every_documented_operation_is_there() {
    let database = TestDatabase::sqlite().await;
    let app = TestApp::on(&database).await;
    let document = document();
    assert_eq!(app.get("/openapi.json").await.body, document);
    for (path, method, _) in operations(&document) {
        // A parameter that no route takes: the route is found, and nothing is done.
        let concrete = path.replace("{id}", "01920000-0000-7000-8000-000000000001");
        let answer =
            read(app.request(&method.to_uppercase(), &format!("{concrete}?no-such-parameter=1"))).await;
        let kind = answer.body["type"].as_str().unwrap_or_default();
        assert!(!kind.ends_with("unknown-route") && answer.status != 405, "{method} {path}: {answer:?}");
        if path.starts_with("/api/") {
            assert!(answer.status == 400 || answer.status == 415, "{method} {path}: {answer:?}");
        }
    }
    app.stop().await;
}

#[tokio::test]
async fn the_documentation_works_offline() {
    let database = TestDatabase::sqlite().await;
    let app = TestApp::on(&database).await;
    let answer = app.get("/docs").await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (302, "/docs/"));
    let page = app.get("/docs/").await;
    assert_eq!(page.status, 200);
    let page = page.body.as_str().unwrap();
    assert!(page.contains("swagger-ui") && !page.contains("https://"), "{page}");
    for file in ["swagger-ui-bundle.js", "swagger-ui.css", "swagger-initializer.js"] {
        assert_eq!(app.get(&format!("/docs/{file}")).await.status, 200, "{file}");
    }
    app.stop().await;
}

#[test]
fn the_committed_document_is_this_one() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi/openapi.json");
    let committed = std::fs::read_to_string(file).unwrap_or_default();
    let now = api::openapi::document_json().unwrap();
    assert!(
        committed == now,
        "openapi/openapi.json differs from the code; mend it with: cargo xtask openapi"
    );
}
