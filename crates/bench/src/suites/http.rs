//! Suite `http`: requests a second that a node answers from L1 to somebody who is signed in, beside a server in the same process that answers with
//! constants of the same bytes. The load generator shares the machine, with both alike; the server's time on the processor
//! for a request is therefore given too.

use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use api::{config::ServerConfig, startup::Node};
use infra::config::Env;
use nix::sys::resource::{UsageWho, getrusage};
use reqwest::{Client, Response, StatusCode};

use crate::{
    constant::{Constant, ConstantServer},
    figure::{Figure, Goal, Quantity},
    ground::{Engine, Ground},
    sample::Turns,
    sign_in,
    wrk::{Load, Wrk, ensure_wrk},
};

const DASHBOARD: &str = "/api/v1/metrics/dashboard?period=30d&tz=Europe/Paris";
const OVERVIEW: &str = "/api/v1/metrics/overview?period=30d&tz=Europe/Paris";
/// Connections for each of the server's workers.
const CONNECTIONS_A_WORKER: usize = 32;
/// How far the bytes that an answer has on average may be from what it should have: some answers are under way when the
/// time is up.
const BYTES_WITHIN: f64 = 0.2;
/// How long the cache may take to become warm, its bus to be connected among it.
const WARM_WITHIN: Duration = Duration::from_secs(10);

/// Nothing ends while it is measured: how often a value has to be computed is for other suites.
const FOR_A_DAY: &str = "86400";

/// What is measured, in the order of a turn: each beside what it is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Subject {
    BareConstant,
    Dashboard,
    DashboardConstant,
    NotModified,
    Gzip,
    GzipConstant,
    Brotli,
    BrotliConstant,
    Overview,
    OverviewConstant,
}

impl Subject {
    const EVERY: [Self; 10] = [
        Self::BareConstant,
        Self::Dashboard,
        Self::DashboardConstant,
        Self::NotModified,
        Self::Gzip,
        Self::GzipConstant,
        Self::Brotli,
        Self::BrotliConstant,
        Self::Overview,
        Self::OverviewConstant,
    ];
}

/// How to ask for a subject.
#[derive(Debug)]
struct Target {
    url: String,
    headers: Vec<(&'static str, String)>,
    /// How many bytes its answer has, the head included.
    bytes: usize,
}

/// What one slice of load came to.
#[derive(Clone, Copy, Debug)]
struct Slice {
    load: Load,
    /// Seconds on the processor that this process spent for a request.
    processor: f64,
}

pub async fn run(ground: &Ground) -> anyhow::Result<Vec<Figure>> {
    ensure_wrk().await?;
    let database = ground.database(Engine::Postgres, ground.standard_size()).await?;
    let redis = ground.redis().await?.url();
    let variables = [
        ("DATABASE_URL", database.as_str()),
        ("REDIS_URL", redis.as_str()),
        ("CACHE_NAMESPACE", "bench-http"),
        ("CACHE_TTL_DASHBOARD_SECS", FOR_A_DAY),
        ("CACHE_TTL_OVERVIEW_SECS", FOR_A_DAY),
        ("CACHE_TTL_CHARTS_SECS", FOR_A_DAY),
        ("CACHE_TTL_RECENT_USERS_SECS", FOR_A_DAY),
        ("CACHE_TTL_RECENT_PROPOSALS_SECS", FOR_A_DAY),
    ];
    let node = ground.node(&variables).await?;
    let workers = ServerConfig::from_env(&Env::default())?.workers;
    let cookie = sign_in::cookie(&database).await?;
    let (constants, targets) = targets(&node, &cookie, workers).await?;

    let misses = || node.state().metrics.counts().instance.l1.lookups.misses;
    let before = misses();
    let slices = slices(ground, &targets, workers).await?;
    ensure!(misses() == before, "{} reads were not answered by L1 while L1 was measured", misses() - before);

    constants.stop().await;
    node.stop().await;
    Ok(figures(&slices))
}

/// The server of the constants, and how to ask for each subject; each was asked once and answers as it should.
async fn targets(node: &Node, cookie: &str, workers: usize) -> anyhow::Result<(ConstantServer, Vec<Target>)> {
    let client = Client::new();
    let at_node = |path: &str, headers: &[(&'static str, &str)]| {
        let headers = headers.iter().copied().chain([("Cookie", cookie)]);
        let headers = headers.map(|(name, value)| (name, value.to_owned())).collect();
        Target { url: format!("http://{}{path}", node.address()), headers, bytes: 0 }
    };
    let dashboard = at_node(DASHBOARD, &[]);
    let overview = at_node(OVERVIEW, &[]);
    for target in [&dashboard, &overview] {
        warm(&client, target).await?;
    }
    let etag = header(&ask(&client, &dashboard).await?, "etag").context("the dashboard has no ETag")?;
    let not_modified = at_node(DASHBOARD, &[("If-None-Match", &etag)]);
    let gzip = at_node(DASHBOARD, &[("Accept-Encoding", "gzip")]);
    let brotli = at_node(DASHBOARD, &[("Accept-Encoding", "gzip, br")]);

    for (target, status, coding) in [
        (&dashboard, StatusCode::OK, None),
        (&overview, StatusCode::OK, None),
        (&not_modified, StatusCode::NOT_MODIFIED, None),
        (&gzip, StatusCode::OK, Some("gzip")),
        (&brotli, StatusCode::OK, Some("br")),
    ] {
        let answer = ask(&client, target).await?;
        let (found, layer) = (header(&answer, "content-encoding"), header(&answer, "cache-status"));
        ensure!(
            answer.status() == status
                && found.as_deref() == coding
                && layer.as_deref().is_some_and(|layer| layer.starts_with("l1; hit")),
            "{target:?}: expected {status}, {coding:?}, from l1, got {answer:?}"
        );
    }

    let mut constants = Vec::new();
    for target in [&dashboard, &gzip, &brotli, &overview] {
        constants.push(Constant::of(ask(&client, target).await?).await?);
    }
    constants.push(constants[0].bare());
    let server = ConstantServer::start(constants, workers)?;
    let constant = |number| Target { url: server.url(number), headers: Vec::new(), bytes: 0 };
    let same =
        [(&dashboard, constant(0)), (&gzip, constant(1)), (&brotli, constant(2)), (&overview, constant(3))];
    for (target, constant) in &same {
        let (ours, theirs) =
            (bytes(ask(&client, target).await?).await?, bytes(ask(&client, constant).await?).await?);
        // A number in a header may have become longer meanwhile.
        ensure!(ours.abs_diff(theirs) <= 8, "the constant for {target:?} has {theirs} bytes, not {ours}");
    }
    let [(_, dashboard_constant), (_, gzip_constant), (_, brotli_constant), (_, overview_constant)] = same;
    // In the order of `Subject::EVERY`.
    let mut targets = vec![
        constant(4),
        dashboard,
        dashboard_constant,
        not_modified,
        gzip,
        gzip_constant,
        brotli,
        brotli_constant,
        overview,
        overview_constant,
    ];
    for target in &mut targets {
        target.bytes = bytes(ask(&client, target).await?).await?;
    }
    Ok((server, targets))
}

/// Asks until the answer comes out of L1.
async fn warm(client: &Client, target: &Target) -> anyhow::Result<()> {
    let asking = async {
        loop {
            let answer = ask(client, target).await?;
            if header(&answer, "cache-status").is_some_and(|status| status.starts_with("l1; hit")) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let warm = tokio::time::timeout(WARM_WITHIN, asking).await;
    warm.with_context(|| format!("{} did not come out of L1 within {WARM_WITHIN:?}", target.url))?
}

async fn ask(client: &Client, target: &Target) -> anyhow::Result<Response> {
    let mut request = client.get(&target.url);
    for (name, value) in &target.headers {
        request = request.header(*name, value);
    }
    let answer = request.send().await?;
    if answer.status().is_client_error() || answer.status().is_server_error() {
        bail!("{}: {}", target.url, answer.text().await?);
    }
    Ok(answer)
}

fn header(answer: &Response, name: &str) -> Option<String> {
    answer.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// How many bytes `answer` has on the wire.
async fn bytes(answer: Response) -> anyhow::Result<usize> {
    let line = "HTTP/1.1 200 \r\n".len() + answer.status().canonical_reason().unwrap_or_default().len();
    let headers: usize =
        answer.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len()).sum();
    Ok(line + headers + "\r\n".len() + answer.bytes().await?.len())
}

/// Every subject's slices, by the place of the subject in `Subject::EVERY`. A turn holds a slice of each, and every other
/// turn goes backwards.
async fn slices(ground: &Ground, targets: &[Target], workers: usize) -> anyhow::Result<Vec<Vec<Slice>>> {
    let turns = ground.pick(11, 3);
    let duration = Duration::from_millis(ground.pick(2000, 500));
    let mut slices = vec![Vec::new(); targets.len()];
    // The first slice of the run does not count.
    slice(&targets[0], workers, duration).await?;
    for turn in 0..turns {
        for place in 0..targets.len() {
            let place = if turn % 2 == 0 { place } else { targets.len() - 1 - place };
            slices[place].push(slice(&targets[place], workers, duration).await?);
        }
    }
    Ok(slices)
}

async fn slice(target: &Target, workers: usize, duration: Duration) -> anyhow::Result<Slice> {
    let wrk = Wrk {
        url: target.url.clone(),
        headers: target.headers.clone(),
        paths: Vec::new(),
        threads: workers,
        connections: workers * CONNECTIONS_A_WORKER,
        duration,
    };
    let before = processor_seconds()?;
    let load = wrk.run().await?;
    let processor = (processor_seconds()? - before) / load.requests as f64;
    let (found, expected) = (load.bytes_an_answer(), target.bytes as f64);
    ensure!(
        (found / expected - 1.0).abs() < BYTES_WITHIN,
        "{}: an answer has {expected} bytes, but under load {found:.0} on average",
        target.url
    );
    Ok(Slice { load, processor })
}

/// Seconds that this process, all of its threads together, has spent on processors.
fn processor_seconds() -> anyhow::Result<f64> {
    let usage =
        getrusage(UsageWho::RUSAGE_SELF).context("the system does not tell our time on the processor")?;
    let seconds = |time: nix::sys::time::TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    Ok(seconds(usage.user_time()) + seconds(usage.system_time()))
}

fn figures(slices: &[Vec<Slice>]) -> Vec<Figure> {
    use Subject::{
        BareConstant, Brotli, BrotliConstant, Dashboard, DashboardConstant, Gzip, GzipConstant, NotModified,
        Overview, OverviewConstant,
    };
    const SAME: &str = "constant of the same bytes";
    let of = |subject: Subject| {
        let place = Subject::EVERY.iter().position(|other| *other == subject);
        place.and_then(|place| slices.get(place)).map_or(&[][..], Vec::as_slice)
    };
    let compared = |name: &str,
                    baseline_name: &str,
                    (subject, baseline): (Subject, Subject),
                    unit: fn(f64) -> Quantity,
                    number: fn(&Slice) -> f64| {
        let turns: Turns = of(subject)
            .iter()
            .zip(of(baseline))
            .map(|(ours, theirs)| (number(ours), number(theirs)))
            .collect();
        Figure::new(name, unit(turns.measured()), baseline_name, unit(turns.baseline()), turns.ratio())
    };
    let rate = |name: &str, baseline_name: &str, pair: (Subject, Subject)| {
        compared(name, baseline_name, pair, Quantity::per_second, |slice| slice.load.rate())
    };
    let time = |name: &str, number: fn(&Slice) -> f64| {
        compared(name, SAME, (Subject::Dashboard, Subject::DashboardConstant), Quantity::seconds, number)
    };
    let uncompressed = "constant of the plain bytes";
    vec![
        rate("dashboard", SAME, (Dashboard, DashboardConstant)).goal(Goal::RatioAtLeast(0.85)),
        rate("dashboard", "constant of the same body alone", (Dashboard, BareConstant)),
        rate("dashboard, 304", "constant of the plain bytes", (NotModified, DashboardConstant)),
        rate("dashboard, gzip", SAME, (Gzip, GzipConstant)),
        rate("dashboard, gzip", uncompressed, (Gzip, DashboardConstant)),
        rate("dashboard, br", SAME, (Brotli, BrotliConstant)),
        rate("dashboard, br", uncompressed, (Brotli, DashboardConstant)),
        rate("overview", SAME, (Overview, OverviewConstant)),
        time("dashboard, processor time a request", |slice| slice.processor),
        time("dashboard, p50", |slice| slice.load.p50),
        time("dashboard, p99", |slice| slice.load.p99),
    ]
}
