//! Removing every entry, in a way that the protocol allows.
//!
//! - **Tags stay.** A tag that is missing is unknown: every instance that reads would have to start it again, one command
//!   each, and until then nothing that carries it is fresh. Nothing is gained by it.
//! - **`all` is invalidated first.** What instances have in memory is old from then on, and a load that is under way began
//!   before it: its stamp is old, and should it store its value after we went by, no reader takes it for fresh.
//! - **Then entries are removed**, by name, of every release. A missing entry is a miss, whenever it happens. What is
//!   stored meanwhile with the new versions is right, whether it is met and removed or not.
//! - Where memory is so full that the versions cannot be written, entries are removed first, to make room, and `all` is
//!   invalidated afterwards: removing is safe in any order, as it never makes an old value look new.
//! - The months' counts of commands stay: they are what is paid for, and nothing cached.
//! - What is under the prefix and not of this service stays, and is named.

use domain::invalidation::CacheTag;

use super::{Inspector, Trouble};
use crate::cache::key::Name;

/// What clearing did.
#[derive(Clone, Debug)]
pub struct Cleared {
    /// How many entries it removed.
    pub removed: u64,
    /// The version of `all` since.
    pub version: u64,
    /// How many connections were told, as far as Redis can tell.
    pub heard_by: Option<u64>,
    /// Names under the prefix that are nothing of this service's; they are still there.
    pub foreign: Vec<String>,
}

impl Inspector {
    /// Invalidates everything and removes every entry under the namespace.
    ///
    /// # Errors
    /// [`Trouble`]; a part of the entries may be removed then. Doing it again does the rest.
    pub async fn clear(&mut self, origin: &str) -> Result<Cleared, Trouble> {
        let invalidated = match self.invalidate(CacheTag::All.into(), origin).await {
            Err(trouble) if trouble.is_out_of_memory() => None,
            invalidated => Some(invalidated?),
        };
        let (removed, foreign) = self.remove_entries().await?;
        let (_, reply) = match invalidated {
            Some(invalidated) => invalidated,
            None => self
                .invalidate(CacheTag::All.into(), origin)
                .await
                .map_err(|trouble| without_entries(trouble, removed))?,
        };
        Ok(Cleared { removed, version: reply.versions[CacheTag::All], heard_by: reply.heard_by, foreign })
    }

    async fn remove_entries(&mut self) -> Result<(u64, Vec<String>), Trouble> {
        let (mut removed, mut foreign) = (0, std::collections::BTreeSet::new());
        let mut cursor = 0;
        loop {
            let names;
            (cursor, names) = self.scan(cursor).await?;
            let mut command = redis::cmd("UNLINK");
            let mut any = false;
            for (name, text) in names {
                match name {
                    Name::Entry(_) | Name::OtherEntry => {
                        command.arg(self.names.entry(&text));
                        any = true;
                    }
                    Name::Foreign => drop(foreign.insert(text)),
                    Name::Tag(_) | Name::Budget(_) => {}
                }
            }
            if any {
                removed += self.ask::<u64>(&command).await?;
            }
            if cursor == 0 {
                return Ok((removed, foreign.into_iter().collect()));
            }
        }
    }
}

/// `trouble` with invalidating, after `removed` entries went and did not make room enough: clearing once more is no help.
fn without_entries(trouble: Trouble, removed: u64) -> Trouble {
    if !trouble.is_out_of_memory() {
        return trouble;
    }
    Trouble {
        kind: trouble.kind,
        problem: format!(
            "Redis's memory is full of something else: this cache's entries are removed ({removed}), and there is still no room to invalidate `all`"
        ),
        advice: "raise maxmemory, or remove what else lies there; until then instances may answer from memory for as long as their entries are fresh".to_owned(),
        code: trouble.code,
    }
}
