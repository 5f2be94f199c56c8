//! Changes that say what they expect: a row's entity tag, changes that are refused because somebody else was there before, and
//! of two at once one.

use reqwest::header::{ETAG, IF_MATCH, IF_NONE_MATCH};
use serde_json::{Value, json};
use test_support::each_backend;

use crate::app::{Answer, TestApp, read};

const NOBODY: &str = "\"2020-01-01T00:00:00Z\"";

/// A user, a proposal of theirs, and a lead of that: each by its path.
async fn rows(app: &TestApp) -> [(String, Value); 3] {
    let email = format!("{}@example.org", uuid::Uuid::new_v4().simple());
    let user = app.create("/api/v1/users", &json!({"email": email, "displayName": "Ada"})).await;
    let proposal = json!({"userId": user["id"], "title": "Roof", "clientName": "Mairie", "amountMinor": 1, "currency": "EUR"});
    let proposal = app.create("/api/v1/proposals", &proposal).await;
    let lead = json!({"proposalId": proposal["id"], "name": "Jean", "email": "jean@example.org"});
    let lead = app.create("/api/v1/leads", &lead).await;
    [("users", user), ("proposals", proposal), ("leads", lead)]
        .map(|(family, row)| (format!("/api/v1/{family}/{}", row["id"].as_str().unwrap()), row))
}

/// A row's entity tag, made from the row.
fn etag(row: &Value) -> String {
    format!("\"{}\"", row["updatedAt"].as_str().unwrap())
}

/// A change of the row that is different every time.
fn change(path: &str) -> Value {
    let field = if path.contains("/users/") {
        "displayName"
    } else if path.contains("/leads/") {
        "name"
    } else {
        "title"
    };
    json!({field: uuid::Uuid::new_v4().to_string()})
}

async fn patch_if(app: &TestApp, path: &str, if_match: &str) -> Answer {
    read(app.request("PATCH", path).header(IF_MATCH, if_match).json(&change(path))).await
}

fn assert_lost(answer: &Answer, now: &str) {
    assert_eq!(answer.status, 412, "{answer:?}");
    assert_eq!(answer.body["type"], "urn:problem-type:admin-metrics:lost-update");
    assert!(
        answer.body["detail"].as_str().unwrap().contains(&format!("its ETag is {now} now")),
        "{answer:?}"
    );
    assert_eq!(answer.errors(), [("If-Match", "lost_update")]);
}

#[tokio::test]
async fn every_row_has_its_entity_tag_and_is_not_sent_twice() {
    each_backend(async |database| {
        let app = TestApp::on(database).await;
        for (path, made) in rows(&app).await {
            let (family, _) = path.rsplit_once('/').unwrap();
            let listed = app.get(family).await.body["items"][0].clone();
            let got = app.get(&path).await;
            assert_eq!(got.header("etag"), etag(&listed));
            assert_eq!(got.header("etag"), etag(&made));
            let again = |header: String| read(app.request("GET", &path).header(IF_NONE_MATCH, header));
            for same in [etag(&made), format!("{NOBODY}, W/{}", etag(&made)), "*".to_owned()] {
                let answer = again(same).await;
                assert_eq!((answer.status.as_u16(), answer.header("etag")), (304, got.header("etag")));
                assert_eq!(answer.body, Value::Null);
            }
            for other in [NOBODY.to_owned(), "nonsense".to_owned()] {
                assert_eq!(again(other).await.body, made);
            }
            let changed = app.patch(&path, &change(&path)).await;
            assert_eq!(changed.header("etag"), etag(&changed.body));
            assert_ne!(changed.header("etag"), got.header("etag"));
            assert_eq!(again(etag(&made)).await.status, 200);
        }
        let created = app.post("/api/v1/users", &json!({"email": "a@example.org", "displayName": "A"})).await;
        assert_eq!(created.header(ETAG.as_str()), etag(&created.body));
        app.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_change_of_what_somebody_else_changed_is_refused() {
    each_backend(async |database| {
        let app = TestApp::on(database).await;
        let mut rows = rows(&app).await;
        for (path, row) in &rows {
            let first = etag(row);
            let second = patch_if(&app, path, &first).await;
            assert_eq!(second.status, 200, "{second:?}");
            let second = second.header("etag").to_owned();
            assert_lost(&patch_if(&app, path, &first).await, &second);
            assert_lost(&patch_if(&app, path, &format!("W/{second}")).await, &second);
            assert_lost(&patch_if(&app, path, "\"7\"").await, &second);
            assert_lost(&read(app.request("DELETE", path).header(IF_MATCH, &first)).await, &second);
            // What would change nothing is refused as well: it was not what the client has seen.
            let idle = read(app.request("PATCH", path).header(IF_MATCH, &first).json(&json!({}))).await;
            assert_lost(&idle, &second);
            assert_eq!(app.get(path).await.header("etag"), second, "nothing was changed");
            assert_eq!(patch_if(&app, path, &format!("{first}, {second}")).await.status, 200);
            assert_eq!(patch_if(&app, path, "*").await.status, 200);
            for malformed in ["", "7", "\"7", "\"7\" \"8\"", "*, \"7\""] {
                let answer = patch_if(&app, path, malformed).await;
                assert_eq!(answer.status, 400, "{malformed}");
                assert_eq!(answer.body["type"], "urn:problem-type:admin-metrics:invalid-header");
                assert_eq!(answer.errors(), [("If-Match", "format")]);
            }
        }
        rows.reverse();
        for (path, _) in &rows {
            let now = app.get(path).await.header("etag").to_owned();
            assert_eq!(read(app.request("DELETE", path).header(IF_MATCH, now)).await.status, 204);
            assert_eq!(patch_if(&app, path, NOBODY).await.status, 404);
            assert_eq!(read(app.request("DELETE", path).header(IF_MATCH, "*")).await.status, 404);
        }
        app.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_row_that_changed_by_a_change_of_another_has_a_new_entity_tag() {
    each_backend(async |database| {
        let app = TestApp::on(database).await;
        let [(user, before), (proposal, _), _] = rows(&app).await;
        app.patch(&proposal, &json!({"status": "sent"})).await;
        let after = app.get(&user).await;
        assert!(after.body["firstSentAt"].is_string());
        assert_lost(&patch_if(&app, &user, &etag(&before)).await, after.header("etag"));
        app.stop().await;
    })
    .await;
}

/// On two instances, so that only the database can decide.
#[tokio::test]
async fn of_two_changes_at_once_that_expect_the_same_one_is_made() {
    each_backend(async |database| {
        let (one, other) = (TestApp::on(database).await, TestApp::on(database).await);
        for (path, row) in rows(&one).await {
            let mut now = etag(&row);
            for _ in 0..10 {
                let answers = tokio::join!(patch_if(&one, &path, &now), patch_if(&other, &path, &now));
                let (made, lost) = if answers.0.status == 200 { answers } else { (answers.1, answers.0) };
                assert_eq!(made.status, 200, "{made:?}");
                now = made.header("etag").to_owned();
                assert_lost(&lost, &now);
            }
            assert_eq!(one.get(&path).await.header("etag"), now);
        }
        one.stop().await;
        other.stop().await;
    })
    .await;
}
