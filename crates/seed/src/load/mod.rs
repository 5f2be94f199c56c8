//! Writing a population to a database: everything in one transaction, so that it is there as a whole or not at all, and
//! only where there are no rows yet.

mod postgres;
mod sqlite;

use indicatif::ProgressBar;

use super::population::Population;

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every row is committed.
    Loaded,
    /// There were rows already; nothing was written.
    NotEmpty,
}

/// Writes `population` to the migrated database at `url`, counting rows on `progress`.
///
/// # Errors
/// Where the database cannot be reached or refuses; nothing is then written.
pub(crate) async fn load(
    url: &str,
    population: &Population,
    progress: &ProgressBar,
) -> anyhow::Result<Outcome> {
    if url.starts_with("sqlite:") {
        sqlite::load(url, population, progress).await
    } else {
        postgres::load(url, population, progress).await
    }
}
