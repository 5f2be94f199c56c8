//! The proposals: written by those who are at it, most of them sent, a third of those accepted.

use domain::entities::proposal::{Model, ProposalStatus};
use rand::Rng as _;
use rand_chacha::ChaCha8Rng;
use uuid::Uuid;

use super::{
    calendar::{Calendar, DAY, HOUR, MINUTE, Micros, Rhythm, delay, instant, when_awake},
    money,
    names::{self, Language},
    plan::Plan,
    population::{Stream, id, maybe, one_of},
    users::UserCore,
};

/// What leads need to know of a proposal, and what its row is made from.
pub(super) struct ProposalCore {
    pub(super) id: Uuid,
    pub(super) created_at: Micros,
    pub(super) sent_at: Option<Micros>,
    pub(super) language: Language,
    /// How many leads it brings compared with others.
    pub(super) appeal: u8,
    owner: u32,
    status: ProposalStatus,
    decided_at: Option<Micros>,
    touched_at: Micros,
}

/// How long after signing up somebody writes, where it is a newcomer who does.
const WARMING_UP: [(u32, Micros, Micros); 3] =
    [(50, MINUTE, DAY), (30, DAY, 4 * DAY), (20, 4 * DAY, 14 * DAY)];
/// How long a proposal is written on before it is sent.
const WRITING: [(u32, Micros, Micros); 4] =
    [(30, 4 * MINUTE, HOUR), (35, HOUR, 9 * HOUR), (25, 9 * HOUR, 3 * DAY), (10, 3 * DAY, 15 * DAY)];
/// How long until the client opens it.
const OPENING: [(u32, Micros, Micros); 3] =
    [(45, 2 * MINUTE, 4 * HOUR), (35, 4 * HOUR, 2 * DAY), (20, 2 * DAY, 8 * DAY)];
/// How long until the client has decided.
const DECIDING: [(u32, Micros, Micros); 4] =
    [(20, HOUR, DAY), (40, DAY, 6 * DAY), (30, 6 * DAY, 16 * DAY), (10, 16 * DAY, 29 * DAY)];
/// An offer stands for so long.
const VALIDITY: Micros = 30 * DAY;

/// In what a sent proposal ends, if it is given the time; the last two are never decided.
const ENDS: [(u32, ProposalStatus); 5] = [
    (34, ProposalStatus::Accepted),
    (23, ProposalStatus::Declined),
    (25, ProposalStatus::Expired),
    (12, ProposalStatus::Viewed),
    (6, ProposalStatus::Sent),
];

/// The proposals in outline, oldest first; tells their owners of the first.
pub(super) fn outline(plan: &Plan, users: &mut [UserCore]) -> Vec<ProposalCore> {
    let Some(first) = users.first() else { return Vec::new() };
    let (from, until) = (first.created_at, plan.span().1);
    let mut rng = plan.rng(Stream::Proposals);
    Calendar::new(from, until, Rhythm::OFFICE, plan.seed.wrapping_add(1))
        .instants(plan.proposals, plan.rng(Stream::ProposalTimes))
        .map(|created_at| {
            let owner = owner(users, created_at, &mut rng);
            let proposal = live(owner, users[owner].language, created_at, until, &mut rng);
            let user = &mut users[owner];
            user.first_proposal_at = user.first_proposal_at.or(Some(created_at));
            user.first_sent_at = [user.first_sent_at, proposal.sent_at].into_iter().flatten().min();
            proposal
        })
        .collect()
}

pub(super) fn rows(
    plan: &Plan,
    users: &[UserCore],
    proposals: &[ProposalCore],
) -> impl Iterator<Item = Model> {
    let mut rng = plan.rng(Stream::ProposalTexts);
    proposals.iter().map(move |proposal| {
        let (currency, amount_minor) = money::amount(proposal.language, &mut rng);
        Model {
            id: proposal.id,
            user_id: users[proposal.owner as usize].id,
            title: names::title(proposal.language, &mut rng),
            client_name: names::client(proposal.language.of_somebody_nearby(&mut rng), &mut rng),
            amount_minor,
            currency: currency.to_owned(),
            status: proposal.status,
            sent_at: maybe(proposal.sent_at),
            decided_at: maybe(proposal.decided_at),
            created_at: instant(proposal.created_at),
            updated_at: instant(proposal.touched_at),
        }
    })
}

/// Whose proposal it is: now and then a newcomer's, else anybody's, the active ones' more often.
fn owner(users: &[UserCore], at: Micros, rng: &mut ChaCha8Rng) -> usize {
    let signed_up = |before: Micros| users.partition_point(|user| user.created_at <= before).max(1);
    let everybody = signed_up(at);
    if rng.random_ratio(2, 5) {
        let newcomer = signed_up(at - delay(&WARMING_UP, rng)) - 1;
        if users[newcomer].activity > 0 {
            return newcomer;
        }
    }
    for _ in 0..64 {
        let candidate = rng.random_range(0..everybody);
        if rng.random_range(0..=u8::MAX) < users[candidate].activity {
            return candidate;
        }
    }
    // Only where nearly nobody is active: a handful of users.
    rng.random_range(0..everybody)
}

/// A proposal's life up to `until`.
fn live(
    owner: usize,
    language: Language,
    created_at: Micros,
    until: Micros,
    rng: &mut ChaCha8Rng,
) -> ProposalCore {
    let mut proposal = ProposalCore {
        id: id(created_at, rng),
        created_at,
        sent_at: None,
        language,
        appeal: u8::try_from(rng.random_range(0..256_u32).pow(2) >> 8).unwrap_or(u8::MAX),
        owner: u32::try_from(owner).expect("there are at most 2^32 users"),
        status: ProposalStatus::Draft,
        decided_at: None,
        touched_at: created_at,
    };
    let forgotten = rng.random_ratio(13, 100);
    let sent_at = when_awake(created_at + delay(&WRITING, rng), rng);
    let end = one_of(&ENDS, rng);
    let skips_viewing = end == ProposalStatus::Sent || rng.random_ratio(1, 12);
    let viewed_at = when_awake(sent_at + delay(&OPENING, rng), rng);
    let decided_at = match end {
        ProposalStatus::Expired => sent_at + VALIDITY,
        _ if skips_viewing => when_awake(sent_at + delay(&DECIDING, rng), rng),
        _ => when_awake(viewed_at + delay(&DECIDING, rng), rng),
    };
    if forgotten || sent_at >= until {
        return proposal;
    }
    proposal.sent_at = Some(sent_at);
    proposal.status = ProposalStatus::Sent;
    proposal.touched_at = sent_at;
    if !skips_viewing && viewed_at < until {
        proposal.status = ProposalStatus::Viewed;
        proposal.touched_at = viewed_at;
    }
    if end.is_decided() && decided_at < until {
        proposal.status = end;
        proposal.decided_at = Some(decided_at);
        proposal.touched_at = decided_at;
    }
    proposal
}
