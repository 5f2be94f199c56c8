//! Flights: work under way that several readers may wait for. A reader joins a flight only where it lets it: a load by
//! the stamp it began with, a version read also by whether it has been sent. One key may thus have several flights.
//! Whoever starts a flight runs it as a task of its own, so that no reader's giving up ends it for the others.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::sync::watch;

use super::runtime::Moment;

/// All flights of one kind, by key.
#[derive(Debug)]
pub struct Flights<K, S, T>(Arc<Mutex<Board<K, S, T>>>);

type Board<K, S, T> = HashMap<K, Vec<Arc<Flight<S, T>>>>;

/// Work under way.
#[derive(Debug)]
pub struct Flight<S, T> {
    /// What was known when it began.
    pub stamp: S,
    /// When that was.
    pub begun: Moment,
    departed: AtomicBool,
    landing: watch::Receiver<Option<T>>,
}

/// The end of a flight that whoever runs it holds; dropping it untold ends the flight with nothing.
#[derive(Debug)]
pub struct Pilot<K: Eq + Hash, S, T> {
    key: K,
    flight: Arc<Flight<S, T>>,
    land: watch::Sender<Option<T>>,
    board: Arc<Mutex<Board<K, S, T>>>,
}

/// What a reader got.
#[derive(Debug)]
pub enum Boarding<K: Eq + Hash, S, T> {
    /// A seat in a flight under way.
    Joined(Arc<Flight<S, T>>),
    /// A flight of its own, to be run.
    Started(Pilot<K, S, T>, Arc<Flight<S, T>>),
}

impl<K, S, T> Default for Flights<K, S, T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K: Eq + Hash + Clone, S, T: Clone> Flights<K, S, T> {
    /// Joins a flight for `key` that `may_join` accepts, else starts one with `stamp`.
    pub fn board(
        &self,
        key: &K,
        stamp: S,
        now: Moment,
        may_join: impl Fn(&Flight<S, T>) -> bool,
    ) -> Boarding<K, S, T> {
        let mut board = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let flights = board.entry(key.clone()).or_default();
        if let Some(flight) = flights.iter().find(|flight| may_join(flight)) {
            return Boarding::Joined(Arc::clone(flight));
        }
        let (land, landing) = watch::channel(None);
        let flight = Arc::new(Flight { stamp, begun: now, departed: AtomicBool::new(false), landing });
        flights.push(Arc::clone(&flight));
        let pilot = Pilot { key: key.clone(), flight: Arc::clone(&flight), land, board: Arc::clone(&self.0) };
        Boarding::Started(pilot, flight)
    }

    /// The flights for `key` under way.
    pub fn under_way(&self, key: &K) -> Vec<Arc<Flight<S, T>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned().unwrap_or_default()
    }
}

impl<S, T: Clone> Flight<S, T> {
    /// Whether its question has been sent: what it will answer is then already decided.
    pub fn has_departed(&self) -> bool {
        self.departed.load(Ordering::SeqCst)
    }

    /// What it brings; `None` where it ended with nothing.
    pub async fn landed(&self) -> Option<T> {
        let mut landing = self.landing.clone();
        landing.wait_for(Option::is_some).await.ok()?.clone()
    }
}

impl<K: Eq + Hash, S, T> Pilot<K, S, T> {
    /// The flight itself.
    pub fn flight(&self) -> &Flight<S, T> {
        &self.flight
    }

    /// The question is about to be sent.
    pub fn depart(&self) {
        self.flight.departed.store(true, Ordering::SeqCst);
    }

    /// It brings `outcome`; later readers start anew.
    pub fn land(self, outcome: T) {
        // Off the board first: whoever finds it there may still join it and gets the outcome.
        self.leave_board();
        self.land.send_replace(Some(outcome));
    }

    fn leave_board(&self) {
        let mut board = self.board.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(flights) = board.get_mut(&self.key) {
            flights.retain(|flight| !Arc::ptr_eq(flight, &self.flight));
            if flights.is_empty() {
                board.remove(&self.key);
            }
        }
    }
}

impl<K: Eq + Hash, S, T> Drop for Pilot<K, S, T> {
    fn drop(&mut self) {
        self.leave_board();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(flights: &Flights<u8, u64, u64>, stamp: u64) -> Pilot<u8, u64, u64> {
        match flights.board(&1, stamp, Moment::default(), |flight| flight.stamp >= stamp) {
            Boarding::Started(pilot, _) => pilot,
            Boarding::Joined(_) => panic!("expected a flight of its own"),
        }
    }

    #[tokio::test]
    async fn a_reader_joins_only_a_flight_that_is_not_older_than_itself() {
        let flights = Flights::default();
        let old = start(&flights, 1);
        let new = start(&flights, 2);
        let Boarding::Joined(seat) = flights.board(&1, 2, Moment::default(), |flight| flight.stamp >= 2)
        else {
            panic!("expected to join");
        };
        new.land(20);
        old.land(10);
        assert_eq!(seat.landed().await, Some(20));
        assert!(flights.under_way(&1).is_empty());
    }

    #[tokio::test]
    async fn a_flight_whose_pilot_is_gone_ends_with_nothing_and_frees_the_key() {
        let flights = Flights::default();
        let pilot = start(&flights, 1);
        let seat = flights.under_way(&1).remove(0);
        drop(pilot);
        assert_eq!(seat.landed().await, None);
        assert!(flights.under_way(&1).is_empty());
    }
}
