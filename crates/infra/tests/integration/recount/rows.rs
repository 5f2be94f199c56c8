//! Random rows for a random window. An instant is more often than not one of the edges, or a microsecond from it: there
//! a wrong comparison shows.

use chrono::{DateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};
use domain::{
    entities::{
        lead::{self, LeadSource, LeadStatus},
        proposal::{self, ProposalStatus},
        user::{self, Role, UserStatus},
    },
    metrics::{period::Period, window::Window},
};
use proptest::{prelude::*, sample};
use uuid::Uuid;

use crate::metrics_tables::Rows;

/// A window and what is in the tables.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub tz: Tz,
    pub now: DateTime<Utc>,
    pub period: Period,
    users: Vec<RandomUser>,
    proposals: Vec<RandomProposal>,
    leads: Vec<RandomLead>,
}

#[derive(Clone, Debug)]
struct RandomUser {
    id: u128,
    created: When,
    first_sent: Option<When>,
    role: Role,
    status: UserStatus,
}

#[derive(Clone, Debug)]
struct RandomProposal {
    id: u128,
    user: sample::Index,
    created: When,
    status: ProposalStatus,
    sent: When,
    decided: When,
    amount: i64,
    currency: &'static str,
}

#[derive(Clone, Debug)]
struct RandomLead {
    id: u128,
    proposal: sample::Index,
    created: When,
    status: LeadStatus,
    converted: When,
}

/// An instant relative to a window.
#[derive(Clone, Debug)]
enum When {
    /// So many microseconds from an end of the window or the one before.
    End(sample::Index, i64),
    /// So many microseconds from the edge of a bucket, or of what it is compared with.
    Edge(sample::Index, i64),
    /// Such a fraction of the time from before the window before to after the window.
    Anywhere(f64),
}

impl Case {
    pub(super) fn rows(&self) -> Rows {
        let window = Window::at(self.now, self.period, self.tz);
        let intervals = window.buckets.iter().flat_map(|bucket| [bucket.interval, bucket.previous]);
        let edges: Vec<_> = intervals.flat_map(|interval| [interval.from, interval.to]).collect();
        let ends = [window.current.from, window.current.to, window.previous.from, window.previous.to];
        let earliest = window.previous.from - TimeDelta::days(20);
        let span = window.current.to + TimeDelta::days(3) - earliest;
        let at = |when: &When| match when {
            When::End(end, off) => *end.get(&ends) + TimeDelta::microseconds(*off),
            When::Edge(edge, off) => *edge.get(&edges) + TimeDelta::microseconds(*off),
            When::Anywhere(fraction) => {
                #[expect(clippy::cast_possible_truncation, reason = "years of milliseconds")]
                let millis =
                    (f64::from(u32::try_from(span.num_seconds()).unwrap()) * 1000.0 * fraction) as i64;
                earliest + TimeDelta::milliseconds(millis)
            }
        };

        let mut rows = Rows::default();
        for (number, random) in self.users.iter().enumerate() {
            rows.users.push(user::Model {
                id: Uuid::from_u128(random.id),
                email: format!("user{number}@example.org"),
                display_name: format!("User {number}"),
                role: random.role,
                status: random.status,
                first_sent_at: random.first_sent.as_ref().map(at),
                created_at: at(&random.created),
                updated_at: at(&random.created),
            });
        }
        for random in self.proposals.iter().filter(|_| !rows.users.is_empty()) {
            use ProposalStatus::{Accepted, Declined, Draft, Expired};
            let decided = matches!(random.status, Accepted | Declined | Expired);
            rows.proposals.push(proposal::Model {
                id: Uuid::from_u128(random.id),
                user_id: random.user.get(&rows.users).id,
                title: "Un toit neuf".to_owned(),
                client_name: "Mairie de Lyon".to_owned(),
                amount_minor: random.amount,
                currency: random.currency.to_owned(),
                status: random.status,
                sent_at: (random.status != Draft).then(|| at(&random.sent)),
                decided_at: decided.then(|| at(&random.decided)),
                created_at: at(&random.created),
                updated_at: at(&random.created),
            });
        }
        for random in self.leads.iter().filter(|_| !rows.proposals.is_empty()) {
            rows.leads.push(lead::Model {
                id: Uuid::from_u128(random.id),
                proposal_id: random.proposal.get(&rows.proposals).id,
                name: "Jean Valjean".to_owned(),
                email: "jean@example.org".to_owned(),
                source: LeadSource::Website,
                status: random.status,
                converted_at: (random.status == LeadStatus::Converted).then(|| at(&random.converted)),
                created_at: at(&random.created),
                updated_at: at(&random.created),
            });
        }
        rows
    }
}

pub(super) fn case() -> impl Strategy<Value = Case> {
    (
        zone_and_now(),
        sample::select(&Period::EVERY[..]),
        prop::collection::vec(random_user(), 0..24),
        prop::collection::vec(random_proposal(), 0..32),
        prop::collection::vec(random_lead(), 0..40),
    )
        .prop_map(|((tz, now), period, users, proposals, leads)| Case {
            tz,
            now,
            period,
            users,
            proposals,
            leads,
        })
}

fn random_user() -> impl Strategy<Value = RandomUser> {
    (
        any::<u128>(),
        when(),
        prop::option::of(when()),
        sample::select(vec![Role::User, Role::Viewer, Role::Admin]),
        sample::select(vec![UserStatus::Invited, UserStatus::Active, UserStatus::Suspended]),
    )
        .prop_map(|(id, created, first_sent, role, status)| RandomUser {
            id,
            created,
            first_sent,
            role,
            status,
        })
}

fn random_proposal() -> impl Strategy<Value = RandomProposal> {
    (
        (any::<u128>(), any::<sample::Index>()),
        (when(), when(), when()),
        sample::select(&ProposalStatus::EVERY[..]),
        prop_oneof![Just(0), Just(100_000_000_000), 0_i64..=100_000_000_000],
        sample::select(vec!["EUR", "USD", "JPY", "TND"]),
    )
        .prop_map(|((id, user), (created, sent, decided), status, amount, currency)| RandomProposal {
            id,
            user,
            created,
            status,
            sent,
            decided,
            amount,
            currency,
        })
}

fn random_lead() -> impl Strategy<Value = RandomLead> {
    (any::<u128>(), any::<sample::Index>(), when(), sample::select(&LeadStatus::EVERY[..]), when()).prop_map(
        |(id, proposal, created, status, converted)| RandomLead { id, proposal, created, status, converted },
    )
}

fn when() -> impl Strategy<Value = When> {
    prop_oneof![
        3 => (any::<sample::Index>(), -1_i64..=1).prop_map(|(end, off)| When::End(end, off)),
        2 => (any::<sample::Index>(), -1_i64..=1).prop_map(|(edge, off)| When::Edge(edge, off)),
        3 => (0.0..1.0).prop_map(When::Anywhere),
    ]
}

/// Any zone, any instant from 2012 to 2037, as often as not within days of a change of the clock. Since 2012 no zone
/// has put its clock back over midnight, where a date comes twice and [`super::naive`] would not know which is meant.
fn zone_and_now() -> impl Strategy<Value = (Tz, DateTime<Utc>)> {
    let years = 1_325_376_000_000_000..2_114_380_800_000_000_i64;
    let minutes = -60 * 24 * 40..60 * 24 * 40_i64;
    (sample::select(TZ_VARIANTS.as_slice()), years, prop::option::of(minutes), 0..60_000_000_i64).prop_map(
        |(tz, micros, near_change, within_minute)| {
            let now = DateTime::from_timestamp_micros(micros).unwrap();
            let near = near_change.and_then(|minutes| {
                let change = day_of_change(now, tz)? + TimeDelta::minutes(minutes);
                Some(change + TimeDelta::microseconds(within_minute))
            });
            (tz, near.unwrap_or(now))
        },
    )
}

/// Some instant less than a day before the next change of the clock within a year.
fn day_of_change(after: DateTime<Utc>, tz: Tz) -> Option<DateTime<Utc>> {
    let offset = |at: DateTime<Utc>| tz.offset_from_utc_datetime(&at.naive_utc()).fix();
    (0..366)
        .map(|days| after + TimeDelta::days(days))
        .find(|at| offset(*at) != offset(*at + TimeDelta::days(1)))
}
