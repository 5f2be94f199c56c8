//! Live updates: who listens hears of every change, on whichever instance it was made.

mod changes;
mod ends;
mod limits;
mod listening;

use serde_json::{Value, json};

use crate::app::TestApp;

const EVENTS: &str = "/api/v1/events";

/// Adds a user and returns the versions that the answer carries, as events have them.
async fn add_user(app: &TestApp, name: &str) -> Value {
    let email = format!("{name}@example.org");
    let answer = app.post("/api/v1/users", &json!({"email": email, "displayName": name})).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    versions_of(answer.header("x-data-version"))
}

fn versions_of(header: &str) -> Value {
    let members = header.split(',').filter_map(|member| member.split_once('='));
    members.map(|(tag, version)| (tag.to_owned(), json!(version.parse::<u64>().unwrap()))).collect()
}

/// Whether `event` is not older than `least` in any tag that this names.
fn reaches(event: &Value, least: &Value) -> bool {
    let mut tags = least.as_object().unwrap().iter();
    tags.all(|(tag, version)| event[tag].as_u64().unwrap_or_default() >= version.as_u64().unwrap())
}
