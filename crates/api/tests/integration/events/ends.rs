//! Why streams end.

use std::time::Duration;

use domain::entities::user::Role;
use secrecy::ExposeSecret as _;
use serde_json::json;
use test_support::{TestDatabase, TestRedis};

use super::{
    EVENTS, add_user,
    listening::{Frame, Listening, PATIENCE},
    reaches,
};
use crate::{
    app::{TestApp, read},
    sign_in,
};

fn end(reason: &str) -> Frame {
    Frame::Event("end".to_owned(), json!({"reason": reason}))
}

#[tokio::test]
async fn a_server_that_stops_waits_for_no_stream() {
    let database = TestDatabase::sqlite().await;
    let app = TestApp::changed(&[("DATABASE_URL", database.url().expose_secret())], |config| {
        config.server.shutdown_timeout = Duration::from_hours(1);
    })
    .await;
    let mut streams = [Listening::to(&app).await, Listening::to(&app).await];
    for stream in &mut streams {
        stream.versions().await;
    }
    tokio::time::timeout(PATIENCE, app.stop()).await.expect("it waits");
    for mut stream in streams {
        assert_eq!(stream.rest().await, [end("shutdown")]);
    }
}

#[tokio::test]
async fn signing_out_on_one_instance_ends_the_stream_on_another_and_no_others() {
    let (database, redis) = (TestDatabase::sqlite().await, TestRedis::new().await);
    let variables = [
        ("DATABASE_URL", database.url().expose_secret()),
        ("REDIS_URL", redis.url()),
        ("CACHE_NAMESPACE", redis.namespace()),
    ];
    let a = TestApp::with(&variables).await;
    let b = TestApp::changed(&variables, |config| {
        // Nothing is found out by chance.
        config.events.heartbeat = Duration::from_hours(1);
    })
    .await;
    let viewer = sign_in::session_of(&b.node, database.url(), Role::Viewer).await.unwrap();
    let mut mine = Listening::by(b.request_with(&viewer, "GET", EVENTS)).await;
    let mut others = Listening::to(&b).await;
    // Both instances hear of each other.
    mine.until(|event| event["users"].is_u64()).await;
    others.until(|event| event["users"].is_u64()).await;

    let signed_out = read(a.request_with(&viewer, "DELETE", "/api/v1/session")).await;
    assert_eq!(signed_out.status, 204, "{signed_out:?}");
    let rest = mine.rest().await;
    assert_eq!(rest.last(), Some(&end("signed-out")), "{rest:?}");
    let refused = read(b.request_with(&viewer, "GET", EVENTS)).await;
    assert_eq!(refused.status, 401, "{refused:?}");
    let written = add_user(&a, "ada").await;
    others.until(|event| reaches(event, &written)).await;
    a.stop().await;
    b.stop().await;
}

#[tokio::test]
async fn a_stream_ends_with_its_session_and_does_not_keep_it_alive() {
    let database = TestDatabase::sqlite().await;
    let app = TestApp::changed(&[("DATABASE_URL", database.url().expose_secret())], |config| {
        // Long enough to begin to listen.
        config.session.idle = Duration::from_secs(8);
        config.events.heartbeat = Duration::from_millis(50);
    })
    .await;
    let viewer = sign_in::session_of(&app.node, database.url(), Role::Viewer).await.unwrap();
    let mut stream = Listening::by(app.request_with(&viewer, "GET", EVENTS)).await;
    let rest = stream.rest().await;
    assert_eq!(rest.last(), Some(&end("expired")), "{rest:?}");
    assert!(rest.contains(&Frame::Comment("heartbeat".to_owned())), "{rest:?}");
    app.stop().await;
}

#[tokio::test]
async fn nobody_listens_without_signing_in() {
    let database = TestDatabase::sqlite().await;
    let app = TestApp::on(&database).await;
    let refused = read(app.anonymous("GET", EVENTS)).await;
    assert_eq!((refused.status.as_u16(), refused.header("content-type")), (401, "application/problem+json"));
    app.stop().await;
}
