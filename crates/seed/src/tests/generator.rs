//! The generator keeps every rule that the domain and the database have, the same plan gives the same rows, and what comes
//! out looks like a business.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Datelike as _, Timelike as _, Utc, Weekday};
use chrono_tz::Europe::Paris;
use domain::{
    entities::{
        lead::{self, LeadSource, LeadStatus},
        proposal::{self, ProposalStatus},
        user::{Role, UserStatus},
    },
    validation::Checks,
};
use uuid::Uuid;

use super::plan;
use crate::{MAX_DAYS, Plan, Population, parse_until};

#[test]
fn the_same_plan_gives_the_same_rows_and_another_seed_gives_others() {
    let (one, same) = (Population::new(plan()), Population::new(plan()));
    assert!(one.users().eq(same.users()));
    assert!(one.proposals().eq(same.proposals()));
    assert!(one.leads().eq(same.leads()));
    let other = Population::new(Plan { seed: 43, ..plan() });
    assert!(one.users().zip(other.users()).all(|(a, b)| a.id != b.id));
    assert!(one.leads().zip(other.leads()).all(|(a, b)| a.id != b.id && a.created_at != b.created_at));
}

#[test]
fn more_leads_leave_users_and_proposals_as_they_are() {
    let (one, more) = (Population::new(plan()), Population::new(Plan { leads: 30_000, ..plan() }));
    assert!(one.users().eq(more.users()));
    assert!(one.proposals().eq(more.proposals()));
}

/// The generator counts in whole numbers, so this holds on every machine. It changes when the generator does.
#[test]
fn rows_are_the_same_on_every_machine() {
    let lead = Population::new(plan()).leads().last().expect("a lead");
    assert_eq!(
        (lead.id.to_string().as_str(), lead.email.as_str()),
        ("019d9071-84fa-7d07-8421-b23a09820e32", "clara.stevens30@bureau.example")
    );
}

#[test]
fn every_row_keeps_the_rules() {
    for plan in [
        plan(),
        Plan { users: 1, proposals: 1, leads: 50, days: 1, ..plan() },
        Plan { users: 3, proposals: 40, leads: 1, seed: 7, days: 2, ..plan() },
        Plan { users: 50, proposals: 0, leads: 0, ..plan() },
        Plan { users: 40, proposals: 300, leads: 900, seed: u64::MAX, days: MAX_DAYS, ..plan() },
    ] {
        keeps_the_rules(plan);
    }
}

fn keeps_the_rules(plan: Plan) {
    let population = Population::new(plan.checked().expect("a plan that makes sense"));
    let happened = plan.from()..plan.until;
    let mut ids = HashSet::new();

    let users: HashMap<_, _> = population.users().map(|user| (user.id, user)).collect();
    let mut addresses = HashSet::new();
    for user in users.values() {
        well_formed_id(&mut ids, user.id, user.created_at);
        let mut checks = Checks::new();
        assert_eq!(checks.email("email", &user.email), user.email);
        assert_eq!(checks.text("displayName", &user.display_name, 1..=200), user.display_name);
        assert_eq!(checks.finish(()), Ok(()));
        assert!(addresses.insert(user.email.to_lowercase()), "{} is taken", user.email);
        for instant in
            [Some(user.created_at), Some(user.updated_at), user.first_sent_at].into_iter().flatten()
        {
            assert!(happened.contains(&instant) && instant >= user.created_at, "{user:?}");
        }
    }

    let proposals: HashMap<_, _> = population.proposals().map(|proposal| (proposal.id, proposal)).collect();
    let mut first_sent = HashMap::new();
    for proposal in proposals.values() {
        well_formed_id(&mut ids, proposal.id, proposal.created_at);
        let mut checks = Checks::new();
        assert_eq!(checks.text("title", &proposal.title, 1..=200), proposal.title);
        assert_eq!(checks.text("clientName", &proposal.client_name, 1..=200), proposal.client_name);
        checks.amount_minor("amountMinor", proposal.amount_minor);
        checks.currency("currency", &proposal.currency);
        assert_eq!(checks.finish(()), Ok(()));
        assert_eq!(proposal.sent_at.is_some(), proposal.status != ProposalStatus::Draft);
        assert_eq!(proposal.decided_at.is_some(), proposal.status.is_decided());
        let owner = &users[&proposal.user_id];
        assert!(owner.status != UserStatus::Invited, "who has not accepted writes nothing: {owner:?}");
        let life = [Some(owner.created_at), Some(proposal.created_at), proposal.sent_at, proposal.decided_at];
        in_order(&life, &happened);
        in_order(&[Some(proposal.created_at), proposal.sent_at, Some(proposal.updated_at)], &happened);
        if let Some(sent_at) = proposal.sent_at {
            let first = first_sent.entry(owner.id).or_insert(sent_at);
            *first = sent_at.min(*first);
        }
    }
    for user in users.values() {
        assert_eq!(user.first_sent_at, first_sent.get(&user.id).copied(), "{user:?}");
    }

    let any_sent = !first_sent.is_empty();
    let leads: Vec<_> = population.leads().collect();
    for lead in &leads {
        well_formed_id(&mut ids, lead.id, lead.created_at);
        let mut checks = Checks::new();
        assert_eq!(checks.email("email", &lead.email), lead.email);
        assert_eq!(checks.text("name", &lead.name, 1..=200), lead.name);
        assert_eq!(checks.finish(()), Ok(()));
        assert_eq!(lead.converted_at.is_some(), lead.status == LeadStatus::Converted);
        let answered = &proposals[&lead.proposal_id];
        assert!(answered.sent_at.is_some() || !any_sent, "{lead:?} answers what was never sent");
        in_order(
            &[answered.sent_at, Some(lead.created_at), lead.converted_at, Some(lead.updated_at)],
            &happened,
        );
    }
    let counts =
        [users.len(), proposals.len(), leads.len()].map(|count| u32::try_from(count).expect("a small count"));
    assert_eq!(counts, [plan.users, plan.proposals, plan.leads]);
    assert!(population.users().is_sorted_by_key(|user| user.created_at));
    assert!(population.proposals().is_sorted_by_key(|proposal| proposal.created_at));
    assert!(leads.is_sorted_by_key(|lead| lead.created_at));
}

fn well_formed_id(ids: &mut HashSet<Uuid>, id: Uuid, created_at: DateTime<Utc>) {
    assert!(ids.insert(id), "{id} twice");
    assert_eq!(id.get_version_num(), 7);
    let (secs, nanos) = id.get_timestamp().expect("version 7 holds a time").to_unix();
    let of_id = DateTime::from_timestamp(i64::try_from(secs).expect("a time of today"), nanos);
    assert_eq!(of_id.map(|at| at.timestamp_millis()), Some(created_at.timestamp_millis()));
}

fn in_order(instants: &[Option<DateTime<Utc>>], happened: &std::ops::Range<DateTime<Utc>>) {
    let instants: Vec<_> = instants.iter().flatten().collect();
    assert!(instants.is_sorted(), "{instants:?}");
    assert!(instants.iter().all(|instant| happened.contains(instant)), "{instants:?} in {happened:?}");
}

#[test]
fn it_looks_like_a_business() {
    let population = Population::new(plan());
    let users: Vec<_> = population.users().collect();
    let proposals: Vec<_> = population.proposals().collect();
    let leads: Vec<_> = population.leads().collect();

    assert_eq!(users.iter().filter(|user| user.role == Role::Admin).count(), 3);
    assert_eq!(users.iter().filter(|user| user.role == Role::Viewer).count(), 6);
    between(35, 75, share(&users, |user| user.first_sent_at.is_some()), "of the users have sent something");
    between(80, 99, share(&users, |user| user.status == UserStatus::Active), "of the users are active");

    let decided: Vec<_> = proposals.iter().filter(|proposal| proposal.status.is_decided()).collect();
    between(
        55,
        90,
        share(&proposals, |proposal| proposal.status.is_decided()),
        "of the proposals are decided",
    );
    between(
        30,
        60,
        share(&decided, |proposal| proposal.status == ProposalStatus::Accepted),
        "of those accepted",
    );
    between(
        45,
        75,
        share(&proposals, |proposal| proposal.currency == "EUR"),
        "of the proposals are in euros",
    );
    between(8, 25, share(&leads, |lead| lead.status == LeadStatus::Converted), "of the leads converted");
    for status in ProposalStatus::EVERY {
        assert!(proposals.iter().any(|proposal| proposal.status == status), "no proposal is {status:?}");
    }
    for status in LeadStatus::EVERY {
        assert!(leads.iter().any(|lead| lead.status == status), "no lead is {status:?}");
    }
    let converting = |source: LeadSource| {
        let from_there: Vec<_> = leads.iter().filter(|lead| lead.source == source).collect();
        share(&from_there, |lead| lead.status == LeadStatus::Converted)
    };
    assert!(converting(LeadSource::Referral) > converting(LeadSource::Import));

    // A growing one, that keeps office hours.
    let middle = plan().from() + (plan().until - plan().from()) / 2;
    between(60, 80, share(&leads, |lead| lead.created_at >= middle), "of the leads are from the second half");
    let at_weekend = |row: &proposal::Model| {
        matches!(row.created_at.with_timezone(&Paris).weekday(), Weekday::Sat | Weekday::Sun)
    };
    between(2, 12, share(&proposals, at_weekend), "of the proposals are of a week-end");
    let by_night = |row: &lead::Model| row.created_at.with_timezone(&Paris).hour() < 6;
    between(0, 4, share(&leads, by_night), "of the leads are of the small hours");
}

fn share<T>(of: &[T], is: impl Fn(&T) -> bool) -> usize {
    of.iter().filter(|row| is(row)).count() * 100 / of.len()
}

fn between(least: usize, most: usize, percent: usize, what: &str) {
    assert!((least..=most).contains(&percent), "expected {least} to {most} % {what}, got {percent}");
}

#[test]
fn a_plan_without_parents_or_time_is_refused_by_name() {
    for (wrong, option) in [
        (Plan { users: 0, ..plan() }, "--users"),
        (Plan { proposals: 0, ..plan() }, "--proposals"),
        (Plan { days: 0, ..plan() }, "--days"),
        (Plan { days: 4_000, ..plan() }, "--days"),
    ] {
        let error = wrong.checked().expect_err("refused").to_string();
        assert!(error.contains(option) && error.contains("expected"), "{error}");
    }
    assert!(parse_until("tomorrow").expect_err("refused").to_string().contains("expected a date"));
    assert_eq!(
        parse_until("2026-03-31").expect("a date"),
        parse_until("2026-03-31T00:00:00+02:00").expect("an instant"),
        "a date is its first moment in Paris"
    );
}
