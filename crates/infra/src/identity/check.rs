//! Whom a request comes from. What the database said of a credential is remembered for a moment, keyed by the credential's
//! hash, and forgotten at once where anything about sessions changes on any instance: so a request costs the database and
//! Redis nothing, and a session that is ended is ended everywhere. Only credentials that are good are remembered: a flood
//! of others fills no memory and pushes nobody out.

mod flights;
mod remembered;
mod stay;

use std::{
    net::IpAddr,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use domain::ports::Clock;
use quick_cache::sync::Cache;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::{runtime::Handle, time::timeout};
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::{
    Identity, SessionFacts,
    accounts::facts,
    limits::{AttemptLimits, Limited},
    secret::{Digest, digest},
    sessions::{self, SessionRules, touch},
    token_text,
    tokens::{self, Found},
};
use crate::{
    cache::versions::Stamp,
    database::{TrackedConnection, is_transient, read_again_if_dead},
    metrics_cache::MetricsCacheService,
};
use domain::{audit::Actor, entities::user::UserStatus};
use flights::Flights;
use remembered::{Remembered, Standing};
pub use stay::{Departure, Stay};

/// How many credentials are remembered.
const MOST_REMEMBERED: usize = 10_000;
/// How many that turned out to be good for nothing are, apart from those.
const MOST_REFUSED: usize = 1_000;
/// For how long.
const REMEMBERED_FOR: TimeDelta = TimeDelta::seconds(30);
/// For how long, while other instances cannot be heard.
const REMEMBERED_ALONE_FOR: TimeDelta = TimeDelta::seconds(5);
/// For so long is the database waited for where what is remembered may stand in.
const READ_SOON: Duration = Duration::from_secs(1);

/// What a request presents.
#[derive(Clone, Copy)]
pub enum Credential<'a> {
    /// The secret in a session's cookie.
    Session(&'a str),
    /// A bearer token.
    Bearer(&'a str),
}

/// What stands behind a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// A person: the session goes on.
    Person,
    /// A timer or a stream: it does not keep the session alive.
    Background,
}

/// What is remembered of a credential.
#[derive(Clone, Debug)]
pub enum Memory {
    /// It is good, and whose it is.
    Somebody(Arc<Identity>),
    /// It is good for nothing.
    Nobody,
    /// Nothing: the database has to be [asked](Identities::check).
    Nothing,
}

/// Why nobody can say whom a request comes from.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CheckError {
    /// The database does not answer; the cause is for the log.
    #[error("the database does not answer: {0}")]
    Unavailable(Arc<str>),
    /// The database answers, and not as it should; the cause is for the log.
    #[error("the database failed: {0}")]
    Failed(Arc<str>),
    /// Too many credentials are being asked for at once.
    #[error("too many credentials are being checked at once")]
    Busy,
    /// Too many tokens that were never issued came from the same address.
    #[error("too many unknown tokens came from there")]
    Limited(Limited),
}

impl CheckError {
    fn no_answer_within(limit: Duration) -> Self {
        Self::Unavailable(format!("no answer within {limit:?}").into())
    }
}

/// Says whom a request comes from.
#[derive(Clone)]
pub struct Identities(Arc<Inner>);

struct Inner {
    db: TrackedConnection,
    clock: Arc<dyn Clock>,
    rules: SessionRules,
    tags: Arc<MetricsCacheService>,
    remembered: Cache<Digest, Arc<Remembered>>,
    /// Credentials that are good for nothing, though their text is in order, with the stamp at which that was found.
    refused: Cache<Digest, (Stamp, DateTime<Utc>)>,
    /// On tokens that were made up: unlike a session's, the database has to be asked about them.
    limits: AttemptLimits,
    flights: Flights,
    runtime: Handle,
    writes: TaskTracker,
    reads: AtomicU64,
}

impl Identities {
    /// Identities behind `db`. What `tags` hears of decides how long they are remembered; what outlives a request runs on
    /// `runtime`.
    pub fn new(
        db: TrackedConnection,
        clock: Arc<dyn Clock>,
        rules: SessionRules,
        tags: Arc<MetricsCacheService>,
        runtime: Handle,
    ) -> Self {
        Self(Arc::new(Inner {
            limits: AttemptLimits::new(Arc::clone(&clock)),
            db,
            clock,
            rules,
            tags,
            remembered: Cache::new(MOST_REMEMBERED),
            refused: Cache::new(MOST_REFUSED),
            flights: Flights::default(),
            runtime,
            writes: TaskTracker::new(),
            reads: AtomicU64::new(0),
        }))
    }

    /// What is remembered of `credential`: no waiting, no statement, no command.
    pub fn remembered(&self, credential: Credential<'_>, activity: Activity) -> Memory {
        let inner = &self.0;
        match inner.look_up(&digest(credential.text()), activity) {
            Memory::Nothing if !inner.is_plausible(credential) => Memory::Nobody,
            memory => memory,
        }
    }

    /// Whom `credential`, which came from the address `from`, belongs to, if anybody.
    ///
    /// # Errors
    /// [`CheckError`]
    pub async fn check(
        &self,
        credential: Credential<'_>,
        from: Option<IpAddr>,
        activity: Activity,
    ) -> Result<Option<Arc<Identity>>, CheckError> {
        match self.remembered(credential, activity) {
            Memory::Somebody(identity) => return Ok(Some(identity)),
            Memory::Nobody => return Ok(None),
            Memory::Nothing => {}
        }
        let (inner, key) = (&self.0, digest(credential.text()));
        let mut reading = pin!(inner.flights.join(inner, key, OwnedCredential::of(credential, from)));
        let outcome = match inner.stand_in(&key) {
            Some(_) => match timeout(READ_SOON, &mut reading).await {
                Ok(outcome) => outcome,
                Err(_) => match inner.stand_in(&key) {
                    Some(known) => Ok(Some(known)),
                    // Something has changed meanwhile, so that the database is waited for after all.
                    None => reading.await,
                },
            },
            None => reading.await,
        };
        let found = match outcome {
            // As long as it may be at all: that the database is gone ends no session.
            Err(error) => Some(inner.stand_in(&key).ok_or(error)?),
            Ok(found) => found,
        };
        // Just read: that something about sessions has changed meanwhile is no reason to ask again, but over is over.
        let found = found.filter(|found| !found.is_over(inner, inner.clock.now()));
        Ok(found.map(|found| inner.seen(&found, activity)))
    }

    /// How many times the database was asked.
    pub fn reads(&self) -> u64 {
        self.0.reads.load(Ordering::SeqCst)
    }

    /// How many credentials are remembered, good ones and others.
    pub fn sizes(&self) -> (usize, usize) {
        (self.0.remembered.len(), self.0.refused.len())
    }

    /// Waits until everything is written that was noted of who did something when, no longer than `limit`.
    pub async fn shut_down(&self, limit: Duration) {
        self.0.writes.close();
        if timeout(limit, self.0.writes.wait()).await.is_err() {
            tracing::debug!("the last activity of some sessions was not written");
        }
    }
}

impl Credential<'_> {
    fn text(&self) -> &str {
        match self {
            Self::Session(text) | Self::Bearer(text) => text,
        }
    }
}

impl Inner {
    /// Whether the database may know more: it is not asked for what was made up.
    fn is_plausible(&self, credential: Credential<'_>) -> bool {
        match credential {
            Credential::Session(secret) => self.rules.key.knows(secret),
            Credential::Bearer(token) => tokens::check_text(token).is_ok(),
        }
    }

    fn look_up(self: &Arc<Self>, key: &Digest, activity: Activity) -> Memory {
        if let Some(known) = self.remembered.get(key) {
            return match known.standing(self, self.clock.now()) {
                Standing::Good => Memory::Somebody(self.seen(&known, activity)),
                Standing::Ended => Memory::Nobody,
                Standing::Old => Memory::Nothing,
            };
        }
        match self.refused.get(key) {
            Some((stamp, at)) if self.tags.is_current(&stamp) && self.is_recent(at, self.clock.now()) => {
                Memory::Nobody
            }
            _ => Memory::Nothing,
        }
    }

    /// What is remembered of a credential and may be gone by where the database does not answer.
    fn stand_in(&self, key: &Digest) -> Option<Arc<Remembered>> {
        self.remembered.get(key).filter(|known| known.may_stand_in(self, self.clock.now()))
    }

    /// Whether what was read at `at` may still be gone by, as far as time goes.
    fn is_recent(&self, at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        is_within(REMEMBERED_FOR, at, now)
            && (is_within(REMEMBERED_ALONE_FOR, at, now) || self.tags.hears_of_others())
    }

    /// Notes that somebody did something, and writes it down where that is due, behind the answer.
    fn seen(self: &Arc<Self>, known: &Arc<Remembered>, activity: Activity) -> Arc<Identity> {
        let seen = match (&known.identity.session, &known.identity.actor) {
            (Some(session), _) if activity == Activity::Person => Some(Seen::Session(session.id)),
            // A machine does not keep its token alive, so whatever it does counts.
            (None, Actor::Token { id, .. }) => Some(Seen::Token(*id)),
            _ => None,
        };
        if let Some(seen) = seen {
            let now = self.clock.now();
            if known.note(now) {
                let inner = Arc::clone(self);
                self.writes.spawn_on(async move { inner.write_down(seen, now).await }, &self.runtime);
            }
        }
        Arc::clone(&known.identity)
    }

    async fn write_down(&self, seen: Seen, now: DateTime<Utc>) {
        let written = match seen {
            Seen::Session(id) => touch(&self.db, id, now).await,
            Seen::Token(id) => tokens::touch(&self.db, id, now).await,
        };
        if let Err(error) = written {
            tracing::debug!(%error, ?seen, "the last activity of somebody was not written");
        }
    }

    /// Asks the database, and remembers what it says.
    async fn read(
        &self,
        key: Digest,
        credential: &OwnedCredential,
        stamp: Stamp,
    ) -> Result<Option<Arc<Remembered>>, CheckError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        // Opens the bus, where there is one: from here on somebody depends on it.
        self.tags.hears_of_others();
        let now = self.clock.now();
        let found = match credential {
            OwnedCredential::Session => {
                let read = || sessions::find(&self.db, &key);
                let found = read_again_if_dead(read).await.map_err(|error| database(&error))?;
                found.filter(|(_, user)| user.status == UserStatus::Active).map(|(session, user)| {
                    (identity_of(facts(&session, &user), user.role), session.last_seen_at)
                })
            }
            OwnedCredential::Bearer { token, from } => self.read_token(&key, token, *from, now).await?,
        };
        let Some((identity, last_seen)) = found else {
            self.remembered.remove(&key);
            self.refused.insert(key, (stamp, now));
            return Ok(None);
        };
        // What this instance has seen and not written yet goes along.
        let seen_here = self.remembered.peek(&key).map_or(last_seen, |before| before.last_activity());
        let fresh = Arc::new(Remembered::new(identity, stamp, now, last_seen, seen_here));
        if fresh.is_over(self, now) {
            self.remembered.remove(&key);
            self.refused.insert(key, (stamp, now));
            return Ok(None);
        }
        self.remembered.insert(key, Arc::clone(&fresh));
        Ok(Some(fresh))
    }

    /// Asks the database about a token. Only what was never issued counts as a failure of its address: a machine whose token
    /// is over shuts out nobody. And whoever was good just now is asked about again whatever else comes from there.
    async fn read_token(
        &self,
        key: &Digest,
        token: &SecretString,
        from: Option<IpAddr>,
        now: DateTime<Utc>,
    ) -> Result<Option<(Identity, DateTime<Utc>)>, CheckError> {
        let Ok(presented) = token_text::read(token.expose_secret()) else { return Ok(None) };
        let was_good = self.remembered.peek(key).is_some();
        let attempt = (!was_good).then(|| self.limits.begin(None, from)).transpose();
        let attempt = attempt.map_err(CheckError::Limited)?;
        let found = read_again_if_dead(|| tokens::find(&self.db, presented, now)).await;
        if let (Some(attempt), Err(_) | Ok(Found::Works(..) | Found::Over)) = (attempt, &found) {
            attempt.succeeded();
        }
        match found.map_err(|error| database(&error))? {
            Found::Works(identity, last_used) => {
                Ok(Some((identity, last_used.unwrap_or(DateTime::UNIX_EPOCH))))
            }
            Found::Over | Found::Unknown => Ok(None),
        }
    }
}

/// Who is to be noted as having done something.
#[derive(Clone, Copy, Debug)]
enum Seen {
    Session(Uuid),
    Token(Uuid),
}

/// A credential for a read that may outlive the request. Of a session only the hash is needed.
enum OwnedCredential {
    Session,
    Bearer { token: SecretString, from: Option<IpAddr> },
}

impl OwnedCredential {
    fn of(credential: Credential<'_>, from: Option<IpAddr>) -> Self {
        match credential {
            Credential::Session(_) => Self::Session,
            Credential::Bearer(token) => Self::Bearer { token: token.into(), from },
        }
    }
}

fn identity_of(session: SessionFacts, role: domain::entities::user::Role) -> Identity {
    Identity {
        actor: Actor::User { id: session.user_id, email: session.email.clone() },
        role,
        expires_at: Some(session.expires_at),
        session: Some(session),
    }
}

/// Whether `now` is at most `limit` after `at`, and not before it.
fn is_within(limit: TimeDelta, at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    (TimeDelta::zero()..=limit).contains(&(now - at))
}

fn database(error: &sea_orm::DbErr) -> CheckError {
    let cause = error.to_string().into();
    if is_transient(error) { CheckError::Unavailable(cause) } else { CheckError::Failed(cause) }
}
