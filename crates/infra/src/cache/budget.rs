//! The budget of commands. A managed Redis bills by the command, so commands are counted here by kind and added to the
//! fleet's counts of the month, which lie in Redis: they ride on script calls that happen anyway, at most once in
//! [`FLUSH_EVERY`], and the same reply tells what the whole fleet has spent. Where the month's forecast exceeds
//! `CACHE_L2_COMMANDS_PER_MONTH`, [`Level`] says what is given up.
//!
//! A flush whose reply is lost may have been added: it is sent once more, and so counted too often rather than not at all.
//! Counts of a month only grow; each flush carries what its sender knows, so that they come back if Redis loses them.

pub mod outlook;
pub mod tally;

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering},
    },
    time::Duration,
};

use domain::invalidation::{CacheTag, CacheTags};

pub use self::{
    outlook::{Level, Outlook},
    tally::{ByKind, Flush, Kind, Month, Tally},
};
use super::{l2::ScriptReply, runtime::Moment};

/// Counts ride on a script call no more often than this: what runs inside Redis is billed too.
const FLUSH_EVERY: Duration = Duration::from_mins(1);
/// Unless so many have gathered.
const FLUSH_AT: u64 = 1000;
/// A flush whose outcome was never told is given up after this.
const FORGOTTEN_AFTER: Duration = Duration::from_mins(1);
/// Readers look what is spent no more often than this.
const LOOK_EVERY: Duration = Duration::from_mins(1);
/// The most that adding counts runs inside Redis.
pub(super) const MOST_INNER: u64 = 3;

/// Once the budget is used up, invalidations are sent together: one call in this time.
pub(super) const WITHHELD_FOR: Duration = Duration::from_secs(10);

const MICROS: u64 = 1_000_000;

/// What was spent, what may be, and what is given up for it.
#[derive(Debug)]
pub(super) struct Budget {
    limit: Option<u64>,
    price: Option<f64>,
    level: AtomicU8,
    /// When the month ends to which the level belongs, µs since 1970.
    ends_micros: AtomicU64,
    /// Whether Redis refused to count, and this was logged.
    refused: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// This instance's own counts that are in the fleet's.
    told: ByKind,
    /// The fleet's, as last told.
    known: Option<Tally>,
    /// When counts were last sent.
    sent: Option<Moment>,
    under_way: bool,
    /// When a reader last looked what is spent.
    looked: Option<Moment>,
    /// When an invalidation was last sent.
    bumped: Option<Moment>,
}

/// What the fleet has spent, as far as this instance knows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spent {
    /// Of the month, what this instance has not told yet included.
    pub(super) tally: Tally,
    /// What follows from it.
    pub(super) outlook: Outlook,
    /// What is given up.
    pub(super) level: Level,
    /// Whether the fleet's counts are in it; else only this instance's own, since its start.
    pub(super) of_fleet: bool,
}

impl Budget {
    /// Nothing counted. `limit` is in commands a month, `price` for 100,000 of them.
    pub(super) fn new(limit: Option<u64>, price: Option<f64>) -> Self {
        Self {
            limit,
            price,
            level: AtomicU8::default(),
            ends_micros: AtomicU64::new(u64::MAX),
            refused: AtomicBool::default(),
            state: Mutex::default(),
        }
    }

    /// Commands a month, if there is a limit.
    pub(super) fn limit(&self) -> Option<u64> {
        self.limit
    }

    /// What so many commands cost, if a price is given.
    pub(super) fn cost(&self, commands: u64) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        self.price.map(|price| price * commands as f64 / 100_000.0)
    }

    /// What is given up now; `clock` tells Redis's time in µs and is asked only where something is.
    pub(super) fn level(&self, clock: impl FnOnce() -> u64) -> Level {
        let level = Level::of(self.level.load(Ordering::Relaxed));
        // Whoever gives up much sends little, and might not hear of the new month by itself.
        if level != Level::Nothing && clock() >= self.ends_micros.load(Ordering::Relaxed) {
            return Level::Nothing;
        }
        level
    }

    /// The counts to send with a script call of `kind`, if they are due or `must` be sent. `own` are all this instance's
    /// counts, `micros` is Redis's time.
    pub(super) fn flush(
        &self,
        own: &ByKind,
        kind: Kind,
        now: Moment,
        micros: u64,
        must: bool,
    ) -> Option<Flush> {
        let mut state = self.lock();
        let since = state.sent.map(|sent| now.since(sent));
        let mut added: ByKind = std::array::from_fn(|at| own[at].saturating_sub(state.told[at]));
        let due = match since {
            None => true,
            Some(since) if state.under_way => since >= FORGOTTEN_AFTER,
            Some(since) => must || since >= FLUSH_EVERY || added.iter().sum::<u64>() >= FLUSH_AT,
        };
        if !due {
            return None;
        }
        // The call itself.
        added[kind as usize] += 1;
        (state.sent, state.under_way) = (Some(now), true);
        let month = Month::of(micros);
        let known = state.known.filter(|known| known.month == month).unwrap_or_else(|| Tally::new(month));
        Some(Flush { known, added })
    }

    /// What became of a flush: the reply of the script that it rode on, if there was one.
    pub(super) fn flushed(&self, flush: &Flush, reply: Option<&ScriptReply>) {
        let mut state = self.lock();
        state.under_way = false;
        let Some(reply) = reply else { return };
        let Some(fleet) = reply.fleet else {
            if Month::of(reply.clock_micros) != flush.known.month {
                // Redis's clock was not known well enough; now it is.
                state.sent = None;
            } else if !self.refused.swap(true, Ordering::Relaxed) {
                tracing::warn!(
                    redis.month = %flush.known.month,
                    "the commands cannot be counted in Redis: a value of another type is in the way, or the user may \
                     not HMGET, HSET and EXPIRE"
                );
            }
            return;
        };
        self.refused.store(false, Ordering::Relaxed);
        for (told, added) in state.told.iter_mut().zip(flush.added) {
            *told += added;
        }
        state.told[Kind::Inner as usize] += reply.ran;
        match &mut state.known {
            Some(known) => known.merge(&fleet),
            known => *known = Some(fleet),
        }
    }

    /// What is spent at `micros`, this instance's `own` counts included; sets the level that follows.
    pub(super) fn spent(&self, own: &ByKind, micros: u64) -> Spent {
        let state = self.lock();
        let month = Month::of(micros);
        let known = state.known.filter(|known| known.month == month);
        let mut tally = known.unwrap_or_else(|| Tally::new(month));
        let today = usize::try_from((micros / MICROS).saturating_sub(month.begins_secs()) / tally::DAY_SECS);
        for (at, own) in own.iter().enumerate() {
            let untold = own.saturating_sub(state.told[at]);
            tally.kinds[at] += untold;
            if let Some(today) = tally.days.get_mut(*today.as_ref().unwrap_or(&0)) {
                *today += untold;
            }
        }
        let outlook = Outlook::new(&tally, micros / MICROS);
        let level = self.move_level(month, &outlook);
        Spent { tally, outlook, level, of_fleet: known.is_some() }
    }

    /// Whether it falls to this reader to look what is spent: where there is a limit, once in [`LOOK_EVERY`].
    pub(super) fn claim_look(&self, now: Moment) -> bool {
        if self.limit.is_none() {
            return false;
        }
        let looked = &mut self.lock().looked;
        let is_due = looked.is_none_or(|looked| now.since(looked) >= LOOK_EVERY);
        if is_due {
            *looked = Some(now);
        }
        is_due
    }

    /// Whether this instance has counted what the fleet does not know of.
    pub(super) fn has_untold(&self, own: &ByKind) -> bool {
        self.lock().told.iter().zip(own).any(|(told, own)| told < own)
    }

    /// An invalidation is about to be sent.
    pub(super) fn bumping(&self, now: Moment) {
        self.lock().bumped = Some(now);
    }

    /// For how long an invalidation of `tags` is withheld at `level`. Who may come in is never a matter of money.
    pub(super) fn withheld(&self, level: Level, tags: CacheTags, now: Moment) -> Duration {
        if level < Level::Promptness || tags.contains(CacheTag::Sessions) {
            return Duration::ZERO;
        }
        let bumped = self.lock().bumped;
        bumped.map_or(Duration::ZERO, |bumped| WITHHELD_FOR.saturating_sub(now.since(bumped)))
    }

    fn move_level(&self, month: Month, outlook: &Outlook) -> Level {
        let Some(limit) = self.limit else { return Level::Nothing };
        let ends = month.ends_secs().saturating_mul(MICROS);
        let same_month = self.ends_micros.swap(ends, Ordering::Relaxed) == ends;
        let before = Level::of(self.level.load(Ordering::Relaxed));
        let level = if same_month { before } else { Level::Nothing }.next(outlook, limit);
        self.level.store(level.number(), Ordering::Relaxed);
        let (number, month, forecast) = (level.number(), outlook.month, outlook.forecast);
        if level > before {
            tracing::warn!(
                budget.level = number,
                budget.limit = limit,
                budget.month = month,
                budget.forecast = forecast,
                given_up = level.given_up(),
                "the budget of Redis commands is exceeded, or will be"
            );
        } else if level < before {
            tracing::info!(
                budget.level = number,
                budget.limit = limit,
                budget.month = month,
                budget.forecast = forecast,
                given_up = level.given_up(),
                "the budget of Redis commands allows more again"
            );
        }
        level
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 86_400 * MICROS;

    fn moment(secs: u64) -> Moment {
        Moment(Duration::from_secs(secs))
    }

    fn november() -> u64 {
        Month::from_text("2026-11").unwrap().begins_secs() * MICROS
    }

    fn own(reads: u64) -> ByKind {
        let mut own = ByKind::default();
        own[Kind::Read as usize] = reads;
        own
    }

    /// What Redis would reply to the only flush there ever was.
    fn added(flush: &Flush, ran: u64) -> ScriptReply {
        let mut tally = flush.known;
        for (count, added) in tally.kinds.iter_mut().zip(flush.added) {
            *count += added;
        }
        tally.kinds[Kind::Inner as usize] += ran;
        tally.days[0] += flush.added.iter().sum::<u64>() + ran;
        ScriptReply { fleet: Some(tally), ran, clock_micros: november(), ..ScriptReply::default() }
    }

    #[test]
    fn counts_ride_at_once_then_every_minute_or_once_there_are_many() {
        let budget = Budget::new(None, None);
        let flush = |reads, secs| budget.flush(&own(reads), Kind::Store, moment(secs), november(), false);
        let first = flush(5, 100).unwrap();
        assert_eq!((first.added[0], first.added[Kind::Store as usize]), (5, 1), "with the call itself");
        assert_eq!(flush(2000, 115), None, "one is under way");
        budget.flushed(&first, Some(&added(&first, 7)));
        assert_eq!(flush(9, 159), None);
        let rest = flush(9, 160).unwrap();
        assert_eq!(rest.added[0], 4, "the rest");
        budget.flushed(&rest, None);
        assert!(flush(2000, 161).is_some(), "many");
        assert_eq!(flush(2000, 220), None);
        assert!(flush(2000, 221).is_some(), "its outcome was never told");
    }

    #[test]
    fn what_was_lost_on_its_way_is_sent_again() {
        let budget = Budget::new(None, None);
        let flush = |secs| budget.flush(&own(5), Kind::Store, moment(secs), november(), false);
        let first = flush(100).unwrap();
        budget.flushed(&first, None);
        assert_eq!(flush(101), None, "not with every call while Redis is in trouble");
        assert_eq!(flush(160).unwrap().added[0], 5);
        assert!(budget.has_untold(&own(5)));
    }

    #[test]
    fn a_clock_in_another_month_is_tried_again_at_once() {
        let budget = Budget::new(None, None);
        let flush = |micros| budget.flush(&own(5), Kind::Store, moment(100), micros, false);
        let first = flush(november() - 1).unwrap();
        assert_eq!(first.known.month.to_string(), "2026-10");
        let refused = ScriptReply { ran: 1, clock_micros: november(), ..ScriptReply::default() };
        budget.flushed(&first, Some(&refused));
        assert_eq!(flush(november()).unwrap().known.month.to_string(), "2026-11");
    }

    #[test]
    fn redis_may_lose_the_counts_and_a_month_may_end() {
        let budget = Budget::new(Some(1000), None);
        let flush = budget.flush(&own(990), Kind::Store, moment(100), november(), false).unwrap();
        budget.flushed(&flush, Some(&added(&flush, 9)));
        let mut counted = own(995);
        counted[Kind::Store as usize] = 1;
        counted[Kind::Inner as usize] = 9;
        let spent = budget.spent(&counted, november() + 10 * DAY);
        assert_eq!((spent.outlook.month, spent.of_fleet, spent.level), (1005, true, Level::Promptness));
        // The next flush carries what is known: should nothing lie there, it comes back.
        let again = budget.flush(&counted, Kind::Store, moment(160), november(), false).unwrap();
        assert_eq!((again.known.total(), again.added[0]), (1000, 5));
        let at = |micros| budget.level(|| micros);
        assert_eq!(at(november() + 10 * DAY), Level::Promptness);
        assert_eq!(at(november() + 30 * DAY), Level::Nothing, "another month");
        let december = budget.spent(&counted, november() + 30 * DAY);
        assert_eq!((december.outlook.month, december.of_fleet), (5, false), "what is not told yet");
        assert_eq!(december.level, Level::Nothing);
    }

    #[test]
    fn invalidations_wait_only_once_the_budget_is_used_up_and_never_those_of_sessions() {
        let budget = Budget::new(Some(100), None);
        let withheld = |level, tag: CacheTag, secs| budget.withheld(level, tag.into(), moment(secs));
        assert_eq!(withheld(Level::Promptness, CacheTag::Users, 100), Duration::ZERO, "the first");
        budget.bumping(moment(100));
        assert_eq!(withheld(Level::Promptness, CacheTag::Users, 103), Duration::from_secs(7));
        assert_eq!(withheld(Level::Stores, CacheTag::Users, 103), Duration::ZERO);
        assert_eq!(withheld(Level::Promptness, CacheTag::Sessions, 103), Duration::ZERO);
        assert_eq!(withheld(Level::Promptness, CacheTag::Users, 110), Duration::ZERO);
    }

    #[test]
    fn a_cost_is_by_the_hundred_thousand() {
        let budget = Budget::new(None, Some(0.2));
        assert_eq!(budget.cost(250_000), Some(0.5));
        assert_eq!(Budget::new(None, None).cost(1), None);
    }
}
