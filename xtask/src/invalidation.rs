//! Telling running instances that rows were written past the hooks.

use anyhow::anyhow;
use domain::invalidation::CacheTags;
use infra::{
    cache::versions::PerTag,
    config::{CacheConfig, Env, RedisConfig},
    metrics_cache::l2,
};

/// How often it is tried: the first call sets up the connection too, on a server that may have slept.
const ATTEMPTS: u32 = 3;

/// Makes everything cached old, on every instance, where Redis is configured. To be called after rows were written past the
/// hooks: by migrations, a seed, an import. What an instance without Redis has cached stays until its time is over.
///
/// # Errors
/// Where the configuration of Redis cannot be used, or Redis cannot be told.
pub async fn invalidate_everything(env: &Env) -> anyhow::Result<()> {
    let Some(redis) = RedisConfig::from_env(env)? else { return Ok(()) };
    let cache = CacheConfig::from_env(env)?;
    // Fails where there is one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let l2 = l2(Some(&redis), &cache, "xtask".to_owned()).map_err(|error| anyhow!("Redis: {error}"))?;
    for attempt in 1.. {
        match l2.bump(CacheTags::EVERY, &PerTag::default(), None).await {
            Ok(_) => break,
            Err(error) if attempt == ATTEMPTS => {
                return Err(anyhow!(
                    "the database is done, but Redis on {}:{} could not be told ({error}): what is cached stays until its time is over, \
                     or until `cargo xtask cache invalidate all` succeeds",
                    redis.host,
                    redis.port
                ));
            }
            Err(_) => {}
        }
    }
    println!("Everything cached in Redis on {}:{} is made old.", redis.host, redis.port);
    Ok(())
}
