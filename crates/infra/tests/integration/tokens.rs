//! Bearer tokens: whose they are, what asking costs, when they end, and what is written of their use.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    audit::{Actor, Author},
    entities::{
        api_token::{self, Expiry, NewApiToken, TokenRole},
        audit_entry,
        user::{self, Role, UserStatus},
    },
    error::DomainError,
    invalidation::CacheTag,
    ports::Clock,
};
use futures_util::future::join_all;
use infra::{
    error::RepositoryError,
    identity::{
        Activity, CheckError, Credential, Identities, Identity, Memory, sessions::SessionRules,
        tokens::check_text,
    },
    repositories::{ApiTokenRepository, NewToken, PageRequest},
};
use sea_orm::{ActiveModelTrait as _, ActiveValue::Set, EntityTrait as _, QueryOrder as _, prelude::Uuid};
use secrecy::{ExposeSecret as _, SecretString};
use test_support::{TestDatabase, TestRedis, each_backend};
use tokio::runtime::Handle;

use crate::{
    hooks::{Recorder, Told},
    node::{Node, Options, PATIENCE, eventually, new_user},
};

/// A clock that is set by hand.
#[derive(Default)]
struct Hand(AtomicI64);

impl Clock for Hand {
    fn now(&self) -> DateTime<Utc> {
        start() + TimeDelta::milliseconds(self.0.load(Ordering::SeqCst))
    }
}

impl Hand {
    fn set(&self, seconds: i64) {
        self.0.store(seconds * 1000, Ordering::SeqCst);
    }
}

fn start() -> DateTime<Utc> {
    "2026-01-31T12:00:00Z".parse().unwrap()
}

fn at(seconds: i64) -> DateTime<Utc> {
    start() + TimeDelta::seconds(seconds)
}

/// What an instance consists of, as far as tokens go.
struct Instance {
    node: Node,
    clock: Arc<Hand>,
    tokens: ApiTokenRepository,
    identities: Identities,
}

impl Instance {
    async fn on(database: &TestDatabase) -> Self {
        Self::of(Node::start(database.url(), Options::default()).await)
    }

    fn of(node: Node) -> Self {
        let clock = Arc::new(Hand::default());
        let as_clock: Arc<dyn Clock> = Arc::<Hand>::clone(&clock);
        let tokens = ApiTokenRepository::new(node.db.clone(), Arc::clone(&as_clock)).by(author());
        let (db, tags) = (node.db.clone(), Arc::clone(&node.cache));
        let identities = Identities::new(db, as_clock, SessionRules::of_nobody(), tags, Handle::current());
        Self { node, clock, tokens, identities }
    }

    async fn token(&self, name: &str, expires_at: Expiry) -> NewToken {
        self.admit_the_author().await;
        let new = NewApiToken { name: name.to_owned(), role: TokenRole::Viewer, expires_at };
        self.tokens.create(new).await.unwrap()
    }

    /// Sees to it that [`author`] is an admin.
    async fn admit_the_author(&self) {
        let Actor::User { id, email } = author().actor else { panic!("a person") };
        if user::Entity::find_by_id(id).one(&self.node.db).await.unwrap().is_none() {
            let admin = user::ActiveModel {
                id: Set(id),
                email: Set(email),
                role: Set(Role::Admin),
                status: Set(UserStatus::Active),
                ..new_user(0)
            };
            admin.insert(&self.node.db).await.unwrap();
        }
    }

    async fn check_from(
        &self,
        text: &str,
        from: Option<IpAddr>,
    ) -> Result<Option<Arc<Identity>>, CheckError> {
        self.identities.check(Credential::Bearer(text), from, Activity::Background).await
    }

    async fn works(&self, token: &SecretString) -> bool {
        self.check_from(token.expose_secret(), None).await.unwrap().is_some()
    }

    fn remembers(&self, token: &SecretString) -> Memory {
        self.identities.remembered(Credential::Bearer(token.expose_secret()), Activity::Background)
    }

    async fn row(&self, id: Uuid) -> api_token::Model {
        api_token::Entity::find_by_id(id).one(&self.node.db).await.unwrap().unwrap()
    }

    async fn last_used_is(&self, id: Uuid, expected: DateTime<Utc>) {
        eventually("the last use is written", || async { self.row(id).await.last_used_at == Some(expected) })
            .await;
    }
}

fn author() -> Author {
    Author {
        actor: Actor::User { id: Uuid::from_u128(7), email: "root@example.org".into() },
        address: None,
        request_id: Some("r7".into()),
    }
}

/// A token that was never issued, made by whoever has read how they are made.
fn forged(id: Uuid, n: usize) -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let text = format!("amt_{}_{n:043}", id.simple());
    let mut rest = crc32fast::hash(text.as_bytes()) as usize;
    let mut sum = Vec::new();
    for _ in 0..6 {
        sum.insert(0, DIGITS[rest % 62]);
        rest /= 62;
    }
    let forged = format!("{text}{}", String::from_utf8(sum).unwrap());
    assert_eq!(check_text(&forged), Ok(()));
    forged
}

fn address(n: u8) -> IpAddr {
    Ipv4Addr::new(10, 0, 0, n).into()
}

#[tokio::test]
async fn a_token_is_asked_about_once_and_costs_nothing_from_then_on() {
    let (database, redis) = (TestDatabase::postgres().await, TestRedis::new().await);
    let node = Node::with_redis(database.url(), &redis).await;
    node.bus_is_up().await;
    let one = Instance::of(node);
    let made = one.token("Prometheus", Expiry::Default).await;
    assert!(matches!(one.remembers(&made.text), Memory::Nothing));
    let identity = one.check_from(made.text.expose_secret(), None).await.unwrap().unwrap();
    assert_eq!(identity.actor, Actor::Token { id: made.row.id, name: "Prometheus".into() });
    assert_eq!((identity.role, identity.session.as_ref()), (Role::Viewer, None));
    assert_eq!(identity.expires_at, Some(start() + api_token::DEFAULT_LIFE));

    let commands = || {
        let counts = one.node.cache.counts();
        counts.instance.l2.unwrap().commands.by_kind.values().sum::<u64>()
    };
    let (reads, before) = (one.identities.reads(), commands());
    for _ in 0..1_000 {
        assert!(matches!(one.remembers(&made.text), Memory::Somebody(_)));
        assert!(one.works(&made.text).await);
    }
    assert_eq!((one.identities.reads(), commands()), (reads, before));
    one.clock.set(31);
    assert!(one.works(&made.text).await);
    assert_eq!(one.identities.reads(), reads + 1, "after 30 s it is asked about again");
}

#[tokio::test]
async fn a_hundred_at_once_ask_once() {
    each_backend(async |database| {
        let one = Instance::on(database).await;
        let made = one.token("x", Expiry::Never).await;
        let all = (0..100).map(|_| one.check_from(made.text.expose_secret(), Some(address(1))));
        for outcome in join_all(all).await {
            assert!(outcome.unwrap().is_some());
        }
        assert_eq!(one.identities.reads(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_revoked_token_ends_at_once_on_every_instance() {
    let (database, redis) = (TestDatabase::postgres().await, TestRedis::new().await);
    let mut all = Vec::new();
    for _ in 0..2 {
        let node = Node::with_redis(database.url(), &redis).await;
        node.bus_is_up().await;
        all.push(Instance::of(node));
    }
    let [here, there] = &all[..] else { panic!("two") };
    let (made, other) = (here.token("x", Expiry::Never).await, here.token("y", Expiry::Never).await);
    assert!(here.works(&made.text).await && there.works(&made.text).await && there.works(&other.text).await);
    here.tokens.revoke(made.row.id).await.unwrap();
    assert!(!here.works(&made.text).await, "where it was revoked nobody waits");
    eventually("it is forgotten, though 30 s have not passed", || async {
        matches!(there.remembers(&made.text), Memory::Nothing)
    })
    .await;
    assert!(!there.works(&made.text).await && there.works(&other.text).await);
    assert!(matches!(there.remembers(&made.text), Memory::Nobody));
}

#[tokio::test]
async fn revoking_twice_changes_nothing_and_the_row_stays() {
    each_backend(async |database| {
        let one = Instance::on(database).await;
        let made = one.token("x", Expiry::Never).await;
        one.clock.set(5);
        one.tokens.revoke(made.row.id).await.unwrap();
        one.clock.set(9);
        one.tokens.revoke(made.row.id).await.unwrap();
        let rows = one.tokens.list(PageRequest::default()).await.unwrap().items;
        assert_eq!(rows, [api_token::Model { revoked_at: Some(at(5)), ..made.row.clone() }]);
        let unknown = one.tokens.revoke(Uuid::nil()).await.unwrap_err();
        assert!(matches!(unknown, RepositoryError::NotFound { entity: "token", .. }), "{unknown}");
        let log = audit_entry::Entity::find().order_by_asc(audit_entry::Column::Id).all(&one.node.db).await;
        let told: Vec<_> = log.unwrap().into_iter().map(|e| (e.action, e.subject_id, e.details)).collect();
        let id = Some(made.row.id);
        let created = r#"{"expiresAt":null,"name":"x","role":"viewer"}"#.to_owned();
        assert_eq!(
            told,
            [
                ("apiToken.created".to_owned(), id, created),
                ("apiToken.revoked".to_owned(), id, r#"{"name":"x"}"#.to_owned()),
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn a_token_ends_by_its_time_even_where_it_is_remembered() {
    each_backend(async |database| {
        let one = Instance::on(database).await;
        let made = one.token("x", Expiry::At(at(10))).await;
        one.clock.set(9);
        assert!(one.works(&made.text).await);
        one.clock.set(10);
        assert!(matches!(one.remembers(&made.text), Memory::Nobody));
        assert!(!one.works(&made.text).await);
        let past = NewApiToken { name: "x".into(), role: TokenRole::Admin, expires_at: Expiry::At(at(10)) };
        let refused = one.tokens.create(past).await.unwrap_err();
        assert!(matches!(refused, RepositoryError::Domain(DomainError::Invalid(_))), "{refused}");
    })
    .await;
}

#[tokio::test]
async fn the_right_id_with_another_secret_is_nobody() {
    each_backend(async |database| {
        let one = Instance::on(database).await;
        let made = one.token("x", Expiry::Never).await;
        assert!(one.check_from(&forged(made.row.id, 1), None).await.unwrap().is_none());
        assert!(one.works(&made.text).await);
        let reads = one.identities.reads();
        let mistyped = made.text.expose_secret().replacen("amt_", "amt-", 1);
        for text in ["", "x", &mistyped, &made.text.expose_secret()[..85], "Bearer", "é"] {
            assert!(one.check_from(text, Some(address(1))).await.unwrap().is_none(), "{text}");
        }
        assert_eq!(one.identities.reads(), reads, "what is no token is asked of nobody");
    })
    .await;
}

#[tokio::test]
async fn a_flood_of_forged_tokens_pushes_nobody_out_of_memory() {
    let database = TestDatabase::sqlite().await;
    let one = Instance::on(&database).await;
    let mut made = Vec::new();
    for n in 0..20 {
        made.push(one.token(&n.to_string(), Expiry::Never).await.text);
    }
    for token in &made {
        assert!(one.works(token).await);
    }
    for n in 0..1_500 {
        assert!(one.check_from(&forged(Uuid::now_v7(), n), None).await.unwrap().is_none());
    }
    let (good, refused) = one.identities.sizes();
    assert!(good == 20 && refused <= 1_000, "{good} {refused}");
    for token in &made {
        assert!(matches!(one.remembers(token), Memory::Somebody(_)));
    }
}

#[tokio::test]
async fn an_address_with_too_many_forged_tokens_is_left_alone_and_shuts_out_none_that_work() {
    let database = TestDatabase::sqlite().await;
    let one = Instance::on(&database).await;
    let (known, unseen) = (one.token("known", Expiry::Never).await, one.token("unseen", Expiry::Never).await);
    let over = one.token("over", Expiry::At(at(1))).await.text;
    assert!(one.check_from(known.text.expose_secret(), Some(address(1))).await.unwrap().is_some());
    // Who knows the secret of a token that is over guesses at nothing, however often.
    one.clock.set(2);
    for n in 0..100 {
        assert!(one.check_from(over.expose_secret(), Some(address(1))).await.unwrap().is_none());
        one.clock.set(2 + n % 2 * 31);
    }
    one.clock.set(40);
    for n in 0..30 {
        assert!(one.check_from(&forged(Uuid::now_v7(), n), Some(address(1))).await.unwrap().is_none(), "{n}");
    }
    let reads = one.identities.reads();
    let limited = one.check_from(&forged(Uuid::now_v7(), 31), Some(address(1))).await.unwrap_err();
    let CheckError::Limited(limited) = limited else { panic!("{limited}") };
    assert_eq!(limited.retry_after.as_secs(), 30);
    let limited = one.check_from(unseen.text.expose_secret(), Some(address(1))).await.unwrap_err();
    assert!(matches!(limited, CheckError::Limited(_)), "it may be forged as well");
    assert_eq!(one.identities.reads(), reads + 2, "counted before the limit, and asked of nobody");
    assert!(one.check_from(unseen.text.expose_secret(), Some(address(2))).await.unwrap().is_some());
    assert!(one.check_from(unseen.text.expose_secret(), Some(address(1))).await.unwrap().is_some());
    assert!(
        one.check_from(known.text.expose_secret(), Some(address(1))).await.unwrap().is_some(),
        "it was good"
    );
}

#[tokio::test]
async fn the_last_use_is_written_once_a_minute_and_never_backwards() {
    each_backend(async |database| {
        let (one, other) = (Instance::on(database).await, Instance::on(database).await);
        let made = one.token("x", Expiry::Never).await;
        let id = made.row.id;
        assert!(one.works(&made.text).await);
        one.last_used_is(id, at(0)).await;
        for seconds in [1, 29, 31, 59] {
            one.clock.set(seconds);
            assert!(one.works(&made.text).await);
        }
        // Another instance that is behind, and one that is not due yet.
        for seconds in [-100, 45] {
            other.clock.set(seconds);
            assert!(other.works(&made.text).await);
        }
        one.clock.set(61);
        assert!(one.works(&made.text).await);
        one.last_used_is(id, at(61)).await;
        // The other one has not heard of that and thinks it is due: first behind, then within the minute.
        other.clock.set(60);
        assert!(other.works(&made.text).await);
        other.identities.shut_down(PATIENCE).await;
        assert_eq!(one.row(id).await.last_used_at, Some(at(61)));
        other.clock.set(120);
        assert!(other.works(&made.text).await);
        one.identities.shut_down(PATIENCE).await;
        other.identities.shut_down(PATIENCE).await;
        assert_eq!(one.row(id).await.last_used_at, Some(at(61)));
    })
    .await;
}

/// Otherwise each use of a token would make every instance forget every session.
#[tokio::test]
async fn a_use_is_announced_to_nobody_and_a_revocation_is() {
    each_backend(async |database| {
        let told = Recorder::default();
        let inner = infra::database::connect_untracked(database.url(), 4, PATIENCE).await.unwrap();
        let db = infra::database::TrackedConnection::new(inner, Arc::new(told.clone()));
        let clock: Arc<dyn Clock> = Arc::new(Hand::default());
        let tokens = ApiTokenRepository::new(db.clone(), Arc::clone(&clock));
        let new = NewApiToken { name: "x".into(), role: TokenRole::Admin, expires_at: Expiry::Never };
        let made = tokens.create(new).await.unwrap();
        let node = Node::start(database.url(), Options::default()).await;
        let rules = SessionRules::of_nobody();
        let identities = Identities::new(db, clock, rules, Arc::clone(&node.cache), Handle::current());
        let credential = Credential::Bearer(made.text.expose_secret());
        assert!(identities.check(credential, None, Activity::Person).await.unwrap().is_some());
        identities.shut_down(PATIENCE).await;
        let row = api_token::Entity::find_by_id(made.row.id).one(&node.db).await.unwrap().unwrap();
        assert_eq!(row.last_used_at, Some(at(0)));
        assert_eq!(told.take(), []);
        tokens.revoke(made.row.id).await.unwrap();
        assert_eq!(told.take(), [Told::Committed(CacheTag::Sessions.into())]);
    })
    .await;
}

#[tokio::test]
async fn the_text_of_a_token_shows_nowhere() {
    let database = TestDatabase::sqlite().await;
    let one = Instance::on(&database).await;
    let made = one.token("x", Expiry::Never).await;
    let text = made.text.expose_secret();
    let secret = &text[37..80];
    let identity = one.check_from(text, None).await.unwrap();
    let log = audit_entry::Entity::find().all(&one.node.db).await.unwrap();
    let shown = format!("{made:?} {identity:?} {log:?} {:?}", one.row(made.row.id).await);
    assert!(!shown.contains(secret) && !shown.contains(text), "{shown}");
}
