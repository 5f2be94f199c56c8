//! Versions, not clocks: what this instance knows of each tag. A tag's version lives in Redis and only grows; beside it
//! stands a local sequence that every local invalidation increments before Redis is asked. An entry's stamp holds both
//! as they were before its load began, and the entry is current while both are still the newest known.

use std::{
    ops::{Index, IndexMut},
    sync::{Mutex, PoisonError},
};

use arc_swap::ArcSwap;
use domain::invalidation::{CacheTag, CacheTags};
use tokio::sync::watch;

use super::{
    DataVersion,
    mutation::{Mutation, is_on},
};

/// One value for each tag.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PerTag<T>([T; CacheTag::EVERY.len()]);

impl<T> PerTag<T> {
    /// Each value, changed by `change`.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> PerTag<U> {
        PerTag(self.0.map(change))
    }
}

impl<T> Index<CacheTag> for PerTag<T> {
    type Output = T;

    fn index(&self, tag: CacheTag) -> &T {
        &self.0[tag.index()]
    }
}

impl<T> IndexMut<CacheTag> for PerTag<T> {
    fn index_mut(&mut self, tag: CacheTag) -> &mut T {
        &mut self.0[tag.index()]
    }
}

/// What was known of an entry's tags before its load began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The tags the entry carries; the numbers of others mean nothing.
    pub tags: CacheTags,
    /// Their versions; 0 = unknown.
    pub versions: PerTag<u64>,
    /// Their local sequences, which mean something in this process only.
    pub sequences: PerTag<u64>,
}

impl Stamp {
    /// Whether this stamp is not older than `other` in any tag: a load with this stamp has seen whatever a reader with
    /// that one must see.
    pub fn covers(&self, other: &Self) -> bool {
        other.tags.iter().all(|tag| {
            self.versions[tag] >= other.versions[tag]
                && (self.sequences[tag] >= other.sequences[tag] || is_on(Mutation::NoLocalSequence))
        })
    }

    /// Whether this stamp is higher than `other` in any version or sequence.
    pub fn exceeds(&self, other: &Self) -> bool {
        self.tags
            .iter()
            .any(|tag| self.versions[tag] > other.versions[tag] || self.sequences[tag] > other.sequences[tag])
    }

    /// The lower of both in every tag, over the tags of either.
    #[must_use]
    pub fn lower(mut self, other: &Self) -> Self {
        for tag in other.tags.iter() {
            let ours = self.tags.contains(tag);
            let lower = |mine: u64, theirs: u64| if ours { mine.min(theirs) } else { theirs };
            self.versions[tag] = lower(self.versions[tag], other.versions[tag]);
            self.sequences[tag] = lower(self.sequences[tag], other.sequences[tag]);
        }
        self.tags = self.tags.union(other.tags);
        self
    }

    /// Whether a version is missing; such a value is never stored in L2.
    pub fn has_unknown(&self) -> bool {
        self.tags.iter().any(|tag| self.versions[tag] == 0)
    }

    /// What a client is told. All versions come from one clock (Redis's), so an invalidation of everything counts as
    /// one of each tag.
    pub fn data_version(&self, left_out: CacheTags) -> DataVersion {
        let mut version = DataVersion::default();
        let left_out = if is_on(Mutation::TellPendingVersions) { CacheTags::NONE } else { left_out };
        if left_out.contains(CacheTag::All) {
            return version;
        }
        for tag in self.tags.difference(left_out).iter().filter(|tag| *tag != CacheTag::All) {
            let number = self.effective(tag);
            if number > 0 {
                version.set(tag, number);
            }
        }
        version
    }

    /// Whether a value with this stamp is at least as new as `min` asks, of the tags it depends on.
    pub fn meets(&self, min: &DataVersion) -> bool {
        is_on(Mutation::IgnoreMin)
            || self.tags.iter().all(|tag| min.get(tag).is_none_or(|least| self.effective(tag) >= least))
    }

    fn effective(&self, tag: CacheTag) -> u64 {
        let all = if self.tags.contains(CacheTag::All) { self.versions[CacheTag::All] } else { 0 };
        self.versions[tag].max(all)
    }
}

/// All that is known at one time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known {
    /// The highest version seen of each tag; 0 = none.
    pub versions: PerTag<u64>,
    /// How often each tag was invalidated here.
    pub sequences: PerTag<u64>,
    /// The highest sequence of each tag that Redis has acknowledged.
    acknowledged: PerTag<u64>,
    /// Tags whose version in Redis was last seen missing or lower than known, and not yet started again.
    pub unknown: CacheTags,
    /// Counts the times a tag became unknown: a reply to a question asked before that cannot end it.
    epoch: u64,
}

impl Known {
    /// The stamp of a load of something that carries `tags`, were it to begin now.
    pub fn stamp(&self, tags: CacheTags) -> Stamp {
        Stamp { tags, versions: self.versions, sequences: self.sequences }
    }

    /// Whether nothing that `stamp` carries has been invalidated since, as far as is known.
    pub fn is_current(&self, stamp: &Stamp) -> bool {
        is_on(Mutation::NoStampCheck)
            || stamp.tags.iter().all(|tag| {
                stamp.versions[tag] == self.versions[tag]
                    && (stamp.sequences[tag] == self.sequences[tag] || is_on(Mutation::NoLocalSequence))
            })
    }

    /// The same for a stamp from elsewhere, whose sequences mean nothing here.
    pub fn is_current_version(&self, stamp: &Stamp) -> bool {
        stamp.tags.iter().all(|tag| stamp.versions[tag] == self.versions[tag])
    }

    /// The same with other versions, where they are told.
    #[cfg(feature = "mutations")]
    pub(super) fn with_versions(mut self, told: &PerTag<Option<u64>>) -> Self {
        for tag in CacheTag::EVERY {
            self.versions[tag] = told[tag].unwrap_or(self.versions[tag]);
        }
        self
    }

    /// The tags invalidated here whose invalidation Redis has not yet acknowledged.
    pub fn pending(&self) -> CacheTags {
        CacheTag::EVERY.into_iter().filter(|tag| self.sequences[*tag] > self.acknowledged[*tag]).collect()
    }

    /// Whether Redis has acknowledged what `bumped` had bumped of `tags`.
    pub fn has_acknowledged(&self, tags: CacheTags, bumped: &Self) -> bool {
        tags.iter().all(|tag| self.acknowledged[tag] >= bumped.sequences[tag])
    }

    /// The highest version of any tag.
    pub fn newest(&self) -> u64 {
        self.versions.0.into_iter().max().unwrap_or_default()
    }
}

/// What merging a read's versions showed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Merged {
    /// Tags whose version was higher than any seen before.
    pub ahead: CacheTags,
    /// Tags of those asked for that are unknown now.
    pub unknown: CacheTags,
}

/// What this instance knows, shared by all its readers. Reading is a pointer load; every change makes a new picture.
#[derive(Debug, Default)]
pub struct Versions {
    changing: Mutex<()>,
    known: ArcSwap<Known>,
    /// Told of every version or sequence that moves, and of every invalidation that is acknowledged.
    moved: watch::Sender<()>,
}

impl Versions {
    /// The present picture.
    pub fn known(&self) -> Known {
        **self.known.load()
    }

    /// The check of an L1 hit: the tags pending in the picture in which `stamp` is fresh, that is current and with none of
    /// its tags unknown; nothing where it is not.
    pub fn pending_if_fresh(&self, stamp: &Stamp) -> Option<CacheTags> {
        let known = self.known.load();
        let fresh = known.is_current(stamp) && !known.unknown.intersects(stamp.tags);
        fresh.then(|| known.pending())
    }

    /// Whether nothing that `stamp` carries has been invalidated since, as far as is known.
    pub fn is_current(&self, stamp: &Stamp) -> bool {
        self.known.load().is_current(stamp)
    }

    /// Wakes whoever waits for it each time a version or a sequence moves, or an invalidation is acknowledged; several may
    /// come as one.
    pub fn moves(&self) -> watch::Receiver<()> {
        self.moved.subscribe()
    }

    /// A local invalidation: what carries one of `tags` is old in this process from here on, and the tags are pending.
    pub fn bump_sequences(&self, tags: CacheTags) -> Known {
        self.change(|known| {
            for tag in tags.iter() {
                known.sequences[tag] += 1;
            }
        })
    }

    /// Redis has acknowledged a call that carried `sequences` for `tags` and told their `versions`.
    pub fn acknowledge(
        &self,
        tags: CacheTags,
        sequences: &PerTag<u64>,
        versions: &PerTag<u64>,
        asked: &Known,
    ) {
        self.change(|known| {
            for tag in tags.iter() {
                let carried =
                    if is_on(Mutation::AcknowledgeWholeTag) { known.sequences[tag] } else { sequences[tag] };
                known.acknowledged[tag] = known.acknowledged[tag].max(carried);
            }
            merge_started(known, tags, versions, asked);
        });
    }

    /// Versions that a script has just set or found present, at least as high as the caller knew.
    pub fn merge_started(&self, tags: CacheTags, versions: &PerTag<u64>, asked: &Known) {
        self.change(|known| merge_started(known, tags, versions, asked));
    }

    /// Versions read from Redis by a question asked when `asked` was known; a tag missing or lower than known is
    /// unknown until it is started again.
    pub fn merge_read(&self, tags: CacheTags, read: &PerTag<Option<u64>>, asked: &Known) -> Merged {
        let mut merged = Merged::default();
        self.change(|known| {
            for tag in tags.iter() {
                match read[tag] {
                    Some(version) if version >= known.versions[tag] => {
                        if version > known.versions[tag] {
                            merged.ahead.insert(tag);
                        }
                        known.versions[tag] = version;
                        if known.epoch == asked.epoch {
                            known.unknown = known.unknown.difference(tag.into());
                        }
                    }
                    // Lower than what became known while the answer was on its way says nothing.
                    Some(version) if version >= asked.versions[tag] => {}
                    _ if is_on(Mutation::AcceptMissingTag) => {}
                    _ => {
                        known.unknown.insert(tag);
                        known.epoch += 1;
                    }
                }
            }
            merged.unknown = known.unknown.intersection(tags);
        });
        merged
    }

    /// A version that the bus told. Returns whether it is lower than known.
    pub fn merge_told(&self, tag: CacheTag, version: u64) -> bool {
        let before = self.known().versions[tag];
        if version > before {
            self.change(|known| known.versions[tag] = known.versions[tag].max(version));
        } else if is_on(Mutation::MergeNotByMax) {
            self.change(|known| known.versions[tag] = version);
        }
        if is_on(Mutation::PeerEndsPending) {
            self.change(|known| known.acknowledged[tag] = known.sequences[tag]);
        }
        version < before
    }

    fn change(&self, change: impl FnOnce(&mut Known)) -> Known {
        let _one_at_a_time = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.known();
        let mut known = before;
        change(&mut known);
        self.known.store(known.into());
        let all_of = |known: &Known| (known.versions, known.sequences, known.acknowledged);
        if all_of(&known) != all_of(&before) {
            self.moved.send_replace(());
        }
        known
    }
}

fn merge_started(known: &mut Known, tags: CacheTags, versions: &PerTag<u64>, asked: &Known) {
    for tag in tags.iter() {
        if versions[tag] >= known.versions[tag] {
            known.versions[tag] = versions[tag];
            if known.epoch == asked.epoch {
                known.unknown = known.unknown.difference(tag.into());
            }
        }
    }
}
