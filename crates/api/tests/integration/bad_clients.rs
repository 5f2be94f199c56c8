//! Clients that are slow, say too much, say nothing, or break off: each is refused or cut off, and others are answered
//! meanwhile.

use std::{net::SocketAddr, time::Duration};

use api::config::{Limits, ServerConfig};
use test_support::TestDatabase;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::{app::TestApp, shutdown::Server};

/// Nothing here takes nearly as long; a connection that is never closed must not hold up the tests for ever.
const AT_MOST: Duration = Duration::from_mins(1);
/// What a client is given that has nothing more to say.
const IMPATIENT: Duration = Duration::from_millis(200);

async fn with_limits(database: &TestDatabase, limits: Limits) -> TestApp {
    TestApp::configured(database, |server: &mut ServerConfig| server.limits = limits).await
}

/// Sends `bytes`, says no more, and returns everything that comes until the server closes the connection.
async fn say(address: SocketAddr, bytes: &[u8]) -> String {
    let mut connection = TcpStream::connect(address).await.unwrap();
    // A server that has heard enough may have closed it already.
    let _ = connection.write_all(bytes).await;
    let mut heard = Vec::new();
    let until_closed = timeout(AT_MOST, connection.read_to_end(&mut heard)).await;
    let _ = until_closed.expect("the server closes the connection");
    String::from_utf8_lossy(&heard).into_owned()
}

#[tokio::test]
async fn whoever_stalls_is_cut_off() {
    let database = TestDatabase::sqlite().await;
    let app = with_limits(&database, Limits { head: IMPATIENT, ..Limits::default() }).await;
    for nothing_more in ["", "G", "GET /health/live HTTP/1.1\r\nHost: x\r\nX-"] {
        let answer = say(app.address(), nothing_more.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 408 "), "{nothing_more:?}: {answer}");
    }
    app.stop().await;

    let limits = Limits { body: IMPATIENT, keep_alive: IMPATIENT, ..Limits::default() };
    let app = with_limits(&database, limits).await;
    let address = app.address();
    for length in ["Content-Length: 100\r\n\r\n{\"email\""] {
        let head = "POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
        let answer = say(address, format!("{head}{length}").as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
        assert!(answer.contains("urn:problem-type:admin-metrics:request-timeout"), "{answer}");
        assert!(answer.to_ascii_lowercase().contains("\r\nconnection: close\r\n"), "{answer}");
    }
    // Nothing stands there whose body could be waited for.
    let answer = say(address, b"POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{").await;
    assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
    // A connection that was of use is not kept for ever either.
    let answer = say(address, b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    nothing_failed(&app).await;
    app.stop().await;
}

#[tokio::test]
async fn whoever_says_too_much_or_what_is_no_http_is_refused() {
    let database = TestDatabase::sqlite().await;
    let app = TestApp::on(&database).await;
    let get = |rest: &str| format!("GET /health/live HTTP/1.1\r\nHost: x\r\n{rest}\r\n\r\n").into_bytes();
    let many = |count: usize| get(&vec!["A: b"; count].join("\r\n"));
    let cases: Vec<(Vec<u8>, &[&str])> = vec![
        (get(&format!("A: {}", "b".repeat(300_000))), &["431"]),
        (many(1000), &["400", "431"]),
        (format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(70_000)).into_bytes(), &["400", "414"]),
        (b"GET /health/live HTTP/1.1\r\n\r\n".to_vec(), &["400"]),
        (b"GET /health/live HTTP/9.9\r\nHost: x\r\n\r\n".to_vec(), &["400"]),
        (get("A\0: b"), &["400"]),
        (get("Content-Length: -1"), &["400"]),
        (get("Content-Length: 5\r\nContent-Length: 6"), &["400"]),
        (get("Content-Length: 5\r\nTransfer-Encoding: chunked"), &["400"]),
        (get("Transfer-Encoding: gzip"), &["400"]),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(), &["400"]),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(), &["400", "404"]),
        (vec![0xff; 5000], &["400"]),
        ((0..5000_u32).map(|n| u8::try_from(n * 7919 % 256).unwrap()).collect(), &["400"]),
        (b"GET http://[ HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(), &["400"]),
        (b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_vec(), &["404"]),
        (b"CONNECT example.org:443 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_vec(), &["404"]),
        (
            b"POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
              Transfer-Encoding: chunked\r\n\r\nzz\r\n"
                .to_vec(),
            &["400"],
        ),
        (
            b"POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
              Content-Length: 99999999999999999999\r\n\r\n"
                .to_vec(),
            &["400", "413"],
        ),
    ];
    for (bytes, statuses) in cases {
        let answer = say(app.address(), &bytes).await;
        let start = String::from_utf8_lossy(&bytes[..bytes.len().min(60)]).into_owned();
        let status = answer.get(9..12).unwrap_or_default();
        assert!(statuses.contains(&status), "{start:?}: expected one of {statuses:?}, got {answer}");
    }
    nothing_failed(&app).await;
    app.stop().await;
}

#[tokio::test]
async fn whoever_breaks_off_does_no_harm() {
    let database = TestDatabase::sqlite().await;
    let app = TestApp::on(&database).await;
    let body = r#"{"email":"a@example.org","displayName":"A"}"#;
    let whole = format!(
        "POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    for end in (0..whole.len()).step_by(7) {
        let mut connection = TcpStream::connect(app.address()).await.unwrap();
        connection.write_all(&whole.as_bytes()[..end]).await.unwrap();
        // With a reset, as a process that is killed leaves it, and in the usual way.
        if end % 2 == 0 {
            connection.set_zero_linger().unwrap();
        }
        drop(connection);
    }
    assert_eq!(app.get("/health/live").await.status, 200);
    nothing_failed(&app).await;
    app.stop().await;
}

/// Counts no answer that says the server failed.
async fn nothing_failed(app: &TestApp) {
    let counters = app.get("/metrics").await.body;
    let failed = counters.as_str().unwrap().lines().find(|line| line.contains("status=\"5"));
    assert_eq!(failed, None);
}

#[tokio::test]
async fn ten_thousand_idle_connections_hold_up_nobody() {
    api::raise_open_files();
    let (files, _) = nix::sys::resource::getrlimit(nix::sys::resource::Resource::RLIMIT_NOFILE).unwrap();
    // Where the system allows fewer open files, as many as it allows.
    let count = usize::try_from(files.saturating_sub(300)).unwrap().min(10_000);
    assert!(count >= 1000, "the system allows {files} open files, which is too few for this test");
    let server = Server::start();
    let address: SocketAddr = server.address.parse().unwrap();

    let mut idle = Vec::with_capacity(count);
    for number in 0..count {
        let mut connection = timeout(AT_MOST, TcpStream::connect(address)).await.unwrap().unwrap();
        // Some have said nothing, some half a request, some have been answered and are kept.
        match number % 3 {
            0 => {}
            1 => connection.write_all(b"GET /health/live HTTP/1.1\r\nHo").await.unwrap(),
            _ => connection.write_all(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap(),
        }
        idle.push(connection);
    }
    let client = reqwest::Client::new();
    for _ in 0..20 {
        let asked = client.get(format!("http://{address}/health/ready")).send();
        let answer = timeout(AT_MOST, asked).await.expect("it is answered").unwrap();
        assert_eq!(answer.status(), 200);
    }
    // And those that were answered were answered.
    let mut first = [0; 15];
    let kept = idle.get_mut(2).unwrap();
    timeout(AT_MOST, kept.read_exact(&mut first)).await.unwrap().unwrap();
    assert_eq!(&first, b"HTTP/1.1 200 OK");
}
