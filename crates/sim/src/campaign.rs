//! Many schedules, on several threads: each thread takes the next seed, until one fails or there are enough.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use infra::cache::mutation::Mutation;

use crate::{coverage::Coverage, executor::lock, oracle::Violation, plan::Plan, run::run};

/// What is to be run.
#[derive(Clone, Copy, Debug)]
pub struct Campaign {
    /// The first seed; those after it follow.
    pub first: u64,
    /// How many schedules, at most.
    pub schedules: u64,
    /// For how long, at most.
    pub within: Duration,
    /// On how many threads.
    pub jobs: usize,
    /// Whether a failure does not end it.
    pub keep_going: bool,
    /// The rule that is left out.
    pub mutation: Option<Mutation>,
}

/// What came of it.
pub struct Report {
    /// How many schedules were run.
    pub schedules: u64,
    /// How long it took.
    pub took: Duration,
    /// What was met in all of them.
    pub coverage: Coverage,
    /// The lowest seed that failed of those that were run, and how.
    pub failed: Option<(u64, Violation)>,
    /// The other seeds that failed.
    pub others: Vec<(u64, Violation)>,
}

impl Campaign {
    /// Runs it, on the first failure only to the end of the schedules under way.
    pub fn run(self, progress: impl Fn(u64, Duration) + Sync) -> Report {
        let started = Instant::now();
        let (next, done, over) = (AtomicU64::new(0), AtomicU64::new(0), AtomicBool::new(false));
        let (coverage, failed) = (Mutex::new(Coverage::default()), Mutex::new(Vec::new()));
        std::thread::scope(|scope| {
            for _ in 0..self.jobs.max(1) {
                scope.spawn(|| {
                    let mut met = Coverage::default();
                    switch(self.mutation);
                    while !over.load(Ordering::Relaxed) && started.elapsed() < self.within {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= self.schedules {
                            break;
                        }
                        let seed = self.first.wrapping_add(number);
                        let outcome = run(&Plan::draw(seed), false);
                        met.merge(&outcome.coverage);
                        progress(done.fetch_add(1, Ordering::Relaxed) + 1, started.elapsed());
                        if let Some(violation) = outcome.violation {
                            over.store(!self.keep_going, Ordering::Relaxed);
                            lock(&failed).push((seed, violation));
                        }
                    }
                    switch(None);
                    lock(&coverage).merge(&met);
                });
            }
        });
        let mut failed: Vec<(u64, Violation)> = failed.into_inner().unwrap_or_default();
        failed.sort_by_key(|(seed, _)| *seed);
        let mut failed = failed.into_iter();
        Report {
            schedules: done.into_inner(),
            took: started.elapsed(),
            coverage: coverage.into_inner().unwrap_or_default(),
            failed: failed.next(),
            others: failed.collect(),
        }
    }
}

/// From here on `mutation` is on in this thread.
#[cfg(feature = "mutations")]
pub fn switch(mutation: Option<Mutation>) {
    infra::cache::mutation::switch(mutation);
}

/// Without the feature none can be on.
#[cfg(not(feature = "mutations"))]
pub fn switch(_mutation: Option<Mutation>) {}
