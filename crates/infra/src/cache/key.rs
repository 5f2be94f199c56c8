//! What can be cached, and under which name. A key holds everything the value depends on: part, period, time zone and
//! local date, or the number of rows; in Redis the namespace and the schema version stand before it. All Redis names
//! share one hash tag, so that a cluster keeps them in one slot.

use std::time::Duration;

use chrono::NaiveDate;
use domain::{
    invalidation::{CacheTag, CacheTags},
    metrics::period::{MetricsQuery, RecentLimit, parse_time_zone},
};

use super::budget::Month;
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
            _ => CacheTags::OF_ANSWERS,
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

    /// The key whose [`Self::text`] is `text`.
    pub fn from_text(text: &str) -> Option<Self> {
        let mut members = text.split(':');
        members.next().filter(|schema| schema_of(schema) == Some(SCHEMA))?;
        let (part, first) = (members.next()?, members.next()?);
        let key = match part {
            "recentUsers" => Self::RecentUsers(first.parse().ok()?),
            "recentProposals" => Self::RecentProposals(first.parse().ok()?),
            _ => {
                let (tz, date) = (parse_time_zone(members.next()?).ok()?, members.next()?.parse().ok()?);
                let query = MetricsQuery { period: first.parse().ok()?, tz };
                match part {
                    "dashboard" => Self::Dashboard(query, date),
                    "overview" => Self::Overview(query, date),
                    "charts" => Self::Charts(query, date),
                    _ => return None,
                }
            }
        };
        // Only what is written as we write it is ours.
        (key.text() == text).then_some(key)
    }
}

/// The number in `v1`.
fn schema_of(text: &str) -> Option<u32> {
    let digits = text.strip_prefix('v')?;
    digits.parse().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// What a name in Redis stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    /// A tag's version.
    Tag(CacheTag),
    /// An entry that this release reads.
    Entry(Key),
    /// The commands of a month, counted.
    Budget(Month),
    /// An entry by its name, but of another release: another schema, or a part that this one does not know.
    OtherEntry,
    /// Nothing of this service's.
    Foreign,
}

/// What the name of a month's counts begins with.
const BUDGET: &str = "budget:";

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

    /// Where the commands of a month are counted.
    pub fn budget(&self, month: Month) -> String {
        format!("{}{BUDGET}{month}", self.0)
    }

    /// The channel of the bus.
    pub fn bus(&self) -> String {
        format!("{}bus", self.0)
    }

    /// A pattern that matches every name, for SCAN: what a pattern gives a meaning stands for itself.
    pub fn pattern(&self) -> String {
        let mut pattern = String::with_capacity(self.0.len() + 1);
        for c in self.0.chars() {
            if "*?[]\\^".contains(c) {
                pattern.push('\\');
            }
            pattern.push(c);
        }
        pattern.push('*');
        pattern
    }

    /// What `text`, a name without the prefix, stands for.
    pub fn meaning(text: &str) -> Name {
        if let Some(tag) = CacheTag::from_name(text) {
            return Name::Tag(tag);
        }
        if let Some(key) = Key::from_text(text) {
            return Name::Entry(key);
        }
        if let Some(month) = text.strip_prefix(BUDGET).and_then(Month::from_text) {
            return Name::Budget(month);
        }
        match text.split_once(':').and_then(|(schema, _)| schema_of(schema)) {
            Some(_) => Name::OtherEntry,
            None => Name::Foreign,
        }
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
    fn a_name_is_read_back_only_where_it_is_one_of_ours() {
        let date = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
        let query = MetricsQuery::default();
        let recent = "7".parse().unwrap();
        for key in [
            Key::Dashboard(query, date),
            Key::Overview(query, date),
            Key::Charts(query, date),
            Key::RecentUsers(recent),
            Key::RecentProposals(recent),
        ] {
            assert_eq!(Namespace::meaning(&key.text()), Name::Entry(key));
        }
        assert_eq!(Namespace::meaning("leads"), Name::Tag(CacheTag::Leads));
        for other_release in
            ["v2:overview:30d:Europe/Paris:2026-11-23", "v1:weather:30d", "v1:recentUsers:07", "v1:"]
        {
            assert_eq!(Namespace::meaning(other_release), Name::OtherEntry, "{other_release}");
        }
        let month = Month::from_text("2026-11").unwrap();
        assert_eq!(Namespace::meaning("budget:2026-11"), Name::Budget(month));
        assert_eq!(Namespace::new("metrics").budget(month), "{metrics}:budget:2026-11");
        for foreign in [
            "",
            "bus",
            "nobody",
            "v",
            "v1",
            "v+1:overview",
            "vx:overview",
            "budget",
            "budget:2026-13",
            "budget:2026-1",
        ] {
            assert_eq!(Namespace::meaning(foreign), Name::Foreign, "{foreign}");
        }
    }

    #[test]
    fn a_pattern_takes_the_namespace_literally() {
        assert_eq!(Namespace::new("metrics").pattern(), "{metrics}:*");
        assert_eq!(Namespace::new("a*b[x]?\\").pattern(), r"{a\*b\[x\]\?\\}:*");
    }

    #[test]
    fn the_newest_users_do_not_depend_on_leads() {
        assert!(!Key::RecentUsers(RecentLimit::default()).tags().contains(CacheTag::Leads));
        assert!(Key::RecentProposals(RecentLimit::default()).tags().contains(CacheTag::Leads));
    }
}
