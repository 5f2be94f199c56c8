//! The definitions of `docs/METRICS.md`, row by row and by local dates, sharing nothing with the code under test: no
//! edge is computed but the two ends, and those by trying minute after minute.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use domain::{
    entities::{
        lead::{self, LeadStatus},
        proposal::{self, ProposalStatus},
        user,
    },
    metrics::period::{Period, RecentLimit},
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::rows::Case;
use crate::metrics_tables::Rows;

/// A window over given rows.
pub(super) struct Naive<'a> {
    rows: &'a Rows,
    tz: Tz,
    period: Period,
    pub today: NaiveDate,
    pub first_day: NaiveDate,
    pub to: DateTime<Utc>,
    pub previous_to: DateTime<Utc>,
}

/// The instants of some local dates, as far as an end.
#[derive(Clone, Copy)]
struct Span {
    tz: Tz,
    first: NaiveDate,
    last: NaiveDate,
    end: DateTime<Utc>,
}

impl Span {
    fn has(&self, at: DateTime<Utc>) -> bool {
        self.before_end(at) && local(at, self.tz).date() >= self.first
    }

    fn had(&self, at: Option<DateTime<Utc>>) -> bool {
        at.is_some_and(|at| self.has(at))
    }

    fn before_end(&self, at: DateTime<Utc>) -> bool {
        at < self.end && local(at, self.tz).date() <= self.last
    }

    fn happened(&self, at: Option<DateTime<Utc>>) -> bool {
        at.is_some_and(|at| self.before_end(at))
    }
}

/// A figure: a count, or what is divided by what.
enum Figure {
    Count(usize),
    Ratio(usize, usize),
}

impl Figure {
    fn number(&self) -> Option<f64> {
        match *self {
            Self::Count(count) => Some(float(count)),
            Self::Ratio(_, 0) => None,
            Self::Ratio(part, whole) => Some(float(part) / float(whole)),
        }
    }

    fn json(&self) -> Value {
        match self {
            Self::Count(count) => json!(count),
            Self::Ratio(..) => json!(self.number()),
        }
    }
}

impl<'a> Naive<'a> {
    pub(super) fn new(case: &Case, rows: &'a Rows) -> Self {
        let (tz, now, period) = (case.tz, case.now, case.period);
        let days = Days::new(u64::from(period.days()));
        let wall = local(now, tz);
        let minute = now - TimeDelta::microseconds(now.timestamp_micros().rem_euclid(60_000_000));
        let wall_minute = wall - (now - minute);
        let previous_wall_to = wall_minute + TimeDelta::minutes(1) - days;
        Self {
            rows,
            tz,
            period,
            today: wall.date(),
            first_day: wall.date() - days + Days::new(1),
            to: minute + TimeDelta::minutes(1),
            previous_to: first_minute_showing(previous_wall_to, tz),
        }
    }

    pub(super) fn days(&self) -> Days {
        Days::new(u64::from(self.period.days()))
    }

    pub(super) fn date(&self, at: DateTime<Utc>) -> NaiveDate {
        local(at, self.tz).date()
    }

    fn current(&self) -> Span {
        Span { tz: self.tz, first: self.first_day, last: self.today, end: self.to }
    }

    fn back(&self, span: Span) -> Span {
        Span { first: span.first - self.days(), last: span.last - self.days(), end: self.previous_to, ..span }
    }

    fn buckets(&self) -> Vec<(String, Span)> {
        let format = if self.period == Period::Days365 { "%Y-%m" } else { "%Y-%m-%d" };
        let mut buckets: Vec<(String, Span)> = Vec::new();
        for day in self.first_day.iter_days().take_while(|day| *day <= self.today) {
            let label = day.format(format).to_string();
            match buckets.last_mut() {
                Some((same, span)) if *same == label => span.last = day,
                _ => buckets.push((label, Span { first: day, last: day, ..self.current() })),
            }
        }
        buckets
    }

    pub(super) fn overview(&self) -> Value {
        let kpis = [
            self.kpi("usersTotal", "count", |span| self.users(|user| span.before_end(user.created_at))),
            self.kpi("usersNew", "count", |span| self.users(|user| span.has(user.created_at))),
            self.kpi("activationRate", "rate", |span| {
                let new = |user: &user::Model| span.has(user.created_at);
                ratio(self.users(|user| new(user) && span.happened(user.first_sent_at)), self.users(new))
            }),
            self.kpi("proposalsNew", "count", |span| self.proposals(|row| span.has(row.created_at))),
            self.kpi("proposalsSent", "count", |span| self.proposals(|row| span.had(row.sent_at))),
            self.kpi("acceptanceRate", "rate", |span| {
                let decided = |row: &proposal::Model| span.had(row.decided_at);
                let accepted = |row: &proposal::Model| decided(row) && row.status == ProposalStatus::Accepted;
                ratio(self.proposals(accepted), self.proposals(decided))
            }),
            self.pending(),
            self.kpi("leadsNew", "count", |span| self.leads(|row| span.has(row.created_at))),
            self.kpi("leadConversionRate", "rate", |span| {
                let new = |row: &lead::Model| span.has(row.created_at);
                ratio(self.leads(|row| new(row) && span.happened(row.converted_at)), self.leads(new))
            }),
            self.kpi("leadsPerProposal", "average", |span| {
                let new = self.leads(|row| span.has(row.created_at));
                ratio(new, self.proposals(|row| span.has(row.created_at)))
            }),
        ];
        let span = self.current();
        let proposals = ProposalStatus::EVERY.map(|status| {
            json!({"status": status, "count": count(&self.rows.proposals, |row| row.status == status && span.has(row.created_at))})
        });
        let leads = LeadStatus::EVERY.map(|status| {
            json!({"status": status, "count": count(&self.rows.leads, |row| row.status == status && span.has(row.created_at))})
        });
        json!({"kpis": kpis, "proposalsByStatus": proposals, "leadsByStatus": leads, "funnel": self.funnel()})
    }

    pub(super) fn charts(&self) -> Value {
        let buckets = self.buckets();
        let series = |key: &str, count: &dyn Fn(&Span) -> usize| {
            let values: Vec<usize> = buckets.iter().map(|(_, span)| count(span)).collect();
            let previous: Vec<usize> = buckets.iter().map(|(_, span)| count(&self.back(*span))).collect();
            json!({"key": key, "values": values, "previousValues": previous, "total": values.iter().sum::<usize>()})
        };
        let monthly = self.period == Period::Days365;
        let metas: Vec<Value> = buckets
            .iter()
            .map(|(label, span)| {
                let cut_below = monthly && span.first.day() != 1;
                let day_over = self.date(self.to) > self.today;
                let month_over = day_over && (self.today + Days::new(1)).day() == 1;
                let cut_above = span.last == self.today && !if monthly { month_over } else { day_over };
                json!({"label": label, "partial": cut_below || cut_above})
            })
            .collect();
        let rows = self.rows;
        json!({
            "granularity": if monthly { "month" } else { "day" },
            "buckets": metas,
            "series": [
                series("usersNew", &|span| count(&rows.users, |row| span.has(row.created_at))),
                series("proposalsNew", &|span| count(&rows.proposals, |row| span.has(row.created_at))),
                series("proposalsSent", &|span| count(&rows.proposals, |row| span.had(row.sent_at))),
                series("leadsNew", &|span| count(&rows.leads, |row| span.has(row.created_at))),
                series("leadsConverted", &|span| count(&rows.leads, |row| span.had(row.converted_at))),
            ],
        })
    }

    pub(super) fn recent_users(&self, limit: RecentLimit) -> Value {
        let mut users: Vec<_> = self.rows.users.iter().collect();
        users.sort_by_key(|user| (user.created_at, user.id));
        let newest = users.into_iter().rev().take(limit.get().into());
        newest
            .map(|user| {
                json!({
                    "id": user.id, "displayName": user.display_name, "email": user.email, "role": user.role,
                    "status": user.status, "createdAt": user.created_at,
                    "proposalsCount": count(&self.rows.proposals, |row| row.user_id == user.id),
                })
            })
            .collect()
    }

    pub(super) fn recent_proposals(&self, limit: RecentLimit) -> Value {
        let mut proposals: Vec<_> = self.rows.proposals.iter().collect();
        proposals.sort_by_key(|row| (row.created_at, row.id));
        let newest = proposals.into_iter().rev().take(limit.get().into());
        newest
            .map(|row| {
                let owner = self.rows.users.iter().find(|user| user.id == row.user_id).unwrap();
                json!({
                    "id": row.id, "title": row.title, "status": row.status, "amountMinor": row.amount_minor,
                    "currency": row.currency, "owner": {"id": owner.id, "displayName": owner.display_name},
                    "clientName": row.client_name, "createdAt": row.created_at,
                    "leadsCount": count(&self.rows.leads, |lead| lead.proposal_id == row.id),
                })
            })
            .collect()
    }

    fn kpi(&self, key: &str, unit: &str, figure: impl Fn(Span) -> Figure) -> Value {
        let (now, before) = (figure(self.current()), figure(self.back(self.current())));
        let (value, previous) = (now.number(), before.number());
        let delta_abs = match (&now, &before) {
            (Figure::Count(now), Figure::Count(before)) => {
                json!(i64::try_from(*now).unwrap() - i64::try_from(*before).unwrap())
            }
            _ => json!(value.zip(previous).map(|(value, previous)| value - previous)),
        };
        let delta_pct = match (value, previous) {
            (Some(value), Some(previous)) if previous > 0.0 => Some((value - previous) / previous),
            _ => None,
        };
        let status = match (value, delta_pct) {
            (None, _) => "no_data",
            (_, None) => "no_baseline",
            _ => "ok",
        };
        let spark: Vec<Value> = self.buckets().iter().map(|(_, span)| figure(*span).json()).collect();
        let mut kpi = json!({
            "key": key, "unit": unit, "value": now.json(), "previous": before.json(), "deltaAbs": delta_abs,
            "deltaPct": delta_pct, "status": status, "spark": spark,
        });
        if let Figure::Ratio(numerator, denominator) = now {
            kpi["numerator"] = json!(numerator);
            kpi["denominator"] = json!(denominator);
        }
        kpi
    }

    fn pending(&self) -> Value {
        let pending = |span: Span| {
            let mut amounts: BTreeMap<&str, i64> = BTreeMap::new();
            for row in &self.rows.proposals {
                if span.has(row.created_at) && span.happened(row.sent_at) && !span.happened(row.decided_at) {
                    *amounts.entry(&row.currency).or_default() += row.amount_minor;
                }
            }
            let list =
                amounts.iter().map(|(currency, amount)| json!({"currency": currency, "amountMinor": amount}));
            list.collect::<Value>()
        };
        json!({
            "key": "pendingAmount", "unit": "money", "value": pending(self.current()),
            "previous": pending(self.back(self.current())), "deltaAbs": null, "deltaPct": null, "status": "ok",
            "spark": [],
        })
    }

    /// Walks from the leads up to their users, step by step.
    fn funnel(&self) -> Value {
        let span = self.current();
        let created: HashSet<Uuid> =
            self.rows.users.iter().filter(|user| span.has(user.created_at)).map(|user| user.id).collect();
        let (mut with_proposal, mut with_sent) = (HashSet::new(), HashSet::new());
        let (mut with_lead, mut with_converted) = (HashSet::new(), HashSet::new());
        for row in &self.rows.proposals {
            if !created.contains(&row.user_id) || !span.before_end(row.created_at) {
                continue;
            }
            with_proposal.insert(row.user_id);
            if !span.happened(row.sent_at) {
                continue;
            }
            with_sent.insert(row.user_id);
            for lead in self.rows.leads.iter().filter(|lead| lead.proposal_id == row.id) {
                if span.before_end(lead.created_at) {
                    with_lead.insert(row.user_id);
                    if span.happened(lead.converted_at) {
                        with_converted.insert(row.user_id);
                    }
                }
            }
        }
        json!([
            {"step": "created", "count": created.len()},
            {"step": "createdProposal", "count": with_proposal.len()},
            {"step": "sentProposal", "count": with_sent.len()},
            {"step": "receivedLead", "count": with_lead.len()},
            {"step": "convertedLead", "count": with_converted.len()},
        ])
    }

    fn users(&self, which: impl Fn(&user::Model) -> bool) -> Figure {
        Figure::Count(count(&self.rows.users, which))
    }

    fn proposals(&self, which: impl Fn(&proposal::Model) -> bool) -> Figure {
        Figure::Count(count(&self.rows.proposals, which))
    }

    fn leads(&self, which: impl Fn(&lead::Model) -> bool) -> Figure {
        Figure::Count(count(&self.rows.leads, which))
    }
}

fn count<T>(rows: &[T], which: impl Fn(&T) -> bool) -> usize {
    rows.iter().filter(|row| which(row)).count()
}

fn ratio(part: Figure, whole: Figure) -> Figure {
    match (part, whole) {
        (Figure::Count(part), Figure::Count(whole)) => Figure::Ratio(part, whole),
        _ => unreachable!("counts are divided"),
    }
}

fn float(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap())
}

fn local(at: DateTime<Utc>, tz: Tz) -> NaiveDateTime {
    at.with_timezone(&tz).naive_local()
}

/// The first minute at which the clock shows `wall` or later.
fn first_minute_showing(wall: NaiveDateTime, tz: Tz) -> DateTime<Utc> {
    let mut minute = wall.and_utc() - TimeDelta::hours(40);
    while local(minute, tz) < wall {
        minute += TimeDelta::minutes(1);
    }
    minute
}
