//! What somebody is told who does not read, but wants to know when reading would be worth it.

use domain::invalidation::CacheTags;

use super::{
    DataVersion,
    versions::{Known, PerTag},
};

/// How the data stands. Where two of them differ, something has changed in between.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct News {
    /// The versions known, without the tags whose invalidation is pending.
    pub versions: DataVersion,
    /// How often each tag whose invalidation is pending was invalidated here: it has no version that could tell. 0 for
    /// those that are not pending.
    pending: PerTag<u64>,
}

impl News {
    /// As things stand in `known`.
    pub(super) fn of(known: &Known) -> Self {
        let tags = known.pending().intersection(CacheTags::OF_ANSWERS);
        let mut pending = PerTag::default();
        for tag in tags.iter() {
            pending[tag] = known.sequences[tag];
        }
        Self { versions: known.stamp(CacheTags::OF_ANSWERS).data_version(tags), pending }
    }

    /// Whether nothing is pending: where something is, there will be more news soon.
    pub fn is_settled(&self) -> bool {
        self.pending == PerTag::default()
    }
}

#[cfg(test)]
mod tests {
    use domain::invalidation::CacheTag;

    use super::*;
    use crate::cache::versions::Versions;

    fn acknowledge(versions: &Versions, tag: CacheTag, version: u64, carried: &Known) {
        let mut told = PerTag::default();
        told[tag] = version;
        versions.acknowledge(tag.into(), &carried.sequences, &told, carried);
    }

    #[test]
    fn every_invalidation_is_news_also_while_nobody_can_give_it_a_version() {
        let versions = Versions::default();
        let nothing = News::of(&versions.known());
        assert!(nothing.is_settled() && nothing.versions.is_empty());
        versions.bump_sequences(CacheTag::Users.into());
        let once = News::of(&versions.known());
        let carried = versions.bump_sequences(CacheTag::Users.into());
        let twice = News::of(&versions.known());
        assert!(!once.is_settled() && once != nothing && twice != once);
        acknowledge(&versions, CacheTag::Users, 7, &carried);
        let settled = News::of(&versions.known());
        assert!(settled.is_settled());
        assert_eq!(settled.versions.to_string(), "users=7");
    }

    #[test]
    fn sessions_are_no_news() {
        let versions = Versions::default();
        let before = News::of(&versions.known());
        let carried = versions.bump_sequences(CacheTag::Sessions.into());
        assert_eq!(News::of(&versions.known()), before);
        acknowledge(&versions, CacheTag::Sessions, 7, &carried);
        assert_eq!(News::of(&versions.known()), before);
    }

    #[test]
    fn an_acknowledgement_wakes_who_waits_even_if_the_bus_was_faster() {
        let versions = Versions::default();
        let carried = versions.bump_sequences(CacheTag::Users.into());
        versions.merge_told(CacheTag::Users, 7);
        let moves = versions.moves();
        assert!(!News::of(&versions.known()).is_settled());
        acknowledge(&versions, CacheTag::Users, 7, &carried);
        assert!(moves.has_changed().unwrap());
        assert!(News::of(&versions.known()).is_settled());
    }
}
