//! The rows of a plan. What other rows need to know (who, when, in which state) is worked out first and kept, some sixty
//! bytes for each user and proposal; names and titles are made as the rows are read, and leads are not kept at all. So
//! a million leads need no more memory than a hundred.

use chrono::{DateTime, Utc};
use domain::entities::{lead, proposal, user};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use uuid::{Builder, Uuid};

use super::{
    calendar::{Micros, instant},
    leads,
    plan::Plan,
    proposals::{self, ProposalCore},
    users::{self, UserCore},
};

/// The rows of a plan: users and proposals in outline, and how to make the rest.
pub struct Population {
    plan: Plan,
    users: Vec<UserCore>,
    proposals: Vec<ProposalCore>,
}

/// A purpose that randomness is drawn for. Each has a stream of its own, so that more leads, say, leave the users as they
/// are.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stream {
    UserTimes,
    Users,
    UserTexts,
    ProposalTimes,
    Proposals,
    ProposalTexts,
    LeadTimes,
    Leads,
}

impl Plan {
    /// The randomness for `stream`.
    pub(super) fn rng(&self, stream: Stream) -> ChaCha8Rng {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(stream as u64);
        rng
    }

    /// The first instant, and the first one too late.
    pub(super) fn span(&self) -> (Micros, Micros) {
        (self.from().timestamp_micros(), self.until.timestamp_micros())
    }
}

impl Population {
    /// Works out who there is and what happens to which proposal.
    pub fn new(plan: Plan) -> Self {
        let mut users = users::outline(&plan);
        let proposals = proposals::outline(&plan, &mut users);
        Self { plan, users, proposals }
    }

    /// Every row of `users`, oldest first.
    pub fn users(&self) -> impl Iterator<Item = user::Model> {
        users::rows(&self.plan, &self.users)
    }

    /// Every row of `proposals`, oldest first.
    pub fn proposals(&self) -> impl Iterator<Item = proposal::Model> {
        proposals::rows(&self.plan, &self.users, &self.proposals)
    }

    /// Every row of `leads`, oldest first.
    pub fn leads(&self) -> impl Iterator<Item = lead::Model> {
        leads::rows(&self.plan, &self.proposals)
    }
}

/// An id that says when its row was made (UUIDv7).
pub(super) fn id(made_at: Micros, rng: &mut ChaCha8Rng) -> Uuid {
    let millis = u64::try_from(made_at / 1000).unwrap_or(0);
    Builder::from_unix_timestamp_millis(millis, &rng.random()).into_uuid()
}

/// The instant, if there is one.
pub(super) fn maybe(micros: Option<Micros>) -> Option<DateTime<Utc>> {
    micros.map(instant)
}

/// Which of the values in `shares` it is; their shares are in per cent.
pub(super) fn one_of<T: Copy>(shares: &[(u32, T)], rng: &mut ChaCha8Rng) -> T {
    let mut left = rng.random_range(0..100);
    for &(share, value) in shares {
        if left < share {
            return value;
        }
        left -= share;
    }
    panic!("the shares add up to less than 100 per cent")
}
