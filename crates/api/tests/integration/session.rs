//! Signing in over HTTP: what the cookie is like, and what becomes of it.

use serde_json::{Value, json};
use test_support::{TestDatabase, each_backend};

use crate::app::{Answer, TestApp, read};

const SESSION: &str = "/api/v1/session";
const PASSWORD: &str = "correct horse battery";

/// The cookie that an answer sets, as the browser sends it back.
fn cookie(answer: &Answer) -> String {
    answer.header("set-cookie").split(';').next().unwrap().to_owned()
}

/// A new viewer who has set [`PASSWORD`] by a one-time link, and their session's cookie.
async fn viewer(app: &TestApp, name: &str) -> (Value, String) {
    let email = format!("{name}@example.org");
    let user =
        app.create("/api/v1/users", &json!({"email": email, "displayName": name, "role": "viewer"})).await;
    let link =
        app.post(&format!("/api/v1/users/{}/sign-in-link", user["id"].as_str().unwrap()), &Value::Null).await;
    assert_eq!((link.status.as_u16(), link.header("cache-control")), (201, "no-store"), "{link:?}");
    let body = json!({"token": link.body["token"], "password": PASSWORD});
    let redeemed = read(app.anonymous("POST", "/api/v1/session/redeem").json(&body)).await;
    assert_eq!(redeemed.status, 201, "{redeemed:?}");
    let again = read(app.anonymous("POST", "/api/v1/session/redeem").json(&body)).await;
    assert_eq!((again.status.as_u16(), kind(&again)), (422, "invalid-link"), "{again:?}");
    (user, cookie(&redeemed))
}

fn kind(answer: &Answer) -> &str {
    answer.body["type"].as_str().unwrap_or_default().rsplit(':').next().unwrap()
}

async fn sign_in(app: &TestApp, email: &str, password: &str) -> Answer {
    read(app.anonymous("POST", SESSION).json(&json!({"email": email, "password": password}))).await
}

#[tokio::test]
async fn from_an_invitation_to_the_last_sign_out() {
    each_backend(async |database| {
        let app = TestApp::on(database).await;
        let (user, first) = viewer(&app, "ada").await;
        let who = read(app.request_with(&first, "GET", SESSION)).await;
        assert_eq!(who.status, 200, "{who:?}");
        assert_eq!(who.body["user"]["id"], user["id"]);
        assert_eq!(who.body["user"]["role"], "viewer");
        assert_eq!(who.body["idleMins"], 60);
        assert_eq!(
            app.get(&format!("/api/v1/users/{}", user["id"].as_str().unwrap())).await.body["status"],
            "active"
        );

        let second = sign_in(&app, "ADA@example.org", PASSWORD).await;
        assert_eq!((second.status.as_u16(), second.header("location")), (201, SESSION), "{second:?}");
        let attributes = second.header("set-cookie").split_once("; ").unwrap().1;
        assert_eq!(attributes, "Max-Age=86400; Path=/; HttpOnly; SameSite=Strict");
        assert!(second.header("set-cookie").starts_with("session="));
        let second = cookie(&second);

        // A new password: the session that asked goes on under a new id, the other one has ended.
        let change = |current: &str, new: &str| json!({"currentPassword": current, "newPassword": new});
        let put = |cookie: &str, body: Value| {
            read(app.request_with(cookie, "PUT", "/api/v1/session/password").json(&body))
        };
        let wrong = put(&second, change("a guess", "another horse battery")).await;
        assert_eq!((wrong.status.as_u16(), wrong.errors()), (422, vec![("currentPassword", "wrong")]));
        let short = put(&second, change(PASSWORD, "short")).await;
        assert_eq!((short.status.as_u16(), short.errors()), (422, vec![("newPassword", "length")]));
        let changed = put(&second, change(PASSWORD, "another horse battery")).await;
        assert_eq!(changed.status, 200, "{changed:?}");
        let third = cookie(&changed);
        for ended in [&first, &second] {
            assert_eq!(read(app.request_with(ended, "GET", SESSION)).await.status, 401);
        }

        let fourth = cookie(&sign_in(&app, "ada@example.org", "another horse battery").await);
        let out = read(app.request_with(&third, "DELETE", SESSION)).await;
        assert_eq!(out.status, 204, "{out:?}");
        assert!(out.header("set-cookie").starts_with("session=; Max-Age=0"), "{out:?}");
        assert_eq!(read(app.request_with(&third, "GET", SESSION)).await.status, 401);
        assert_eq!(read(app.request_with(&fourth, "GET", SESSION)).await.status, 200);
        let fifth = cookie(&sign_in(&app, "ada@example.org", "another horse battery").await);
        let everywhere = read(app.request_with(&fifth, "DELETE", "/api/v1/session?everywhere=true")).await;
        assert_eq!(everywhere.status, 204);
        for ended in [&fourth, &fifth] {
            assert_eq!(read(app.request_with(ended, "GET", SESSION)).await.status, 401);
        }
        app.stop().await;
    })
    .await;
}

#[tokio::test]
async fn who_is_refused_is_told_the_same_whatever_is_wrong() {
    let database = TestDatabase::sqlite().await;
    let app = TestApp::on(&database).await;
    viewer(&app, "ada").await;
    let wrong = sign_in(&app, "ada@example.org", "a guess").await;
    let unknown = sign_in(&app, "nobody@example.org", "a guess").await;
    assert_eq!((wrong.status.as_u16(), kind(&wrong)), (401, "sign-in-refused"));
    assert!(wrong.header("set-cookie").is_empty());
    assert_eq!((&wrong.status, &wrong.body["detail"]), (&unknown.status, &unknown.body["detail"]));
    for (body, field, code) in [
        (json!({"email": "ada@example.org"}), "password", "required"),
        (json!({"email": "ada@example.org", "password": 12_345_678}), "password", "type"),
        (json!({"email": "ada@example.org", "password": "x", "remember": true}), "remember", "unknown_field"),
    ] {
        let answer = read(app.anonymous("POST", SESSION).json(&body)).await;
        assert_eq!((answer.status.as_u16(), answer.errors()), (422, vec![(field, code)]), "{answer:?}");
        assert!(!answer.body.to_string().contains("12345678"));
    }
    // The first was a failure already.
    for _ in 0..9 {
        assert_eq!(sign_in(&app, "ada@example.org", "a guess").await.status, 401);
    }
    let limited = sign_in(&app, "ada@example.org", PASSWORD).await;
    assert_eq!((limited.status.as_u16(), kind(&limited)), (429, "too-many-attempts"), "{limited:?}");
    assert!((1..=91).contains(&limited.header("retry-after").parse::<u32>().unwrap()));
    app.stop().await;
}

#[tokio::test]
async fn somebody_who_could_not_sign_in_gets_no_link_and_the_last_admin_stays() {
    let database = TestDatabase::sqlite().await;
    let app = TestApp::on(&database).await;
    let customer = app.create("/api/v1/users", &json!({"email": "c@example.org", "displayName": "C"})).await;
    let refused = app
        .post(&format!("/api/v1/users/{}/sign-in-link", customer["id"].as_str().unwrap()), &Value::Null)
        .await;
    assert_eq!((refused.status.as_u16(), kind(&refused)), (409, "link-of-no-use"), "{refused:?}");
    let me = app.get(SESSION).await.body["user"]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/users/{me}");
    for answer in [
        app.delete(&path).await,
        app.patch(&path, &json!({"role": "viewer"})).await,
        app.patch(&path, &json!({"status": "suspended"})).await,
    ] {
        assert_eq!((answer.status.as_u16(), kind(&answer)), (409, "last-admin"), "{answer:?}");
    }
    assert_eq!(app.get(SESSION).await.status, 200);
    app.stop().await;
}
