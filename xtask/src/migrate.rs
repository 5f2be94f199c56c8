//! `cargo xtask migrate`: brings the schema up, or back.

use std::{collections::HashSet, process::ExitCode};

use anyhow::{anyhow, bail};
use clap::{Args, Subcommand, value_parser};
use infra::config::{CacheConfig, DatabaseConfig, Env, RedisConfig};
use migrations::Status;
use sea_orm::DbErr;
use secrecy::ExposeSecret as _;

use crate::{
    environment::{described, remote_host},
    invalidation::invalidate_everything,
};

/// Bring the database's schema up to date, or back.
///
/// The database is that of DATABASE_DIRECT_URL, else of DATABASE_URL, else the embedded one in data/dashboard.db; `.env` is
/// read. Each run is one transaction: it happens wholly or not at all. Afterwards everything cached is made old, where
/// Redis is configured.
#[derive(Debug, Args)]
pub struct Migrate {
    #[command(subcommand)]
    action: Action,
}

#[derive(Clone, Copy, Debug, Subcommand)]
enum Action {
    /// Apply every migration that is pending.
    Up,
    /// Take back the newest migrations, and with them what is in their tables.
    Down(Back),
    /// List the migrations, and say which are applied.
    Status,
    /// Drop every table, with everything in it, and apply every migration.
    Fresh {
        /// Do it although the database is on another machine.
        #[arg(long)]
        yes: bool,
    },
    /// Take back the newest migrations and apply them again: to try one out that you are writing.
    Redo(Back),
}

#[derive(Args, Clone, Copy, Debug)]
struct Back {
    /// How many migrations.
    #[arg(long, default_value_t = 1, value_parser = value_parser!(u32).range(1..))]
    steps: u32,
    /// Do it although the database is on another machine.
    #[arg(long)]
    yes: bool,
}

impl Migrate {
    /// Does it and says what was done.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let env = Env::of_process();
        let config = DatabaseConfig::from_env(&env)?;
        // Nothing is done where Redis could not be told of it.
        RedisConfig::from_env(&env)?;
        CacheConfig::from_env(&env)?;
        let (url, action) = (config.direct_url.expose_secret(), self.action);
        refuse_remote(url, action)?;
        let place = described(url);
        let failed = |error: DbErr| anyhow!("on {place}: {error}");
        let before = migrations::status(url).await.map_err(failed)?;
        match action {
            Action::Status => {
                println!("{place}");
                for Status { name, applied } in &before {
                    println!("  {} {name}", if *applied { "applied" } else { "pending" });
                }
                return Ok(ExitCode::SUCCESS);
            }
            Action::Up => migrations::up(url).await,
            Action::Down(back) => migrations::down(url, back.steps).await,
            Action::Fresh { .. } => migrations::fresh(url).await,
            Action::Redo(back) => migrations::redo(url, back.steps).await,
        }
        .map_err(failed)?;
        let after = migrations::status(url).await.map_err(failed)?;
        println!("{place}: {}", outcome(action, &applied(&before), &applied(&after)));
        invalidate_everything(&env).await?;
        Ok(ExitCode::SUCCESS)
    }
}

/// What takes data away needs a yes where the data is not on this machine.
fn refuse_remote(url: &str, action: Action) -> anyhow::Result<()> {
    let yes = match action {
        Action::Up | Action::Status => true,
        Action::Down(back) | Action::Redo(back) => back.yes,
        Action::Fresh { yes } => yes,
    };
    match remote_host(url) {
        Some(host) if !yes => bail!(
            "the database is on {host}, not on this machine, and this would take data away: add --yes if that is meant"
        ),
        _ => Ok(()),
    }
}

fn applied(migrations: &[Status]) -> Vec<&str> {
    migrations.iter().filter(|migration| migration.applied).map(|migration| migration.name.as_str()).collect()
}

fn outcome(action: Action, before: &[&str], after: &[&str]) -> String {
    let without = |all: &[&str], those: &[&str]| {
        let those: HashSet<&str> = those.iter().copied().collect();
        all.iter().copied().filter(|name| !those.contains(name)).collect::<Vec<_>>().join(", ")
    };
    let (new, gone) = (without(after, before), without(before, after));
    match action {
        Action::Fresh { .. } => format!("emptied; applied {}", after.join(", ")),
        Action::Redo(back) if new.is_empty() => {
            let steps = usize::try_from(back.steps).unwrap_or(usize::MAX);
            format!("took back and applied {}", before[before.len().saturating_sub(steps)..].join(", "))
        }
        _ if !new.is_empty() => format!("applied {new}"),
        _ if !gone.is_empty() => format!("took back {gone}"),
        Action::Down(_) => "there was nothing to take back".to_owned(),
        _ => "already up to date".to_owned(),
    }
}
