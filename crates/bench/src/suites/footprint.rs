//! Suite `footprint`: the binary as a process of its own. How long it takes from its start to its first answers, beside
//! `api --version`; what memory it holds at rest, and under load over more keys than L1 takes, beside what it held at rest
//! before anybody had asked.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use reqwest::Client;
use serde_json::{Value, json};
use tokio::time::{interval, sleep};

use crate::{
    figure::{Figure, Quantity, Ratio},
    ground::{Engine, Ground},
    sample::Turns,
    server::{Binary, Resident, Running, Started},
    sign_in,
    wrk::{Load, Wrk, ensure_wrk},
};

const LIVE: &str = "/health/live";
const DASHBOARD: &str = "/api/v1/metrics/dashboard";
const STATS: &str = "/api/v1/cache/stats";

/// How long a server that has just answered is left alone before its memory is read.
const SETTLE: Duration = Duration::from_secs(1);
/// How long a store may take to be with Redis.
const STORED_WITHIN: Duration = Duration::from_secs(10);
/// Of the time zones there are, so many go by for each that is asked for.
const EVERY_NTH_ZONE: usize = 4;
/// Connections that make the load.
const CONNECTIONS: usize = 16;

pub async fn run(ground: &Ground) -> anyhow::Result<Vec<Figure>> {
    ensure_wrk().await?;
    let binary = Binary::find()?;
    let size = ground.standard_size();
    let sqlite = ground.database(Engine::Sqlite, size).await?;
    let postgres = ground.database(Engine::Postgres, size).await?;
    let redis = ground.redis().await?.url();
    let mut figures = starts(ground, &binary, &sqlite, [&postgres, &redis]).await?;
    figures.extend(memory(ground, &binary, [&postgres, &redis]).await?);
    Ok(figures)
}

/// Seconds from a process's start.
#[derive(Clone, Copy, Debug)]
struct Start {
    /// To the end of `/health/live`.
    live: f64,
    /// To the end of its first dashboard.
    dashboard: f64,
}

/// The starts of one turn.
#[derive(Clone, Copy, Debug)]
struct Turn {
    version: f64,
    sqlite: Start,
    /// With nothing of it in Redis.
    full: Start,
    /// With the dashboard's parts in Redis.
    full_warm: Start,
}

async fn starts(
    ground: &Ground,
    binary: &Binary,
    sqlite: &str,
    [postgres, redis]: [&str; 2],
) -> anyhow::Result<Vec<Figure>> {
    let (on_sqlite, on_postgres) = (sign_in::headers(sqlite).await?, sign_in::headers(postgres).await?);
    let folder = tempfile::tempdir()?;
    let mut turns = Vec::new();
    // The first turn does not count: the binary's file may not be in memory yet.
    for number in 0..=ground.pick(15, 3) {
        let namespace = format!("bench-start-{number}");
        let full = [("DATABASE_URL", postgres), ("REDIS_URL", redis), ("CACHE_NAMESPACE", &namespace)];
        let version = binary.version().await?;
        let (embedded, server, _) =
            started(binary.start(&[("DATABASE_URL", sqlite)], &on_sqlite, folder.path())?).await?;
        server.stop().await?;
        let (cold, mut server, _) = started(binary.start(&full, &on_postgres, folder.path())?).await?;
        stored(&mut server).await?;
        server.stop().await?;
        let (warm, server, layers) = started(binary.start(&full, &on_postgres, folder.path())?).await?;
        server.stop().await?;
        ensure!(
            layers.contains("l2; hit") && !layers.contains("l2; fwd"),
            "a dashboard that is in Redis did not come from there: {layers}"
        );
        turns.push(Turn { version, sqlite: embedded, full: cold, full_warm: warm });
    }
    turns.remove(0);
    let figure = |name: &str, seconds: fn(&Turn) -> f64| {
        let turns: Turns = turns.iter().map(|turn| (seconds(turn), turn.version)).collect();
        let (measured, baseline) = (turns.measured(), turns.baseline());
        Figure::new(
            name,
            Quantity::seconds(measured),
            "api --version",
            Quantity::seconds(baseline),
            turns.ratio(),
        )
    };
    Ok(vec![
        figure("start to live, SQLite", |turn| turn.sqlite.live),
        figure("start to first dashboard, SQLite", |turn| turn.sqlite.dashboard),
        figure("start to live, PostgreSQL and Redis", |turn| turn.full.live),
        figure("start to first dashboard, PostgreSQL and empty Redis", |turn| turn.full.dashboard),
        figure("start to first dashboard, PostgreSQL and warm Redis", |turn| turn.full_warm.dashboard),
    ])
}

/// Waits for the first answers of a server that was just started; also returns where its dashboard came from.
async fn started(mut server: Started) -> anyhow::Result<(Start, Started, String)> {
    let (live, _, _) = server.first(LIVE).await?;
    let (dashboard, layers, _) = server.first(DASHBOARD).await?;
    Ok((Start { live, dashboard }, server, layers))
}

/// Waits until what the server computed is in Redis: that happens behind the answer.
async fn stored(server: &mut Started) -> anyhow::Result<()> {
    let begun = Instant::now();
    loop {
        let stats: Value = serde_json::from_str(&server.first(STATS).await?.2)?;
        if stats.pointer("/instance/l2/commands/byKind/store").and_then(Value::as_u64) > Some(0) {
            return Ok(());
        }
        ensure!(
            begun.elapsed() < STORED_WITHIN,
            "nothing was stored in Redis within {STORED_WITHIN:?}: {stats}"
        );
        sleep(Duration::from_millis(5)).await;
    }
}

async fn memory(
    ground: &Ground,
    binary: &Binary,
    [postgres, redis]: [&str; 2],
) -> anyhow::Result<Vec<Figure>> {
    let variables = [("DATABASE_URL", postgres), ("REDIS_URL", redis), ("CACHE_NAMESPACE", "bench-memory")];
    let server = binary.run(&variables).await?;
    let signed_in = sign_in::headers(postgres).await?;
    let client = Client::builder().pool_max_idle_per_host(0).default_headers(signed_in).build()?;
    let cookie = sign_in::cookie(postgres).await?;
    read(&client, &server, LIVE).await?;
    sleep(SETTLE).await;
    let idle = server.resident()?.now;
    read(&client, &server, DASHBOARD).await?;
    sleep(SETTLE).await;
    let one_dashboard = server.resident()?.now;
    let duration = ground.pick(Duration::from_mins(10), Duration::from_secs(5));
    let writes_every = ground.pick(Duration::from_secs(10), Duration::from_secs(1));
    eprintln!("  {duration:?} of load over {} paths …", paths().len());
    let loaded = under_load(&server, (&client, cookie), duration, writes_every).await?;
    server.stop().await?;

    let after = if ground.quick { "5 s" } else { "10 min" };
    let requests = loaded.load.requests;
    let figure = |name: String, bytes: f64, baseline_name: &str, baseline: f64| {
        let ratio = Ratio::of(bytes, baseline);
        Figure::new(name, Quantity::bytes(bytes), baseline_name, Quantity::bytes(baseline), ratio)
    };
    let beside_idle = |name: String, bytes: f64| figure(name, bytes, "resident at rest", idle);
    Ok(vec![
        beside_idle("resident after one dashboard".to_owned(), one_dashboard),
        beside_idle(format!("resident after {after} of load, {requests} requests"), loaded.end.now),
        beside_idle("most ever resident".to_owned(), loaded.end.peak),
        figure(
            format!("resident after {after} of load"),
            loaded.end.now,
            "after half of it",
            loaded.half.now,
        ),
    ])
}

/// What a load left behind.
#[derive(Clone, Copy, Debug)]
struct Loaded {
    load: Load,
    /// When half of the time was over.
    half: Resident,
    /// Just after the load's end.
    end: Resident,
}

/// Asks for everything there is in random order, and writes a row now and then, so that everything becomes old.
async fn under_load(
    server: &Running,
    (client, cookie): (&Client, String),
    duration: Duration,
    writes_every: Duration,
) -> anyhow::Result<Loaded> {
    let wrk = Wrk {
        url: server.url("/"),
        headers: vec![("Accept-Encoding", "gzip, br".to_owned()), ("Cookie", cookie)],
        paths: paths(),
        threads: 1,
        connections: CONNECTIONS,
        duration,
    };
    let half = async {
        sleep(duration / 2).await;
        server.resident()
    };
    let loading = async { tokio::try_join!(wrk.run(), half) };
    let (load, half) = tokio::select! {
        done = loading => done?,
        failed = write_for_ever(server, client, writes_every) => {
            return Err(failed.context("a write failed under load"));
        }
    };
    Ok(Loaded { load, half, end: server.resident()? })
}

/// Changes a user now and then; returns where that fails.
async fn write_for_ever(server: &Running, client: &Client, every: Duration) -> anyhow::Error {
    let writing = async {
        let users: Value = serde_json::from_str(&read(client, server, "/api/v1/users?limit=1").await?)?;
        let id = users.pointer("/items/0/id").and_then(Value::as_str).context("there is no user")?;
        let url = server.url(&format!("/api/v1/users/{id}"));
        let mut ticks = interval(every);
        for number in 0_u64.. {
            ticks.tick().await;
            let change = json!({ "displayName": format!("Ada Lovelace {number}") });
            client.patch(&url).json(&change).send().await?.error_for_status()?;
        }
        anyhow::Ok(())
    };
    writing.await.err().unwrap_or_else(|| anyhow::anyhow!("there are no more numbers"))
}

async fn read(client: &Client, server: &Running, path: &str) -> anyhow::Result<String> {
    let answer = client.get(server.url(path)).send().await?.error_for_status()?;
    Ok(answer.text().await?)
}

/// More keys than L1 has room for: every period and many time zones, of every part, and lists of every length.
fn paths() -> Vec<String> {
    let zones = chrono_tz::TZ_VARIANTS.iter().step_by(EVERY_NTH_ZONE);
    let mut paths = Vec::new();
    for zone in zones {
        for period in domain::metrics::period::Period::EVERY {
            for part in ["dashboard", "overview", "charts"] {
                let zone = zone.name().replace('+', "%2B");
                paths.push(format!("/api/v1/metrics/{part}?period={period}&tz={zone}"));
            }
        }
    }
    for list in ["recent-users", "recent-proposals"] {
        paths.extend((1..=50).map(|limit| format!("/api/v1/metrics/{list}?limit={limit}")));
    }
    paths
}

#[cfg(test)]
mod tests {
    #[test]
    fn there_are_more_paths_than_l1_takes_entries() {
        let paths = super::paths();
        assert!(paths.len() > 1000, "{}", paths.len());
        let plain = |path: &String| path.chars().all(|c| c.is_ascii_alphanumeric() || "/?=&-_%".contains(c));
        assert!(paths.iter().all(plain));
        let plus = paths.iter().find(|path| path.contains("%2B")).unwrap();
        let zone = plus.split_once("tz=").unwrap().1.replace("%2B", "+");
        assert!(domain::metrics::period::parse_time_zone(&zone).is_ok(), "{plus}");
    }
}
