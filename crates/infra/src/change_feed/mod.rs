//! The change feed: PostgreSQL tells of every committed write to `users`, `proposals` and `leads`, whoever made it, and this
//! makes old what depends on it. So `psql`, another service, bulk SQL, a cascade and a process that died between its commit
//! and its invalidation are covered too.
//!
//! Triggers (made by the migration's function `change_feed_on`) notify a channel on commit. Of all instances that share
//! database and cache one listens: who holds an advisory lock. The others try to get it now and then, each at times of
//! its own. What nobody heard is lost, so whoever begins to listen, for the first time or after its connection was lost,
//! makes everything old once. From then on the tags told are gathered and invalidated as a hook would, the first at once
//! and then at most once in [`Pace::gather`].
//!
//! `listening` is the connection, `status` what is told of it all.

mod listening;
mod status;

use std::{sync::Arc, time::Duration};

use domain::invalidation::{CacheTag, CacheTags, InvalidationSink};
use futures_util::FutureExt as _;
use secrecy::SecretString;
use tokio::{
    runtime::Handle,
    task::JoinHandle,
    time::{Instant, sleep, sleep_until},
};
use tokio_util::sync::CancellationToken;

pub use self::{
    listening::FeedError,
    status::{ChangeFeedState, ChangeFeedStatus},
};
use self::{
    listening::{Listening, Opened},
    status::Status,
};

/// Everything there is: cached answers, and who is signed in.
const EVERYTHING: CacheTags = CacheTags::of(&[CacheTag::All, CacheTag::Sessions]);
/// After a connection was lost or could not be had, the next try comes after this, then after twice that, up to
/// [`Pace::retry`].
const FIRST_BACK_OFF: Duration = Duration::from_millis(200);
/// So many notifications that lie ready are taken at once; then what they tell is sent.
const MOST_AT_ONCE: usize = 1000;

/// Which changes are followed, and for whom.
#[derive(Clone, Debug)]
pub struct Feed {
    /// The database, past any transaction pooler: a pooler hands a connection to somebody else, and the notifications with it.
    pub url: SecretString,
    /// The cache that the instances share, by its Redis and its namespace in it: one of them listens. Two names for one Redis
    /// merely make two of them listen. Without one each instance has a cache of its own, and listens for itself.
    pub shared: Option<String>,
    /// How often things are done.
    pub pace: Pace,
}

/// How often things are done.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// How often an instance that does not listen tries to, give or take a quarter.
    pub retry: Duration,
    /// How often the listening connection is asked for a sign of life.
    pub check: Duration,
    /// What is told within this is invalidated together.
    pub gather: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            retry: Duration::from_secs(20),
            check: Duration::from_secs(30),
            gather: Duration::from_millis(100),
        }
    }
}

/// The change feed of one instance.
pub struct ChangeFeed {
    status: Arc<Status>,
    stopped: CancellationToken,
    running: std::sync::Mutex<Option<JoinHandle<()>>>,
}

impl ChangeFeed {
    /// None: what nobody announces is not noticed.
    pub fn off() -> Self {
        Self {
            status: Arc::new(Status::new(ChangeFeedState::Off)),
            stopped: CancellationToken::new(),
            running: std::sync::Mutex::new(None),
        }
    }

    /// Follows `feed` on `runtime`, and tells `sink`. It never fails: it tries again by itself.
    pub fn start(feed: Feed, sink: Arc<dyn InvalidationSink>, runtime: &Handle) -> Self {
        let status = Arc::new(Status::new(ChangeFeedState::Waiting));
        let stopped = CancellationToken::new();
        let follower = Follower { feed, sink, status: Arc::clone(&status), stopped: stopped.clone() };
        let running = runtime.spawn(async move { follower.live().await });
        Self { status, stopped, running: std::sync::Mutex::new(Some(running)) }
    }

    /// How it does; costs nothing.
    pub fn status(&self) -> ChangeFeedStatus {
        self.status.told()
    }

    /// Ends it, so that another instance may listen.
    pub async fn stop(&self) {
        self.stopped.cancel();
        let running = self.running.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        if let Some(running) = running {
            // It can only have panicked.
            let _ = running.await;
        }
    }
}

impl Drop for ChangeFeed {
    fn drop(&mut self) {
        self.stopped.cancel();
    }
}

/// What runs.
struct Follower {
    feed: Feed,
    sink: Arc<dyn InvalidationSink>,
    status: Arc<Status>,
    stopped: CancellationToken,
}

/// Why listening ended, or never began.
enum End {
    Stopped,
    /// Another instance listens.
    Taken,
    Failed(FeedError),
}

impl Follower {
    async fn live(&self) {
        let mut back_off = FIRST_BACK_OFF;
        loop {
            let heard_from = self.status.told().takeovers;
            let end = self.listen().await;
            self.status.is(ChangeFeedState::Waiting);
            if self.status.told().takeovers > heard_from {
                back_off = FIRST_BACK_OFF;
            }
            let pause = match end {
                End::Stopped => return,
                End::Taken => {
                    tracing::debug!("another instance follows the database's changes");
                    self.feed.pace.retry
                }
                End::Failed(error) => {
                    let pause = back_off.min(self.feed.pace.retry);
                    back_off = (back_off * 2).min(self.feed.pace.retry);
                    tracing::warn!(
                        feed.error = %error,
                        retry_ms = pause.as_millis(),
                        "the database's changes are not followed by this instance"
                    );
                    pause
                }
            };
            tokio::select! {
                () = self.stopped.cancelled() => return,
                () = sleep(pause.mul_f64(rand::random_range(0.75..1.25))) => {}
            }
        }
    }

    /// Listens for as long as it can.
    async fn listen(&self) -> End {
        let opened = tokio::select! {
            () = self.stopped.cancelled() => return End::Stopped,
            opened = Listening::open(&self.feed) => opened,
        };
        let mut listening = match opened {
            Ok(Opened::Listening(listening)) => listening,
            Ok(Opened::Taken) => return End::Taken,
            Err(error) => return End::Failed(error),
        };
        // Only now: what is committed from here on is told.
        self.sink.invalidate(EVERYTHING).await;
        self.status.took_over();
        tracing::info!("following the database's changes; everything cached was made old once");
        let mut told = CacheTags::NONE;
        let end = tokio::select! {
            () = self.stopped.cancelled() => End::Stopped,
            error = self.follow(&mut listening, &mut told) => End::Failed(error),
        };
        if !told.is_empty() {
            // What was gathered when it ended: nobody else has heard it.
            self.sink.invalidate(told).await;
            self.status.invalidated();
        }
        listening.close().await;
        end
    }

    /// Hands on what is told, until the connection is lost.
    async fn follow(&self, listening: &mut Listening, told: &mut CacheTags) -> FeedError {
        let mut send_at = Instant::now();
        let mut check_at = Instant::now() + self.feed.pace.check;
        loop {
            tokio::select! {
                biased;
                () = sleep_until(send_at), if !told.is_empty() => {
                    self.sink.invalidate(std::mem::take(told)).await;
                    self.status.invalidated();
                    send_at = Instant::now() + self.feed.pace.gather;
                }
                () = sleep_until(check_at) => {
                    if let Err(error) = listening.check().await {
                        return error;
                    }
                    check_at = Instant::now() + self.feed.pace.check;
                }
                heard = listening.next() => {
                    let mut heard = Some(heard);
                    for _ in 0..MOST_AT_ONCE {
                        match heard.take() {
                            Some(Ok(tags)) => *told = told.union(tags),
                            Some(Err(error)) => return error,
                            None => break,
                        }
                        self.status.heard();
                        // One commit may tell of several tables.
                        heard = listening.next().now_or_never();
                    }
                }
            }
        }
    }
}

/// The tags that a notification names; one that nobody knows means everything.
fn tags_in(payload: &str) -> CacheTags {
    let known = |name: &str| CacheTag::from_name(name).map_or(EVERYTHING, CacheTags::from);
    payload.split(',').map(known).fold(CacheTags::NONE, CacheTags::union)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_triggers_tell_is_understood_and_anything_else_is_everything() {
        assert_eq!(tags_in("leads"), CacheTag::Leads.into());
        assert_eq!(tags_in("users,sessions"), CacheTags::of(&[CacheTag::Users, CacheTag::Sessions]));
        for odd in ["", "nobody", "leads;", "LEADS"] {
            assert_eq!(tags_in(odd), EVERYTHING, "{odd}");
        }
        assert_eq!(tags_in("leads,nobody"), EVERYTHING.union(CacheTag::Leads.into()));
    }

    proptest::proptest! {
        #[test]
        fn any_text_makes_something_old(payload in ".*") {
            proptest::prop_assert!(!tags_in(&payload).is_empty());
        }
    }
}
