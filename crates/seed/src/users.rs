//! The users: a few of the staff first, then everybody who signed up. Many never write a proposal, a few write most.

use std::collections::HashMap;

use domain::entities::user::{Model, Role, UserStatus};
use rand::Rng as _;
use uuid::Uuid;

use super::{
    calendar::{Calendar, DAY, HOUR, MINUTE, Micros, Rhythm, delay, instant},
    names::{self, Language},
    plan::Plan,
    population::{Stream, id, maybe, one_of},
};

/// What proposals need to know of a user.
pub(super) struct UserCore {
    pub(super) id: Uuid,
    pub(super) created_at: Micros,
    pub(super) language: Language,
    /// How many proposals come from here compared with others; 0 for somebody who only looks around.
    pub(super) activity: u8,
    /// When the first proposal was made and when the first one was sent; the proposals fill it in.
    pub(super) first_proposal_at: Option<Micros>,
    pub(super) first_sent_at: Option<Micros>,
}

/// How many of the first users run the place, and how many of those after them watch: one of each in a small crowd.
const ADMINS: usize = 3;
const VIEWERS: usize = 6;
/// From how many users on there are so many of the staff.
const CROWD: u32 = 100;

/// How long an invited person takes to set a password.
const ACCEPTING: [(u32, Micros, Micros); 4] =
    [(55, MINUTE, HOUR), (25, HOUR, 9 * HOUR), (15, 9 * HOUR, 3 * DAY), (5, 3 * DAY, 14 * DAY)];

pub(super) fn outline(plan: &Plan) -> Vec<UserCore> {
    let (from, until) = plan.span();
    let mut rng = plan.rng(Stream::Users);
    Calendar::new(from, until, Rhythm::OFFICE, plan.seed)
        .instants(plan.users, plan.rng(Stream::UserTimes))
        .map(|created_at| {
            let looks_around = rng.random_ratio(32, 100);
            let squared = rng.random_range(16..256_u32).pow(2) >> 8;
            UserCore {
                id: id(created_at, &mut rng),
                created_at,
                language: Language::of_somebody(&mut rng),
                activity: if looks_around { 0 } else { u8::try_from(squared).unwrap_or(u8::MAX) },
                first_proposal_at: None,
                first_sent_at: None,
            }
        })
        .collect()
}

pub(super) fn rows(plan: &Plan, users: &[UserCore]) -> impl Iterator<Item = Model> {
    let (_, until) = plan.span();
    let (admins, viewers) = if plan.users >= CROWD { (ADMINS, VIEWERS) } else { (1, 1) };
    let mut rng = plan.rng(Stream::UserTexts);
    let mut taken: HashMap<String, u32> = HashMap::new();
    users.iter().enumerate().map(move |(index, user)| {
        let (first, last) = names::person(user.language, &mut rng);
        let mailbox = names::mailbox(first, last);
        let domain = names::mail_domain(&mut rng);
        let role = match index {
            _ if index < admins => Role::Admin,
            _ if index < admins + viewers => Role::Viewer,
            _ => Role::User,
        };
        let accepted_at = user.created_at + delay(&ACCEPTING, &mut rng);
        let never_accepts = one_of(&[(12, true), (88, false)], &mut rng) && role == Role::User;
        let suspended = one_of(&[(2, true), (98, false)], &mut rng) && role == Role::User;
        let has_accepted = user.first_proposal_at.is_some() || (!never_accepts && accepted_at < until);
        let status = match (has_accepted, suspended) {
            (false, _) => UserStatus::Invited,
            (true, true) => UserStatus::Suspended,
            (true, false) => UserStatus::Active,
        };
        // Whoever wrote a proposal had accepted before, however slow the dice say they were.
        let accepted_at = has_accepted.then(|| accepted_at.min(user.first_proposal_at.unwrap_or(until - 1)));
        let touched_at = user.first_sent_at.or(accepted_at).unwrap_or(user.created_at);
        Model {
            id: user.id,
            email: unique(&mut taken, &mailbox, domain),
            display_name: format!("{first} {last}"),
            role,
            status,
            first_sent_at: maybe(user.first_sent_at),
            created_at: instant(user.created_at),
            updated_at: instant(touched_at),
        }
    })
}

/// The address, with a number where somebody has it already.
fn unique(taken: &mut HashMap<String, u32>, mailbox: &str, domain: &str) -> String {
    let address = format!("{mailbox}@{domain}");
    let namesakes = taken.entry(address.clone()).or_default();
    *namesakes += 1;
    if *namesakes == 1 { address } else { format!("{mailbox}{namesakes}@{domain}") }
}
