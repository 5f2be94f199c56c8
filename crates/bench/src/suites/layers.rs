//! Suite `layers`: a whole dashboard out of the database, out of Redis, out of memory, as a client gets it over HTTP, with
//! the services on this machine and with both some way off; and how many round trips it takes.

use std::time::Duration;

use anyhow::{Context as _, bail};
use domain::metrics::period::Period;

use crate::{
    figure::{Figure, Goal, Quantity, Ratio},
    ground::Ground,
    pair::{Distance, Layer, Pair, RoundTrips},
    sample::{Turns, quantile},
};

/// As between the services of a serverless region.
const FAR: Distance = Distance { database: Duration::from_millis(10), redis: Duration::from_millis(25) };
/// What a reference system of this kind reports for an answer from its cache.
const REFERENCE: [(Period, f64); 3] = [(Period::Days7, 6.0), (Period::Days30, 2.8), (Period::Days365, 2.2)];
/// A hit is so quick that one by itself is mostly noise.
const HITS: usize = 15;
/// So many turns may be spoilt, by a minute's end or an entry's, before something is wrong.
const SPOILT: usize = 10;

/// Seconds of one turn.
#[derive(Clone, Copy, Debug)]
struct Turn {
    cold: f64,
    redis: f64,
    memory: f64,
}

pub async fn run(ground: &Ground) -> anyhow::Result<Vec<Figure>> {
    let near = Pair::start(ground, "layers-near", None).await?;
    let far = Pair::start(ground, "layers-far", Some(FAR)).await?;
    let mut figures = Vec::new();
    // The distance shows best where the least else takes time.
    let mut shortest = Vec::new();
    for (period, goal) in REFERENCE {
        let mut turns = Vec::new();
        for turn in 0..=ground.pick(20, 5) {
            let taken = (take(&near, period).await?, take(&far, period).await?);
            // The first one prepares statements.
            if turn > 0 {
                turns.push(taken);
            }
        }
        let near_by: Vec<Turn> = turns.iter().map(|turn| turn.0).collect();
        let far_off: Vec<Turn> = turns.iter().map(|turn| turn.1).collect();
        figures.extend(compare(&format!("{period}, near"), &near_by, None));
        figures.extend(compare(&format!("{period}, far"), &far_off, Some(goal)));
        if period == Period::Days7 {
            shortest = turns;
        }
    }
    figures.extend(distances(&shortest));
    figures.extend(round_trips(ground, &near, &far).await?);
    near.stop().await;
    far.stop().await;
    Ok(figures)
}

/// A dashboard out of each layer, one after the other; once more where a part of it came from elsewhere.
async fn take(pair: &Pair, period: Period) -> anyhow::Result<Turn> {
    for _ in 0..SPOILT {
        let stores = pair.writer.stores();
        pair.writer.invalidate_everything().await;
        pair.both_know().await?;
        let (cold, from) = pair.writer.dashboard(period).await?;
        if from != Some(Layer::Database) {
            continue;
        }
        pair.stored_since(stores).await?;
        let (redis, from) = pair.other.dashboard(period).await?;
        if from != Some(Layer::Redis) {
            continue;
        }
        let mut hits = Vec::with_capacity(HITS);
        for _ in 0..HITS {
            if let (took, Some(Layer::Memory)) = pair.other.dashboard(period).await? {
                hits.push(took);
            }
        }
        if hits.len() == HITS {
            return Ok(Turn { cold, redis, memory: quantile(&hits, 0.5) });
        }
    }
    bail!("{SPOILT} times a dashboard did not come from the layer it should have come from")
}

/// The layers, each beside the next.
fn compare(of: &str, turns: &[Turn], goal: Option<f64>) -> [Figure; 3] {
    let cold_to_memory = figure(of, "cold", "from memory", turns, |turn| (turn.cold, turn.memory));
    [
        match goal {
            Some(goal) => cold_to_memory.goal(Goal::RatioAtLeast(goal)),
            None => cold_to_memory,
        },
        figure(of, "cold", "from Redis", turns, |turn| (turn.cold, turn.redis)),
        figure(of, "from Redis", "from memory", turns, |turn| (turn.redis, turn.memory)),
    ]
}

fn figure(
    of: &str,
    measured: &str,
    baseline: &str,
    turns: &[Turn],
    numbers: impl Fn(&Turn) -> (f64, f64),
) -> Figure {
    let mut both = Turns::default();
    for turn in turns {
        let (measured, baseline) = numbers(turn);
        both.add(measured, baseline);
    }
    Figure::new(
        format!("dashboard {of}, {measured}"),
        Quantity::seconds(both.measured()),
        baseline,
        Quantity::seconds(both.baseline()),
        both.ratio(),
    )
}

/// What the distance adds, beside one round trip to what has to be asked.
fn distances(turns: &[(Turn, Turn)]) -> [Figure; 2] {
    let added = |name: &str, baseline: &str, round_trips: Duration, took: fn(&Turn) -> f64| {
        let mut both = Turns::default();
        for (near, far) in turns {
            both.add(took(far) - took(near), round_trips.as_secs_f64());
        }
        Figure::new(
            format!("{name}, what the distance adds"),
            Quantity::seconds(both.measured()),
            baseline,
            Quantity::seconds(both.baseline()),
            both.ratio(),
        )
        .goal(Goal::RatioAtMost(1.3))
    };
    [
        added("dashboard, cold", "one round trip to each", FAR.redis + FAR.database, |turn| turn.cold),
        added("dashboard, from Redis", "one round trip to Redis", FAR.redis, |turn| turn.redis),
    ]
}

/// Round trips, all of them counted, whether anybody waits for them or not: the pool checks each connection that is given
/// back to it, while nobody does.
async fn round_trips(ground: &Ground, near: &Pair, far: &Pair) -> anyhow::Result<Vec<Figure>> {
    let count = |name: &str, baseline: &str, counted: u64, expected: u64| {
        let (counted, expected) = (counted as f64, expected as f64);
        Figure::new(
            format!("{name}, round trips"),
            Quantity::count(counted),
            baseline,
            Quantity::count(expected),
            Ratio::of(counted, expected),
        )
        .goal(Goal::RatioAtMost(1.0))
    };
    let counted = || far.round_trips().unwrap_or_else(|| unreachable!("a far pair has lines"));

    // The fewest of some turns: a connection that has not seen a statement yet asks once more to prepare it.
    let mut cold: Option<RoundTrips> = None;
    for _ in 0..ground.pick(20, 8) {
        let before = counted();
        let stores = far.writer.stores();
        far.writer.invalidate_everything().await;
        far.both_know().await?;
        far.writer.dashboard(Period::Days30).await?;
        far.stored_since(stores).await?;
        // Long enough for what was sent to be on its way.
        tokio::time::sleep(FAR.redis).await;
        cold = Some(counted().since(before).least(cold));
    }
    let cold = cold.context("no turns")?;
    let mut figures = vec![
        count("cold dashboard, PostgreSQL", "a statement a part, and a check", cold.database, 8),
        // Beside the invalidation itself.
        count("cold dashboard, Redis", "a read and a store", cold.redis - 1, 2),
    ];

    let proposal = far.writer.a_proposal().await?;
    let mut trips: Option<RoundTrips> = None;
    let turns = Turns::take(
        ground.pick(20, 5),
        async || {
            let before = counted();
            let took = far.writer.create_lead(&proposal).await?;
            trips = Some(counted().since(before).least(trips));
            Ok(took)
        },
        async || near.writer.create_lead(&proposal).await,
    );
    let turns = turns.await?;
    let trips = trips.context("no turns")?;
    figures.push(count("new lead, PostgreSQL", "begin, insert, commit, a check", trips.database, 4));
    figures.push(count("new lead, Redis", "an invalidation", trips.redis, 1));
    figures.push(Figure::new(
        "new lead, far",
        Quantity::seconds(turns.measured()),
        "near",
        Quantity::seconds(turns.baseline()),
        turns.ratio(),
    ));
    Ok(figures)
}
