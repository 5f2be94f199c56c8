//! Three nodes, and a client of theirs that writes down what it gets.

use std::time::Duration;

use reqwest::{Client, Method, header::HeaderMap};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{
    journal::{Asked, Journal, Probe, Problem, Stats, lock},
    node::{Alive, Node},
};

pub(super) const NODES: usize = 3;
/// As long does a reader wait; no answer takes nearly as long, whatever is broken.
pub(super) const READER_WAITS: Duration = Duration::from_secs(40);
/// A connection that was idle for longer is not used again: the server may be closing it.
const IDLE: Duration = Duration::from_secs(1);

/// The nodes, and whoever asks them.
pub(super) struct World {
    pub(super) nodes: Vec<Node>,
    pub(super) credentials: Vec<(&'static str, String)>,
    client: Client,
}

/// What a node answered.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    headers: HeaderMap,
    pub(super) body: Value,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }

    /// This answer as something that was not asked for.
    pub(super) fn problem(&self) -> Problem {
        let detail = self.body["detail"].as_str().map_or_else(|| self.body.to_string(), str::to_owned);
        Problem::Status(self.status, detail)
    }
}

/// A request.
pub(super) struct Request<'a> {
    pub(super) method: Method,
    pub(super) path: &'a str,
    /// Index of who asks.
    pub(super) credential: usize,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Option<Value>,
    pub(super) waits: Duration,
}

impl<'a> Request<'a> {
    pub(super) fn get(path: &'a str, credential: usize) -> Self {
        let (headers, body) = (Vec::new(), None);
        Self { method: Method::GET, path, credential, headers, body, waits: READER_WAITS }
    }
}

impl World {
    /// These nodes, which run, and two who may ask: a person who signs in, and a machine with this token.
    pub(super) async fn of(nodes: Vec<Node>, email: &str, password: &str, token: &str) -> Self {
        let client = Client::builder().pool_idle_timeout(IDLE).build().unwrap();
        let first = nodes[0].alive().expect("a node that runs");
        let url = format!("http://{}/api/v1/session", first.address);
        let signed_in =
            client.post(url).json(&json!({"email": email, "password": password})).send().await.unwrap();
        assert_eq!(signed_in.status(), 201);
        let cookie =
            signed_in.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        let credentials = vec![("cookie", cookie), ("authorization", format!("Bearer {token}"))];
        Self { nodes, credentials, client }
    }

    /// Sends `request` to a process.
    pub(super) async fn ask(&self, to: &Alive, request: Request<'_>) -> Result<Answer, Problem> {
        let (name, value) = &self.credentials[request.credential];
        let url = format!("http://{}{}", to.address, request.path);
        let mut asking = self.client.request(request.method, url).header(*name, value);
        asking = asking.header("sec-fetch-site", "same-origin");
        for (name, value) in request.headers {
            asking = asking.header(name, value);
        }
        if let Some(body) = &request.body {
            asking = asking.json(body);
        }
        let answering = async {
            let answer = asking.send().await?;
            let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
            let text = answer.text().await?;
            let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
            Ok::<_, reqwest::Error>(Answer { status, headers, body })
        };
        match timeout(request.waits, answering).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(Problem::Broken(format!("{error:?}"))),
            Err(_) => Err(Problem::TimedOut),
        }
    }

    /// How a node says it is; written down too.
    pub(super) async fn probe(&self, journal: &Journal, node: usize, credential: usize) -> Option<Stats> {
        let alive = self.nodes[node].alive()?;
        let answer = self.ask(&alive, Request::get("/api/v1/cache/stats", credential)).await.ok()?;
        if answer.status != 200 {
            return None;
        }
        let stats = Stats::of(&answer.body);
        let asked = Asked { node, incarnation: alive.incarnation };
        lock(&journal.probes).push(Probe { asked, ended: journal.now(), stats: stats.clone() });
        Some(stats)
    }
}
