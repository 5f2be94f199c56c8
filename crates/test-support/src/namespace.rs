//! A Redis namespace per test on the shared Redis.

use uuid::Uuid;

/// A namespace of its own on the shared Redis; its keys are removed when this is dropped.
#[derive(Debug)]
pub struct TestRedis {
    url: String,
    namespace: String,
}

impl TestRedis {
    /// A new namespace on the shared Redis.
    ///
    /// # Panics
    /// Where there is no Redis to be had; the message says what to install.
    pub async fn new() -> Self {
        let namespace = format!("test-{}", Uuid::new_v4().simple());
        Self { url: crate::redis_url().await, namespace }
    }

    /// The server's URL, shared with other tests.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What to use as `CACHE_NAMESPACE`.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    fn remove_keys(&self) -> redis::RedisResult<()> {
        let mut connection = redis::Client::open(self.url.as_str())?.get_connection()?;
        let pattern = format!("*{}*", self.namespace);
        let mut cursor = 0_u64;
        loop {
            let (next, keys): (u64, Vec<String>) = redis::cmd("SCAN")
                .arg(cursor)
                .arg("MATCH")
                .arg(&pattern)
                .arg("COUNT")
                .arg(1000)
                .query(&mut connection)?;
            if !keys.is_empty() {
                redis::cmd("UNLINK").arg(keys).exec(&mut connection)?;
            }
            if next == 0 {
                return Ok(());
            }
            cursor = next;
        }
    }
}

impl Drop for TestRedis {
    fn drop(&mut self) {
        if let Err(error) = self.remove_keys() {
            eprintln!("cannot remove the keys of {}: {error}", self.namespace);
        }
    }
}
