//! What clients do: they read, write and refresh.

use std::{sync::Arc, time::Duration};

use domain::invalidation::{CacheTag, CacheTags, InvalidationOutcome};
use futures_util::{
    FutureExt as _,
    future::{Either, select},
};
use infra::cache::{
    CacheError, Served, TwoLevel,
    mutation::{Mutation, is_on},
};

use crate::{
    coverage::Sighting,
    database::{Rows, TABLES},
    executor::Owner,
    oracle::{Promise, micros},
    plan::{L2_TIMEOUT, keys},
    world::{State, World},
};

impl World {
    pub(super) fn read(
        self: &Arc<Self>,
        node: usize,
        key: usize,
        client: usize,
        names_min: bool,
        gives_up: Option<u64>,
    ) {
        let Some((owner, engine)) = self.engine(node) else { return };
        let world = Arc::clone(self);
        let task = async move {
            let gives_up = gives_up.map(Duration::from_micros);
            if let Some(Ok(served)) = world.reads(&engine, owner, key, client, names_min, gives_up).await {
                world.state().facts.tokens[client] = served.data_version;
            }
        };
        self.scheduler.spawn(owner, task.boxed());
    }

    /// One read, judged; nothing where the reader gave up.
    pub async fn reads(
        &self,
        engine: &TwoLevel,
        owner: Owner,
        key: usize,
        client: usize,
        names_min: bool,
        gives_up: Option<Duration>,
    ) -> Option<Result<Served, CacheError>> {
        let key = keys()[key];
        let (expected, min) = {
            let mut state = self.state();
            let min = names_min.then(|| state.facts.tokens[client].clone()).filter(|min| !min.is_empty());
            (state.begin(self.now(), owner, key, min.is_some())?, min)
        };
        self.tell(|| format!("process {} is asked for {}, at least {min:?}", owner.0, key.text()));
        let limit = gives_up.unwrap_or_else(|| self.read_limit());
        let outcome =
            match select(std::pin::pin!(engine.get(key, min.as_ref())), self.scheduler.sleep(limit)).await {
                Either::Left((outcome, _)) => outcome,
                Either::Right(_) => {
                    let mut state = self.state();
                    let state = &mut *state;
                    if gives_up.is_some() {
                        state.coverage.saw(Sighting::GaveUp);
                    } else if !was_frozen(state, owner, expected.at) {
                        self.violate(state, Promise::NeverFails, || {
                            format!(
                                "process {}: a read of {} got no answer within {limit:?}",
                                owner.0,
                                key.text()
                            )
                        });
                    }
                    state.end(self.now(), owner, expected.op);
                    return None;
                }
            };
        let mut state = self.state();
        self.tell(|| match &outcome {
            Ok(served) => format!(
                "process {} answers {} with {:?}: {} ({})",
                owner.0,
                key.text(),
                String::from_utf8_lossy(&served.body.identity.bytes).trim_end(),
                served.cache_status(),
                served.data_version
            ),
            Err(error) => format!("process {} answers {} with: {error}", owner.0, key.text()),
        });
        self.judge(&mut state, owner, key, min.as_ref(), &expected, &outcome);
        Some(outcome)
    }

    /// Rows are written.
    pub(super) fn commit(&self, tags: CacheTags) -> Rows {
        let mut state = self.state();
        state.tick();
        for (index, tag) in TABLES.into_iter().enumerate() {
            if tags.contains(tag) {
                state.database.rows[index] += 1;
            }
        }
        let rows = state.database.rows;
        self.tell(|| format!("the database commits: {rows:?}"));
        rows
    }

    pub(super) fn write(self: &Arc<Self>, node: usize, tags: CacheTags, client: usize) {
        let Some((owner, engine)) = self.engine(node) else { return };
        let world = Arc::clone(self);
        let task = async move { world.writes(&engine, owner, tags, client).await };
        self.scheduler.spawn(owner, task.boxed());
    }

    /// One write: the commit, then the invalidation, as the tracked connection does.
    pub async fn writes(&self, engine: &TwoLevel, owner: Owner, tags: CacheTags, client: usize) {
        self.state().coverage.saw(Sighting::Write);
        if is_on(Mutation::BumpBeforeCommit) {
            self.invalidates(engine, owner, tags).await;
            self.scheduler.sleep(Duration::from_micros(self.chance.below(5000))).await;
            let rows = self.commit(tags);
            let only = only(tags, rows);
            self.state().written(owner, only);
            return;
        }
        let rows = self.commit(tags);
        self.scheduler.sleep(Duration::from_micros(self.chance.below(300))).await;
        let since = self.state().seq;
        self.invalidates(engine, owner, tags).await;
        let told = engine.data_version();
        let mut state = self.state();
        state.written(owner, only(tags, rows));
        if !state.tells_own_write(tags, &told, since) {
            self.violate(&mut state, Promise::DataVersion, || {
                format!("process {} told {told} of a write of {tags:?} that no such version covers", owner.0)
            });
        }
        state.facts.tokens[client] = told;
    }

    async fn invalidates(&self, engine: &TwoLevel, owner: Owner, tags: CacheTags) {
        let begun = self.now();
        let invalidation = {
            self.state().invalidated(owner, tags, None);
            engine.invalidate(tags)
        };
        self.tell(|| format!("process {} invalidates {tags:?}", owner.0));
        let limit = self.scheduler.sleep(self.read_limit());
        let outcome = select(Box::pin(invalidation), limit).await;
        let mut state = self.state();
        let state = &mut *state;
        let took = self.now() - begun;
        let frozen = was_frozen(state, owner, begun);
        let late = matches!(outcome, Either::Right(_)) || took > micros(L2_TIMEOUT) + 50_000;
        if late && !frozen {
            self.violate(state, Promise::NeverFails, || format!("an invalidation took {took} µs"));
        }
        if let Either::Left((outcome, _)) = outcome {
            self.tell(|| format!("process {} has invalidated {tags:?}: {outcome:?}", owner.0));
            state.coverage.saw(match outcome {
                InvalidationOutcome::Applied => Sighting::Applied,
                InvalidationOutcome::Queued => Sighting::Queued,
            });
        }
    }

    pub(super) fn uncertain(self: &Arc<Self>, node: usize, tags: CacheTags, commits_after: Option<u64>) {
        let Some((owner, engine)) = self.engine(node) else { return };
        let now = self.now();
        {
            let mut state = self.state();
            state.coverage.saw(Sighting::Uncertain);
            state.invalidated(owner, tags, Some(now));
        }
        engine.invalidate_uncertain(tags);
        if let Some(after) = commits_after {
            self.later(after, move |world| {
                world.commit(tags);
            });
        }
    }

    pub(super) fn refresh(self: &Arc<Self>, node: usize) {
        let Some((owner, engine)) = self.engine(node) else { return };
        let world = Arc::clone(self);
        let task = async move {
            world.invalidates(&engine, owner, CacheTag::All.into()).await;
            let _ = world.reads(&engine, owner, 0, 0, false, None).await;
        };
        self.scheduler.spawn(owner, task.boxed());
    }
}

fn was_frozen(state: &State, owner: Owner, since: u64) -> bool {
    state.machine_of(owner).is_some_and(|node| state.machines[node].frozen_until + 100_000 > since)
}

/// The rows of the tables that were written.
fn only(tags: CacheTags, rows: Rows) -> Rows {
    let mut only = rows;
    for (index, tag) in TABLES.into_iter().enumerate() {
        if !tags.contains(tag) {
            only[index] = 0;
        }
    }
    only
}
