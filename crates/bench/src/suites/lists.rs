//! Suite `lists`: a page of fifty leads out of a million, as a client gets it over HTTP, beside its bare SQL on a connection
//! that is open already. The first page, one in the middle of the list, and one of a filter.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use reqwest::Client;
use sea_orm::{ConnectionTrait, Database, DbBackend, Statement};

use crate::{
    figure::{Figure, Goal, Quantity},
    ground::{Engine, Ground, Size},
    sample::Turns,
    sign_in,
};

/// How many rows a page has.
const ROWS: usize = 50;
/// How long one side is asked, turn by turn.
const SPELL: Duration = Duration::from_millis(200);
/// More than a page over HTTP is not to take of its bare SQL.
const MOST: f64 = 2.0;

/// Which page.
#[derive(Clone, Copy, Debug)]
struct Asked {
    name: &'static str,
    /// The filters of the query string.
    filter: &'static str,
    /// The same as a condition.
    condition: &'static str,
    /// Whether the page is the one below half of the rows.
    is_deep: bool,
}

const ASKED: [Asked; 3] = [
    Asked { name: "first page", filter: "", condition: "", is_deep: false },
    Asked { name: "page in the middle", filter: "", condition: "", is_deep: true },
    Asked {
        name: "first page of a status",
        filter: "&status=qualified",
        condition: " WHERE status = 'qualified'",
        is_deep: false,
    },
];

pub async fn run(ground: &Ground) -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for engine in [Engine::Postgres, Engine::Sqlite] {
        let url = ground.database(engine, Size::of_leads(ground.pick(1_000_000, 30_000))).await?;
        let node = ground.node(&[("DATABASE_URL", &url)]).await?;
        let client = Client::builder()
            .no_proxy()
            .tcp_nodelay(true)
            .default_headers(sign_in::headers(&url).await?)
            .build()?;
        let db = Database::connect(url.as_str()).await?;
        let base = format!("http://{}/api/v1/leads?limit={ROWS}", node.address());
        for asked in ASKED {
            let (path, sql) = both(&db, &base, asked).await?;
            let over_http = async || spell(async || page(&client, &path).await).await;
            let by_itself = async || {
                spell(async || {
                    let statement = Statement::from_string(db.get_database_backend(), sql.as_str());
                    Ok(db.query_all_raw(statement).await?.len())
                })
                .await
            };
            let turns = Turns::take(ground.pick(15, 5), over_http, by_itself).await?;
            let figure = Figure::new(
                format!("{}, {}", engine.name(), asked.name),
                Quantity::seconds(turns.measured()),
                "its SQL",
                Quantity::seconds(turns.baseline()),
                turns.ratio(),
            );
            figures.push(figure.goal(Goal::RatioAtMost(MOST)));
        }
        db.close().await?;
        node.stop().await;
    }
    Ok(figures)
}

/// Seconds that one call of `ask` takes, on the average of a spell. Each has to give a whole page.
async fn spell(mut ask: impl AsyncFnMut() -> anyhow::Result<usize>) -> anyhow::Result<f64> {
    let begun = Instant::now();
    let mut calls = 0_u32;
    while begun.elapsed() < SPELL {
        let rows = ask().await?;
        ensure!(rows >= ROWS, "a page of {rows} rows");
        calls += 1;
    }
    Ok(begun.elapsed().as_secs_f64() / f64::from(calls))
}

/// Asks for a page over HTTP, down to its last byte; how many rows it has.
async fn page(client: &Client, url: &str) -> anyhow::Result<usize> {
    let body = client.get(url).send().await?.error_for_status()?.bytes().await?;
    // Counted without reading it as JSON, which would be the client's own work.
    Ok(body.windows(8).filter(|window| *window == b"\"source\"").count())
}

/// The URL and the statement of the same page.
async fn both(db: &impl ConnectionTrait, base: &str, asked: Asked) -> anyhow::Result<(String, String)> {
    let Asked { filter, condition, .. } = asked;
    let columns = "id, proposal_id, name, email, source, status, converted_at, created_at, updated_at";
    let order = format!("ORDER BY created_at DESC, id DESC LIMIT {}", ROWS + 1);
    if !asked.is_deep {
        return Ok((format!("{base}{filter}"), format!("SELECT {columns} FROM leads{condition} {order}")));
    }
    let at = middle(db).await?;
    let deep = format!("{base}&createdTo={}", at.replace('+', "%2B"));
    let sql = format!("SELECT {columns} FROM leads WHERE created_at < '{at}' {order}");
    Ok((deep, sql))
}

/// The instant at which the lead in the middle was created, in RFC 3339, as both take it.
async fn middle(db: &impl ConnectionTrait) -> anyhow::Result<String> {
    let backend = db.get_database_backend();
    let text = match backend {
        DbBackend::Sqlite => "created_at",
        _ => "to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"+00:00\"')",
    };
    let sql = format!(
        "SELECT {text} AS at FROM leads ORDER BY created_at DESC \
         LIMIT 1 OFFSET (SELECT count(*) / 2 FROM leads)"
    );
    let row = db.query_one_raw(Statement::from_string(backend, sql)).await?.context("no leads")?;
    Ok(row.try_get("", "at")?)
}
