//! How many may listen: so many on this node, and so many of them for one session or token. A place is free again as soon
//! as its stream is dropped, whatever ends it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use uuid::Uuid;

/// Why somebody cannot listen. Each holds how many may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// This node serves no more streams.
    Node(usize),
    /// This session or token has its share.
    Holder(usize),
}

/// The places on a node.
#[derive(Clone, Debug)]
pub(super) struct Slots {
    most: usize,
    most_each: usize,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    /// Nobody who has none.
    by_holder: HashMap<Uuid, usize>,
    refused: u64,
}

/// A place; free again when it is dropped.
#[derive(Debug)]
pub(super) struct Slot {
    slots: Slots,
    holder: Uuid,
}

impl Slots {
    /// `most` places, of which each holder may have `most_each`.
    pub(super) fn new(most: usize, most_each: usize) -> Self {
        Self { most, most_each, taken: Arc::default() }
    }

    /// A place for `holder`, the id of a session or a token.
    pub(super) fn take(&self, holder: Uuid) -> Result<Slot, Full> {
        let mut taken = self.lock();
        let own = taken.by_holder.get(&holder).copied().unwrap_or_default();
        // Who has too many is told so, also where the node is full: it can do something about it.
        let full = (own >= self.most_each)
            .then_some(Full::Holder(self.most_each))
            .or((taken.all >= self.most).then_some(Full::Node(self.most)));
        if let Some(full) = full {
            taken.refused += 1;
            return Err(full);
        }
        taken.all += 1;
        taken.by_holder.insert(holder, own + 1);
        Ok(Slot { slots: self.clone(), holder })
    }

    /// How many places are taken.
    pub(super) fn taken(&self) -> usize {
        self.lock().all
    }

    /// How often there was none.
    pub(super) fn refused(&self) -> u64 {
        self.lock().refused
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut taken = self.slots.lock();
        taken.all -= 1;
        match taken.by_holder.get_mut(&self.holder) {
            Some(own) if *own > 1 => *own -= 1,
            _ => drop(taken.by_holder.remove(&self.holder)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_free_again_once_it_is_left() {
        let slots = Slots::new(3, 2);
        let (ada, bob) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let first = slots.take(ada).unwrap();
        let second = slots.take(ada).unwrap();
        assert_eq!(slots.take(ada).unwrap_err(), Full::Holder(2));
        let third = slots.take(bob).unwrap();
        assert_eq!(slots.take(bob).unwrap_err(), Full::Node(3));
        assert_eq!((slots.taken(), slots.refused()), (3, 2));
        drop(first);
        drop(slots.take(bob).unwrap());
        drop((second, third));
        assert_eq!((slots.taken(), slots.lock().by_holder.len()), (0, 0));
    }
}
