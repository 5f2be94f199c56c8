//! The proxy fails as it is told to, and in no other way.

use std::{io, net::Ipv4Addr, time::Duration};

use test_support::{Cut, FaultProxy, Way};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    time::{Instant, timeout},
};

/// Nothing here takes nearly as long; reaching it fails the test.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long it is watched that nothing comes.
const A_WHILE: Duration = Duration::from_millis(100);

/// A server that sends back what it gets, behind a proxy.
async fn echo() -> FaultProxy {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let proxy = FaultProxy::start(listener.local_addr().unwrap()).await.unwrap();
    tokio::spawn(async move {
        loop {
            let (mut connection, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let (mut from, mut to) = connection.split();
                let _ = tokio::io::copy(&mut from, &mut to).await;
            });
        }
    });
    proxy
}

async fn connected(proxy: &FaultProxy) -> TcpStream {
    TcpStream::connect(proxy.address()).await.unwrap()
}

async fn heard(connection: &mut TcpStream, length: usize) -> io::Result<String> {
    let mut bytes = vec![0; length];
    timeout(PATIENCE, connection.read_exact(&mut bytes)).await.expect("an answer, or an end")?;
    Ok(String::from_utf8(bytes).unwrap())
}

async fn says(connection: &mut TcpStream, words: &str) -> io::Result<String> {
    connection.write_all(words.as_bytes()).await?;
    heard(connection, words.len()).await
}

#[tokio::test]
async fn everything_passes_until_it_is_cut() {
    let proxy = echo().await;
    for (how, expected) in
        [(Cut::Closed, io::ErrorKind::UnexpectedEof), (Cut::Reset, io::ErrorKind::ConnectionReset)]
    {
        let mut connection = connected(&proxy).await;
        assert_eq!(says(&mut connection, "hello").await.unwrap(), "hello");
        proxy.cut(how);
        assert_eq!(heard(&mut connection, 1).await.unwrap_err().kind(), expected);
    }
    assert_eq!(says(&mut connected(&proxy).await, "again").await.unwrap(), "again");
}

#[tokio::test]
async fn a_refused_connection_is_reset_and_the_others_live() {
    let proxy = echo().await;
    let mut before = connected(&proxy).await;
    assert_eq!(says(&mut before, "hello").await.unwrap(), "hello");
    proxy.refuse();
    let mut refused = connected(&proxy).await;
    assert!(says(&mut refused, "hello").await.is_err());
    assert_eq!(says(&mut before, "still here").await.unwrap(), "still here");
    proxy.pass();
    assert_eq!(says(&mut connected(&proxy).await, "hello").await.unwrap(), "hello");
}

#[tokio::test]
async fn what_is_held_comes_afterwards() {
    let proxy = echo().await;
    for way in [Way::ToServer, Way::ToClient] {
        let mut connection = connected(&proxy).await;
        assert_eq!(says(&mut connection, "one").await.unwrap(), "one");
        proxy.hold(way);
        connection.write_all(b"two").await.unwrap();
        let mut byte = [0];
        assert!(timeout(A_WHILE, connection.read(&mut byte)).await.is_err(), "it came through");
        proxy.pass();
        assert_eq!(heard(&mut connection, 3).await.unwrap(), "two");
    }
}

#[tokio::test]
async fn a_delay_is_kept_and_so_is_the_order() {
    let proxy = echo().await;
    let delay = Duration::from_millis(50);
    proxy.delay(delay);
    let mut connection = connected(&proxy).await;
    let sent = Instant::now();
    for word in ["one,", "two,", "three"] {
        connection.write_all(word.as_bytes()).await.unwrap();
    }
    assert_eq!(heard(&mut connection, 13).await.unwrap(), "one,two,three");
    assert!(sent.elapsed() >= delay);
}

#[tokio::test]
async fn subscribers_can_be_cut_and_silenced_alone() {
    let proxy = echo().await;
    let subscribe = "*2\r\n$9\r\nSUBSCRIBE\r\n$3\r\nbus\r\n";
    let (mut subscriber, mut other) = (connected(&proxy).await, connected(&proxy).await);
    assert_eq!(says(&mut subscriber, subscribe).await.unwrap(), subscribe);
    assert_eq!(says(&mut other, "PING").await.unwrap(), "PING");
    proxy.hold_subscribers();
    subscriber.write_all(b"x").await.unwrap();
    assert_eq!(says(&mut other, "PING").await.unwrap(), "PING");
    let mut byte = [0];
    assert!(timeout(A_WHILE, subscriber.read(&mut byte)).await.is_err(), "it came through");
    proxy.pass();
    assert_eq!(heard(&mut subscriber, 1).await.unwrap(), "x");
    proxy.cut_subscribers(Cut::Reset);
    assert!(heard(&mut subscriber, 1).await.is_err());
    assert_eq!(says(&mut other, "PING").await.unwrap(), "PING");
}

#[tokio::test]
async fn an_answer_gets_lost_once() {
    let proxy = echo().await;
    proxy.lose_answer_to("commit");
    let mut connection = connected(&proxy).await;
    assert_eq!(says(&mut connection, "BEGIN").await.unwrap(), "BEGIN");
    assert!(says(&mut connection, "COMMIT").await.is_err());
    assert_eq!(says(&mut connected(&proxy).await, "COMMIT").await.unwrap(), "COMMIT");
}

#[tokio::test]
async fn where_nobody_listens_a_connection_is_reset_and_all_end_with_the_proxy() {
    let gone = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap().local_addr().unwrap();
    let proxy = FaultProxy::start(gone).await.unwrap();
    assert!(says(&mut connected(&proxy).await, "hello").await.is_err());
    let proxy = echo().await;
    let mut connection = connected(&proxy).await;
    assert_eq!(says(&mut connection, "hello").await.unwrap(), "hello");
    drop(proxy);
    assert!(heard(&mut connection, 1).await.is_err());
}
