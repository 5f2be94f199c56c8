//! Who may come in: signing in and out, what ends a session, and what it costs to ask whose one is.

mod checking;
mod ending;
mod last_admin;
mod links;
mod signing_in;

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    audit::{Actor, Author},
    entities::{
        audit_entry, session,
        user::{self, NewUser, Role, UserStatus},
    },
    ports::{Clock, SystemClock},
};
use infra::{
    config::{DatabaseConfig, Env, SessionConfig},
    identity::{
        Accounts, Activity, CheckError, Credential, Identities, Identity, IdentityError, Origin, Started,
        sessions::SessionRules,
    },
    repositories::UserRepository,
};
use sea_orm::{EntityTrait as _, QueryOrder as _, prelude::Uuid};
use secrecy::{ExposeSecret as _, SecretString};
use test_support::{TestDatabase, TestRedis};
use tokio::runtime::Handle;

use crate::node::Node;

const PASSWORD: &str = "correct horse battery";

/// A clock that stands still unless it is moved.
pub(crate) struct HandClock(AtomicI64);

impl HandClock {
    fn new() -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(SystemClock.now().timestamp_micros())))
    }

    fn forward(&self, by: TimeDelta) {
        self.0.fetch_add(by.num_microseconds().unwrap(), Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

/// A node where people sign in.
struct Desk {
    node: Node,
    clock: Arc<HandClock>,
    accounts: Accounts,
    identities: Identities,
    users: UserRepository,
}

impl Desk {
    async fn on(database: &TestDatabase) -> Self {
        Self::beside(Node::start(database.url(), crate::node::Options::default()).await, HandClock::new())
    }

    async fn with_redis(database: &TestDatabase, redis: &TestRedis, clock: &Arc<HandClock>) -> Self {
        Self::beside(Node::with_redis(database.url(), redis).await, Arc::clone(clock))
    }

    fn beside(node: Node, clock: Arc<HandClock>) -> Self {
        let env: Env = [("DATABASE_URL", "sqlite::memory:")].into_iter().collect();
        let config = SessionConfig::from_env(&env, &DatabaseConfig::from_env(&env).unwrap()).unwrap();
        let rules = SessionRules::new(&config).unwrap();
        let as_clock: Arc<dyn Clock> = Arc::<HandClock>::clone(&clock);
        let identities = Identities::new(
            node.db.clone(),
            Arc::clone(&as_clock),
            rules.clone(),
            Arc::clone(&node.cache),
            Handle::current(),
        );
        Self {
            accounts: Accounts::new(node.db.clone(), Arc::clone(&as_clock), rules),
            users: UserRepository::new(node.db.clone(), as_clock),
            identities,
            clock,
            node,
        }
    }

    async fn user(&self, name: &str, role: Role, status: UserStatus) -> user::Model {
        let email = format!("{name}@example.org");
        self.users.create(NewUser { email, display_name: name.to_owned(), role, status }).await.unwrap()
    }

    /// An active user whose password is [`PASSWORD`].
    async fn user_with_password(&self, name: &str, role: Role) -> user::Model {
        let user = self.user(name, role, UserStatus::Active).await;
        self.accounts.reset_password(user.id, PASSWORD.into(), &Author::operator()).await.unwrap();
        user
    }

    async fn sign_in(&self, name: &str, password: &str) -> Result<Started, IdentityError> {
        self.accounts.sign_in(&format!("{name}@example.org"), password.into(), &nowhere(), None).await
    }

    /// A session of that user, without a password.
    async fn session_of(&self, id: Uuid) -> Started {
        self.accounts.start_for(id, &nowhere()).await.unwrap()
    }

    async fn check(
        &self,
        secret: &SecretString,
        activity: Activity,
    ) -> Result<Option<Arc<Identity>>, CheckError> {
        self.identities.check(Credential::Session(secret.expose_secret()), None, activity).await
    }

    /// Whether a request of a person with that secret is let in.
    async fn knows(&self, secret: &SecretString) -> bool {
        self.check(secret, Activity::Person).await.unwrap().is_some()
    }

    async fn sessions(&self) -> Vec<session::Model> {
        session::Entity::find().order_by_asc(session::Column::Id).all(&self.node.db).await.unwrap()
    }

    /// The actions in the audit log, with their details.
    async fn log(&self) -> Vec<(String, String)> {
        let rows = audit_entry::Entity::find().order_by_asc(audit_entry::Column::Id).all(&self.node.db).await;
        rows.unwrap().into_iter().map(|row| (row.action, row.details)).collect()
    }
}

/// Somebody from an address that nobody else has.
fn nowhere() -> Origin {
    let author = Author { actor: Actor::Anonymous, address: None, request_id: Some("r1".into()) };
    Origin { author, user_agent: Some("a browser".into()) }
}
