//! How much the cache may keep, and for how long.

use std::time::Duration;

use super::{ConfigError, Env, unexpected};

/// Bounds and times of the two-level cache.
#[derive(Clone, Debug)]
pub struct CacheConfig {
    /// Prefix of every Redis key.
    pub namespace: String,
    /// Most bytes in L1.
    pub l1_max_bytes: u64,
    /// Most entries in L1.
    pub l1_max_items: u64,
    /// How long each part is fresh.
    pub ttls: CacheTtls,
    /// How long past its time a last good value may stand in while the database fails.
    pub grace: Duration,
    /// After how long a reader with a stale value at hand stops waiting for a load.
    pub load_soft: Duration,
    /// After how long a load is given up.
    pub load_hard: Duration,
    /// Bound on any one Redis call.
    pub l2_timeout: Duration,
    /// So many Redis commands may the fleet cost in a month; `None`: any number.
    pub l2_commands_per_month: Option<u64>,
    /// What 100,000 commands cost, in whatever currency; `None`: not known.
    pub l2_price_per_100k: Option<f64>,
}

/// How long each part is fresh.
#[derive(Clone, Debug)]
pub struct CacheTtls {
    /// The assembled dashboard.
    pub dashboard: Duration,
    /// Key figures.
    pub overview: Duration,
    /// Charts.
    pub charts: Duration,
    /// The newest users.
    pub recent_users: Duration,
    /// The newest proposals.
    pub recent_proposals: Duration,
}

impl CacheConfig {
    /// Reads the `CACHE_…` variables.
    ///
    /// # Errors
    /// Names the first variable that cannot be used.
    pub fn from_env(env: &Env) -> Result<Self, ConfigError> {
        const NAMESPACE: &str = "CACHE_NAMESPACE";
        let namespace = env.get(NAMESPACE).unwrap_or("metrics");
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if namespace.len() > 64 || !namespace.chars().all(allowed) {
            return Err(unexpected(
                NAMESPACE,
                namespace,
                "1 to 64 letters, digits, dots, dashes or underscores",
            ));
        }
        let config = Self {
            namespace: namespace.to_owned(),
            l1_max_bytes: env.whole_number("CACHE_L1_MAX_BYTES", 10_485_760, 1024, 1 << 40)?,
            l1_max_items: env.whole_number("CACHE_L1_MAX_ITEMS", 500, 4, 10_000_000)?,
            ttls: CacheTtls {
                dashboard: env.seconds("CACHE_TTL_DASHBOARD_SECS", 60)?,
                overview: env.seconds("CACHE_TTL_OVERVIEW_SECS", 120)?,
                charts: env.seconds("CACHE_TTL_CHARTS_SECS", 60)?,
                recent_users: env.seconds("CACHE_TTL_RECENT_USERS_SECS", 30)?,
                recent_proposals: env.seconds("CACHE_TTL_RECENT_PROPOSALS_SECS", 30)?,
            },
            grace: Duration::from_secs(env.whole_number("CACHE_GRACE_SECS", 3600, 0, 31_536_000)?),
            load_soft: env.millis("CACHE_LOAD_SOFT_MS", 1000)?,
            load_hard: env.millis("CACHE_LOAD_HARD_MS", 10_000)?,
            l2_timeout: env.millis("CACHE_L2_TIMEOUT_MS", 250)?,
            l2_commands_per_month: commands_per_month(env)?,
            l2_price_per_100k: price_per_100k(env)?,
        };
        if config.load_soft > config.load_hard {
            let expected = "at most CACHE_LOAD_HARD_MS";
            return Err(unexpected("CACHE_LOAD_SOFT_MS", config.load_soft.as_millis(), expected));
        }
        Ok(config)
    }
}

fn commands_per_month(env: &Env) -> Result<Option<u64>, ConfigError> {
    const NAME: &str = "CACHE_L2_COMMANDS_PER_MONTH";
    const EXPECTED: &str = "a whole number of at least 1000, such as 500000";
    match env.parse(NAME, EXPECTED)? {
        Some(commands) if commands < 1000 => Err(unexpected(NAME, commands, EXPECTED)),
        commands => Ok(commands),
    }
}

fn price_per_100k(env: &Env) -> Result<Option<f64>, ConfigError> {
    const NAME: &str = "CACHE_L2_PRICE_PER_100K";
    const EXPECTED: &str = "a number from 0 to 1000000, such as 0.20";
    match env.parse::<f64>(NAME, EXPECTED)? {
        Some(price) if !(0.0..=1_000_000.0).contains(&price) => Err(unexpected(NAME, price, EXPECTED)),
        price => Ok(price),
    }
}
