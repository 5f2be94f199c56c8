//! `cargo xtask cache clear`: removes every entry. Why in this order, and why tags stay, is told in
//! `infra/src/cache/inspect/clear.rs`.

use std::fmt::Write as _;

use anyhow::bail;
use clap::Args;
use infra::config::is_loopback;
use serde::Serialize;

use super::{
    ORIGIN, Report, Settings,
    invalidate::heard,
    words::{count, plain},
};

/// Make everything old on every instance, then remove every entry from Redis.
///
/// Invalidating does for right answers; this is for room, or for values that should not lie there at all. What could stand
/// in while the database fails is gone too, until it is computed again. The tags' versions stay, as do other namespaces and
/// keys that are not this service's.
#[derive(Debug, Args)]
pub struct Clear {
    /// Needed where Redis is not on this machine.
    #[arg(long)]
    pub(super) yes: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Emptied {
    namespace: String,
    removed: u64,
    /// The version of `all` since.
    version: u64,
    heard_by: Option<u64>,
    /// Names under the prefix that are not this service's, and still there.
    foreign: Vec<String>,
    commands: u64,
}

impl Clear {
    pub(super) async fn run(self, settings: &Settings) -> anyhow::Result<Report> {
        let host = &settings.redis.host;
        if !self.yes && !is_loopback(host) {
            bail!(
                "Redis is on {host}, not on this machine, and this would empty the cache that every instance shares: \
                 add --yes if that is meant"
            );
        }
        let (mut console, _) = settings.open().await?;
        let cleared = console.clear(ORIGIN).await.map_err(|trouble| settings.failed(&trouble))?;
        let prefix = console.names().prefix();
        let mut text = format!(
            "{} removed from the namespace {}. The tag `all` is at version {}: what instances hold in memory is old too.\n{}\n",
            count(cleared.removed, "entry", "entries"),
            settings.cache.namespace,
            cleared.version,
            heard(cleared.heard_by)
        );
        for name in &cleared.foreign {
            writeln!(text, "Not this service's, and still there: {prefix}{}", plain(name))?;
        }
        writeln!(text, "{} spent.", count(console.commands(), "Redis command", "Redis commands"))?;
        let emptied = Emptied {
            namespace: settings.cache.namespace.clone(),
            removed: cleared.removed,
            version: cleared.version,
            heard_by: cleared.heard_by,
            foreign: cleared.foreign.iter().map(|name| format!("{prefix}{name}")).collect(),
            commands: console.commands(),
        };
        Report::new(emptied, &text)
    }
}
