//! Databases full of rows that look real. The generator is `population` and what it uses; `load` writes what it makes.

pub mod bulk;
mod calendar;
mod leads;
mod load;
mod money;
mod names;
mod plan;
mod population;
mod proposals;
#[cfg(test)]
mod tests;
mod users;

use anyhow::anyhow;
use indicatif::{ProgressBar, ProgressStyle};

pub use self::{
    load::Outcome,
    plan::{MAX_DAYS, Plan, now, parse_until},
    population::Population,
};

/// Migrates the database at `url` and fills it with a dashboard's worth of rows up to now, unless it has some already.
///
/// # Errors
/// As [`seed`].
pub async fn demo(url: &str) -> anyhow::Result<Outcome> {
    seed(url, Plan::demo()).await
}

/// Migrates the database at `url` and writes the rows of `plan` to it, with a progress bar where there is a terminal.
/// Whoever has cached anything from that database has to be told.
///
/// # Errors
/// Where the plan makes no sense, or the database cannot be reached or refuses; no row is then written.
pub async fn seed(url: &str, plan: Plan) -> anyhow::Result<Outcome> {
    let plan = plan.checked()?;
    migrations::up(url).await.map_err(|error| anyhow!("cannot migrate the database: {error}"))?;
    let progress = ProgressBar::new(plan.rows()).with_style(ProgressStyle::with_template(
        "{elapsed:>4} {wide_bar} {human_pos}/{human_len} rows, {eta} left",
    )?);
    let outcome = load::load(url, &Population::new(plan), &progress).await;
    progress.finish_and_clear();
    outcome
}
