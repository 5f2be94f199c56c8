//! `cargo xtask seed`: a database full of rows that look real, made by the crate `seed`.

use std::{process::ExitCode, time::Instant};

use anyhow::{Context as _, bail};
use chrono::{DateTime, Utc};
use clap::Args;
use indicatif::HumanCount;
use infra::config::{CacheConfig, DatabaseConfig, Env, RedisConfig};
use secrecy::ExposeSecret as _;
use seed::{Outcome, Plan, seed};

use crate::{
    environment::{described, remote_host},
    invalidation::invalidate_everything,
};

/// Fill an empty database with rows that look real.
///
/// Users sign up, write proposals and send them; clients decide, leads come in and some convert: more as the months go by,
/// in office hours more than at night, in several currencies, in French and in English. The same arguments give the same
/// rows, ids included, if --until is among them.
///
/// The database is that of DATABASE_DIRECT_URL, else of DATABASE_URL, else the embedded one in data/dashboard.db; `.env` is
/// read. Pending migrations are applied first. Rows are written all or none, and only to a database without any: `cargo
/// xtask migrate fresh` empties it. Afterwards everything cached is made old, where Redis is configured.
#[derive(Debug, Args)]
pub struct Seed {
    /// How many users; the first three are admins, the next six viewers.
    #[arg(long, value_name = "N", default_value_t = 2_000)]
    users: u32,
    /// How many proposals.
    #[arg(long, value_name = "N", default_value_t = 6_000)]
    proposals: u32,
    /// How many leads.
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    leads: u32,
    /// Any whole number; another one gives other rows.
    #[arg(long, value_name = "S", default_value_t = 42)]
    #[expect(clippy::struct_field_names, reason = "the name of the option")]
    seed: u64,
    /// How many days the rows go back.
    #[arg(long, value_name = "D", default_value_t = 400)]
    days: u32,
    /// Nothing happens at or after this: a date (its first moment in Paris) or an instant such as 2026-03-31T18:00:00Z.
    /// Now, if left out.
    #[arg(long, value_name = "DATE", value_parser = seed::parse_until)]
    until: Option<DateTime<Utc>>,
    /// Needed where the database is not on this machine.
    #[arg(long)]
    yes: bool,
}

impl Seed {
    /// Seeds the database of the configuration.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let env = Env::of_process();
        let config = DatabaseConfig::from_env(&env)?;
        // What is needed after the rows are in is looked at before.
        RedisConfig::from_env(&env)?;
        CacheConfig::from_env(&env)?;
        let url = config.direct_url.expose_secret();
        if let Some(host) = remote_host(url)
            && !self.yes
        {
            bail!(
                "the database is on {host}, not on this machine: add --yes if that is where the rows belong"
            );
        }
        let plan = Plan {
            users: self.users,
            proposals: self.proposals,
            leads: self.leads,
            seed: self.seed,
            days: self.days,
            until: self.until.unwrap_or_else(seed::now),
        }
        .checked()?;
        let started = Instant::now();
        match seed(url, plan).await.with_context(|| format!("on {}", described(url)))? {
            Outcome::NotEmpty => bail!(
                "the database already holds rows, and nothing was written: empty it with `cargo xtask migrate fresh`"
            ),
            Outcome::Loaded => println!(
                "{} users, {} proposals and {} leads in {:.1} s",
                HumanCount(plan.users.into()),
                HumanCount(plan.proposals.into()),
                HumanCount(plan.leads.into()),
                started.elapsed().as_secs_f64()
            ),
        }
        invalidate_everything(&env).await?;
        Ok(ExitCode::SUCCESS)
    }
}
