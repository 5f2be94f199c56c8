//! What is wrong with the network at present.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// A direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// From the client to the server.
    ToServer,
    /// From the server to the client.
    ToClient,
}

impl Way {
    pub(super) const fn index(self) -> usize {
        self as usize
    }
}

/// How a connection is broken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cut {
    /// Closed in good order (FIN).
    #[default]
    Closed,
    /// Reset (RST).
    Reset,
}

/// Of whom nothing comes through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Silent {
    #[default]
    Nobody,
    Subscribers,
    Everybody,
}

/// The network's state.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rules {
    pub(super) refuse: bool,
    pub(super) delay: Duration,
    pub(super) silent: [Silent; 2],
    /// How often all connections were cut, and those of subscribers besides.
    pub(super) cuts: (u64, u64),
    how: Cut,
}

impl Rules {
    pub(super) fn pass(&mut self) {
        *self = Self { cuts: self.cuts, how: self.how, ..Self::default() };
    }

    pub(super) fn cut(&mut self, how: Cut) {
        self.cuts.0 += 1;
        self.how = how;
    }

    pub(super) fn cut_subscribers(&mut self, how: Cut) {
        self.cuts.1 += 1;
        self.how = how;
    }

    /// How a connection that began when `cuts` had been made is to be broken, if it is.
    pub(super) fn broken(&self, cuts: (u64, u64), subscriber: bool) -> Option<Cut> {
        (self.cuts.0 > cuts.0 || (subscriber && self.cuts.1 > cuts.1)).then_some(self.how)
    }

    pub(super) fn is_silent(&self, way: Way, subscriber: bool) -> bool {
        match self.silent[way.index()] {
            Silent::Nobody => false,
            Silent::Subscribers => subscriber,
            Silent::Everybody => true,
        }
    }
}

/// The request whose answer gets lost.
#[derive(Debug, Default)]
pub(super) struct Lost {
    armed: AtomicBool,
    words: Mutex<Vec<u8>>,
}

impl Lost {
    pub(super) fn arm(&self, words: &str) {
        words.as_bytes().clone_into(&mut self.words.lock().unwrap_or_else(PoisonError::into_inner));
        self.armed.store(true, Ordering::SeqCst);
    }

    pub(super) fn disarm(&self) {
        self.armed.store(false, Ordering::SeqCst);
    }

    /// Whether `request` is the one; the next one is not.
    pub(super) fn is_it(&self, request: &[u8]) -> bool {
        if !self.armed.load(Ordering::SeqCst) {
            return false;
        }
        let words = self.words.lock().unwrap_or_else(PoisonError::into_inner);
        holds(request, &words) && self.armed.swap(false, Ordering::SeqCst)
    }
}

/// Whether `bytes` hold `words`, whatever their case.
pub(super) fn holds(bytes: &[u8], words: &[u8]) -> bool {
    !words.is_empty() && bytes.windows(words.len()).any(|window| window.eq_ignore_ascii_case(words))
}
