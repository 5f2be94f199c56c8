//! A node in this process, with a client that talks to it over HTTP.

use std::{net::SocketAddr, time::Duration};

use api::{
    config::{AppConfig, ServerConfig},
    startup::Node,
    state::AppState,
};
use domain::entities::user::Role;
use infra::{config::Env, identity::Credential};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use secrecy::ExposeSecret as _;
use serde_json::Value;
use test_support::{TestDatabase, TestRedis};

use crate::sign_in;

/// What every node of a test signs with.
pub(crate) const SESSION_SECRET: &str = "for-tests-only-0123456789-0123456789-0123456789-0123456789-012345";

/// What nodes are configured by unless a test says so itself: none depends on Redis or the database being quick, or on an entry
/// being young.
const DEFAULTS: [(&str, &str); 11] = [
    ("BIND_ADDR", "127.0.0.1:0"),
    ("AUTO_MIGRATE", "false"),
    ("SESSION_SECRET", SESSION_SECRET),
    ("CACHE_L2_TIMEOUT_MS", "10000"),
    ("CACHE_LOAD_SOFT_MS", "60000"),
    ("CACHE_LOAD_HARD_MS", "60000"),
    ("CACHE_TTL_DASHBOARD_SECS", "86400"),
    ("CACHE_TTL_OVERVIEW_SECS", "86400"),
    ("CACHE_TTL_CHARTS_SECS", "86400"),
    ("CACHE_TTL_RECENT_USERS_SECS", "86400"),
    ("CACHE_TTL_RECENT_PROPOSALS_SECS", "86400"),
];

/// A node on a free port, and an admin who is signed in to it: whatever is asked is asked by that admin, as a page of the
/// node's own would.
pub(crate) struct TestApp {
    pub(crate) node: Node,
    client: Client,
    pub(crate) cookie: String,
}

/// An answer, read.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
}

impl TestApp {
    /// Starts a node on `database`.
    pub(crate) async fn on(database: &TestDatabase) -> Self {
        Self::with(&[("DATABASE_URL", database.url().expose_secret())]).await
    }

    /// Starts a node on `database` that shares a cache with others through `redis`.
    pub(crate) async fn with_redis(database: &TestDatabase, redis: &TestRedis) -> Self {
        Self::with(&[
            ("DATABASE_URL", database.url().expose_secret()),
            ("REDIS_URL", redis.url()),
            ("CACHE_NAMESPACE", redis.namespace()),
        ])
        .await
    }

    /// Starts a node on `database` with these variables besides.
    pub(crate) async fn configured_by(database: &TestDatabase, variables: &[(&str, &str)]) -> Self {
        let url = database.url();
        let database = [("DATABASE_URL", url.expose_secret())];
        Self::with(&database.into_iter().chain(variables.iter().copied()).collect::<Vec<_>>()).await
    }

    /// Starts a node on `database` whose server is configured as `change` leaves it.
    pub(crate) async fn configured(database: &TestDatabase, change: impl FnOnce(&mut ServerConfig)) -> Self {
        Self::changed(&[("DATABASE_URL", database.url().expose_secret())], |config| {
            change(&mut config.server);
        })
        .await
    }

    /// Starts a node with these variables.
    pub(crate) async fn with(variables: &[(&str, &str)]) -> Self {
        Self::changed(variables, |_| ()).await
    }

    /// Starts a node with these variables and a configuration changed by `change`, where there are no variables for it.
    pub(crate) async fn changed(variables: &[(&str, &str)], change: impl FnOnce(&mut AppConfig)) -> Self {
        let env: Env = DEFAULTS.into_iter().chain(variables.iter().copied()).collect();
        let mut config = AppConfig::from_env(&env).unwrap();
        config.server.workers = 1;
        config.server.shutdown_timeout = Duration::from_secs(5);
        change(&mut config);
        let database = config.database.url.clone();
        let node = Node::start(config).await.unwrap();
        let cookie = match sign_in::session_of(&node, &database, Role::Admin).await {
            Ok(cookie) => cookie,
            // Without a database there is nobody: it is asked who that is, and cannot say.
            Err(_) => sign_in::cookie(&node, &node.state().accounts.rules().key.issue()),
        };
        let client = Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { node, client, cookie }
    }

    /// Where the node listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.node.address()
    }

    /// What the node's handlers have at hand.
    pub(crate) fn state(&self) -> &AppState {
        self.node.state()
    }

    /// The secret of the session of the admin who is signed in.
    pub(crate) fn session(&self) -> Credential<'_> {
        Credential::Session(self.cookie.split_once('=').unwrap().1)
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> RequestBuilder {
        self.request_with(&self.cookie, method, path)
    }

    /// A request of nobody.
    pub(crate) fn anonymous(&self, method: &str, path: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        self.client.request(method, format!("http://{}{path}", self.node.address()))
    }

    /// A request with that `Cookie`, as a page of the node's own makes it.
    pub(crate) fn request_with(&self, cookie: &str, method: &str, path: &str) -> RequestBuilder {
        self.anonymous(method, path).header("cookie", cookie).header("sec-fetch-site", "same-origin")
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        read(self.request("GET", path)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        read(self.request("DELETE", path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        read(self.request("POST", path).json(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Answer {
        read(self.request("PATCH", path).json(body)).await
    }

    /// Creates a row and returns it.
    pub(crate) async fn create(&self, path: &str, body: &Value) -> Value {
        let answer = self.post(path, body).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.body
    }

    pub(crate) async fn stop(self) {
        drop(self.client);
        self.node.stop().await;
    }
}

/// Sends `request` and reads the answer; a body that is not JSON is read as a string, an empty one as null.
pub(crate) async fn read(request: RequestBuilder) -> Answer {
    let response: Response = request.send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let text = response.text().await.unwrap();
    let body = match serde_json::from_str(&text) {
        Ok(value) => value,
        Err(_) if text.is_empty() => Value::Null,
        Err(_) => Value::String(text),
    };
    Answer { status, headers, body }
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The fields that a problem names, with their codes.
    pub(crate) fn errors(&self) -> Vec<(&str, &str)> {
        let list = self.body["errors"].as_array().map_or(&[][..], Vec::as_slice);
        list.iter().map(|e| (e["field"].as_str().unwrap(), e["code"].as_str().unwrap())).collect()
    }
}
