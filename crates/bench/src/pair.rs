//! Two nodes that share a database and a Redis, near to both or far from them, and a client of each: so that one can be
//! made to answer from the database, from Redis, or from its own memory, and is seen to have done so.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use api::startup::Node;
use domain::metrics::period::Period;
use reqwest::{
    Client,
    header::{ACCEPT_ENCODING, COOKIE, HeaderMap, HeaderName, HeaderValue},
};
use tokio::time::Instant;
use url::Url;

use crate::{
    fleet::until,
    ground::{Engine, Ground},
    proxy::Proxy,
    sign_in,
};

/// How many parts a dashboard has.
const PARTS: usize = 4;

/// How far the services are from a node: what a round trip to each takes.
#[derive(Clone, Copy, Debug)]
pub struct Distance {
    /// To PostgreSQL.
    pub database: Duration,
    /// To Redis.
    pub redis: Duration,
}

/// Two nodes.
pub struct Pair {
    /// The one that loads and stores.
    pub writer: Site,
    /// The one that finds in Redis what the other has stored.
    pub other: Site,
    /// What is between them and the services, where they are far.
    pub lines: Option<Lines>,
}

/// The lines to the services.
pub struct Lines {
    /// To PostgreSQL.
    pub database: Proxy,
    /// To Redis.
    pub redis: Proxy,
}

/// A node, and a client with one connection to it.
pub struct Site {
    node: Node,
    client: Client,
    url: Url,
}

/// Where an answer came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// Every part was loaded.
    Database,
    /// Every part lay in Redis.
    Redis,
    /// The whole lay in the node's memory.
    Memory,
}

/// Round trips up to now.
#[derive(Clone, Copy, Debug)]
pub struct RoundTrips {
    /// To PostgreSQL, over all connections.
    pub database: u64,
    /// To Redis, likewise.
    pub redis: u64,
}

impl RoundTrips {
    /// Those that came after `before`.
    pub fn since(self, before: Self) -> Self {
        Self { database: self.database - before.database, redis: self.redis - before.redis }
    }

    /// The fewer of both, each by itself.
    pub fn least(self, other: Option<Self>) -> Self {
        let other = other.unwrap_or(self);
        Self { database: self.database.min(other.database), redis: self.redis.min(other.redis) }
    }
}

impl Pair {
    /// Both nodes on PostgreSQL with rows of the standard size, in the Redis namespace `name`, `distance` away from both, or
    /// next to them. Their buses are up.
    pub async fn start(ground: &Ground, name: &str, distance: Option<Distance>) -> anyhow::Result<Self> {
        let mut database = Url::parse(&ground.database(Engine::Postgres, ground.standard_size()).await?)?;
        let mut redis = Url::parse(&ground.redis().await?.url())?;
        let lines = match distance {
            None => None,
            Some(distance) => Some(Lines {
                database: interpose(&mut database, distance.database).await?,
                redis: interpose(&mut redis, distance.redis).await?,
            }),
        };
        let variables =
            [("DATABASE_URL", database.as_str()), ("REDIS_URL", redis.as_str()), ("CACHE_NAMESPACE", name)];
        Ok(Self {
            writer: Site::start(ground, database.as_str(), &variables).await?,
            other: Site::start(ground, database.as_str(), &variables).await?,
            lines,
        })
    }

    /// Waits until the other node knows of everything that the writer has made old.
    pub async fn both_know(&self) -> anyhow::Result<()> {
        let (writer, other) = (&self.writer.node.state().metrics, &self.other.node.state().metrics);
        until("the other node knows of an invalidation", async || {
            Ok(writer.data_version() == other.data_version())
        })
        .await
    }

    /// Waits until the writer has sent one more store than `stores`: it is off the answer's path. Whatever the other node
    /// asks of Redis from here on comes after it.
    pub async fn stored_since(&self, stores: u64) -> anyhow::Result<()> {
        until("a load is stored", async || Ok(self.writer.stores() > stores)).await
    }

    /// Round trips up to now, where there are lines to count them on.
    pub fn round_trips(&self) -> Option<RoundTrips> {
        let lines = self.lines.as_ref()?;
        Some(RoundTrips { database: lines.database.round_trips(), redis: lines.redis.round_trips() })
    }

    /// Stops both.
    pub async fn stop(self) {
        self.writer.node.stop().await;
        self.other.node.stop().await;
    }
}

/// Leads `url` through a proxy that makes its server that far away.
async fn interpose(url: &mut Url, round_trip: Duration) -> anyhow::Result<Proxy> {
    let server = url.socket_addrs(|| Some(6379))?.into_iter().next().context("a URL without an address")?;
    let proxy = Proxy::start(server, round_trip).await?;
    ensure!(url.set_port(Some(proxy.port())).is_ok(), "a URL that takes no port");
    Ok(proxy)
}

impl Site {
    async fn start(ground: &Ground, database: &str, variables: &[(&str, &str)]) -> anyhow::Result<Self> {
        let node = ground.node(variables).await?;
        let url = Url::parse(&format!("http://{}/api/v1/", node.address()))?;
        // As a browser does; what is stored is compressed once and sent as it is.
        let headers = HeaderMap::from_iter([
            (ACCEPT_ENCODING, HeaderValue::from_static("br")),
            (COOKIE, sign_in::cookie(database).await?.parse()?),
            (HeaderName::from_static("sec-fetch-site"), HeaderValue::from_static("same-origin")),
        ]);
        let client = Client::builder().no_proxy().tcp_nodelay(true).default_headers(headers).build()?;
        let site = Self { node, client, url };
        // The bus opens with the first use of Redis.
        site.dashboard(Period::Days7).await?;
        let metrics = &site.node.state().metrics;
        until("the bus is up", async || {
            Ok(metrics.counts().instance.l2.is_some_and(|l2| l2.bus.state == "healthy"))
        })
        .await?;
        Ok(site)
    }

    /// Makes everything cached old, as if rows had been written past the service.
    pub async fn invalidate_everything(&self) {
        self.node.state().metrics.invalidate_all().await;
    }

    /// How often this node has stored into Redis.
    pub fn stores(&self) -> u64 {
        let l2 = self.node.state().metrics.counts().instance.l2;
        l2.and_then(|l2| l2.commands.by_kind.get("store").copied()).unwrap_or_default()
    }

    /// Asks for the dashboard over HTTP: how many seconds it took until the last byte was there, and where it came from;
    /// nothing where its parts came from several layers.
    pub async fn dashboard(&self, period: Period) -> anyhow::Result<(f64, Option<Layer>)> {
        let mut url = self.url.join("metrics/dashboard")?;
        url.set_query(Some(&format!("period={period}")));
        let begun = Instant::now();
        let answer = self.client.get(url).send().await?.error_for_status()?;
        let status =
            answer.headers().get("cache-status").and_then(|value| value.to_str().ok()).map(str::to_owned);
        answer.bytes().await?;
        let took = begun.elapsed().as_secs_f64();
        let status = status.context("an answer without Cache-Status")?;
        Ok((took, layer(&status)))
    }

    /// Creates a lead over HTTP: how many seconds it took until it was acknowledged.
    pub async fn create_lead(&self, proposal: &str) -> anyhow::Result<f64> {
        let lead = serde_json::json!({
            "proposalId": proposal, "name": "Jean Valjean", "email": "jean@example.org", "source": "website"
        });
        let begun = Instant::now();
        let answer =
            self.client.post(self.url.join("leads")?).json(&lead).send().await?.error_for_status()?;
        answer.bytes().await?;
        Ok(begun.elapsed().as_secs_f64())
    }

    /// The id of some proposal.
    pub async fn a_proposal(&self) -> anyhow::Result<String> {
        let url = self.url.join("proposals?limit=1")?;
        let page: serde_json::Value = self.client.get(url).send().await?.error_for_status()?.json().await?;
        let id = page["items"][0]["id"].as_str();
        id.map(str::to_owned).context("a database without proposals")
    }
}

/// What an answer's `Cache-Status` says: which layer had all of it.
fn layer(status: &str) -> Option<Layer> {
    let hits: Vec<&str> = status.split(", ").filter(|member| member.contains("; hit")).collect();
    let all_in = |layer: &str| hits.iter().all(|hit| hit.starts_with(layer));
    match hits.len() {
        0 => Some(Layer::Database),
        1 if all_in("l1;") && !status.contains(", ") => Some(Layer::Memory),
        PARTS if all_in("l2;") => Some(Layer::Redis),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layer_is_read_off_the_header() {
        let parts = |status: fn(&str) -> String| {
            let parts = ["overview", "charts", "recentUsers", "recentProposals"];
            parts.map(status).join(", ")
        };
        let cold = |part: &str| format!("l1; fwd=stale; key={part}, l2; fwd=stale; key={part}");
        let from_redis = |part: &str| format!("l1; fwd=miss; key={part}, l2; hit; ttl=58; key={part}");
        assert_eq!(layer(&parts(cold)), Some(Layer::Database));
        assert_eq!(layer(&parts(from_redis)), Some(Layer::Redis));
        assert_eq!(layer("l1; hit; ttl=41"), Some(Layer::Memory));
        assert_eq!(layer(&format!("{}, l1; hit; ttl=3; key=charts", cold("overview"))), None);
        assert_eq!(layer(&from_redis("overview")), None, "not all of it");
    }
}
