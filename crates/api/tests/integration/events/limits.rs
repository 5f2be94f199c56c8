//! How many may listen, and that a place is free again once its client is gone.

use std::time::Duration;

use secrecy::ExposeSecret as _;
use test_support::TestDatabase;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
};

use super::{
    EVENTS,
    listening::{Listening, PATIENCE, are_open},
};
use crate::app::TestApp;

async fn node(database: &TestDatabase, streams: usize, streams_each: usize) -> TestApp {
    TestApp::changed(&[("DATABASE_URL", database.url().expose_secret())], |config| {
        (config.events.streams, config.events.streams_each) = (streams, streams_each);
        // No sign of life finds out by chance that a client is gone.
        config.events.heartbeat = Duration::from_hours(1);
    })
    .await
}

#[tokio::test]
async fn a_session_has_its_share() {
    let database = TestDatabase::sqlite().await;
    let app = node(&database, 10, 2).await;
    let streams = [Listening::to(&app).await, Listening::to(&app).await];
    let refused = app.get(EVENTS).await;
    assert_eq!((refused.status.as_u16(), refused.header("retry-after")), (429, "15"), "{refused:?}");
    assert_eq!(refused.body["type"], "urn:problem-type:admin-metrics:too-many-streams");
    assert!(refused.body["detail"].as_str().unwrap().contains("(2)"), "{refused:?}");
    let counters = app.get("/metrics").await.body;
    for line in ["event_streams_open 2", "event_streams_refused_total 1"] {
        assert!(counters.as_str().unwrap().lines().any(|counter| counter == line), "{line}: {counters}");
    }
    drop(streams);
    are_open(&app, 0).await;
    Listening::to(&app).await.versions().await;
    app.stop().await;
}

#[tokio::test]
async fn a_node_serves_so_many() {
    let database = TestDatabase::sqlite().await;
    let app = node(&database, 1, 10).await;
    let stream = Listening::to(&app).await;
    let refused = app.get(EVENTS).await;
    assert_eq!((refused.status.as_u16(), refused.header("retry-after")), (503, "15"), "{refused:?}");
    assert!(refused.body["detail"].as_str().unwrap().contains("(1)"), "{refused:?}");
    drop(stream);
    are_open(&app, 0).await;
    Listening::to(&app).await.versions().await;
    app.stop().await;
}

/// It may go before the server has taken the request, while this looks who asks, when the first event comes, or any time
/// later. All that the server may hear is that the client says no more.
#[tokio::test]
async fn a_place_is_free_again_whenever_its_client_goes() {
    let database = TestDatabase::sqlite().await;
    let app = node(&database, 1, 10).await;
    let request = app.request("GET", EVENTS).build().unwrap();
    let cookie = request.headers()["cookie"].to_str().unwrap();
    let request = format!("GET {EVENTS} HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\n\r\n");
    let clients = async {
        for number in 0..60 {
            let hears_up_to = ["", "HTTP/1.1 200 OK", "data: "][number % 3];
            loop {
                let mut client = BufReader::new(TcpStream::connect(app.address()).await.unwrap());
                client.write_all(request.as_bytes()).await.unwrap();
                let mut line = String::new();
                while !line.starts_with(hears_up_to) && !line.starts_with("HTTP/1.1 503") {
                    line.clear();
                    client.read_line(&mut line).await.unwrap();
                }
                if number % 2 == 0 {
                    client.shutdown().await.unwrap();
                    client.read_to_end(&mut Vec::new()).await.unwrap();
                }
                if line.starts_with(hears_up_to) {
                    break;
                }
                // One that came before is not gone yet.
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
        are_open(&app, 0).await;
    };
    tokio::time::timeout(PATIENCE, clients).await.expect("a place that is never free again");
    app.stop().await;
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn who_leaves_events_lying_is_cut_off() {
    use std::io::Write as _;

    use socket2::{Domain, Socket, Type};

    let database = TestDatabase::sqlite().await;
    let app = TestApp::changed(&[("DATABASE_URL", database.url().expose_secret())], |config| {
        config.server.limits.unread = Duration::from_secs(1);
        // Until the connection takes no more.
        config.events.heartbeat = Duration::from_millis(1);
    })
    .await;
    let request = app.request("GET", EVENTS).build().unwrap();
    let cookie = request.headers()["cookie"].to_str().unwrap();
    let mut connection = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    // That is soon.
    connection.set_recv_buffer_size(1024).unwrap();
    connection.connect(&app.address().into()).unwrap();
    write!(connection, "GET {EVENTS} HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\n\r\n").unwrap();
    are_open(&app, 1).await;
    are_open(&app, 0).await;
    // Until here the client has done nothing at all.
    drop(connection);
    app.stop().await;
}
