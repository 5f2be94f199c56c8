//! What Redis says of itself. A managed one may not say everything, or nothing: what is not told is unknown, never wrong.

use super::{Inspector, Trouble};
use crate::cache::{
    budget::{Month, Tally},
    l2::info::Info,
};

/// A server's facts; `None` is unknown.
#[derive(Clone, Debug, Default)]
pub struct Server {
    /// Its version.
    pub version: Option<String>,
    /// `standalone`, `cluster` or `sentinel`.
    pub mode: Option<String>,
    /// `master` or `slave`, as Redis calls them.
    pub role: Option<String>,
    /// Bytes used.
    pub used_memory: Option<u64>,
    /// Most bytes; 0: no limit set.
    pub max_memory: Option<u64>,
    /// What it does when memory is full: `noeviction`, `volatile-lru` and so on.
    pub policy: Option<String>,
    /// Connections.
    pub clients: Option<u64>,
    /// Keys pushed out for want of memory, since its start.
    pub evicted_keys: Option<u64>,
    /// Keys whose time passed, since its start.
    pub expired_keys: Option<u64>,
    /// Reads that found a key, since its start, whoever asked.
    pub keyspace_hits: Option<u64>,
    /// Reads that found none.
    pub keyspace_misses: Option<u64>,
}

impl Server {
    /// Whether it is a replica, which takes no writes.
    pub fn is_replica(&self) -> bool {
        self.role.as_deref() == Some("slave")
    }

    fn of(info: &Info) -> Self {
        let text = |name| info.text(name).map(str::to_owned);
        Self {
            version: text("redis_version"),
            mode: text("redis_mode"),
            role: text("role"),
            used_memory: info.field("used_memory"),
            max_memory: info.field("maxmemory"),
            policy: text("maxmemory_policy"),
            clients: info.field("connected_clients"),
            evicted_keys: info.field("evicted_keys"),
            expired_keys: info.field("expired_keys"),
            keyspace_hits: info.field("keyspace_hits"),
            keyspace_misses: info.field("keyspace_misses"),
        }
    }
}

impl Inspector {
    /// What the server tells of itself: one command. Nothing where it may not be asked.
    ///
    /// # Errors
    /// [`Trouble`]
    pub async fn server(&mut self) -> Result<Server, Trouble> {
        let text: Option<String> = self.ask_if_allowed(&redis::cmd("INFO")).await?;
        Ok(text.map(|text| Server::of(&Info::parse(&text))).unwrap_or_default())
    }

    /// What was counted in `month`: one command. `None` where nothing was, or what lies there is no count.
    ///
    /// # Errors
    /// [`Trouble`]
    pub async fn spent(&mut self, month: Month) -> Result<Option<Tally>, Trouble> {
        let names = Tally::names();
        let mut command = redis::cmd("HMGET");
        command.arg(self.names.budget(month)).arg(&names);
        let counts: Vec<Option<String>> = match self.ask(&command).await {
            Ok(counts) => counts,
            // Another type under that name, or the user may not.
            Err(trouble) if trouble.code.is_some() => return Ok(None),
            Err(trouble) => return Err(trouble),
        };
        let mut tally = Tally::new(month);
        let counts =
            counts.into_iter().map(|count| count.and_then(|text| text.parse().ok()).unwrap_or_default());
        tally.set(counts);
        Ok((tally.total() > 0).then_some(tally))
    }

    /// How many connections listen to the bus; `None` where it may not be asked.
    ///
    /// # Errors
    /// [`Trouble`]
    pub async fn subscribers(&mut self) -> Result<Option<u64>, Trouble> {
        let mut command = redis::cmd("PUBSUB");
        command.arg("NUMSUB").arg(self.names.bus());
        let counted: Option<(String, u64)> = self.ask_if_allowed(&command).await?;
        Ok(counted.map(|(_, count)| count))
    }
}
