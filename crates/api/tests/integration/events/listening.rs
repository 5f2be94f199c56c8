//! A client that listens.

use std::time::Duration;

use reqwest::{RequestBuilder, Response};
use serde_json::Value;

use super::EVENTS;
use crate::app::TestApp;

/// Longer than anything may take on a slow machine; reaching it fails the test.
pub(super) const PATIENCE: Duration = Duration::from_mins(1);

/// An open stream.
pub(super) struct Listening {
    pub(super) response: Response,
    unread: String,
}

/// What comes between two empty lines.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Frame {
    Retry(u64),
    Comment(String),
    Event(String, Value),
}

impl Listening {
    /// Begins to listen.
    pub(super) async fn to(app: &TestApp) -> Self {
        Self::by(app.request("GET", EVENTS)).await
    }

    /// The same as whoever `request` comes from.
    pub(super) async fn by(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        Self { response, unread: String::new() }
    }

    /// The next frame; none once the stream has ended.
    pub(super) async fn frame(&mut self) -> Option<Frame> {
        loop {
            if let Some((frame, rest)) = self.unread.split_once("\n\n") {
                let (frame, rest) = (Frame::read(frame), rest.to_owned());
                self.unread = rest;
                return Some(frame);
            }
            let chunk = tokio::time::timeout(PATIENCE, self.response.chunk()).await.expect("nothing comes");
            let Some(chunk) = chunk.unwrap() else {
                assert_eq!(self.unread, "", "the stream ended within a frame");
                return None;
            };
            self.unread.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// The data of the next `versions` event.
    pub(super) async fn versions(&mut self) -> Value {
        loop {
            match self.frame().await.expect("the stream ended") {
                Frame::Event(name, data) => {
                    assert_eq!(name, "versions", "{data}");
                    return data;
                }
                Frame::Retry(_) | Frame::Comment(_) => {}
            }
        }
    }

    /// The data of the first `versions` event that `is` as wanted, and how many came up to it.
    pub(super) async fn until(&mut self, is: impl Fn(&Value) -> bool) -> (Value, usize) {
        for count in 1.. {
            let data = self.versions().await;
            if is(&data) {
                return (data, count);
            }
        }
        unreachable!("there are fewer events")
    }

    /// Everything that still comes up to the stream's end.
    pub(super) async fn rest(&mut self) -> Vec<Frame> {
        let mut frames = Vec::new();
        while let Some(frame) = self.frame().await {
            frames.push(frame);
        }
        frames
    }
}

impl Frame {
    fn read(text: &str) -> Self {
        let lines: Vec<_> = text.lines().collect();
        match lines[..] {
            [line] if line.starts_with(':') => Self::Comment(line[1..].trim().to_owned()),
            [line] => Self::Retry(line.strip_prefix("retry: ").unwrap().parse().unwrap()),
            [name, data] => Self::Event(
                name.strip_prefix("event: ").unwrap().to_owned(),
                serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap(),
            ),
            _ => panic!("no frame: {text:?}"),
        }
    }
}

/// Waits until so many streams are open on the node.
pub(super) async fn are_open(app: &TestApp, count: usize) {
    let waiting = async {
        while app.state().events.counts().open != count {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("never {count} open"));
}
