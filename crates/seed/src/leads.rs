//! The leads: who answered a proposal after it was sent, the well-liked ones more than others. One in seven becomes a
//! customer, more often by word of mouth than from an import.

use domain::entities::lead::{LeadSource, LeadStatus, Model};
use rand::Rng as _;
use rand_chacha::ChaCha8Rng;

use super::{
    calendar::{Calendar, DAY, HOUR, MINUTE, Micros, Rhythm, delay, instant, when_awake},
    names,
    plan::Plan,
    population::{Stream, id, maybe, one_of},
    proposals::ProposalCore,
};

/// How long a proposal had been out.
const HEARING_OF_IT: [(u32, Micros, Micros); 4] =
    [(45, 20 * MINUTE, 3 * DAY), (33, 3 * DAY, 12 * DAY), (17, 12 * DAY, 40 * DAY), (5, 40 * DAY, 120 * DAY)];
/// How long until somebody answers the lead.
const ANSWERING: [(u32, Micros, Micros); 4] =
    [(40, 10 * MINUTE, 4 * HOUR), (35, 4 * HOUR, DAY), (20, DAY, 4 * DAY), (5, 4 * DAY, 12 * DAY)];
/// How long until the lead is found worth pursuing.
const QUALIFYING: [(u32, Micros, Micros); 3] =
    [(40, 2 * HOUR, 2 * DAY), (45, 2 * DAY, 7 * DAY), (15, 7 * DAY, 20 * DAY)];
/// How long until it ends, one way or the other.
const ENDING: [(u32, Micros, Micros); 3] =
    [(35, DAY, 5 * DAY), (45, 5 * DAY, 15 * DAY), (20, 15 * DAY, 45 * DAY)];

const SOURCES: [(u32, LeadSource); 5] = [
    (38, LeadSource::Website),
    (17, LeadSource::Referral),
    (27, LeadSource::Campaign),
    (12, LeadSource::Import),
    (6, LeadSource::Other),
];

/// Every row, oldest first. Leads answer proposals that were sent; where none was, any will do.
pub(super) fn rows(plan: &Plan, proposals: &[ProposalCore]) -> impl Iterator<Item = Model> {
    let until = plan.span().1;
    let mut out: Vec<(Micros, usize)> = proposals
        .iter()
        .enumerate()
        .filter_map(|(index, proposal)| Some((proposal.sent_at?, index)))
        .collect();
    if out.is_empty() {
        out.extend(proposals.iter().enumerate().map(|(index, proposal)| (proposal.created_at, index)));
    }
    out.sort_unstable();
    let from = out.first().map_or(until, |&(first, _)| first);
    let mut rng = plan.rng(Stream::Leads);
    Calendar::new(from, until, Rhythm::PUBLIC, plan.seed.wrapping_add(2))
        .instants(if out.is_empty() { 0 } else { plan.leads }, plan.rng(Stream::LeadTimes))
        .map(move |created_at| {
            let proposal = &proposals[answered(proposals, &out, created_at, &mut rng)];
            live(proposal, created_at, until, &mut rng)
        })
}

/// Which proposal the lead answers.
fn answered(proposals: &[ProposalCore], out: &[(Micros, usize)], at: Micros, rng: &mut ChaCha8Rng) -> usize {
    let sent = |before: Micros| out.partition_point(|&(sent_at, _)| sent_at <= before);
    let candidate = |rng: &mut ChaCha8Rng| {
        let sent_then = sent(at - delay(&HEARING_OF_IT, rng));
        // In the first days most proposals heard of have yet to be sent: then any that was.
        let newest = if sent_then == 0 { rng.random_range(0..sent(at).max(1)) } else { sent_then - 1 };
        out[newest].1
    };
    // Of two it might be, the one that is liked better.
    let (one, other) = (candidate(rng), candidate(rng));
    if proposals[one].appeal >= proposals[other].appeal { one } else { other }
}

/// A lead's life up to `until`.
fn live(proposal: &ProposalCore, created_at: Micros, until: Micros, rng: &mut ChaCha8Rng) -> Model {
    let id = id(created_at, rng);
    let (first, last) = names::person(proposal.language.of_somebody_nearby(rng), rng);
    let number = if rng.random_ratio(1, 3) { rng.random_range(2..100).to_string() } else { String::new() };
    let email = format!("{}{number}@{}", names::mailbox(first, last), names::mail_domain(rng));
    let source = one_of(&SOURCES, rng);

    let converts = rng.random_range(0..100) < chance_of_converting(source);
    let end = if converts {
        Some(LeadStatus::Converted)
    } else {
        one_of(&[(55, Some(LeadStatus::Lost)), (45, None)], rng)
    };
    let contacted_at = when_awake(created_at + delay(&ANSWERING, rng), rng);
    let qualified_at = when_awake(contacted_at + delay(&QUALIFYING, rng), rng);
    let qualifies = converts || rng.random_ratio(2, 5);
    let last_step_at = if qualifies { qualified_at } else { contacted_at };
    let ended_at = when_awake(last_step_at + delay(&ENDING, rng), rng);

    let mut lead = Model {
        id,
        proposal_id: proposal.id,
        name: format!("{first} {last}"),
        email,
        source,
        status: LeadStatus::New,
        converted_at: None,
        created_at: instant(created_at),
        updated_at: instant(created_at),
    };
    let steps = [
        Some((LeadStatus::Contacted, contacted_at)),
        qualifies.then_some((LeadStatus::Qualified, qualified_at)),
        end.map(|end| (end, ended_at)),
    ];
    for (status, at) in steps.into_iter().flatten().take_while(|&(_, at)| at < until) {
        lead.status = status;
        lead.updated_at = instant(at);
        lead.converted_at = maybe((status == LeadStatus::Converted).then_some(at));
    }
    lead
}

/// In per cent, given the time.
fn chance_of_converting(source: LeadSource) -> u32 {
    match source {
        LeadSource::Referral => 30,
        LeadSource::Website => 17,
        LeadSource::Other => 12,
        LeadSource::Campaign => 10,
        LeadSource::Import => 5,
    }
}
