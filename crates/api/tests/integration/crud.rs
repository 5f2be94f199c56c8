//! Making, changing and deleting rows, on both databases.

use serde_json::{Value, json};
use test_support::each_backend;

use crate::app::{Answer, TestApp};

pub(crate) async fn user(app: &TestApp, email: &str) -> Value {
    app.create("/api/v1/users", &json!({"email": email, "displayName": "Ada Lovelace"})).await
}

pub(crate) async fn proposal(app: &TestApp, user: &Value) -> Value {
    let body = json!({
        "userId": user["id"], "title": "New roof", "clientName": "Mairie", "amountMinor": 100, "currency": "EUR"
    });
    app.create("/api/v1/proposals", &body).await
}

pub(crate) async fn lead(app: &TestApp, proposal: &Value) -> Value {
    let body = json!({"proposalId": proposal["id"], "name": "Jean Valjean", "email": "jean@example.org"});
    app.create("/api/v1/leads", &body).await
}

pub(crate) fn path(family: &str, row: &Value) -> String {
    format!("/api/v1/{family}/{}", row["id"].as_str().unwrap())
}

#[tokio::test]
async fn a_user_is_made_read_changed_and_deleted() {
    each_backend(async |database| {
        let app = TestApp::on(database).await;
        let made = app
            .post("/api/v1/users", &json!({"email": " Ada@Example.ORG ", "displayName": " Ada Lovelace "}))
            .await;
        assert_eq!(made.status, 201);
        assert_eq!(made.header("cache-control"), "no-store");
        let user = made.body.clone();
        assert_eq!(made.header("location"), path("users", &user));
        assert_eq!(user["email"], "ada@example.org");
        assert_eq!(user["displayName"], "Ada Lovelace");
        assert_eq!((&user["role"], &user["status"]), (&json!("user"), &json!("invited")));
        assert_eq!(user["firstSentAt"], Value::Null);
        assert!(user["createdAt"].as_str().unwrap().ends_with('Z'), "{user}");
        assert_eq!(app.get(&path("users", &user)).await.body, user);

        let changed = app.patch(&path("users", &user), &json!({"role": "admin", "status": "active"})).await;
        assert_eq!(changed.status, 200);
        assert_eq!((&changed.body["role"], &changed.body["status"]), (&json!("admin"), &json!("active")));
        assert_eq!(changed.body["email"], user["email"]);
        assert_eq!(changed.body["createdAt"], user["createdAt"]);
        assert_eq!(app.get(&path("users", &user)).await.body, changed.body);

        let gone = app.delete(&path("users", &user)).await;
        assert_eq!((gone.status.as_u16(), &gone.body), (204, &Value::Null));
        for answer in [
            app.get(&path("users", &user)).await,
            app.patch(&path("users", &user), &json!({})).await,
            app.delete(&path("users", &user)).await,
        ] {
            assert_eq!(answer.status, 404);
            assert_eq!(answer.body["type"], "urn:problem-type:admin-metrics:not-found");
        }
        app.stop().await;
    })
    .await;
}

#[tokio::test]
async fn an_email_address_belongs_to_one_user_whatever_its_case() {
    each_backend(async |database| {
        let app = TestApp::on(database).await;
        let _ada = user(&app, "ada@example.org").await;
        let bob = user(&app, "bob@example.org").await;
        let taken = [
            app.post("/api/v1/users", &json!({"email": "ADA@example.org", "displayName": "X"})).await,
            app.patch(&path("users", &bob), &json!({"email": "Ada@Example.org"})).await,
        ];
        for answer in taken {
            assert_eq!(answer.status, 409, "{answer:?}");
            assert_eq!(answer.body["type"], "urn:problem-type:admin-metrics:duplicate-email");
            assert_eq!(answer.errors(), [("email", "taken")]);
        }
        assert_eq!(app.get(&path("users", &bob)).await.body, bob);
        // A user keeps an address that is given again.
        assert_eq!(app.patch(&path("users", &bob), &json!({"email": "BOB@example.org"})).await.status, 200);
        app.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_proposal_moves_one_way_and_each_move_sets_its_time() {
    each_backend(async |database| {
        let app = TestApp::on(database).await;
        let owner = user(&app, "ada@example.org").await;
        let draft = proposal(&app, &owner).await;
        assert_eq!((&draft["status"], &draft["sentAt"]), (&json!("draft"), &Value::Null));
        let to = async |status: &str| app.patch(&path("proposals", &draft), &json!({"status": status})).await;

        let illegal = to("accepted").await;
        assert_eq!(illegal.status, 409);
        assert_eq!(illegal.body["type"], "urn:problem-type:admin-metrics:illegal-move");
        assert!(illegal.body["detail"].as_str().unwrap().contains("move to sent"), "{illegal:?}");
        assert_eq!(app.get(&path("proposals", &draft)).await.body, draft);

        let sent = to("sent").await.body;
        assert!(sent["sentAt"].is_string() && sent["decidedAt"].is_null(), "{sent}");
        let first = app.get(&path("users", &owner)).await.body;
        assert_eq!(first["firstSentAt"], sent["sentAt"]);
        assert_eq!(to("sent").await.body["sentAt"], sent["sentAt"], "the same status changes nothing");

        let accepted = to("accepted").await.body;
        assert!(accepted["decidedAt"].is_string(), "{accepted}");
        assert_eq!(accepted["sentAt"], sent["sentAt"]);
        let again = to("declined").await;
        assert!(again.body["detail"].as_str().unwrap().contains("final"), "{again:?}");

        // A later one leaves the owner's first time as it is.
        let second = proposal(&app, &owner).await;
        assert_eq!(app.patch(&path("proposals", &second), &json!({"status": "sent"})).await.status, 200);
        assert_eq!(app.get(&path("users", &owner)).await.body["firstSentAt"], sent["sentAt"]);
        app.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_lead_converts_once() {
    each_backend(async |database| {
        let app = TestApp::on(database).await;
        let owner = user(&app, "ada@example.org").await;
        let parent = proposal(&app, &owner).await;
        let new = lead(&app, &parent).await;
        assert_eq!((&new["status"], &new["source"]), (&json!("new"), &json!("other")));
        let converted = app.patch(&path("leads", &new), &json!({"status": "converted"})).await.body;
        assert!(converted["convertedAt"].is_string(), "{converted}");
        assert_eq!(app.patch(&path("leads", &new), &json!({"status": "lost"})).await.status, 409);
        app.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_deletion_takes_along_what_hangs_below() {
    each_backend(async |database| {
        let app = TestApp::on(database).await;
        let (ada, bob) = (user(&app, "ada@example.org").await, user(&app, "bob@example.org").await);
        let (first, second, other) =
            (proposal(&app, &ada).await, proposal(&app, &ada).await, proposal(&app, &bob).await);
        let (below_first, below_second, below_other) =
            (lead(&app, &first).await, lead(&app, &second).await, lead(&app, &other).await);

        assert_eq!(app.delete(&path("proposals", &first)).await.status, 204);
        assert_eq!(app.get(&path("leads", &below_first)).await.status, 404);
        assert_eq!(app.get(&path("leads", &below_second)).await.status, 200);

        assert_eq!(app.delete(&path("users", &ada)).await.status, 204);
        assert_eq!(app.get(&path("proposals", &second)).await.status, 404);
        assert_eq!(app.get(&path("leads", &below_second)).await.status, 404);
        assert_eq!(app.get(&path("leads", &below_other)).await.status, 200);

        assert_eq!(app.delete(&path("leads", &below_other)).await.status, 204);
        assert_eq!(app.get(&path("proposals", &other)).await.status, 200);
        app.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_parent_that_does_not_exist_is_named() {
    each_backend(async |database| {
        let app = TestApp::on(database).await;
        let nobody = "01920000-0000-7000-8000-000000000001";
        let check = |answer: &Answer, field: &str| {
            assert_eq!(answer.status, 422, "{answer:?}");
            assert_eq!(answer.body["type"], "urn:problem-type:admin-metrics:unknown-parent");
            assert_eq!(answer.errors(), [(field, "not_found")]);
        };
        let proposal =
            json!({"userId": nobody, "title": "T", "clientName": "C", "amountMinor": 0, "currency": "EUR"});
        check(&app.post("/api/v1/proposals", &proposal).await, "userId");
        let lead = json!({"proposalId": nobody, "name": "N", "email": "n@example.org"});
        check(&app.post("/api/v1/leads", &lead).await, "proposalId");
        app.stop().await;
    })
    .await;
}

#[tokio::test]
async fn writes_at_once_on_the_same_rows_all_end() {
    each_backend(async |database| {
        let app = TestApp::on(database).await;
        let owner = user(&app, "ada@example.org").await;
        let mut proposals = Vec::new();
        for _ in 0..8 {
            proposals.push(proposal(&app, &owner).await);
        }
        // Each sends a proposal of the same owner, and one deletes the owner with everything.
        let sends = proposals.iter().map(|row| async {
            app.patch(&path("proposals", row), &json!({"status": "sent"})).await.status.as_u16()
        });
        let (sent, deleted) = tokio::join!(futures_util::future::join_all(sends), async {
            app.delete(&path("users", &owner)).await.status.as_u16()
        });
        assert_eq!(deleted, 204);
        assert!(sent.iter().all(|status| [200, 404].contains(status)), "{sent:?}");
        assert_eq!(app.get("/api/v1/proposals?count=true").await.body["page"]["total"], 0);
        app.stop().await;
    })
    .await;
}
