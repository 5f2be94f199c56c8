//! Readers: one for each node, who asks for all sorts of figures, as browsers and machines do; and one beside it who only
//! looks how the node says it is.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};
use tokio::{sync::watch, time::sleep};

use super::{
    journal::{Asked, Journal, Read, Seen, What, lock},
    shown::{ShownPart, again, shown},
    world::{Request, World},
};

/// Between two requests of a reader.
const PAUSE_MILLIS: std::ops::Range<u64> = 5..60;
/// Between two looks at a node's state.
const LOOK_EVERY: Duration = Duration::from_millis(150);
/// While a node is stopped, it is looked at again after this.
const STOPPED: Duration = Duration::from_millis(20);

/// Answers that clients have, by what was asked for and the entity tag.
#[derive(Default)]
pub(super) struct Known(Mutex<HashMap<(What, String), Vec<ShownPart>>>);

/// Reads from `node` until told to stop.
pub(super) async fn read_on(
    world: Arc<World>,
    journal: Arc<Journal>,
    known: Arc<Known>,
    node: usize,
    seed: u64,
    stop: watch::Receiver<bool>,
) {
    let mut chance = StdRng::seed_from_u64(seed);
    let mut last: HashMap<What, String> = HashMap::new();
    while !*stop.borrow() {
        let what = *What::EVERY.choose(&mut chance).expect("something");
        let credential = chance.random_range(0..world.credentials.len());
        let min = chance.random_bool(0.3).then(|| newest_version(&journal)).flatten();
        let etag = last.get(&what).filter(|_| chance.random_bool(0.5)).cloned();
        let look_around = chance.random_bool(0.3);
        let question = Question { node, what, credential, min, etag, look_around };
        match ask(&world, &journal, &known, &question).await {
            Some(etag) => drop(last.insert(what, etag)),
            None if world.nodes[node].alive().is_none() => sleep(STOPPED).await,
            None => {}
        }
        sleep(Duration::from_millis(chance.random_range(PAUSE_MILLIS))).await;
    }
}

/// Looks how `node` is until told to stop.
pub(super) async fn look_on(
    world: Arc<World>,
    journal: Arc<Journal>,
    node: usize,
    stop: watch::Receiver<bool>,
) {
    while !*stop.borrow() {
        world.probe(&journal, node, node % world.credentials.len()).await;
        sleep(LOOK_EVERY).await;
    }
}

/// What is asked, of whom, how.
pub(super) struct Question {
    pub(super) node: usize,
    pub(super) what: What,
    pub(super) credential: usize,
    /// A write's number, and the version that its answer told.
    pub(super) min: Option<(usize, String)>,
    pub(super) etag: Option<String>,
    pub(super) look_around: bool,
}

/// Asks once and writes down what came of it. Returns the entity tag of figures.
pub(super) async fn ask(
    world: &World,
    journal: &Journal,
    known: &Known,
    question: &Question,
) -> Option<String> {
    let Question { node, what, credential, .. } = *question;
    let before = if question.look_around { world.probe(journal, node, credential).await } else { None };
    let alive = world.nodes[node].alive()?;
    let mut request = Request::get(what.path(), credential);
    request.headers.extend(question.min.iter().map(|(_, version)| ("x-min-data-version", version.clone())));
    request.headers.extend(question.etag.iter().map(|etag| ("if-none-match", etag.clone())));
    let sent = journal.now();
    let answer = world.ask(&alive, request).await;
    let ended = journal.now();
    let mut has = None;
    let outcome = match answer {
        Err(problem) => Seen::Problem(problem),
        Ok(answer) if !matches!(answer.status, 200 | 304) => Seen::Problem(answer.problem()),
        Ok(answer) => {
            let (etag, cache_status) =
                (answer.header("etag").to_owned(), answer.header("cache-status").to_owned());
            let parts = if answer.status == 200 {
                let parts = shown(what, &answer.body, &cache_status);
                lock(&known.0).insert((what, etag.clone()), parts.clone());
                parts
            } else {
                assert_eq!(Some(&etag), question.etag.as_ref(), "it has what it did not ask about");
                again(&lock(&known.0)[&(what, etag.clone())], what, &cache_status)
            };
            has = Some(etag);
            Seen::Figures { parts, age_secs: answer.header("age").parse().expect("an age"), cache_status }
        }
    };
    let after = if before.is_some() { world.probe(journal, node, credential).await } else { None };
    lock(&journal.reads).push(Read {
        asked: Asked { node, incarnation: alive.incarnation },
        what,
        credential,
        min: question.min.as_ref().map(|(number, _)| *number),
        sent,
        ended,
        outcome,
        around: before.zip(after),
    });
    has
}

/// The newest write whose answer told a version, and that version.
fn newest_version(journal: &Journal) -> Option<(usize, String)> {
    let writes = lock(&journal.writes);
    let told = |write: &super::journal::Write| {
        Some((write.number, write.outcome.as_ref().ok()?.as_ref()?.to_string()))
    };
    writes.iter().rev().find_map(told)
}
