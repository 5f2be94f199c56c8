//! Lists: paging without gaps or repeats while rows come in, filters, and cursors that are refused.

use std::collections::HashSet;

use domain::entities::user::Role;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use test_support::each_backend;

use crate::{
    app::{SESSION_SECRET, TestApp},
    sign_in::id_of,
};

async fn user(app: &TestApp, name: &str) -> Value {
    let email = format!("{}@example.org", uuid::Uuid::new_v4().simple());
    app.create("/api/v1/users", &json!({"email": email, "displayName": name})).await
}

fn ids(list: &Value) -> Vec<String> {
    list["items"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

fn cursor(list: &Value) -> Option<String> {
    assert_eq!(list["page"]["hasMore"], list["page"]["nextCursor"].is_string());
    list["page"]["nextCursor"].as_str().map(str::to_owned)
}

#[tokio::test]
async fn paging_sees_every_row_once_while_others_come_in() {
    each_backend(async |database| {
        let app = TestApp::on(database).await;
        let mut expected = Vec::new();
        for number in 0..25 {
            expected.push(user(&app, &format!("User {number}")).await["id"].as_str().unwrap().to_owned());
        }
        expected.reverse();
        // The oldest of all is who asks.
        expected.push(id_of(Role::Admin).to_string());
        let first = app.get("/api/v1/users?limit=4&count=true").await.body;
        assert_eq!(first["page"]["total"], 26);
        assert_eq!(first["page"]["limit"], 4);
        let (mut seen, mut next) = (ids(&first), cursor(&first));
        while let Some(at) = next {
            user(&app, "Late").await;
            let page = app.get(&format!("/api/v1/users?cursor={at}&limit=7")).await.body;
            assert!(page["page"].get("total").is_none());
            seen.extend(ids(&page));
            next = cursor(&page);
        }
        assert_eq!(seen, expected);
        assert_eq!(seen.iter().collect::<HashSet<_>>().len(), 26);
        app.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_page_as_long_as_the_list_is_the_last() {
    each_backend(async |database| {
        let app = TestApp::on(database).await;
        let empty = app.get("/api/v1/leads?count=true").await.body;
        assert_eq!(
            empty,
            json!({"items": [], "page": {"nextCursor": null, "hasMore": false, "limit": 50, "total": 0}})
        );
        for _ in 0..3 {
            user(&app, "X").await;
        }
        // And who asks.
        let exact = app.get("/api/v1/users?limit=4").await.body;
        assert_eq!((ids(&exact).len(), cursor(&exact)), (4, None));
        app.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_cursor_of_another_list_other_filters_or_altered_is_refused() {
    each_backend(async |database| {
        let app = TestApp::on(database).await;
        for _ in 0..2 {
            user(&app, "X").await;
        }
        let at = cursor(&app.get("/api/v1/users?limit=1&status=invited").await.body).unwrap();
        assert_eq!(app.get(&format!("/api/v1/users?limit=2&status=invited&cursor={at}")).await.status, 200);
        let mut altered = at.clone().into_bytes();
        altered[12] = if altered[12] == b'A' { b'B' } else { b'A' };
        let altered = String::from_utf8(altered).unwrap();
        for path in [
            format!("/api/v1/users?cursor={at}"),
            format!("/api/v1/users?status=active&cursor={at}"),
            format!("/api/v1/leads?cursor={at}"),
            format!("/api/v1/users?status=invited&cursor={altered}"),
            "/api/v1/users?cursor=".to_owned(),
            "/api/v1/users?cursor=AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned(),
            "/api/v1/users?cursor=%00".to_owned(),
        ] {
            let answer = app.get(&path).await;
            assert_eq!(answer.status, 400, "{path}");
            assert_eq!(answer.errors(), [("cursor", "unknown_value")], "{path}");
        }
        app.stop().await;
    })
    .await;
}

/// Instances with one secret sign alike; with another one, all cursors are refused.
#[tokio::test]
async fn instances_with_one_secret_take_each_others_cursors() {
    each_backend(async |database| {
        let url = database.url().expose_secret();
        let (one, other) = (TestApp::on(database).await, TestApp::on(database).await);
        let third =
            TestApp::with(&[("DATABASE_URL", url), ("SESSION_SECRET", &SESSION_SECRET.replace('0', "1"))])
                .await;
        for _ in 0..2 {
            user(&one, "X").await;
        }
        let at = cursor(&one.get("/api/v1/users?limit=1").await.body).unwrap();
        let next = format!("/api/v1/users?limit=1&cursor={at}");
        let page = one.get(&next).await;
        assert_eq!(ids(&page.body).len(), 1);
        assert_eq!(other.get(&next).await.body, page.body);
        let refused = third.get(&next).await;
        assert_eq!((refused.status.as_u16(), refused.errors()), (400, vec![("cursor", "unknown_value")]));
        for app in [one, other, third] {
            app.stop().await;
        }
    })
    .await;
}

/// Users, proposals and leads to filter, by name.
async fn rows(app: &TestApp) -> (Value, Value) {
    let ada = app
        .create(
            "/api/v1/users",
            &json!({"email": "ada_l@example.org", "displayName": "Ada 100%", "role": "admin"}),
        )
        .await;
    let _bob = app
        .create(
            "/api/v1/users",
            &json!({"email": "bob@example.org", "displayName": "Bob", "status": "active"}),
        )
        .await;
    let roof = app
        .create(
            "/api/v1/proposals",
            &json!({"userId": ada["id"], "title": "New Roof", "clientName": "Mairie", "amountMinor": 1, "currency": "EUR"}),
        )
        .await;
    let id = roof["id"].as_str().unwrap();
    let roof = app.patch(&format!("/api/v1/proposals/{id}"), &json!({"status": "sent"})).await.body;
    app.create(
        "/api/v1/proposals",
        &json!({"userId": ada["id"], "title": "Garden", "clientName": "Ville", "amountMinor": 1, "currency": "EUR"}),
    )
    .await;
    let lead = app
        .create(
            "/api/v1/leads",
            &json!({"proposalId": id, "name": "Jean", "email": "jean@example.org", "source": "campaign"}),
        )
        .await;
    let id = lead["id"].as_str().unwrap();
    app.patch(&format!("/api/v1/leads/{id}"), &json!({"status": "converted"})).await;
    (ada, roof)
}

#[tokio::test]
async fn filters_hold_together() {
    each_backend(async |database| {
        let app = TestApp::on(database).await;
        let (ada, roof) = rows(&app).await;
        let (ada, sent) = (ada["id"].as_str().unwrap(), roof["sentAt"].as_str().unwrap());
        let roof = roof["id"].as_str().unwrap();
        let cases = [
            ("users?status=invited", 1),
            // The other active admin is who asks.
            ("users?status=invited&status=active", 3),
            ("users?status=suspended", 0),
            ("users?role=admin", 2),
            ("users?role=admin&status=active", 1),
            ("users?q=ADA", 1),
            ("users?q=a_l", 1),
            ("users?q=a_x", 0),
            ("users?q=100%25", 1),
            ("users?q=0%25%25", 0),
            ("users?q=example", 2),
            ("users?q=*", 0),
            ("users?q=[", 0),
            ("users?createdFrom=2020-01-01T00:00:00Z&createdTo=9999-12-31T23:59:59Z", 2),
            ("users?createdTo=2020-01-01T00:00:00%2B02:00", 1),
            ("users?activatedBefore=9999-12-31T23:59:59Z", 1),
            ("users?activatedBefore=2020-01-01T00:00:00Z", 0),
            (&format!("users?activatedBefore={sent}"), 0),
            ("proposals?status=sent", 1),
            ("proposals?q=roof", 1),
            ("proposals?q=vill", 1),
            (&format!("proposals?userId={ada}"), 2),
            ("proposals?userId=01920000-0000-7000-8000-000000000001", 0),
            // Half-open: an instant is in the interval that begins with it, not in the one that ends with it.
            (&format!("proposals?sentFrom={sent}"), 1),
            (&format!("proposals?sentTo={sent}"), 0),
            ("proposals?decidedFrom=2020-01-01T00:00:00Z", 0),
            ("leads?status=converted&source=campaign", 1),
            ("leads?source=website", 0),
            ("leads?convertedFrom=2020-01-01T00:00:00Z", 1),
            ("leads?convertedTo=2020-01-01T00:00:00Z", 0),
            (&format!("leads?proposalId={roof}&userId={ada}"), 1),
            ("leads?userId=01920000-0000-7000-8000-000000000001", 0),
            ("leads?q=JEAN", 1),
        ];
        for (query, expected) in cases {
            let answer = app.get(&format!("/api/v1/{query}&count=true")).await;
            assert_eq!(answer.status, 200, "{query}: {answer:?}");
            assert_eq!(answer.body["page"]["total"], expected, "{query}");
            assert_eq!(ids(&answer.body).len(), expected, "{query}");
        }
        app.stop().await;
    })
    .await;
}

#[tokio::test]
async fn text_is_found_whatever_its_case() {
    each_backend(async |database| {
        let app = TestApp::on(database).await;
        for name in ["Éloïse Lefèvre", "François", "O'Brien\\x"] {
            user(&app, name).await;
        }
        // What is the same letter beyond ASCII is up to the locale of a PostgreSQL database.
        let mut cases = vec![("LEF", 1), ("o'b", 1), ("\\x", 1), ("Éloïse", 1)];
        if database.backend() == test_support::Backend::Sqlite {
            cases.extend([("éLOÏSE", 1), ("FRANÇOIS", 1)]);
        }
        for (text, expected) in cases {
            let request = app.request("GET", "/api/v1/users").query(&[("q", text)]);
            let answer = crate::app::read(request).await;
            assert_eq!(ids(&answer.body).len(), expected, "{text}");
        }
        app.stop().await;
    })
    .await;
}
