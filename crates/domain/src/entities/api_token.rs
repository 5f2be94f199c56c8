//! Bearer tokens: what a machine shows instead of signing in. A token belongs to the organisation, not to whoever made it: it
//! works until its time is over or somebody revokes it. The row stays, so that it can be told later what a token was.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ActiveValue::Set, entity::prelude::*};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{ToSchema, openapi::Object};

use super::user::Role;
use crate::{
    audit::Actor,
    error::DomainError,
    invalidation::{CacheTag, announce},
    ports::truncate_to_micros,
    schema::line_of,
    validation::Checks,
};

/// For how long a token works, where nothing is said.
pub const DEFAULT_LIFE: TimeDelta = TimeDelta::days(90);
/// For how long one may work at most, unless it is for good: ten years.
pub const LONGEST_LIFE: TimeDelta = TimeDelta::days(3_653);
/// The most characters of a token's name.
const NAME_CHARS: usize = 100;

/// A row of `api_tokens`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "api_tokens")]
pub struct Model {
    /// UUIDv7; part of the token's text, and lets nobody in by itself.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 1 to 100 characters; several tokens may share one.
    pub name: String,
    /// What whoever shows it may do.
    pub role: TokenRole,
    /// SHA-256 of the token's secret.
    pub secret_hash: Vec<u8>,
    /// Who made it; none where an operator did.
    pub created_by: Option<Uuid>,
    /// That user's e-mail address at that time.
    pub created_by_name: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it ends; never, where there is no such time.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// What a token may do.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize, ToSchema,
)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum TokenRole {
    /// Reads everything but the audit log and the tokens.
    Viewer,
    /// Does everything that needs no person.
    Admin,
}

impl From<TokenRole> for Role {
    fn from(role: TokenRole) -> Self {
        match role {
            TokenRole::Viewer => Self::Viewer,
            TokenRole::Admin => Self::Admin,
        }
    }
}

impl Model {
    /// Whether it may be used at `now`.
    #[must_use]
    pub fn works_at(&self, now: DateTime<Utc>) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }
}

/// What is needed to make a token.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "Prometheus", "role": "viewer", "expiresAt": null}))]
pub struct NewApiToken {
    /// What it is for: 1 to 100 characters.
    #[schema(schema_with = name_schema)]
    pub name: String,
    /// What whoever shows it may do.
    pub role: TokenRole,
    /// When it ends: in the future, at most ten years ahead. In 90 days if left out; never if null.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<DateTime<Utc>>)]
    pub expires_at: Expiry,
}

fn name_schema() -> Object {
    line_of(NAME_CHARS)
}

/// When a token is to end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Expiry {
    /// After [`DEFAULT_LIFE`].
    #[default]
    Default,
    /// At that instant.
    At(DateTime<Utc>),
    /// Never.
    Never,
}

impl NewApiToken {
    /// The row to insert: made at `now` by `maker`, for a token with that id whose secret has the hash `secret_hash`.
    ///
    /// # Errors
    /// [`DomainError::Invalid`] naming every wrong field.
    pub fn into_active_model(
        self,
        id: Uuid,
        secret_hash: Vec<u8>,
        maker: &Actor,
        now: DateTime<Utc>,
    ) -> Result<ActiveModel, DomainError> {
        let mut checks = Checks::new();
        let name = checks.text("name", &self.name, 1..=NAME_CHARS);
        let expires_at = match self.expires_at {
            Expiry::Default => Some(now + DEFAULT_LIFE),
            Expiry::Never => None,
            Expiry::At(at) => {
                let at = truncate_to_micros(at);
                if at <= now || at > now + LONGEST_LIFE {
                    let detail =
                        "expected an instant in the future and at most ten years ahead, or null for never";
                    checks.fail("expiresAt", "range", format!("{detail}; got {}", at.to_rfc3339()));
                }
                Some(at)
            }
        };
        checks.finish(ActiveModel {
            id: Set(id),
            name: Set(name),
            role: Set(self.role),
            secret_hash: Set(secret_hash),
            created_by: Set(maker.id()),
            created_by_name: Set(maker.name().map(str::to_owned)),
            created_at: Set(now),
            expires_at: Set(expires_at),
            last_used_at: Set(None),
            revoked_at: Set(None),
        })
    }
}

/// Tells null from nothing.
fn said<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Expiry, D::Error> {
    Option::<DateTime<Utc>>::deserialize(deserializer).map(|at| at.map_or(Expiry::Never, Expiry::At))
}

/// A new token makes nothing old: nobody can have shown it. One that changes or goes does.
#[async_trait]
impl ActiveModelBehavior for ActiveModel {
    async fn after_save<C: ConnectionTrait>(model: Model, db: &C, insert: bool) -> Result<Model, DbErr> {
        if !insert {
            announce(db, CacheTag::Sessions.into()).await?;
        }
        Ok(model)
    }

    async fn after_delete<C: ConnectionTrait>(self, db: &C) -> Result<Self, DbErr> {
        announce(db, CacheTag::Sessions.into()).await?;
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(body: serde_json::Value) -> Result<Option<DateTime<Utc>>, Vec<String>> {
        let new: NewApiToken = serde_json::from_value(body).unwrap();
        let now = "2026-01-31T12:00:00Z".parse().unwrap();
        match new.into_active_model(Uuid::now_v7(), vec![0; 32], &Actor::Operator, now) {
            Ok(row) => match row.expires_at {
                Set(at) => Ok(at),
                other => panic!("{other:?}"),
            },
            Err(DomainError::Invalid(errors)) => Err(errors.into_iter().map(|error| error.field).collect()),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn a_token_ends_in_ninety_days_unless_said_otherwise() {
        use serde_json::json;
        let at = |text: &str| Some(text.parse::<DateTime<Utc>>().unwrap());
        let with = |expiry: &str| json!({"name": "x", "role": "viewer", "expiresAt": expiry});
        assert_eq!(made(json!({"name": "x", "role": "viewer"})), Ok(at("2026-05-01T12:00:00Z")));
        assert_eq!(made(json!({"name": "x", "role": "admin", "expiresAt": null})), Ok(None));
        assert_eq!(made(with("2026-01-31T12:00:00.0000019Z")), Ok(at("2026-01-31T12:00:00.000001Z")));
        assert_eq!(made(with("2036-01-31T12:00:00Z")), Ok(at("2036-01-31T12:00:00Z")));
        let wrong = |fields: &[&str]| Err(fields.iter().map(|field| (*field).to_owned()).collect());
        for end in ["2026-01-31T12:00:00Z", "2026-01-31T12:00:00.0000001Z", "2036-02-02T12:00:00Z"] {
            assert_eq!(made(with(end)), wrong(&["expiresAt"]), "{end}");
        }
        let both = json!({"name": " ", "role": "viewer", "expiresAt": "2020-01-01T00:00:00Z"});
        assert_eq!(made(both), wrong(&["name", "expiresAt"]));
        assert!(serde_json::from_value::<NewApiToken>(json!({"name": "x", "role": "user"})).is_err());
    }

    #[test]
    fn a_token_works_until_it_ends_or_is_revoked() {
        let now: DateTime<Utc> = "2026-01-31T12:00:00Z".parse().unwrap();
        let token = Model {
            id: Uuid::now_v7(),
            name: "x".to_owned(),
            role: TokenRole::Viewer,
            secret_hash: vec![0; 32],
            created_by: None,
            created_by_name: None,
            created_at: now,
            expires_at: None,
            last_used_at: None,
            revoked_at: None,
        };
        assert!(token.works_at(now));
        let ends = Model { expires_at: Some(now), ..token.clone() };
        assert!(ends.works_at(now - TimeDelta::microseconds(1)) && !ends.works_at(now));
        assert!(!Model { revoked_at: Some(now), ..token }.works_at(now));
    }
}
