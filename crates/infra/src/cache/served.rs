//! What a read of the cache gives: the bytes, and everything that the answer's headers say about them.

use std::{
    fmt::{self, Write as _},
    sync::Arc,
    time::Duration,
};

use domain::invalidation::CacheTag;
use smallvec::SmallVec;

use super::Body;

/// About as many characters does a layer's answer have in `Cache-Status`.
const LOOKUP_CHARS: usize = 32;

/// An answer from the cache, or computed just now.
#[derive(Clone, Debug)]
pub struct Served {
    /// The bytes, in every encoding that is kept ready.
    pub body: Arc<Body>,
    /// How long ago the value was computed; of the dashboard, its oldest part.
    pub age: Duration,
    /// What each layer answered, in the order in which they were asked.
    pub lookups: Lookups,
    /// The versions of the data the answer was computed from.
    pub data_version: DataVersion,
    /// How long each step took, for `Server-Timing`: `l1`, `l2`, `db`.
    pub timings: SmallVec<[(&'static str, Duration); 1]>,
}

/// Answers of layers. A hit in L1 is one, and takes no memory of its own.
pub(crate) type Lookups = SmallVec<[Lookup; 1]>;

impl Served {
    /// Whether it is served past its time because loading fails.
    pub fn is_stale(&self) -> bool {
        self.lookups.iter().any(|lookup| matches!(lookup.outcome, LayerOutcome::Stale { .. }))
    }

    /// The value of `Cache-Status` (RFC 9211): one member for each layer asked.
    pub fn cache_status(&self) -> String {
        let mut text = String::with_capacity(self.lookups.len() * LOOKUP_CHARS);
        let mut separator = "";
        for lookup in &self.lookups {
            // A String takes whatever is written.
            let _ = write!(text, "{separator}{lookup}");
            separator = ", ";
        }
        text
    }
}

/// One layer's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// `l1` or `l2`.
    pub layer: &'static str,
    /// The dashboard's part that was asked for, e.g. `overview`.
    pub key: Option<&'static str>,
    /// What came of it.
    pub outcome: LayerOutcome,
}

/// What came of asking a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayerOutcome {
    /// It had a fresh value.
    Hit {
        /// Seconds left.
        ttl_secs: i64,
    },
    /// It had none.
    Miss,
    /// It had one that is no longer fresh.
    NotFresh,
    /// The request asked for newer data than it had.
    Request,
    /// Its value is served past its time because loading fails.
    Stale {
        /// Seconds left: negative or, where the value was invalidated in time, what was left.
        ttl_secs: i64,
    },
    /// It could not be asked.
    Bypass,
}

impl fmt::Display for Lookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.layer)?;
        match self.outcome {
            LayerOutcome::Hit { ttl_secs } => write!(f, "; hit; ttl={ttl_secs}")?,
            LayerOutcome::Miss => f.write_str("; fwd=miss")?,
            LayerOutcome::NotFresh => f.write_str("; fwd=stale")?,
            LayerOutcome::Request => f.write_str("; fwd=request")?,
            LayerOutcome::Stale { ttl_secs } => write!(f, "; hit; ttl={ttl_secs}; detail=stale-if-error")?,
            LayerOutcome::Bypass => f.write_str("; fwd=bypass")?,
        }
        match self.key {
            Some(key) => write!(f, "; key={key}"),
            None => Ok(()),
        }
    }
}

/// The versions of the data behind an answer, by tag: the value of `X-Data-Version`, e.g.
/// `users=17,proposals=18,leads=17`. Tags whose invalidation is pending, and tags an answer does not depend on, are
/// left out. The same text in a request's `X-Min-Data-Version` asks for an answer at least as new.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DataVersion {
    versions: [Option<u64>; 3],
}

/// The tags that a data version names.
const NAMED: [CacheTag; 3] = [CacheTag::Users, CacheTag::Proposals, CacheTag::Leads];

impl DataVersion {
    /// The version of `tag`, if named. `all` has none of its own: it counts in the others.
    pub fn get(&self, tag: CacheTag) -> Option<u64> {
        self.versions.get(tag.index()).copied().flatten()
    }

    /// Names `tag` with `version`.
    pub fn set(&mut self, tag: CacheTag, version: u64) {
        if let Some(slot) = self.versions.get_mut(tag.index()) {
            *slot = Some(version);
        }
    }

    /// The highest version named; 0 if none is.
    pub fn newest(&self) -> u64 {
        self.versions.iter().flatten().copied().max().unwrap_or_default()
    }

    /// Raises what it names to what `least` names.
    pub fn raise(&mut self, least: &Self) {
        for (version, least) in self.versions.iter_mut().zip(least.versions) {
            *version = version.map(|version| version.max(least.unwrap_or_default()));
        }
    }

    /// Whether it names nothing.
    pub fn is_empty(&self) -> bool {
        self.versions.iter().all(Option::is_none)
    }

    /// Reads a header's value.
    ///
    /// # Errors
    /// A sentence that says what was expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        const EXPECTED: &str = "expected users=N,proposals=N,leads=N (any of them, once), N a whole number";
        let mut version = Self::default();
        for member in text.split(',') {
            let (name, number) = member.trim().split_once('=').ok_or(EXPECTED)?;
            let tag = CacheTag::from_name(name).filter(|tag| NAMED.contains(tag)).ok_or(EXPECTED)?;
            if version.get(tag).is_some() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(EXPECTED.to_owned());
            }
            version.set(tag, number.parse().map_err(|_| EXPECTED)?);
        }
        Ok(version)
    }
}

impl fmt::Display for DataVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for tag in NAMED {
            if let Some(version) = self.get(tag) {
                write!(f, "{separator}{tag}={version}")?;
                separator = ",";
            }
        }
        Ok(())
    }
}

/// Why the cache has no answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CacheError {
    /// Loading failed and there is nothing at hand that may stand in. The text is for the log, never for a client.
    #[error("loading failed: {0}")]
    LoadFailed(Arc<str>),
    /// Loading took longer than its limit and there is nothing at hand that may stand in.
    #[error("loading took longer than {0:?}")]
    TimedOut(Duration),
    /// The request's `X-Min-Data-Version` is further ahead than any data can be.
    #[error("the data version asked for is more than a minute ahead of the newest one known")]
    VersionAhead,
    /// A task of the cache ended before its work was done: the process is shutting down.
    #[error("the cache is shutting down")]
    Unanswered,
}
