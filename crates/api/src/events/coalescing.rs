//! When to tell what. What is new is told at once, unless something was told a moment ago: then together with all that comes
//! until a moment has passed. An invalidation is waited for that is on its way to Redis: mostly it has its version within
//! milliseconds, and one event is enough.

use std::time::{Duration, Instant};

use infra::cache::News;

/// What is to be done now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing is new.
    Rest,
    /// Something is new, and nothing speaks against telling it.
    Tell,
    /// Something is new that is to be told then, unless more comes.
    Wait(Instant),
}

/// What was told last, and when.
#[derive(Clone, Debug)]
pub(super) struct Coalescing {
    window: Duration,
    told: News,
    told_at: Option<Instant>,
    /// Since when something is new.
    since: Option<Instant>,
}

impl Coalescing {
    /// At most one event in `window`; `told` is known to everybody.
    pub(super) const fn new(window: Duration, told: News) -> Self {
        Self { window, told, told_at: None, since: None }
    }

    /// What to do with `news` at `now`.
    pub(super) fn look(&mut self, news: &News, now: Instant) -> Next {
        if *news == self.told {
            self.since = None;
            return Next::Rest;
        }
        let since = *self.since.get_or_insert(now);
        let unsettled = (!news.is_settled()).then_some(since);
        match [self.told_at, unsettled].into_iter().flatten().max() {
            Some(before) if before + self.window > now => Next::Wait(before + self.window),
            _ => Next::Tell,
        }
    }

    /// `news` were told at `now`.
    pub(super) fn told(&mut self, news: News, now: Instant) {
        *self = Self { told: news, told_at: Some(now), since: None, window: self.window };
    }
}

#[cfg(test)]
mod tests {
    use domain::invalidation::CacheTag;

    use super::*;

    const WINDOW: Duration = Duration::from_millis(250);

    fn news(users: u64) -> News {
        let mut news = News::default();
        news.versions.set(CacheTag::Users, users);
        news
    }

    #[test]
    fn the_first_is_told_at_once_and_the_rest_together() {
        let start = Instant::now();
        let mut coalescing = Coalescing::new(WINDOW, news(1));
        assert_eq!(coalescing.look(&news(1), start), Next::Rest);
        assert_eq!(coalescing.look(&news(2), start), Next::Tell);
        coalescing.told(news(2), start);
        for n in 3..100 {
            let now = start + Duration::from_millis(2 * n);
            assert_eq!(coalescing.look(&news(n), now), Next::Wait(start + WINDOW), "{n}");
        }
        assert_eq!(coalescing.look(&news(100), start + WINDOW), Next::Tell);
        coalescing.told(news(100), start + WINDOW);
        assert_eq!(coalescing.look(&news(100), start + 2 * WINDOW), Next::Rest);
    }
}
