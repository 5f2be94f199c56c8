//! What an operator does beside the running service: making the first admin, letting somebody in again. It works on the
//! database, and tells the instances through Redis, where there is one.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{
    audit::Author,
    entities::{
        api_token::NewApiToken,
        user::{self, NewUser, Role, UserStatus},
    },
    invalidation::{CacheTags, InvalidationOutcome, InvalidationSink},
    ports::{Clock, SystemClock},
    validation::normalise_email,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use secrecy::SecretString;
use uuid::Uuid;

use super::{
    Accounts, IdentityError, NewLink, Origin, Started, passwords::check_new, sessions::SessionRules,
};
use crate::{
    cache::{l2::L2, versions::PerTag},
    config::{CacheConfig, DatabaseConfig, RedisConfig},
    database::{TrackedConnection, connect},
    error::RepositoryError,
    metrics_cache::l2,
    repositories::{ApiTokenRepository, NewToken, UserRepository},
};

/// Acts on accounts from a command line.
pub struct Operator {
    db: TrackedConnection,
    accounts: Accounts,
    users: UserRepository,
    tokens: ApiTokenRepository,
    sink: Arc<TellsRedis>,
}

/// What was done for somebody.
#[derive(Debug)]
pub struct Done {
    /// Who.
    pub user: user::Model,
    /// A one-time link, where no password was given.
    pub link: Option<NewLink>,
}

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum OperatorError {
    /// The database cannot be opened.
    #[error("cannot open the database: {0}")]
    Unreachable(String),
    /// Nobody has that address.
    #[error("no user has the e-mail address {0}; expected one of an admin or a viewer")]
    UnknownEmail(String),
    /// Somebody has the address already.
    #[error(
        "a user has the e-mail address {0} already; `admin reset-password` lets an admin or a viewer in again"
    )]
    Taken(String),
    /// The rules refuse it.
    #[error("{0}")]
    Refused(String),
    /// The database, or what its rows say.
    #[error(transparent)]
    Identity(IdentityError),
}

impl Operator {
    /// Opens the database of the configuration.
    ///
    /// # Errors
    /// [`OperatorError::Unreachable`]
    pub async fn connect(
        database: &DatabaseConfig,
        redis: Option<&RedisConfig>,
        cache: &CacheConfig,
        rules: SessionRules,
    ) -> Result<Self, OperatorError> {
        let unreachable = |error: &dyn ToString| OperatorError::Unreachable(error.to_string());
        let redis = match redis {
            None => None,
            Some(_) => Some(l2(redis, cache, "operator".to_owned()).map_err(|error| unreachable(&error))?),
        };
        let sink = Arc::new(TellsRedis { redis, untold: Mutex::default() });
        let as_sink: Arc<dyn InvalidationSink> = Arc::<TellsRedis>::clone(&sink);
        let db = connect(database, as_sink).await.map_err(|error| unreachable(&error))?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        Ok(Self {
            accounts: Accounts::new(db.clone(), Arc::clone(&clock), rules),
            tokens: ApiTokenRepository::new(db.clone(), Arc::clone(&clock)),
            users: UserRepository::new(db.clone(), clock),
            db,
            sink,
        })
    }

    /// Makes an admin: with `password`, who can sign in at once, or else with a one-time link. Without a `name` the
    /// address's first part is it.
    ///
    /// # Errors
    /// [`OperatorError`]
    pub async fn create_admin(
        &self,
        email: &str,
        name: Option<&str>,
        password: Option<SecretString>,
    ) -> Result<Done, OperatorError> {
        let email = normalise_email(email);
        let name = name.unwrap_or_else(|| email.split('@').next().unwrap_or(&email));
        if let Some(password) = &password {
            check_new("password", password, &email).map_err(IdentityError::from)?;
        }
        let status = if password.is_some() { UserStatus::Active } else { UserStatus::Invited };
        let new = NewUser { email: email.clone(), display_name: name.to_owned(), role: Role::Admin, status };
        let created = self.users.by(Author::operator()).create(new).await;
        let user = created.map_err(|error| match error {
            RepositoryError::DuplicateEmail { .. } => OperatorError::Taken(email.clone()),
            error => OperatorError::from(IdentityError::from(error)),
        })?;
        self.let_in(user, password).await
    }

    /// Lets somebody in again: by a new password, which ends every session, or else by a one-time link.
    ///
    /// # Errors
    /// [`OperatorError`]
    pub async fn reset_password(
        &self,
        email: &str,
        password: Option<SecretString>,
    ) -> Result<Done, OperatorError> {
        let email = normalise_email(email);
        let found = user::Entity::find().filter(user::Column::Email.eq(&email)).one(&self.db).await;
        let user = found.map_err(|error| OperatorError::Identity(error.into()))?;
        let user = user.ok_or(OperatorError::UnknownEmail(email))?;
        self.let_in(user, password).await
    }

    /// Makes a bearer token. No running instance needs to be told: nobody can have shown it.
    ///
    /// # Errors
    /// [`OperatorError`]
    pub async fn create_token(&self, new: NewApiToken) -> Result<NewToken, OperatorError> {
        Ok(self.tokens.create(new).await.map_err(IdentityError::from)?)
    }

    /// Starts a session of an active admin, if there is one, without asking for anything: for a tool that wants to call the
    /// API it stands beside.
    ///
    /// # Errors
    /// [`OperatorError`]
    pub async fn session_of_an_admin(&self) -> Result<Option<Started>, OperatorError> {
        let found = user::Entity::find()
            .filter(user::Column::Role.eq(Role::Admin))
            .filter(user::Column::Status.eq(UserStatus::Active))
            .one(&self.db)
            .await;
        match found.map_err(|error| OperatorError::Identity(error.into()))? {
            Some(admin) => self.start_session(admin.id).await.map(Some),
            None => Ok(None),
        }
    }

    /// Starts a session without asking for anything: for a tool that wants to call the API it stands beside.
    ///
    /// # Errors
    /// [`OperatorError`]
    pub async fn start_session(&self, user_id: Uuid) -> Result<Started, OperatorError> {
        let origin = Origin { author: Author::operator(), user_agent: None };
        Ok(self.accounts.start_for(user_id, &origin).await?)
    }

    /// Why Redis was not told, if it was not: then other instances remember for up to half a minute what was.
    pub fn untold(&self) -> Option<String> {
        self.sink.untold.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Closes the database.
    pub async fn close(self) {
        if let Err(error) = self.db.close().await {
            tracing::debug!(%error, "the database did not close");
        }
    }

    async fn let_in(&self, user: user::Model, password: Option<SecretString>) -> Result<Done, OperatorError> {
        let author = Author::operator();
        let link = match password {
            Some(password) => {
                self.accounts.reset_password(user.id, password, &author).await?;
                None
            }
            None => Some(self.accounts.create_link(user.id, &author).await?),
        };
        Ok(Done { user, link })
    }
}

impl NewLink {
    /// Until when it may be used, for people to read.
    pub fn until(&self) -> String {
        let expires_at: DateTime<Utc> = self.expires_at;
        expires_at.format("%Y-%m-%d %H:%M UTC").to_string()
    }
}

impl From<IdentityError> for OperatorError {
    fn from(error: IdentityError) -> Self {
        match error {
            IdentityError::Repository(RepositoryError::Domain(domain::DomainError::Invalid(errors))) => {
                let said = errors.iter().map(|error| format!("{}: {}", error.field, error.detail));
                Self::Refused(said.collect::<Vec<_>>().join("; "))
            }
            error => Self::Identity(error),
        }
    }
}

/// Tells Redis what is old, and remembers if that failed.
struct TellsRedis {
    redis: Option<Arc<dyn L2>>,
    untold: Mutex<Option<String>>,
}

#[async_trait]
impl InvalidationSink for TellsRedis {
    async fn invalidate(&self, tags: CacheTags) -> InvalidationOutcome {
        let Some(redis) = &self.redis else { return InvalidationOutcome::Applied };
        let mut told = redis.bump(tags, &PerTag::default(), None).await;
        if told.is_err() {
            // The first call sets up the connection too, on a server that may have slept.
            told = redis.bump(tags, &PerTag::default(), None).await;
        }
        match told {
            Ok(_) => InvalidationOutcome::Applied,
            Err(error) => {
                *self.untold.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.to_string());
                InvalidationOutcome::Queued
            }
        }
    }

    fn invalidate_uncertain(&self, _: CacheTags) {
        // Nobody is left to tell once the command has ended: what is remembered elsewhere ends by its time.
    }
}
