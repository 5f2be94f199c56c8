//! Redis without the engine: a connection like the engine's own.

use std::time::Duration;

use anyhow::Context as _;
use redis::{
    AsyncConnectionConfig, Client, IntoConnectionInfo as _, aio::MultiplexedConnection, io::tcp::TcpSettings,
};

use crate::ground::Ground;

/// As the engine's connection gives a call up; what matters is that there is such a limit.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(9);

/// A client of the run's Redis, without delay as the engine's.
pub(crate) async fn client(ground: &Ground) -> anyhow::Result<Client> {
    let url = ground.redis().await?.url();
    let info = url.into_connection_info()?.set_tcp_settings(TcpSettings::default().set_nodelay(true));
    Ok(Client::open(info)?)
}

/// A multiplexed connection whose driver runs on the process's runtime, as the engine's does.
pub(crate) async fn connection(ground: &Ground) -> anyhow::Result<MultiplexedConnection> {
    let config = AsyncConnectionConfig::new().set_response_timeout(Some(RESPONSE_TIMEOUT));
    let client = client(ground).await?;
    client.get_multiplexed_async_connection_with_config(&config).await.context("cannot reach Redis")
}
