//! Reads that are under way: requests that miss the same credential at once wait for one read. A request joins only what
//! began after everything it knows of: a read that began before a session was ended says nothing of that session to who
//! comes later.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::{
    FutureExt as _,
    future::{BoxFuture, Shared},
};

use super::{CheckError, Inner, OwnedCredential, Remembered};
use crate::{cache::versions::Stamp, identity::secret::Digest};

/// The most reads at once; more would only wait for the pool.
const MOST: usize = 1_000;
/// A read that takes longer is given up, and the connection with it: a network that swallows what is sent tells nobody, and
/// whoever comes later would wait for the same read.
const LONGEST: Duration = Duration::from_secs(10);

type Outcome = Result<Option<Arc<Remembered>>, CheckError>;

/// The reads under way.
#[derive(Default)]
pub(super) struct Flights(Mutex<State>);

#[derive(Default)]
struct State {
    under_way: HashMap<Digest, Flight>,
    started: u64,
}

struct Flight {
    number: u64,
    stamp: Stamp,
    outcome: Shared<BoxFuture<'static, Outcome>>,
}

impl Flights {
    /// Waits for a read of `credential` that began after everything that is known now.
    pub(super) async fn join(&self, inner: &Arc<Inner>, key: Digest, credential: OwnedCredential) -> Outcome {
        self.find_or_start(inner, key, credential)?.await
    }

    fn find_or_start(
        &self,
        inner: &Arc<Inner>,
        key: Digest,
        credential: OwnedCredential,
    ) -> Result<Shared<BoxFuture<'static, Outcome>>, CheckError> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(flight) = state.under_way.get(&key).filter(|flight| inner.tags.is_current(&flight.stamp))
        {
            return Ok(flight.outcome.clone());
        }
        if state.under_way.len() >= MOST {
            return Err(CheckError::Busy);
        }
        state.started += 1;
        let (number, stamp) = (state.started, inner.tags.sessions_stamp());
        let reader = Arc::clone(inner);
        // On a task of its own: that who asked first hangs up is no reason for the others to ask again.
        let reading = inner.runtime.spawn(async move {
            let reading = tokio::time::timeout(LONGEST, reader.read(key, &credential, stamp));
            let outcome = reading.await.unwrap_or_else(|_| Err(CheckError::no_answer_within(LONGEST)));
            reader.flights.landed(&key, number);
            outcome
        });
        let outcome = async move {
            reading.await.unwrap_or_else(|error| Err(CheckError::Failed(error.to_string().into())))
        };
        let outcome = outcome.boxed().shared();
        state.under_way.insert(key, Flight { number, stamp, outcome: outcome.clone() });
        Ok(outcome)
    }

    fn landed(&self, key: &Digest, number: u64) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.under_way.get(key).is_some_and(|flight| flight.number == number) {
            state.under_way.remove(key);
        }
    }
}
