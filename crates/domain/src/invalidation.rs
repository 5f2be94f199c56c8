//! What a write makes old, and how a hook says so. A hook runs on whatever connection the write used, so the word
//! travels in band: [`announce`] sends an SQL comment that a tracked connection intercepts (and an ordinary one
//! ignores, since a comment does nothing). The tracked connection hands the tags to an [`InvalidationSink`] once the
//! write is committed.

use std::fmt;

use async_trait::async_trait;
use sea_orm::{ConnectionTrait, DbErr};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A family of cached answers that become old together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum CacheTag {
    /// Whatever is computed from the table `users`.
    Users,
    /// Whatever is computed from the table `proposals`.
    Proposals,
    /// Whatever is computed from the table `leads`.
    Leads,
    /// Every cached answer.
    All,
    /// Who may do what: whatever an instance remembers of sessions and tokens. Internal: it has no figures, and no client
    /// names it.
    #[serde(skip)]
    Sessions,
}

impl CacheTag {
    /// Every tag, in the order of their bits in a [`CacheTags`] set.
    pub const EVERY: [Self; 5] = [Self::Users, Self::Proposals, Self::Leads, Self::All, Self::Sessions];
    /// The tags of cached answers: those that clients know.
    pub const OF_ANSWERS: [Self; 4] = [Self::Users, Self::Proposals, Self::Leads, Self::All];

    /// The tag's name: in Redis keys, in headers, on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Proposals => "proposals",
            Self::Leads => "leads",
            Self::All => "all",
            Self::Sessions => "sessions",
        }
    }

    /// The tag's position in [`CacheTag::EVERY`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The tag of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::EVERY.into_iter().find(|tag| tag.as_str() == name)
    }
}

impl fmt::Display for CacheTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A set of tags.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct CacheTags(u8);

impl CacheTags {
    /// No tag.
    pub const NONE: Self = Self(0);
    /// Every tag.
    pub const EVERY: Self = Self::of(&CacheTag::EVERY);
    /// The tags of cached answers.
    pub const OF_ANSWERS: Self = Self::of(&CacheTag::OF_ANSWERS);

    /// The set of `tags`.
    #[must_use]
    pub const fn of(tags: &[CacheTag]) -> Self {
        let mut bits = 0;
        let mut i = 0;
        while i < tags.len() {
            bits |= 1 << tags[i] as u8;
            i += 1;
        }
        Self(bits)
    }

    /// Whether no tag is in the set.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether `tag` is in the set.
    #[must_use]
    pub const fn contains(self, tag: CacheTag) -> bool {
        self.0 & (1 << tag as u8) != 0
    }

    /// Whether the two sets share a tag.
    #[must_use]
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The tags in either set.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The tags in both sets.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The tags of this set that are not in `other`.
    #[must_use]
    pub const fn difference(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Adds `tag`.
    pub fn insert(&mut self, tag: CacheTag) {
        self.0 |= 1 << tag as u8;
    }

    /// The tags in the set, in the order of [`CacheTag::EVERY`].
    pub fn iter(self) -> impl Iterator<Item = CacheTag> {
        CacheTag::EVERY.into_iter().filter(move |tag| self.contains(*tag))
    }
}

impl FromIterator<CacheTag> for CacheTags {
    fn from_iter<I: IntoIterator<Item = CacheTag>>(tags: I) -> Self {
        let mut set = Self::NONE;
        for tag in tags {
            set.insert(tag);
        }
        set
    }
}

impl From<CacheTag> for CacheTags {
    fn from(tag: CacheTag) -> Self {
        Self::of(&[tag])
    }
}

impl fmt::Debug for CacheTags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// What became of an invalidation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum InvalidationOutcome {
    /// Redis has the new versions (or there is no Redis): every instance knows as soon as the bus tells it.
    Applied,
    /// This instance has applied it; Redis could not be reached and gets it as soon as it can be.
    Queued,
}

/// Where tags go once the write that announced them is committed. Implemented by the cache.
#[async_trait]
pub trait InvalidationSink: Send + Sync + 'static {
    /// Makes everything that carries one of `tags` old. The call itself (before its future is first polled to
    /// completion) must take effect in this process; the future ends when Redis has acknowledged it, or when it is
    /// queued. It never fails.
    async fn invalidate(&self, tags: CacheTags) -> InvalidationOutcome;

    /// The same for a write of which nobody knows whether (or when) it is committed: at once, without waiting for
    /// Redis, and again after the database has given up the statement. May be called from `Drop`.
    fn invalidate_uncertain(&self, tags: CacheTags);
}

const ANNOUNCEMENT: &str = "--@cache ";

/// Says, on the connection that made a write, which tags that write makes old. On a connection that is not tracked
/// this runs an SQL comment, which does nothing.
///
/// # Errors
/// Only if an untracked connection cannot run a comment; never for the cache's sake.
pub async fn announce<C: ConnectionTrait>(db: &C, tags: CacheTags) -> Result<(), DbErr> {
    db.execute_unprepared(&announcement(tags)).await.map(drop)
}

/// The SQL comment that announces `tags`.
#[must_use]
pub fn announcement(tags: CacheTags) -> String {
    let names: Vec<_> = tags.iter().map(CacheTag::as_str).collect();
    format!("{ANNOUNCEMENT}{}", names.join(","))
}

/// The tags that `sql` announces, if it is an announcement; a tag of no known name means everything.
#[must_use]
pub fn announced(sql: &str) -> Option<CacheTags> {
    let names = sql.strip_prefix(ANNOUNCEMENT)?;
    let tags = names
        .split(',')
        .filter(|name| !name.is_empty())
        .map(|name| CacheTag::from_name(name).unwrap_or(CacheTag::All));
    Some(tags.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_announced_is_what_is_understood() {
        for bits in 0..32 {
            let tags = CacheTags(bits);
            assert_eq!(announced(&announcement(tags)), Some(tags));
        }
        assert_eq!(announced("SELECT 1"), None);
        assert_eq!(announced("--@cache nobody"), Some(CacheTag::All.into()));
    }
}
