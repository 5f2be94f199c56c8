//! Where values come from: the engine's view of the database.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

use super::{entry::Entry, key::Key};

/// Why a load failed; the text is for the log.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct LoadError(pub Arc<str>);

/// Computes what is not in the cache.
#[async_trait]
pub trait Source: Send + Sync + 'static {
    /// The body of a part, from the primary database and outside any older transaction or snapshot.
    async fn load(&self, key: &Key) -> Result<Bytes, LoadError>;

    /// The body of something that is assembled from parts, given the parts in the order of [`Key::parts`].
    ///
    /// # Errors
    /// [`LoadError`] where the parts are not what they should be.
    fn assemble(&self, key: &Key, parts: &[Arc<Entry>]) -> Result<Bytes, LoadError>;
}
