//! What can be cached, and under which name. A key holds everything the value depends on: part, period, time zone and
//! local date, or the number of rows; in Redis the namespace and the schema version stand before it. All Redis names
//! share one hash tag, so that a cluster keeps them in one slot.

use std::time::Duration;

use chrono::NaiveDate;
use domain::{
    invalidation::{CacheTag, CacheTags},
    metrics::period::{MetricsQuery, RecentLimit},
};

use crate::config::CacheTtls;

/// The version of the bodies' schema: a release that changes what a body looks like raises it, and thereby never reads
/// what an older one stored.
const SCHEMA: u32 = 1;

/// A cached value's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// The assembled dashboard; it lives in L1 only.
    Dashboard(MetricsQuery, NaiveDate),
    /// Key figures, breakdowns and the funnel.
    Overview(MetricsQuery, NaiveDate),
    /// The chart series.
    Charts(MetricsQuery, NaiveDate),
    /// The newest users.
    RecentUsers(RecentLimit),
    /// The newest proposals.
    RecentProposals(RecentLimit),
}

impl Key {
    /// The part's name: in Redis keys, in `Cache-Status`, in statistics.
    pub const fn part(&self) -> &'static str {
        match self {
            Self::Dashboard(..) => "dashboard",
            Self::Overview(..) => "overview",
            Self::Charts(..) => "charts",
            Self::RecentUsers(_) => "recentUsers",
            Self::RecentProposals(_) => "recentProposals",
        }
    }

    /// The tags that make it old.
    pub const fn tags(&self) -> CacheTags {
        match self {
            Self::RecentUsers(_) => CacheTags::of(&[CacheTag::Users, CacheTag::Proposals, CacheTag::All]),
            _ => CacheTags::EVERY,
        }
    }

    /// The parts it is assembled from, if it is assembled.
    pub fn parts(&self) -> Option<[Self; 4]> {
        match *self {
            Self::Dashboard(query, date) => Some([
                Self::Overview(query, date),
                Self::Charts(query, date),
                Self::RecentUsers(RecentLimit::default()),
                Self::RecentProposals(RecentLimit::default()),
            ]),
            _ => None,
        }
    }

    /// How long it is fresh.
    pub const fn ttl(&self, ttls: &CacheTtls) -> Duration {
        match self {
            Self::Dashboard(..) => ttls.dashboard,
            Self::Overview(..) => ttls.overview,
            Self::Charts(..) => ttls.charts,
            Self::RecentUsers(_) => ttls.recent_users,
            Self::RecentProposals(_) => ttls.recent_proposals,
        }
    }

    /// Its name without the namespace, e.g. `v1:overview:30d:Europe/Paris:2026-11-23`.
    pub fn text(&self) -> String {
        let part = self.part();
        match self {
            Self::Dashboard(query, date) | Self::Overview(query, date) | Self::Charts(query, date) => {
                format!("v{SCHEMA}:{part}:{}:{}:{date}", query.period, query.tz.name())
            }
            Self::RecentUsers(limit) | Self::RecentProposals(limit) => {
                format!("v{SCHEMA}:{part}:{}", limit.get())
            }
        }
    }
}

/// The names in Redis of one deployment.
#[derive(Clone, Debug)]
pub struct Namespace(String);

impl Namespace {
    /// The names of the deployment `name`.
    pub fn new(name: &str) -> Self {
        Self(format!("{{{name}}}:"))
    }

    /// What every name begins with.
    pub fn prefix(&self) -> &str {
        &self.0
    }

    /// Where a value lives; `text` is [`Key::text`].
    pub fn entry(&self, text: &str) -> String {
        format!("{}{text}", self.0)
    }

    /// Where a tag's version lives.
    pub fn tag(&self, tag: CacheTag) -> String {
        format!("{}{tag}", self.0)
    }

    /// The channel of the bus.
    pub fn bus(&self) -> String {
        format!("{}bus", self.0)
    }
}

#[cfg(test)]
mod tests {
    use domain::metrics::period::Period;

    use super::*;

    #[test]
    fn a_name_holds_all_that_the_value_depends_on() {
        let date = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
        let query = MetricsQuery { period: Period::Days7, ..MetricsQuery::default() };
        assert_eq!(Key::Charts(query, date).text(), "v1:charts:7d:Europe/Paris:2026-11-23");
        assert_eq!(Key::RecentUsers("7".parse().unwrap()).text(), "v1:recentUsers:7");
        let namespace = Namespace::new("metrics");
        assert_eq!(namespace.tag(CacheTag::All), "{metrics}:all");
        assert_eq!(namespace.entry("v1:x"), "{metrics}:v1:x");
    }

    #[test]
    fn the_newest_users_do_not_depend_on_leads() {
        assert!(!Key::RecentUsers(RecentLimit::default()).tags().contains(CacheTag::Leads));
        assert!(Key::RecentProposals(RecentLimit::default()).tags().contains(CacheTag::Leads));
    }
}
