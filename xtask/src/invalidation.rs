//! Telling running instances that the database's content was exchanged under them.

use infra::config::{CacheConfig, Env, RedisConfig};

/// Makes everything cached old, on every instance, where Redis is configured. To be called after rows were written past the
/// hooks: by migrations, a seed, an import.
///
/// # Errors
/// Where the configuration of Redis cannot be used.
pub async fn invalidate_everything(env: &Env) -> anyhow::Result<()> {
    if RedisConfig::from_env(env)?.is_some() {
        let longest = CacheConfig::from_env(env)?.ttls.overview;
        println!(
            "Redis is configured: what is cached there stays until its time is over, {longest:?} at most."
        );
    }
    Ok(())
}
